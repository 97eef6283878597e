//! Requests for a copy of what is held of somebody in Jira, or for its deletion.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use upvow_app::{
    AppError, Role,
    connect::{State as Tie, oauth::Answer},
    privacy::requests::{
        Grounds, Kind, Reason, Route, State, copy,
        desk::{self, Filter},
        here,
        public::{self, Contact},
        trip::{self, Wish},
    },
};
use upvow_domain::{
    CaseId,
    page::PageOf,
    secret::{AccountId, AuthorizationCode, LinkSecret, SessionSecret},
};

use crate::{
    atlassian::{CLOUD, Fault, site_of},
    town::{Town, code_of, session},
};

fn browser() -> SessionSecret {
    SessionSecret::new("the cookie of somebody's browser".to_owned())
}

fn wish(kind: &str) -> Wish {
    Wish {
        kind: kind.to_owned(),
        law: "gdpr".to_owned(),
        ..Wish::default()
    }
}

fn state_of(address: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    state.1.into_owned()
}

fn code() -> Answer {
    Answer::Code(AuthorizationCode::new("code".to_owned()))
}

/// Somebody goes to Atlassian and comes back.
async fn ask(town: &Town, wish: &Wish) -> upvow_app::Result<LinkSecret> {
    let address = trip::begin(town.app(), &browser(), wish, "192.0.2.1").await?;
    trip::finish(town.app(), &browser(), &state_of(&address), code()).await
}

async fn cases(town: &Town) -> Vec<upvow_app::privacy::requests::Case> {
    desk::list(
        town.app(),
        town.owner(),
        Filter::default(),
        &PageOf::default(),
    )
    .await
    .unwrap()
    .items
}

/// Opens a case by the contact form; gives its id and the secret in the letter.
async fn write(town: &Town, law: &str, email: &str) -> (CaseId, LinkSecret) {
    let contact = Contact {
        kind: "deletion".to_owned(),
        law: law.to_owned(),
        email: email.to_owned(),
        project: None,
    };
    // Ids of one moment have no order.
    town.wait(1);
    public::ask(town.app(), &contact, "192.0.2.1")
        .await
        .unwrap();
    let letter = town.app().mail.letters().remove(0);
    let link = letter
        .text
        .lines()
        .find_map(|line| line.strip_prefix("https://board.example/privacy/request/"))
        .unwrap();
    (cases(town).await[0].id, LinkSecret::new(link.to_owned()))
}

/// Promise 6.3, 6.4, 6.5, 11.3.
#[tokio::test]
async fn the_person_signs_in_and_everything_of_theirs_is_erased() {
    let (town, by) = Town::connected().await;
    let secret = ask(&town, &wish("deletion")).await.unwrap();
    let case = cases(&town).await.remove(0);
    assert_eq!((case.route, case.kind), (Route::Person, Kind::Deletion));
    assert_eq!(case.state, State::Working);
    // At once: nothing works by the connection any more, and the account is kept away.
    assert!(matches!(
        town.connection(by).await.state,
        Tie::Disconnecting | Tie::Invalidated
    ));
    let ana = AccountId::new("ana".to_owned());
    let now = town.app().now();
    assert!(
        town.app()
            .vault
            .suppressed(&ana, now)
            .await
            .unwrap()
            .is_some()
    );

    town.work().await;
    town.wait(60);
    town.work().await;
    let look = public::look(town.app(), &secret, None).await.unwrap();
    assert_eq!(look.case.state, State::Done);
    assert_eq!(look.case.result.as_deref(), Some("erased"));
    assert_eq!(look.receipts.len(), 1);
    assert!(look.receipts[0].final_at.is_some());
    let receipt = public::receipt(town.app(), &secret, look.receipts[0].id)
        .await
        .unwrap();
    assert_eq!(receipt.split('.').count(), 3);
    assert!(town.app().vault.grant_of(&ana).await.unwrap().is_none());
    let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM cases WHERE grant_id IS NOT NULL";
    assert_eq!(town.rows(left).await, 0, "a closed case names no record");
}

/// A stranger's request is answered like that of somebody we know, step by step.
///
/// Promise 6.5.
#[tokio::test]
async fn whoever_is_not_known_gets_the_same_answer() {
    let (town, _) = Town::connected().await;
    "somebody-else".clone_into(&mut town.atlassian.world().account);
    let secret = ask(&town, &wish("deletion")).await.unwrap();
    let case = cases(&town).await.remove(0);
    assert_eq!(case.state, State::Working, "as for anybody");
    town.work().await;
    town.wait(60);
    town.work().await;
    let look = public::look(town.app(), &secret, None).await.unwrap();
    assert_eq!(look.case.result.as_deref(), Some("erased"));
    assert_eq!(look.receipts.len(), 1);
    // Ana's own is untouched.
    let ana = AccountId::new("ana".to_owned());
    assert!(town.app().vault.grant_of(&ana).await.unwrap().is_some());
}

fn parts(made: &copy::Copy) -> (Value, Value) {
    let file: Value = serde_json::from_slice(&made.json).unwrap();
    let payload = file["signature"]
        .as_str()
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let signed = URL_SAFE_NO_PAD.decode(payload).unwrap();
    (
        file["export"].clone(),
        serde_json::from_slice(&signed).unwrap(),
    )
}

fn record<'a>(export: &'a Value, name: &str) -> &'a Value {
    let records = export["accounts"][0]["records"].as_array().unwrap();
    let found = records.iter().find(|record| record["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is missing in {export}"))
}

/// Promise 6.2, 6.4, 6.5.
#[tokio::test]
async fn a_copy_says_what_is_there_and_not_a_character_of_a_token() {
    let (town, by) = Town::connected().await;
    let secret = ask(&town, &wish("export")).await.unwrap();
    let grant = town.app().vault.open_grant(town.grant().await).await;
    let grant = grant.unwrap().unwrap();
    // Another browser that got hold of the link gets nothing.
    let thief = SessionSecret::new("another browser".to_owned());
    let stolen = copy::fetch(town.app(), &secret, &thief).await;
    assert_eq!(code_of(stolen.map(drop)), "copy_gone");

    let made = copy::fetch(town.app(), &secret, &browser()).await.unwrap();
    let (export, signed) = parts(&made);
    assert_eq!(export, signed, "what is read is what is signed");
    assert_eq!(record(&export, "access_token")["present"], true);
    assert_eq!(record(&export, "account_id")["present"], true);
    assert_eq!(record(&export, "account_id")["value"], Value::Null);
    assert!(record(&export, "scopes")["value"].is_string());
    assert_eq!(
        export["accounts"][0]["connections"][0]["id"],
        by.to_string()
    );
    let text = String::from_utf8(made.json).unwrap();
    for token in [
        grant.access.unwrap().expose(),
        grant.refresh.unwrap().expose(),
    ] {
        assert!(!text.contains(token));
    }
    // Once.
    let again = copy::fetch(town.app(), &secret, &browser()).await;
    assert_eq!(code_of(again.map(drop)), "copy_gone");
    assert_eq!(
        cases(&town).await[0].result.as_deref(),
        Some("copy_fetched")
    );
}

/// Promise 6.2.
#[tokio::test]
async fn a_copy_waits_fifteen_minutes() {
    let (town, _) = Town::connected().await;
    let secret = ask(&town, &wish("export")).await.unwrap();
    town.wait(15 * 60 - 1);
    let look = public::look(town.app(), &secret, Some(&browser())).await;
    assert!(look.unwrap().copy_until.is_some());
    town.wait(1);
    let late = copy::fetch(town.app(), &secret, &browser()).await;
    assert_eq!(code_of(late.map(drop)), "copy_gone");
    town.work().await;
    let case = cases(&town).await.remove(0);
    assert_eq!(case.result.as_deref(), Some("copy_not_fetched"));
}

/// Whoever has only the address of a letter can do nothing with it.
///
/// Promise 6.5.
#[tokio::test]
async fn a_letter_alone_opens_a_case_and_nothing_more() {
    let (town, by) = Town::connected().await;
    let (id, secret) = write(&town, "uk_gdpr", "ana@example.com").await;
    town.work().await;
    town.wait(3 * 86_400);
    town.work().await;
    assert_eq!(town.connection(by).await.state, Tie::Active);
    let detail = desk::get(town.app(), town.owner(), id).await.unwrap();
    assert_eq!(detail.case.state, State::Open);
    assert!(detail.receipts.is_empty());
    let nothing = copy::fetch(town.app(), &secret, &browser()).await;
    assert_eq!(code_of(nothing.map(drop)), "copy_gone");

    // What goes on from there is the sign-in at Atlassian, and it counts once.
    let address = trip::begin_for(town.app(), &browser(), &secret, "192.0.2.1")
        .await
        .unwrap();
    assert!(address.contains("scope=read%3Ame&"), "{address}");
    let shown = trip::finish(town.app(), &browser(), &state_of(&address), code())
        .await
        .unwrap();
    let old = public::look(town.app(), &secret, None).await;
    assert_eq!(
        code_of(old.map(drop)),
        "link_over",
        "the letter's link is used up"
    );
    assert_eq!(
        public::look(town.app(), &shown, None)
            .await
            .unwrap()
            .case
            .id,
        id
    );
    assert_ne!(town.connection(by).await.state, Tie::Active);
}

/// Promise 6.5.
#[tokio::test]
async fn the_way_to_atlassian_counts_once_in_its_own_browser_and_for_ten_minutes() {
    let (town, by) = Town::connected().await;
    let calls = town.atlassian.count("/oauth/token");
    let app = town.app();
    let begin = async || {
        let address = trip::begin(app, &browser(), &wish("deletion"), "192.0.2.1").await;
        state_of(&address.unwrap())
    };
    let state = begin().await;
    let thief = SessionSecret::new("another browser".to_owned());
    let stolen = trip::finish(app, &thief, &state, code()).await;
    assert_eq!(code_of(stolen.map(drop)), "state_refused");
    let no = Answer::Refused("access_denied".to_owned());
    let declined = trip::finish(app, &browser(), &state, no).await;
    assert_eq!(code_of(declined.map(drop)), "consent_denied");
    let again = trip::finish(app, &browser(), &state, code()).await;
    assert_eq!(code_of(again.map(drop)), "state_refused");
    let late = begin().await;
    town.wait(601);
    let late = trip::finish(app, &browser(), &late, code()).await;
    assert_eq!(code_of(late.map(drop)), "state_refused");
    assert_eq!(town.atlassian.count("/oauth/token"), calls);
    assert_eq!(town.connection(by).await.state, Tie::Active);
    assert!(cases(&town).await.is_empty());
}

/// Promise 6.4, 6.5.
#[tokio::test]
async fn a_site_is_its_administrators_as_jira_says_at_that_moment() {
    let (town, by) = Town::connected().await;
    let of_site = |site: &str| Wish {
        site: Some(site.to_owned()),
        ..wish("deletion")
    };
    let may = |may: bool| {
        let answer = json!({"permissions": {"ADMINISTER": {"havePermission": may}}});
        town.atlassian
            .fail("mypermissions", Fault::Answer(200, answer));
    };
    may(false);
    let refused = ask(&town, &of_site("corp.atlassian.net")).await;
    assert_eq!(code_of(refused.map(drop)), "not_site_admin");
    // A site that the account does not even see is answered the same.
    let refused = ask(&town, &of_site("https://other.atlassian.net")).await;
    assert_eq!(code_of(refused.map(drop)), "not_site_admin");
    assert_eq!(town.connection(by).await.state, Tie::Active);
    assert!(cases(&town).await.is_empty());

    may(true);
    town.atlassian.world().sites = vec![site_of(CLOUD, "Corp")];
    ask(&town, &of_site("https://corp.atlassian.net/"))
        .await
        .unwrap();
    assert_eq!(cases(&town).await[0].route, Route::Site);
    assert_ne!(town.connection(by).await.state, Tie::Active);
}

/// Promise 6.4, 6.5.
#[tokio::test]
async fn an_admin_asks_in_a_fresh_session_and_for_their_own_project() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    town.wait(16 * 60);
    let asked = here::ask(app, owner, &session(), (Kind::Deletion, "gdpr"), by).await;
    assert_eq!(code_of(asked), "sign_in_again");
    assert!(!here::is_fresh(app, owner).await.unwrap());

    let moderator = town.world.member("mo@example.com", Role::Moderator).await;
    let asked = here::ask(app, &moderator, &session(), (Kind::Export, "gdpr"), by).await;
    assert!(matches!(asked, Err(AppError::Forbidden { .. })));
    assert!(matches!(
        desk::list(app, &moderator, Filter::default(), &PageOf::default()).await,
        Err(AppError::Forbidden { .. })
    ));

    let admin = town.world.member("admin@example.com", Role::Admin).await;
    let unknown = upvow_domain::ConnectionId::new(uuid::Uuid::from_u128(7));
    let asked = here::ask(app, &admin, &session(), (Kind::Export, ""), unknown).await;
    assert!(matches!(asked, Err(AppError::NotFound)));
    let id = here::ask(app, &admin, &session(), (Kind::Export, ""), by)
        .await
        .unwrap();
    let made = copy::fetch_here(app, &admin, &session(), id).await.unwrap();
    let (export, _) = parts(&made);
    assert_eq!(export["asked_by"], "admin");
    assert!(!String::from_utf8(made.json).unwrap().contains("\"ana\""));

    let id = here::ask(app, &admin, &session(), (Kind::Deletion, "id"), by)
        .await
        .unwrap();
    assert_ne!(town.connection(by).await.state, Tie::Active);
    town.work().await;
    town.wait(60);
    town.work().await;
    let detail = desk::get(app, &admin, id).await.unwrap();
    assert_eq!(detail.case.state, State::Done);
    desk::receipt(app, &admin, id, detail.receipts[0].id)
        .await
        .unwrap();
}

/// Promise 6.6.
#[tokio::test]
async fn an_alarm_sounds_once_at_each_part_of_the_time() {
    let town = Town::start().await;
    // Nobody said where they live: 72 hours.
    write(&town, "", "ana@example.com").await;
    let alarms = async |hours: u64| {
        town.wait(hours * 3_600);
        town.work().await;
        town.work().await;
        let letters = town.app().mail.letters();
        letters
            .iter()
            .filter(|letter| letter.subject.contains("% of its time"))
            .count()
    };
    assert_eq!(alarms(35).await, 0);
    // The owner and the operator's address.
    assert_eq!(alarms(1).await, 2);
    assert_eq!(alarms(1).await, 2);
    assert_eq!(alarms(21).await, 4);
    assert_eq!(alarms(11).await, 6);
    assert_eq!(alarms(10).await, 6);
    let counts = desk::counts(town.app(), town.owner()).await.unwrap();
    assert_eq!((counts.open, counts.late), (1, 1));
}

fn has_letter(town: &Town, words: &str) -> bool {
    let letters = town.app().mail.letters();
    letters.iter().any(|letter| letter.text.contains(words))
}

/// Promise 6.6.
#[tokio::test]
async fn the_clock_can_stand_still_where_the_law_says_and_be_extended_once() {
    let town = Town::start().await;
    let (app, owner) = (town.app(), town.owner());
    let (id, _) = write(&town, "uk_gdpr", "ana@example.com").await;
    let due = async || desk::get(app, owner, id).await.unwrap().case.due_at;
    let before = due().await;
    desk::pause(app, owner, id).await.unwrap();
    desk::pause(app, owner, id).await.unwrap();
    town.wait(5 * 86_400);
    let five = Duration::from_hours(5 * 24);
    assert_eq!(due().await, before.plus(five));
    desk::resume(app, owner, id).await.unwrap();
    town.wait(86_400);
    assert_eq!(due().await, before.plus(five));

    desk::extend(app, owner, id, Grounds::Complexity)
        .await
        .unwrap();
    let extended = due().await;
    assert!(extended > before.plus(Duration::from_hours(50 * 24)));
    desk::extend(app, owner, id, Grounds::Number).await.unwrap();
    assert_eq!(due().await, extended, "once");
    town.work().await;
    assert!(has_letter(&town, "longer than usual"));

    let (quebec, _) = write(&town, "ca_qc", "bob@example.com").await;
    assert_eq!(
        code_of(desk::extend(app, owner, quebec, Grounds::Number).await),
        "no_extension"
    );
    assert_eq!(code_of(desk::pause(app, owner, quebec).await), "no_pause");
    let (late, _) = write(&town, "gdpr", "cid@example.com").await;
    town.wait(32 * 86_400);
    assert_eq!(
        code_of(desk::extend(app, owner, late, Grounds::Number).await),
        "too_late"
    );
    desk::deny(app, owner, late, Reason::NotVerified)
        .await
        .unwrap();
    desk::deny(app, owner, late, Reason::NotVerified)
        .await
        .unwrap();
    assert_eq!(code_of(desk::resume(app, owner, late).await), "closed");
    town.work().await;
    assert!(has_letter(&town, "complain"));
}

/// Promise 6.5.
#[tokio::test]
async fn nobodys_mailbox_is_filled_by_others() {
    let town = Town::start().await;
    let ask = async |email: &str, from: &str| {
        let contact = Contact {
            kind: "export".to_owned(),
            email: email.to_owned(),
            ..Contact::default()
        };
        public::ask(town.app(), &contact, from).await.is_ok()
    };
    for number in 0..5 {
        let from = format!("192.0.2.{number}");
        assert_eq!(ask("ana@example.com", &from).await, number < 2, "{number}");
    }
    assert_eq!(town.app().mail.letters().len(), 2);
    for number in 0..12 {
        let email = format!("person{number}@example.com");
        assert_eq!(ask(&email, "198.51.100.7").await, number < 6, "{number}");
    }
}

/// A crash between the case and the erasure leaves a case that the next look carries out.
///
/// Promise 6.3.
#[tokio::test]
async fn what_was_cut_short_is_carried_out_later() {
    let (town, by) = Town::connected().await;
    let (id, _) = write(&town, "gdpr", "ana@example.com").await;
    let grant = town.grant().await;
    let mut tx = town.app().db.write().await.unwrap();
    let now = town.app().now();
    upvow_store::cases::verify(&mut tx, id, (Some(grant), None), now, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    town.wait(60);
    town.work().await;
    assert_eq!(
        town.connection(by).await.state,
        Tie::Active,
        "it may be under way"
    );
    town.wait(120);
    town.work().await;
    town.wait(60);
    town.work().await;
    let case = desk::get(town.app(), town.owner(), id).await.unwrap().case;
    assert_eq!(case.result.as_deref(), Some("erased"));
    assert_eq!(town.connection(by).await.state, Tie::Invalidated);
}
