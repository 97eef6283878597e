//! What follows from an answer.

use upvow_app::{
    App, AppError, Role,
    connect::{State, goodbye},
    health,
    privacy::reporting::{
        self,
        ledger::{self, Entry},
    },
};
use upvow_domain::{ConnectionId, page::PageOf, secret::AccountId};

use super::{CYCLE, DAY, HOUR, other};
use crate::town::Town;

impl Town {
    pub(super) async fn entry(&self, by: ConnectionId) -> Entry {
        let page = PageOf {
            limit: Some(100),
            after: None,
        };
        let all = ledger::entries(self.app(), self.owner(), &page).await;
        let mut found = all.unwrap().items;
        found.retain(|entry| entry.connection == by);
        found.remove(0)
    }

    pub(super) async fn reported_acts(&self) -> Vec<(&'static str, &'static str)> {
        let page = PageOf {
            limit: Some(100),
            after: None,
        };
        let acts = ledger::acts(self.app(), self.owner(), &page).await.unwrap();
        let mut acts: Vec<_> = acts
            .items
            .iter()
            .map(|act| (act.answer, act.action))
            .collect();
        // Two of the same moment stand in any order.
        acts.sort_unstable();
        acts
    }

    pub(super) async fn causes(&self, by: ConnectionId) -> Vec<String> {
        let health = health::read(self.app(), self.owner(), by).await.unwrap();
        health.problems.into_iter().map(|one| one.code).collect()
    }
}

/// Promise 5.2, 6.1, 6.3.
#[tokio::test]
async fn f49_a_closed_account_is_erased_everywhere_and_the_team_hears_of_it_once() {
    let (town, by) = Town::reporting().await;
    town.world.member("admin@example.com", Role::Admin).await;
    town.world
        .member("moderator@example.com", Role::Moderator)
        .await;
    town.report().await;
    town.reports(|reports| reports.says.insert("ana".to_owned(), "closed"));
    town.wait(CYCLE);
    for _ in 0..5 {
        town.report().await;
        town.wait(HOUR);
    }
    assert_eq!(town.times("ana"), 1);
    assert_eq!(town.connection(by).await.state, State::Invalidated);
    let told = goodbye::status(town.app(), town.owner(), by).await.unwrap();
    assert!(told.finished && told.final_at.is_some(), "{told:?}");
    let counts = town.app().vault.counts().await.unwrap();
    assert_eq!((counts.grants, counts.dead, counts.revoke_only), (0, 0, 0));
    let ana = AccountId::new("ana".to_owned());
    let since = town.app().vault.suppressed(&ana, town.app().now()).await;
    assert!(
        since.unwrap().is_some(),
        "and does not come back by accident"
    );

    let letters = town.app().mail.letters();
    let mut told: Vec<_> = letters
        .iter()
        .filter(|letter| letter.subject.contains("account was closed"))
        .map(|letter| letter.to.expose().to_owned())
        .collect();
    told.sort();
    assert_eq!(told, ["admin@example.com", "owner@example.com"]);
    assert!(letters.iter().all(|letter| !letter.text.contains("ana")));
    assert_eq!(
        town.reported_acts().await,
        [("closed", "erased"), ("closed", "erasing")]
    );
    let closed = ledger::closed_at(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert!(closed.is_some());

    town.wait(3 * CYCLE);
    town.report().await;
    assert_eq!(town.times("ana"), 1, "nobody asks about it any more");
    assert_eq!(reporting::status(town.app()).await.unwrap().accounts, 0);
}

/// Promise 6.1.
#[tokio::test]
async fn f49_a_changed_account_has_a_newer_date_and_nothing_is_fetched() {
    let (town, by) = Town::reporting().await;
    town.report().await;
    let begun = town.app().now();
    town.reports(|reports| reports.says.insert("ana".to_owned(), "updated"));
    town.wait(CYCLE);
    let me = town.atlassian.count("GET /me");
    town.report().await;
    let first = town.app().now();
    assert_eq!(town.entry(by).await.action, "refreshed");
    town.reports(|reports| reports.says.clear());
    town.wait(CYCLE);
    town.report().await;
    let said = town.reports(|reports| reports.asked["ana"].clone());
    assert_eq!(said[0].1, begun.rfc3339());
    assert_eq!(said[1].1, first.rfc3339());
    assert_eq!(town.atlassian.count("GET /me"), me);
    assert_eq!(town.entry(by).await.answer, "nothing");
    assert_eq!(town.connection(by).await.state, State::Active);
}

/// An account that was never asked about is none of this answer's business. Promise 6.1.
#[tokio::test]
async fn f49_a_foreign_account_in_the_answer_is_ignored_and_told() {
    let (town, by) = Town::reporting().await;
    let held = other(town.app(), "712020:later", "access-of-nobody", "");
    town.report().await;
    town.wait(6 * DAY);
    let held = held.await;
    town.report().await;
    town.wait(DAY + 7 * HOUR);
    // One is nobody's, the other is kept here and was not in this batch.
    town.reports(|reports| {
        reports.foreign = vec![("712020:nobody", "closed"), ("712020:later", "closed")];
    });
    town.report().await;
    assert_eq!((town.times("ana"), town.times("712020:later")), (1, 0));
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 2);
    assert_eq!(town.connection(by).await.state, State::Active);
    assert_eq!(town.connection(held).await.state, State::NeedsReconnect);
    assert!(town.causes(by).await.contains(&"report_foreign".to_owned()));
    let status = reporting::status(town.app()).await.unwrap();
    assert!(status.foreign_at.is_some());
    town.reports(|reports| reports.foreign.clear());
    town.wait(CYCLE);
    town.report().await;
    assert!(!town.causes(by).await.contains(&"report_foreign".to_owned()));
}

/// Promise 6.1.
#[tokio::test]
async fn f49_an_unknown_word_does_nothing() {
    let (town, by) = Town::reporting().await;
    town.report().await;
    town.reports(|reports| reports.says.insert("ana".to_owned(), "merged"));
    town.wait(CYCLE);
    town.report().await;
    let entry = town.entry(by).await;
    assert_eq!((entry.answer, entry.action), ("other", "none"));
    assert_eq!(town.connection(by).await.state, State::Active);
}

/// Every connection of the account ends, in whatever project. Promise 6.3.
#[tokio::test]
async fn f49_all_connections_of_a_closed_account_end() {
    let (town, first) = Town::reporting().await;
    let second = again(town.app()).await;
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 1);
    town.report().await;
    town.reports(|reports| reports.says.insert("ana".to_owned(), "closed"));
    town.wait(CYCLE);
    for _ in 0..4 {
        town.report().await;
        town.wait(HOUR);
    }
    for by in [first, second] {
        assert_eq!(town.connection(by).await.state, State::Invalidated);
    }
    let counts = town.app().vault.counts().await.unwrap();
    assert_eq!(
        (counts.grants, counts.revoke_only, counts.open_erasures),
        (0, 0, 0)
    );
}

/// Another connection by the same grant.
async fn again(app: &App) -> ConnectionId {
    let id: ConnectionId = app.fresh_id();
    let mut tx = app.db.write().await.unwrap();
    let made = "INSERT INTO connections
        (id, project_id, grant_id, consent_id, state, generation, created_at, updated_at)
        SELECT $1, project_id, grant_id, consent_id, 'needs_reconnect', 0, created_at, updated_at
        FROM connections";
    assert_eq!(tx.run(made, upvow_db::args![id]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    id
}

/// Promise 9.3.
#[tokio::test]
async fn only_owners_see_the_ledger_and_only_of_their_own_project() {
    let (town, by) = Town::reporting().await;
    town.report().await;
    let admin = town.world.member("admin@example.com", Role::Admin).await;
    let page = PageOf::default();
    assert!(matches!(
        ledger::entries(town.app(), &admin, &page).await,
        Err(AppError::Forbidden { .. })
    ));
    assert!(ledger::acts(town.app(), &admin, &page).await.is_err());
    assert!(
        ledger::decide(town.app(), &admin, by, ledger::Decision::Approve)
            .await
            .is_err()
    );
    let stranger = upvow_app::Caller::program(upvow_domain::ProjectId::new(upvow_app::node()));
    let seen = ledger::entries(town.app(), &stranger, &page).await.unwrap();
    assert!(seen.items.is_empty());
    assert!(matches!(
        ledger::decide(town.app(), &stranger, by, ledger::Decision::Discard).await,
        Err(AppError::NotFound)
    ));
    let entry = town.entry(by).await;
    assert_eq!((entry.answer, entry.asked_at), ("none", None));
    assert!(entry.next_at.is_some());
    let told = format!("{entry:?}");
    assert!(
        !told.contains("ana"),
        "an account is told by its connection"
    );
}
