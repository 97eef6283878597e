//! The life of a webhook's registration.

use serde_json::json;
use upvow_domain::board::StatusKind;

use crate::{atlassian::DOING, town::Town};

#[tokio::test]
async fn three_restarts_leave_one_webhook_and_it_is_renewed_in_time() {
    let (town, by) = Town::connected().await;
    for _ in 0..3 {
        town.work().await;
    }
    assert_eq!(
        town.atlassian
            .count("POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/webhook"),
        1
    );

    town.wait(21 * 86_400);
    town.atlassian.world().webhook_ends += 30 * 86_400_000;
    town.work().await;
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    assert_eq!(town.atlassian.count("/webhook/refresh"), 1);
    let ends = town.connection(by).await.webhook_expires_at.unwrap();
    assert!(ends.since(town.app().now()) > std::time::Duration::from_hours(24 * 20));
}

#[tokio::test]
async fn a_webhook_that_jira_lost_is_made_again_and_what_was_missed_is_read() {
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
}

#[tokio::test]
async fn a_full_list_of_webhooks_is_told_and_tried_again_when_there_is_room() {
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
