//! Webhooks that an administrator made on Jira's own page.

use aws_lc_rs::hmac;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, Inbox};

const SECRET: &str = "of the administrator";

/// As a receiver would check it.
fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let hex: Vec<String> = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={}", hex.concat())
}

#[tokio::test]
async fn every_body_is_signed_with_the_secret_and_carries_no_token() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let control = cloud.sim.control();
    let events = [
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
    ];
    control
        .add_admin_webhook("kestrel-works", &inbox.url, Some(SECRET), &events)
        .unwrap();
    control
        .move_issue("KITE-1", "In Progress", "mari.etxeb")
        .unwrap();
    control
        .comment("KITE-1", "Grüße — with more than ASCII", "mari.etxeb")
        .unwrap();
    control.delete_issue("KITE-1", "mari.etxeb").unwrap();
    control.wait_idle().await;

    let (told, raw) = (inbox.deliveries(), inbox.raw());
    let heard: Vec<&str> = told
        .iter()
        .map(|(_, body)| body["webhookEvent"].as_str().unwrap())
        .collect();
    assert_eq!(
        heard,
        [
            "jira:issue_updated",
            "comment_created",
            "jira:issue_deleted"
        ]
    );
    for ((headers, body), (query, text)) in told.iter().zip(&raw) {
        assert_eq!(headers["x-hub-signature"], signature(SECRET, text));
        assert_ne!(headers["x-hub-signature"], signature("another", text));
        assert!(!headers.contains_key("authorization"));
        assert!(headers.contains_key("x-atlassian-webhook-identifier"));
        assert!(
            body.get("matchedWebhookIds").is_none(),
            "only the app's webhooks are named"
        );
        assert!(query.starts_with("triggeredByUser="), "{query}");
    }
    // The whole issue and the whole person, whatever the receiver wanted.
    let (_, moved) = &told[0];
    assert_eq!(
        moved["user"]["displayName"]
            .as_str()
            .unwrap()
            .split(' ')
            .next(),
        Some("Marisol")
    );
    assert!(moved["issue"]["fields"]["reporter"]["accountId"].is_string());
    assert_eq!(moved["changelog"]["items"][0]["fieldId"], "status");
}

#[tokio::test]
async fn it_hears_of_the_whole_site_and_of_no_other_and_never_expires() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let control = cloud.sim.control();
    let id = control
        .add_admin_webhook("kestrel-works", &inbox.url, None, &["jira:issue_updated"])
        .unwrap();
    control.clock().advance(super::seconds(60 * 24 * 3_600));
    control.edit_summary("KITE-1", "One", "mari.etxeb").unwrap();
    control.edit_summary("PLAT-1", "Two", "mari.etxeb").unwrap();
    control.revoke("mari.etxeb").unwrap();
    control
        .edit_summary("KITE-1", "Three", "mari.etxeb")
        .unwrap();
    control.drop_webhooks();
    control
        .edit_summary("KITE-1", "Four", "mari.etxeb")
        .unwrap();
    control.wait_idle().await;
    let told = inbox.deliveries();
    assert_eq!(told.len(), 4);
    assert!(
        !told[0].0.contains_key("x-hub-signature"),
        "without a secret there is nothing to sign with"
    );

    control.remove_admin_webhook(id).unwrap();
    control
        .edit_summary("KITE-1", "Five", "mari.etxeb")
        .unwrap();
    control.wait_idle().await;
    assert_eq!(inbox.deliveries().len(), 4);
    assert!(control.remove_admin_webhook(id).is_err());
}

#[tokio::test]
async fn scripts_make_one_too_with_a_filter_and_the_secret_is_not_told_again() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let order = |extra: Value| {
        let mut order = json!({ "do": "add_admin_webhook", "site": "kestrel-works", "url": inbox.url, "events": ["jira:issue_created"] });
        order
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let request = cloud
            .http
            .request(Method::POST, cloud.at("/_sim/do"))
            .json(&order);
        async { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(
        order(json!({ "secret": SECRET, "filter": "project = NEST" })).await,
        200
    );
    assert_eq!(order(json!({ "filter": "project =" })).await, 400);
    assert_eq!(
        order(json!({ "events": ["jira:issue_invented"] })).await,
        400
    );
    assert_eq!(order(json!({ "site": "nowhere" })).await, 400);

    cloud.create("KITE", "Outside the filter").await;
    cloud.create("NEST", "Inside the filter").await;
    cloud.sim.control().wait_idle().await;
    assert_eq!(inbox.deliveries().len(), 1);

    let view = cloud
        .http
        .get(cloud.at("/_sim/admin_webhooks"))
        .send()
        .await
        .unwrap();
    let view = view.text().await.unwrap();
    assert!(
        view.contains("\"isSigned\":true") && !view.contains(SECRET),
        "{view}"
    );
}
