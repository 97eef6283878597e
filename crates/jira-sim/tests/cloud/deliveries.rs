//! When deliveries go out, and to whom.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, Inbox, seconds};

fn entry() -> Value {
    json!({ "jqlFilter": "project = KITE", "events": ["jira:issue_updated", "jira:issue_deleted", "comment_deleted"] })
}

async fn register(cloud: &Cloud, url: &str) -> Value {
    let body = json!({ "url": url, "webhooks": [entry()] });
    let (status, answer) = cloud.post("3/webhook", body).await;
    assert_eq!(status, 200);
    answer["webhookRegistrationResult"][0].clone()
}

#[tokio::test]
async fn whether_two_people_may_have_two_addresses_on_a_site_can_be_chosen() {
    let mut cloud = Cloud::new().await;
    register(&cloud, "http://127.0.0.1:9/one").await;
    let admin = cloud.token.clone();
    cloud.token = cloud.token_of("barth.zwickl").await;
    assert!(register(&cloud, "http://127.0.0.1:9/two").await["createdWebhookId"].is_u64());
    cloud.sim.control().one_address_per_site(true);
    for token in [cloud.token.clone(), admin] {
        cloud.token = token;
        let refused = register(&cloud, "http://127.0.0.1:9/three").await;
        assert!(
            refused["errors"][0]
                .as_str()
                .unwrap()
                .contains("single URL")
        );
    }
}

#[tokio::test]
async fn the_aftermath_comes_later_as_secondary() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let control = cloud.sim.control();
    control.secondary_delay(seconds(600));
    register(&cloud, &inbox.url).await;
    control
        .comment("KITE-1", "Soon gone", "mari.etxeb")
        .unwrap();
    control.delete_issue("KITE-1", "mari.etxeb").unwrap();
    control.wait_settled().await;
    let flows = |inbox: &Inbox| -> Vec<String> {
        inbox
            .deliveries()
            .iter()
            .map(|(headers, _)| {
                headers["x-atlassian-webhook-flow"]
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(flows(&inbox), ["Primary"]);
    control.clock().advance(seconds(600));
    control.wait_idle().await;
    let flows = flows(&inbox);
    assert!(
        flows.len() > 1 && flows[1..].iter().all(|flow| flow == "Secondary"),
        "{flows:?}"
    );
}

#[tokio::test]
async fn with_gaps_like_atlassians_nothing_comes_again_before_five_minutes_and_all_within_fifteen()
{
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let control = cloud.sim.control();
    control.retry_as_atlassian(true);
    register(&cloud, &inbox.url).await;
    inbox.answer(&[503, 429, 408]);
    control
        .edit_summary("KITE-1", "Once", "mari.etxeb")
        .unwrap();
    for attempt in 1..=3 {
        control.wait_settled().await;
        assert_eq!(inbox.deliveries().len(), attempt);
        control.clock().advance(seconds(299));
        control.wait_settled().await;
        assert_eq!(inbox.deliveries().len(), attempt, "not before five minutes");
        control.clock().advance(seconds(601));
        control.wait_settled().await;
    }
    assert_eq!(inbox.deliveries().len(), 4);
    let again = &inbox.deliveries()[3].0;
    assert_eq!(again["x-atlassian-webhook-retry"], "3");
}

#[tokio::test]
async fn the_feed_of_failures_is_for_connect_apps() {
    let cloud = Cloud::new().await;
    let answer = cloud.send(Method::GET, "3/webhook/failed", None).await;
    assert_eq!(answer.status(), 403);
}
