//! The life of a webhook's registration.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use upvow_app::{
    App, Live, Mail, Parts, Settings,
    connect::wizard,
    jobs,
    sync::reconcile::{self, State},
};
use upvow_domain::{board::StatusKind, jira::JiraProjectId};

use crate::{
    atlassian::{DOING, Fault},
    town::{Town, demo},
};

const REGISTER: &str = "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/webhook";

/// A process of the same installation, perhaps with another address.
fn started(town: &Town, settings: Settings) -> App {
    let app = town.app();
    App::new(Parts {
        db: app.db.clone(),
        vault: app.vault.clone(),
        jira: app.jira.clone(),
        clock: app.clock.clone(),
        mail: Mail::outbox(),
        settings,
        live: Live::new(),
        work: Notify::new(),
        node: upvow_app::node(),
    })
}

/// Promise 3.3, 7.1.
#[tokio::test]
async fn f32_three_restarts_leave_one_webhook_and_it_is_renewed_in_time() {
    let (town, by) = Town::connected().await;
    for _ in 0..3 {
        jobs::drain(&started(&town, town.app().settings.clone())).await;
    }
    assert_eq!(town.atlassian.count(REGISTER), 1);
    let list = "GET /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/webhook";
    assert!(town.atlassian.count(list) <= 2, "and cost nothing");

    town.wait(21 * 86_400);
    town.atlassian.world().webhook_ends += 30 * 86_400_000;
    town.work().await;
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    assert_eq!(town.atlassian.count("/webhook/refresh"), 1);
    let ends = town.connection(by).await.webhook_expires_at.unwrap();
    assert!(ends.since(town.app().now()) > Duration::from_hours(24 * 20));
}

#[tokio::test]
async fn f32_one_that_a_crash_left_unknown_is_adopted_and_strays_go() {
    let (town, _) = Town::connected().await;
    let (id, ours) = {
        let world = town.atlassian.world();
        let (id, webhook) = world.webhooks.iter().next().unwrap();
        (*id, webhook.clone())
    };
    // Registered, and the process ended before it knew the number; and twice more, with other filters.
    let mut tx = town.app().db.write().await.unwrap();
    tx.run("UPDATE hooks SET webhook_ids = '', state = 'new'", vec![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for stray in [7, 8] {
        let mut webhook = ours.clone();
        webhook["id"] = stray.into();
        webhook["jqlFilter"] = "project in (999)".into();
        town.atlassian.world().webhooks.insert(stray, webhook);
    }
    town.work().await;
    let left: Vec<i64> = town.atlassian.world().webhooks.keys().copied().collect();
    assert_eq!(left, [id]);
    assert_eq!(town.atlassian.count(REGISTER), 1);
}

#[tokio::test]
async fn f33_after_a_week_without_a_webhook_what_was_missed_is_read_once() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.world().webhooks.clear();
    town.atlassian.world().webhook_ends += 90 * 86_400_000;
    town.atlassian.move_issue(issue, DOING);
    town.wait(37 * 86_400);
    for _ in 0..3 {
        town.work().await;
        town.wait(5);
    }
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(town.connection(by).await.problem, None);
    let moved = "SELECT CAST(COUNT(*) AS BIGINT) FROM post_changes WHERE what = 'status' AND cause = 'jira'";
    assert_eq!(town.rows(moved).await, 1, "and nothing is done twice");
    let links = "SELECT CAST(COUNT(*) AS BIGINT) FROM links";
    assert_eq!(
        (town.rows(links).await, town.atlassian.world().issues.len()),
        (1, 1)
    );
}

/// Promise 3.3.
#[tokio::test]
async fn f33_a_webhook_lost_without_a_word_is_noticed_within_a_day() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.world().webhooks.clear();
    town.atlassian.move_issue(issue, DOING);
    for _ in 0..25 * 4 {
        town.wait(15 * 60);
        town.work().await;
    }
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(town.connection(by).await.problem, None);
}

#[tokio::test]
async fn f30_a_full_list_of_webhooks_is_told_and_tried_again_when_there_is_room() {
    let town = Town::start().await;
    for id in 1..=5 {
        let other = json!({"id": id, "url": "https://other.example/x", "expirationDate": 0});
        town.atlassian.world().webhooks.insert(id, other);
    }
    let by = town.connect().await;
    assert_eq!(
        town.connection(by).await.problem.as_deref(),
        Some("webhook_limit")
    );
    town.atlassian.world().webhooks.remove(&1);
    town.wait(3_700);
    town.work().await;
    assert_eq!(town.connection(by).await.problem, None);
    assert_eq!(
        town.atlassian.world().webhooks.len(),
        5,
        "those of others were left alone"
    );
}

#[tokio::test]
async fn f30_what_jira_refuses_in_a_good_answer_is_told_and_not_asked_again_until_it_changes() {
    let town = Town::start().await;
    let refused = json!({"webhookRegistrationResult": [{"errors": ["The clause project is unsupported in JQL"]}]});
    town.atlassian.fail(REGISTER, Fault::Answer(200, refused));
    let by = town.connect().await;
    assert_eq!(
        town.connection(by).await.problem.as_deref(),
        Some("webhook_filter")
    );
    for _ in 0..30 {
        town.wait(6 * 3_600);
        town.work().await;
    }
    assert_eq!(town.atlassian.count(REGISTER), 1);

    let both = [demo(), JiraProjectId::parse("200").unwrap()];
    wizard::choose_projects(town.app(), town.owner(), by, &both)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.connection(by).await.problem, None);
    let world = town.atlassian.world();
    let webhook = world.webhooks.values().next().unwrap();
    assert_eq!(webhook["jqlFilter"], "project in (100, 200)");
}

#[tokio::test]
async fn f30_a_missing_scope_is_named_and_cured_by_a_new_consent() {
    let town = Town::start().await;
    let scope = json!({"code": 401, "message": "Unauthorized; scope does not match"});
    let list = "GET /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/webhook";
    town.atlassian.fail(list, Fault::Answer(401, scope));
    let tokens = town.atlassian.count("POST /oauth/token");
    let by = town.connect().await;
    assert_eq!(
        town.connection(by).await.problem.as_deref(),
        Some("scope_missing")
    );
    assert_eq!(
        town.atlassian.count("POST /oauth/token") - tokens,
        1,
        "a refresh would not cure it"
    );
    town.wait(7_200);
    town.work().await;
    assert_eq!(town.atlassian.count(REGISTER), 0);
    let state = town.begin(Some(by)).await;
    town.finish(&state).await.unwrap();
    town.work().await;
    assert_eq!(town.connection(by).await.problem, None);
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
}

#[tokio::test]
async fn f31_a_good_answer_to_a_refresh_proves_nothing() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.wait(21 * 86_400);
    town.atlassian.world().webhook_ends += 30 * 86_400_000;
    town.atlassian.world().forgets = true;
    town.atlassian.move_issue(issue, DOING);
    town.work().await;
    town.wait(5);
    town.work().await;
    assert_eq!(town.atlassian.count("/webhook/refresh"), 1);
    assert_eq!(
        town.atlassian.world().webhooks.len(),
        1,
        "it was made again"
    );
    assert_eq!(town.atlassian.count(REGISTER), 2);
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(town.connection(by).await.problem, None);
}

#[tokio::test]
async fn f31_an_empty_answer_and_an_end_that_has_come_are_dealt_with() {
    let (town, by) = Town::connected().await;
    town.wait(21 * 86_400);
    town.atlassian
        .fail("/webhook/refresh", Fault::Answer(204, Value::Null));
    town.work().await;
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    assert_eq!(town.connection(by).await.problem, None);

    // Jira still lists one whose end has come. It cannot be refreshed any more.
    town.atlassian
        .fail("/webhook/refresh", Fault::Answer(204, Value::Null));
    town.wait(20 * 86_400);
    town.atlassian.world().webhook_ends += 60 * 86_400_000;
    town.work().await;
    let ends = town.connection(by).await.webhook_expires_at.unwrap();
    assert!(ends > town.app().now());
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    assert_eq!(town.atlassian.count(REGISTER), 2);
}

#[tokio::test]
async fn f34_another_public_address_gets_a_webhook_of_its_own_and_the_old_one_goes() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let mut settings = town.app().settings.clone();
    settings.public_url = "https://feedback.example".parse().unwrap();
    town.atlassian.move_issue(issue, DOING);
    town.wait(60);
    let moved = started(&town, settings);
    jobs::drain(&moved).await;
    {
        let world = town.atlassian.world();
        let urls: Vec<&str> = world
            .webhooks
            .values()
            .map(|webhook| webhook["url"].as_str().unwrap())
            .collect();
        assert_eq!(urls.len(), 1, "{urls:?}");
        assert!(urls[0].starts_with("https://feedback.example/hooks/jira/"));
    }
    assert_eq!(town.connection(by).await.problem, None);
    assert_eq!(
        town.kind(post).await,
        StatusKind::Started,
        "and between the two nothing was lost"
    );
    jobs::drain(&moved).await;
    assert_eq!(town.atlassian.count(REGISTER), 2);
}

#[tokio::test]
async fn a_webhook_that_is_registered_and_brings_nothing_is_told() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    town.wait(60);
    town.atlassian.world().next += 120_000;
    town.atlassian.move_issue(issue, DOING);
    town.wait(3 * 3_600);
    reconcile::start(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(
        town.connection(by).await.problem.as_deref(),
        Some("webhook_silent")
    );
    let done = reconcile::list(town.app(), town.owner(), by).await.unwrap();
    assert_eq!((done[0].state, done[0].changed), (State::Done, 1));
    // It was only slow: something comes after all.
    town.ring(issue, "late").await;
    assert_eq!(town.connection(by).await.problem, None);
}
