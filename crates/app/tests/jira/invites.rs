//! A link that asks a Jira admin without an account here.

use upvow_app::{
    AppError, Role,
    connect::{
        self, State, Step,
        invites::{self, InviteState, Left},
        oauth::Answer,
    },
    people,
};
use upvow_domain::{
    InviteId,
    secret::{AuthorizationCode, LinkSecret, SessionSecret},
};

use crate::town::{Town, cloud, code_of};

/// A link, and what its address ends with.
async fn link(town: &Town) -> (InviteId, LinkSecret) {
    let made = invites::invite(town.app(), town.owner(), None, None)
        .await
        .unwrap();
    (made.id, secret_of(made.address.expose()))
}

fn secret_of(address: &str) -> LinkSecret {
    let start = "https://board.example/invited/";
    LinkSecret::new(address.strip_prefix(start).unwrap().to_owned())
}

fn browser(name: &str) -> SessionSecret {
    SessionSecret::new(format!("a cookie of {name}"))
}

/// Agrees, and gives the state that the browser takes to Atlassian.
async fn agree(
    town: &Town,
    secret: &LinkSecret,
    browser: &SessionSecret,
) -> upvow_app::Result<String> {
    let version = connect::consent::text(town.app()).version;
    let url = invites::agree(town.app(), secret, browser, version).await?;
    let url = url::Url::parse(&url).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    Ok(state.1.into_owned())
}

async fn finish(
    town: &Town,
    id: InviteId,
    browser: &SessionSecret,
    state: &str,
) -> upvow_app::Result<()> {
    let code = Answer::Code(AuthorizationCode::new("code".to_owned()));
    invites::finish(town.app(), id, browser, state, code).await
}

async fn state_of(town: &Town, id: InviteId) -> InviteState {
    let all = invites::invites(town.app(), town.owner()).await.unwrap();
    all.into_iter().find(|one| one.id == id).unwrap().state
}

#[tokio::test]
async fn a_jira_admin_authorises_and_chooses_the_site_and_the_team_goes_on() {
    let town = Town::start().await;
    let (id, secret) = link(&town).await;
    let asked = invites::look(town.app(), &secret).await.unwrap();
    assert_eq!(
        (asked.project.as_str(), asked.by.as_str()),
        ("Acme", "Olga")
    );
    assert_eq!(
        state_of(&town, id).await,
        InviteState::Open,
        "looking is free"
    );

    let jim = browser("jim");
    let state = agree(&town, &secret, &jim).await.unwrap();
    assert_eq!(state_of(&town, id).await, InviteState::Begun);
    finish(&town, id, &jim, &state).await.unwrap();
    let Left::Site(_, sites) = invites::left(town.app(), id, &jim).await.unwrap() else {
        panic!("the site is to be chosen");
    };
    assert_eq!(sites.len(), 1);
    invites::choose_site(town.app(), id, &jim, &cloud())
        .await
        .unwrap();
    assert!(matches!(
        invites::left(town.app(), id, &jim).await.unwrap(),
        Left::Nothing(_)
    ));

    let made = connect::list(town.app(), town.owner()).await.unwrap();
    assert_eq!((made.len(), made[0].state), (1, State::Setup));
    assert_eq!(made[0].next_step, Some(Step::Projects));
    assert_eq!(state_of(&town, id).await, InviteState::Done);
    let nobody = "SELECT CAST(COUNT(*) AS BIGINT) FROM consents WHERE person_id IS NULL AND invite_id IS NOT NULL";
    assert_eq!(town.rows(nobody).await, 1, "a consent, and nobody's name");
    let lines = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit WHERE action IN ('connection.link_made', 'connection.consented_by_link', 'connection.link_used', 'connection.site_chosen')";
    assert_eq!(town.rows(lines).await, 4);
}

#[tokio::test]
async fn f13_a_links_round_trip_counts_once_and_in_its_own_browser() {
    let town = Town::start().await;
    let (id, secret) = link(&town).await;
    let (jim, eve) = (browser("jim"), browser("eve"));
    let state = agree(&town, &secret, &jim).await.unwrap();
    // Whoever else has the link comes too late, and a stolen state is of no use.
    assert_eq!(code_of(agree(&town, &secret, &eve).await), "link_over");
    assert_eq!(code_of(finish(&town, id, &eve, &state).await), "link_over");
    // An admin's own session is not the browser that began either.
    assert_eq!(code_of(town.finish(&state).await), "state_refused");
    assert_eq!(town.atlassian.count("/oauth/token"), 0);
    finish(&town, id, &jim, &state).await.unwrap();
    assert_eq!(code_of(finish(&town, id, &jim, &state).await), "link_over");
    assert_eq!(code_of(agree(&town, &secret, &jim).await), "link_over");
    assert!(invites::left(town.app(), id, &eve).await.is_err());
    assert!(
        invites::choose_site(town.app(), id, &eve, &cloud())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn declining_does_not_use_the_link_up_for_whoever_declined() {
    let town = Town::start().await;
    let (id, secret) = link(&town).await;
    let jim = browser("jim");
    let state = agree(&town, &secret, &jim).await.unwrap();
    let no = Answer::Refused("access_denied".to_owned());
    let declined = invites::finish(town.app(), id, &jim, &state, no).await;
    assert_eq!(code_of(declined), "consent_denied");
    let state = agree(&town, &secret, &jim).await.unwrap();
    finish(&town, id, &jim, &state).await.unwrap();
}

#[tokio::test]
async fn a_link_ends_when_it_is_revoked_or_old_or_its_maker_is_no_admin_any_more() {
    let town = Town::start().await;
    let jim = browser("jim");
    let (id, secret) = link(&town).await;
    let state = agree(&town, &secret, &jim).await.unwrap();
    invites::revoke(town.app(), town.owner(), id).await.unwrap();
    assert_eq!(
        code_of(invites::look(town.app(), &secret).await),
        "link_over"
    );
    assert_eq!(code_of(finish(&town, id, &jim, &state).await), "link_over");
    assert_eq!(state_of(&town, id).await, InviteState::Revoked);

    let (id, secret) = link(&town).await;
    town.wait(7 * 24 * 3_600 + 1);
    assert_eq!(code_of(agree(&town, &secret, &jim).await), "link_over");
    assert_eq!(state_of(&town, id).await, InviteState::Expired);

    let admin = town.world.member("admin@example.com", Role::Admin).await;
    let made = invites::invite(town.app(), &admin, None, None)
        .await
        .unwrap();
    let secret = secret_of(made.address.expose());
    let state = agree(&town, &secret, &jim).await.unwrap();
    people::set_role(
        town.app(),
        town.owner(),
        admin.person.unwrap(),
        Role::Moderator,
    )
    .await
    .unwrap();
    assert_eq!(
        code_of(invites::look(town.app(), &secret).await),
        "link_over"
    );
    let late = finish(&town, made.id, &jim, &state).await;
    assert_eq!(code_of(late), "link_over");
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 0);
    let other = town.world.person("voter@example.com").await;
    let refused = invites::revoke(town.app(), &other, id).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let refused = invites::invite(town.app(), &other, None, None).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
}

#[tokio::test]
async fn a_link_is_mailed_if_that_is_wanted_and_its_address_is_not_kept() {
    let town = Town::start().await;
    let to = "jira.admin@corp.example";
    let made = invites::invite(town.app(), town.owner(), None, Some(to))
        .await
        .unwrap();
    assert!(made.is_mailed);
    let letters = town.app().mail.letters();
    assert!(letters[0].text.contains(made.address.expose()));
    assert!(letters[0].subject.contains("Olga") && letters[0].subject.contains("Acme"));
    let people = "SELECT CAST(COUNT(*) AS BIGINT) FROM people WHERE email LIKE 'jira.admin%'";
    assert_eq!(town.rows(people).await, 0);
    let wrong = invites::invite(town.app(), town.owner(), None, Some("nobody")).await;
    assert!(matches!(wrong, Err(AppError::Invalid(_))));
}

#[tokio::test]
async fn a_link_can_bring_a_connection_back_and_another_account_is_asked_about() {
    let (town, by) = Town::connected().await;
    for (account, asks) in [("ana", false), ("ben", true)] {
        town.atlassian.world().account = account.to_owned();
        let made = invites::invite(town.app(), town.owner(), Some(by), None)
            .await
            .unwrap();
        let secret = secret_of(made.address.expose());
        let asked = invites::look(town.app(), &secret).await.unwrap();
        assert_eq!(asked.site.as_deref(), Some("Corp"));
        let jim = browser("jim");
        let state = agree(&town, &secret, &jim).await.unwrap();
        finish(&town, made.id, &jim, &state).await.unwrap();
        let left = invites::left(town.app(), made.id, &jim).await.unwrap();
        assert_eq!(matches!(left, Left::OtherAccount(_)), asks);
        let read = town.connection(by).await;
        assert_eq!(read.other_account_until.is_some(), asks);
        assert_eq!(read.state, State::Active);
        // Whatever the holder's browser asks for: the site of a connection at work is not theirs to choose.
        let chosen = invites::choose_site(town.app(), made.id, &jim, &cloud()).await;
        assert_eq!(code_of(chosen), "link_over");
    }
}
