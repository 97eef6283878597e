//! Too many closed accounts at once want a person.

use upvow_app::privacy::reporting::{
    self,
    ledger::{self, Decision},
};

use super::{CYCLE, DAY, HOUR, names};
use crate::town::{Town, code_of};

/// So many of so many are closed.
async fn closed(closed: usize, all: usize) -> (Town, Vec<upvow_domain::ConnectionId>) {
    let (town, _) = Town::reporting().await;
    let made = town.others(names(0..all - 1)).await;
    town.report().await;
    town.reports(|reports| {
        for name in names(0..closed) {
            reports.says.insert(name, "closed");
        }
    });
    town.wait(CYCLE);
    town.report().await;
    (town, made)
}

/// Over two batches, so that no batch alone would be too many. Promise 6.1.
#[tokio::test]
async fn f49_more_than_twenty_and_five_per_cent_closed_are_held() {
    let (town, made) = closed(21, 100).await;
    let status = reporting::status(town.app()).await.unwrap();
    assert_eq!((status.held, status.accounts), (21, 100));
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 100);
    assert!(
        town.causes(made[0])
            .await
            .contains(&"report_held".to_owned())
    );
    assert!(town.entry(made[0]).await.is_held);
    for _ in 0..5 {
        town.wait(HOUR);
        town.report().await;
    }
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 100);

    // A person looked at one: Atlassian is asked about that one again, and it is erased.
    let (app, owner) = (town.app(), town.owner());
    ledger::decide(app, owner, made[0], Decision::Approve)
        .await
        .unwrap();
    assert_eq!(
        code_of(ledger::decide(app, owner, made[0], Decision::Approve).await),
        "not_held"
    );
    town.report().await;
    town.wait(HOUR);
    town.report().await;
    assert_eq!(town.times("712020:p000"), 2);
    assert_eq!(town.times("712020:p001"), 1);
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 99);

    // At another it was a mistake: Atlassian says so when it is asked again.
    town.reports(|reports| reports.says.remove("712020:p001"));
    ledger::decide(app, owner, made[1], Decision::Approve)
        .await
        .unwrap();
    town.report().await;
    town.wait(HOUR);
    town.report().await;
    assert_eq!(town.times("712020:p001"), 2);
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 99);
    assert_eq!(town.entry(made[1]).await.action, "taken_back");

    // And one is discarded, and asked about in the next cycle.
    ledger::decide(app, owner, made[2], Decision::Discard)
        .await
        .unwrap();
    town.wait(DAY);
    town.report().await;
    assert_eq!(town.times("712020:p002"), 1);
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 99);
    let decided = "SELECT CAST(COUNT(*) AS BIGINT) FROM audit WHERE action = 'reporting.decided'";
    assert_eq!(town.rows(decided).await, 3);
}

/// Promise 6.1, 6.3.
#[tokio::test]
async fn f49_twenty_closed_accounts_are_erased_and_so_are_five_per_cent() {
    let (town, _) = closed(20, 60).await;
    town.wait(HOUR);
    town.report().await;
    assert_eq!(town.app().vault.counts().await.unwrap().grants, 40);
    assert_eq!(reporting::status(town.app()).await.unwrap().held, 0);
}
