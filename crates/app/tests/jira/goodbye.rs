//! Goodbye: it stops at once, it ends, and it tells the truth.

use serde_json::json;
use upvow_app::{
    AppError, Caller, Role,
    connect::{State, goodbye, wizard},
    jobs,
    sync::{
        intake::Outcome,
        links::{self, LinkState},
        reconcile,
    },
};
use upvow_domain::{
    board::StatusKind,
    secret::{AccessToken, AccountId, RefreshToken},
};
use upvow_vault::{ErasureReason, NewGrant};

use crate::{
    atlassian::{DOING, Fault, Gate},
    town::{Town, demo, step},
};

/// A page that waits for Jira while somebody disconnects: no job that could be cancelled carries it, the fence alone does.
///
/// Promise 5.4, 11.2.
#[tokio::test]
async fn a_page_under_way_writes_nothing_after_the_goodbye() {
    let (town, by) = Town::connected().await;
    let (app, owner) = (town.app(), town.owner());
    let gate = Gate::new();
    town.atlassian
        .fail("GET /ex/jira", Fault::Hold(gate.clone()));
    let projects = [demo()];
    let chooses = wizard::choose_projects(app, owner, by, &projects);
    let ends = async {
        gate.arrived().await;
        goodbye::disconnect(app, owner, by).await.unwrap();
        gate.open();
    };
    let (chosen, ()) = tokio::join!(chooses, ends);
    assert!(chosen.is_err(), "it ended while Jira was asked");
    let chosen = "SELECT CAST(COUNT(*) AS BIGINT) FROM connection_projects";
    assert_eq!(town.rows(chosen).await, 0, "they went, and stay away");
}

/// A process that dies leaves its job with a lease; the goodbye does not wait for it, and leaves nothing behind.
///
/// Promise 5.4, 11.2.
#[tokio::test]
async fn work_of_a_process_that_died_ends_with_its_connection() {
    let (town, by) = Town::connected().await;
    town.linked(by).await;
    let gate = Gate::new();
    town.atlassian
        .fail("POST /ex/jira", Fault::Hold(gate.clone()));
    reconcile::start(town.app(), town.owner(), by)
        .await
        .unwrap();
    let dying = town.node(town.app().clock.clone());
    tokio::select! {
        _ = jobs::drain(&dying) => panic!("Jira does not answer"),
        () = gate.arrived() => {}
    }
    let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE connection_id IS NOT NULL";
    assert_eq!(town.rows(left).await, 1, "it has a lease");
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.connection(by).await.state, State::Invalidated);
    assert_eq!(town.rows(left).await, 0);
}

/// Promise 5.4, 11.1, 11.2.
#[tokio::test]
async fn a_goodbye_with_jira_down_stops_at_once_and_ends_within_a_day() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let delivery = town.delivery(Some("late"), &body);
    for _ in 0..1_000 {
        town.atlassian.fail("/", Fault::Answer(503, json!({})));
    }
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.connection(by).await.state, State::Disconnecting);
    let told = town.goodbye(by).await;
    assert_eq!(step(&told, "stopped"), "done");
    assert_eq!(step(&told, "webhooks_deleted"), "waiting");
    assert!(!told.finished && told.remove_at.is_some());

    // Nobody gets a token any more, and what comes in is not kept.
    let calls = town.atlassian.world().calls.len();
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Ended);
    assert!(matches!(
        links::live(town.app(), town.owner(), link.id).await,
        Err(AppError::Conflict { .. })
    ));
    assert!(wizard::rights(town.app(), town.owner(), by).await.is_err());
    let outcome = upvow_app::sync::intake::receive(town.app(), delivery).await;
    assert_eq!(outcome, Outcome::Taken);
    assert_eq!(
        town.rows("SELECT CAST(COUNT(*) AS BIGINT) FROM signals")
            .await,
        0
    );
    assert_eq!(
        town.atlassian.world().calls.len(),
        calls,
        "and Jira was not asked"
    );

    for _ in 0..30 {
        town.wait(3_600);
        town.work().await;
    }
    let told = town.goodbye(by).await;
    assert!(told.finished, "{told:?}");
    assert_eq!(step(&told, "webhooks_deleted"), "not_reached");
    assert_eq!(step(&told, "revoked"), "you_must_remove_it");
    assert_eq!(step(&told, "key_destroyed"), "done");
    assert!(told.remove_at.is_some() && told.final_at.is_some());
    let counts = town.app().vault.counts().await.unwrap();
    assert_eq!(
        (
            counts.grants,
            counts.revoke_only,
            counts.hooks,
            counts.open_erasures
        ),
        (0, 0, 0, 0)
    );
    assert_eq!(
        town.rows("SELECT CAST(COUNT(*) AS BIGINT) FROM hooks")
            .await,
        0
    );
    assert_eq!(
        town.rows("SELECT CAST(COUNT(*) AS BIGINT) FROM connections WHERE grant_id IS NOT NULL")
            .await,
        0
    );
}

/// Promise 5.2, 11.2.
#[tokio::test]
async fn revoked_is_said_only_when_a_probe_was_refused() {
    let (town, by) = Town::connected().await;
    town.atlassian.world().revoke_works = true;
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    let told = town.goodbye(by).await;
    assert_eq!(step(&told, "revoked"), "confirmed");
    assert_eq!((told.finished, told.remove_at), (true, None));
    assert!(town.atlassian.world().webhooks.is_empty());
}

#[tokio::test]
async fn a_goodbye_that_was_cut_short_after_the_ledger_goes_on_by_itself() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let mut tx = town.app().db.read().await.unwrap();
    let grant = tx
        .value("SELECT grant_id FROM connections", vec![])
        .await
        .unwrap()
        .unwrap();
    drop(tx);
    let erasure = upvow_domain::ErasureId::new(by.uuid());
    let (vault, now) = (&town.app().vault, town.app().now());
    vault
        .begin_erasure(erasure, grant, ErasureReason::Disconnect, now)
        .await
        .unwrap();

    town.work().await;
    assert_eq!(town.connection(by).await.state, State::Invalidated);
    assert!(town.goodbye(by).await.finished);
    assert_eq!(town.link(post).await.state, LinkState::Ended);
    assert!(town.atlassian.world().webhooks.is_empty());
}

#[tokio::test]
async fn a_goodbye_with_an_expired_token_still_deletes_the_webhook() {
    let (town, by) = Town::connected().await;
    town.wait(2 * 3_600);
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    // The stand-in does not know the time, so the old token is refused by hand.
    town.atlassian.fail(
        "GET /ex/jira",
        Fault::Answer(401, json!({"message": "Unauthorized"})),
    );
    town.work().await;
    assert_eq!(step(&town.goodbye(by).await, "webhooks_deleted"), "done");
    assert!(town.atlassian.world().webhooks.is_empty());
    assert_eq!(town.app().vault.counts().await.unwrap().revoke_only, 0);
}

#[tokio::test]
async fn who_shares_the_grant_stays_connected() {
    let (town, first) = Town::connected().await;
    let (post, issue) = town.linked(first).await;
    // A second connection of the same account, given up in the middle of its wizard.
    let state = town.begin(None).await;
    let second = town.finish(&state).await.unwrap();
    goodbye::disconnect(town.app(), town.owner(), second)
        .await
        .unwrap();
    town.work().await;
    let told = town.goodbye(second).await;
    assert!(
        told.finished && told.grant_shared && told.remove_at.is_none(),
        "{told:?}"
    );
    assert_eq!(step(&told, "revoked"), "kept_shared");

    assert_eq!(town.connection(first).await.state, State::Active);
    town.atlassian.move_issue(issue, DOING);
    assert_eq!(town.ring(issue, "still-here").await, Outcome::Taken);
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
}

#[tokio::test]
async fn a_goodbye_needs_an_admin_and_says_nothing_to_others() {
    let (town, by) = Town::connected().await;
    let moderator = town.world.member("mod@example.com", Role::Moderator).await;
    let refused = goodbye::disconnect(town.app(), &moderator, by).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let stranger = Caller::program(town.app().fresh_id());
    let refused = goodbye::disconnect(town.app(), &stranger, by).await;
    assert!(matches!(refused, Err(AppError::NotFound)));
    assert_eq!(town.connection(by).await.state, State::Active);
}

/// Promise 5.1.
#[tokio::test]
async fn a_grant_that_a_crash_left_without_a_connection_is_erased() {
    let (town, by) = Town::connected().await;
    let app = town.app();
    // The vault has it, and the program died before it wrote the connection.
    let orphan = NewGrant {
        account: AccountId::new("712020:somebody-else".to_owned()),
        access: AccessToken::new("access-of-nobody".to_owned()),
        refresh: Some(RefreshToken::new("refresh-of-nobody".to_owned())),
        scopes: vec![],
        expires_at: app.now(),
    };
    app.vault
        .keep_grant(app.fresh_id(), orphan, app.now())
        .await
        .unwrap();
    town.work().await;
    assert_eq!(
        app.vault.counts().await.unwrap().grants,
        2,
        "its connection may still come"
    );
    town.wait(2 * 3_600);
    town.work().await;
    let counts = app.vault.counts().await.unwrap();
    assert_eq!((counts.grants, counts.open_erasures), (1, 0));
    assert_eq!(town.connection(by).await.state, State::Active);
}
