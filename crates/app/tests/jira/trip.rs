//! The round trip to Atlassian and back.

use upvow_app::{
    AppError, Role,
    connect::{
        self, State,
        oauth::{self, Answer},
        wizard,
    },
};
use upvow_domain::{jira::JiraProjectId, secret::AuthorizationCode};

use crate::town::{Town, cloud, demo, session};

fn code() -> Answer {
    Answer::Code(AuthorizationCode::new("code".to_owned()))
}

fn conflict<T: std::fmt::Debug>(result: upvow_app::Result<T>) -> (&'static str, String) {
    match result {
        Err(AppError::Conflict { code, message }) => (code, message),
        other => panic!("expected a conflict, got {other:?}"),
    }
}

#[tokio::test]
async fn f13_a_state_counts_once_in_its_own_session_and_for_ten_minutes() {
    let town = Town::start().await;
    let refused = |result| assert_eq!(conflict(result).0, "state_refused");
    refused(town.finish("").await);
    refused(town.finish("made-up").await);

    let state = town.begin(None).await;
    let other = town.world.member("admin@example.com", Role::Admin).await;
    refused(oauth::finish(town.app(), &other, &session(), &state, code()).await);
    assert_eq!(
        town.atlassian.count("/oauth/token"),
        0,
        "nothing was asked of Atlassian"
    );
    town.finish(&state).await.unwrap();
    refused(town.finish(&state).await);

    let late = town.begin(None).await;
    town.wait(601);
    refused(town.finish(&late).await);
}

#[tokio::test]
async fn f13_declining_connects_nothing_and_uses_the_state_up() {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let answer = Answer::Refused("access_denied".to_owned());
    let declined = oauth::finish(town.app(), town.owner(), &session(), &state, answer).await;
    assert_eq!(conflict(declined).0, "consent_denied");
    assert_eq!(conflict(town.finish(&state).await).0, "state_refused");
    assert!(
        connect::list(town.app(), town.owner())
            .await
            .unwrap()
            .is_empty()
    );
}

/// Promise 1.2, 4.3.
#[tokio::test]
async fn a_consent_to_an_older_text_is_not_a_consent_to_this_one() {
    let town = Town::start().await;
    let old = oauth::begin(town.app(), town.owner(), &session(), "2020-01-1", None).await;
    assert_eq!(conflict(old).0, "consent_changed");
    assert_eq!(
        town.rows("SELECT CAST(COUNT(*) AS BIGINT) FROM consents")
            .await,
        0
    );
}

/// Promise 9.7.
#[tokio::test]
async fn the_consent_text_names_every_permission_and_what_it_is_for() {
    let town = Town::start().await;
    let named = upvow_app::connect::consent::text(town.app()).permissions;
    assert_eq!(named.len(), upvow_jira::SCOPES.len(), "{named:?}");
    for (line, scope) in named.iter().zip(upvow_jira::SCOPES) {
        assert!(line.starts_with(&format!("{scope}: to ")), "{line}");
    }
}

/// Promise 9.7.
#[tokio::test]
async fn f15_a_missing_scope_is_named_with_what_it_is_for() {
    let town = Town::start().await;
    town.atlassian.world().scopes =
        "read:jira-work write:jira-work read:me report:personal-data".to_owned();
    let state = town.begin(None).await;
    let (code, message) = conflict(town.finish(&state).await);
    assert_eq!(code, "scope_missing");
    assert!(
        message.contains("manage:jira-webhook (to be told of changes in Jira)")
            && message.contains("developer console")
            && !message.contains("read:me"),
        "{message}"
    );
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 0);
}

#[tokio::test]
async fn the_wizard_takes_nothing_that_jira_does_not_have() {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    let (app, owner) = (town.app(), town.owner());
    assert_eq!(
        conflict(wizard::activate(app, owner, id).await).0,
        "not_ready"
    );
    assert_eq!(
        conflict(wizard::status_map(app, owner, id).await).0,
        "choose_site_first"
    );
    let elsewhere = upvow_domain::jira::CloudId::parse("another-site").unwrap();
    assert!(matches!(
        wizard::choose_site(app, owner, id, &elsewhere).await,
        Err(AppError::Invalid(_))
    ));
    wizard::choose_site(app, owner, id, &cloud()).await.unwrap();
    let gone = JiraProjectId::parse("999").unwrap();
    assert!(matches!(
        wizard::choose_projects(app, owner, id, &[gone]).await,
        Err(AppError::Invalid(_))
    ));
    assert!(matches!(
        wizard::choose_projects(app, owner, id, &[]).await,
        Err(AppError::Invalid(_))
    ));
    wizard::choose_projects(app, owner, id, &[demo()])
        .await
        .unwrap();
    let types = wizard::issue_types(app, owner, id, &demo()).await.unwrap();
    assert!(types[0].missing.is_empty());
    assert_eq!(
        types[1].missing[0].name, "Cost centre",
        "named before anybody tries"
    );
    let voter = town.world.person("voter@example.com").await;
    assert!(matches!(
        wizard::sites(app, &voter, id).await,
        Err(AppError::Forbidden { .. })
    ));
}

#[tokio::test]
async fn a_board_can_go_back_to_asking_where_issues_are_made() {
    let (town, id) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let board = upvow_app::boards::list(app, owner).await.unwrap()[0].id;
    let kind = wizard::issue_types(app, owner, id, &demo()).await.unwrap()[0]
        .id
        .clone();
    wizard::set_target(app, owner, board, id, &demo(), &kind)
        .await
        .unwrap();
    assert_eq!(wizard::targets(app, owner).await.unwrap().len(), 1);
    let voter = town.world.person("voter@example.com").await;
    assert!(matches!(
        wizard::clear_target(app, &voter, board, id).await,
        Err(AppError::Forbidden { .. })
    ));
    for _ in 0..2 {
        wizard::clear_target(app, owner, board, id).await.unwrap();
        assert!(wizard::targets(app, owner).await.unwrap().is_empty());
    }
}

/// Promise 5.1.
#[tokio::test]
async fn a_setup_that_nobody_takes_up_again_is_erased_after_a_week() {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    town.work().await;
    assert_eq!(town.connection(id).await.state, State::Setup);
    town.wait(6 * 24 * 3_600);
    town.work().await;
    assert_eq!(town.connection(id).await.state, State::Setup);
    town.wait(25 * 3_600);
    town.work().await;
    assert_eq!(town.connection(id).await.state, State::Invalidated);
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 0);
}
