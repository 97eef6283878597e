//! Who is told ahead, what holds until then, and who took note.

use upvow_app::{
    App, AppError, Mail, Parts, Role,
    privacy::promises::{Subprocessors, notices, proofs},
};

use crate::town::Town;

const HOSTER: &str = "[[subprocessor]]\nname = \"Hoster\"\nrole = \"Servers\"\ncountry = \"Germany\"\ntransfer = \"None needed\"\nsince = \"2026-01-01\"\nhosts = [\"api.hoster.example\"]\n";

/// The same installation, started again with this list.
fn restarted(town: &Town, list: &str) -> App {
    let app = town.app();
    let mut settings = app.settings.clone();
    settings.subprocessors = Subprocessors::with(list).unwrap();
    App::new(Parts {
        db: app.db.clone(),
        vault: app.vault.clone(),
        jira: app.jira.clone(),
        clock: app.clock.clone(),
        mail: Mail::outbox(),
        settings,
        live: upvow_app::Live::new(),
        work: tokio::sync::Notify::new(),
        node: upvow_app::node(),
    })
}

/// Promise 8.1, 8.2, 14.2.
#[tokio::test]
async fn a_new_subprocessor_is_told_to_owners_and_refused_until_its_day() {
    let (town, _) = Town::connected().await;
    proofs::look(town.app(), true).await.unwrap();
    let admin = town.world.member("ada@example.com", Role::Admin).await;
    let app = restarted(&town, HOSTER);
    proofs::look(&app, true).await.unwrap();
    let owner = town.owner();

    let mine = notices::mine(&app, owner).await.unwrap();
    assert_eq!(
        mine.len(),
        1,
        "Atlassian was there before anybody connected"
    );
    assert!(mine[0].title.contains("Hoster") && mine[0].acknowledged_at.is_none());
    let ahead = mine[0].effective_at.since(app.now()).as_secs() / 86_400;
    assert!((30..=31).contains(&ahead), "{ahead} days");
    assert!(app.settings.gate.admits("api.hoster.example").is_err());

    // One letter, however often it is looked.
    proofs::look(&app, false).await.unwrap();
    proofs::look(&restarted(&town, HOSTER), true).await.unwrap();
    let letters = app.mail.letters();
    assert_eq!(letters.len(), 1);
    assert!(
        letters[0].text.contains("Hoster") && letters[0].text.contains("/settings/privacy/changes")
    );

    // Only owners, and only of what they were told.
    let id = mine[0].announcement_id.clone();
    assert!(matches!(
        notices::acknowledge(&app, &admin, &id).await,
        Err(AppError::Forbidden { .. })
    ));
    assert!(matches!(
        notices::acknowledge(&app, owner, "change-9").await,
        Err(AppError::NotFound)
    ));
    notices::acknowledge(&app, owner, &id).await.unwrap();
    let at = notices::mine(&app, owner).await.unwrap()[0].acknowledged_at;
    assert_eq!(at, Some(app.now()));
    town.wait(60);
    notices::acknowledge(&app, owner, &id).await.unwrap();
    assert_eq!(
        notices::mine(&app, owner).await.unwrap()[0].acknowledged_at,
        at
    );
    assert_eq!(
        notices::taken(&app, owner).await.unwrap()[0].acknowledged_at,
        at
    );

    town.wait(32 * 24 * 60 * 60);
    proofs::look(&app, false).await.unwrap();
    assert!(app.settings.gate.admits("api.hoster.example").is_ok());
    assert!(app.settings.gate.admits("api.other.example").is_err());
}

/// Promise 8.1.
#[tokio::test]
async fn without_a_connection_nobody_has_to_be_told() {
    let town = Town::start().await;
    let app = restarted(&town, HOSTER);
    proofs::look(&app, true).await.unwrap();
    assert!(notices::mine(&app, town.owner()).await.unwrap().is_empty());
    assert!(app.settings.gate.admits("api.hoster.example").is_ok());
}

/// Promise 8.1, 8.3.
#[tokio::test]
async fn a_planted_call_to_an_unlisted_host_is_refused_before_it_connects() {
    let (town, by) = Town::connected().await;
    let jira = town.app().jira.clone().unwrap();
    let calls = town.atlassian.world().calls.len();
    // The same address as always, but off the list.
    jira.gate().set(["elsewhere.example"]);
    let post = town.post("An idea").await;
    town.create(post, by).await;
    town.work().await;
    assert_eq!(
        town.atlassian.world().calls.len(),
        calls,
        "nothing went out"
    );
}
