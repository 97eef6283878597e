//! Registration, and deliveries with everything Atlassian puts on them.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, Inbox, seconds, told};

async fn register(cloud: &Cloud, url: &str, entries: Value) -> Vec<Value> {
    let (status, answer) = cloud
        .post("3/webhook", json!({ "url": url, "webhooks": entries }))
        .await;
    assert_eq!(status, 200, "{answer}");
    answer["webhookRegistrationResult"]
        .as_array()
        .unwrap()
        .clone()
}

fn kite(events: &[&str]) -> Value {
    json!({ "jqlFilter": "project = KITE", "events": events })
}

#[tokio::test]
async fn each_entry_is_answered_for_itself_in_order() {
    let cloud = Cloud::new().await;
    let results = register(
        &cloud,
        "http://127.0.0.1:9/hook",
        json!([
            kite(&["jira:issue_updated"]),
            { "jqlFilter": "", "events": ["jira:issue_updated"] },
            { "jqlFilter": "project is not EMPTY", "events": ["jira:issue_updated"] },
            { "jqlFilter": "watchCount = 3", "events": ["jira:issue_updated"] },
            { "jqlFilter": "project = KITE", "events": ["project_created"] },
            { "jqlFilter": "project != EMPTY", "events": ["jira:issue_deleted"] },
        ]),
    )
    .await;
    assert!(results[0]["createdWebhookId"].is_u64() && results[5]["createdWebhookId"].is_u64());
    assert_eq!(
        results[1]["errors"],
        json!(["Empty JQL search not supported"])
    );
    assert_eq!(
        results[2]["errors"],
        json!(["Operator is not is unsupported"])
    );
    assert_eq!(
        results[3]["errors"],
        json!(["The clause watchcount is unsupported"])
    );
    assert!(
        results[4]["errors"][0]
            .as_str()
            .unwrap()
            .contains("project_created")
    );
    assert_eq!(cloud.get("3/webhook").await["total"], 2);
}

#[tokio::test]
async fn five_are_allowed_and_one_address() {
    let cloud = Cloud::new().await;
    let entry = kite(&["jira:issue_updated"]);
    let results = register(
        &cloud,
        "http://127.0.0.1:9/hook",
        json!(vec![entry.clone(); 6]),
    )
    .await;
    assert_eq!(
        results
            .iter()
            .filter(|result| result["createdWebhookId"].is_u64())
            .count(),
        5
    );
    assert!(
        results[5]["errors"][0]
            .as_str()
            .unwrap()
            .contains("maximum number")
    );

    let ids: Vec<&Value> = results[..4]
        .iter()
        .map(|result| &result["createdWebhookId"])
        .collect();
    let gone = cloud
        .send(
            Method::DELETE,
            "3/webhook",
            Some(json!({ "webhookIds": ids })),
        )
        .await;
    assert_eq!(gone.status(), 202);
    let elsewhere = register(&cloud, "http://127.0.0.1:9/other", json!([entry])).await;
    assert!(
        elsewhere[0]["errors"][0]
            .as_str()
            .unwrap()
            .contains("single URL")
    );
}

#[tokio::test]
async fn plain_http_is_for_this_machine_only() {
    let cloud = Cloud::new().await;
    let body =
        json!({ "url": "http://board.example/hook", "webhooks": [kite(&["jira:issue_updated"])] });
    assert_eq!(cloud.post("3/webhook", body).await.0, 400);
}

#[tokio::test]
async fn registrations_expire_after_thirty_days_and_a_refresh_proves_nothing() {
    let cloud = Cloud::new().await;
    let day = 24 * 3_600;
    let results = register(
        &cloud,
        "http://127.0.0.1:9/hook",
        json!(vec![kite(&["jira:issue_updated"]); 2]),
    )
    .await;
    let id = &results[0]["createdWebhookId"];
    cloud.sim.control().clock().advance(seconds(20 * day));
    let renew = cloud
        .send(
            Method::PUT,
            "3/webhook/refresh",
            Some(json!({ "webhookIds": [id, 99_999] })),
        )
        .await;
    let (status, answer) = told(renew).await;
    assert_eq!(status, 200);
    let expires = super::START_MS + 50 * 24 * 3_600_000;
    assert_eq!(answer["expirationDate"], expires);
    // Some say it in words, as Atlassian's examples do.
    cloud.sim.control().webhook_dates_as_text(true);
    let listed = cloud.get("3/webhook").await;
    assert_eq!(
        listed["values"][0]["expirationDate"],
        "2026-04-21T09:00:00.000+0000"
    );
    cloud.sim.control().clock().advance(seconds(11 * day));
    let left = cloud.get("3/webhook").await;
    assert_eq!((&left["total"], &left["values"][0]["id"]), (&json!(1), id));
}

#[tokio::test]
async fn a_delivery_is_signed_with_the_clients_secret_and_carries_people() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let results = register(
        &cloud,
        &inbox.url,
        json!([
            kite(&["jira:issue_updated"]),
            kite(&["jira:issue_updated", "jira:issue_created"])
        ]),
    )
    .await;
    cloud
        .sim
        .control()
        .move_issue("KITE-4", "In Review", "Marisol Etxeberria")
        .unwrap();
    cloud.sim.control().wait_idle().await;

    let deliveries = inbox.deliveries();
    assert_eq!(
        deliveries.len(),
        1,
        "one delivery for one address, however many webhooks match"
    );
    let (headers, body) = &deliveries[0];
    let token = headers["authorization"]
        .to_str()
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap();
    let (signed, tag) = token.rsplit_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, cloud.sim.client_secret().as_bytes());
    hmac::verify(
        &key,
        signed.as_bytes(),
        &URL_SAFE_NO_PAD.decode(tag).unwrap(),
    )
    .expect("signed with the client secret");
    let claims: Value = serde_json::from_slice(
        &URL_SAFE_NO_PAD
            .decode(signed.split('.').nth(1).unwrap())
            .unwrap(),
    )
    .unwrap();
    assert!(claims["iat"].as_i64().unwrap() < claims["exp"].as_i64().unwrap());
    assert_eq!(headers["x-atlassian-webhook-flow"], "Primary");
    assert!(!headers.contains_key("x-atlassian-webhook-retry"));
    assert_eq!(headers["user-agent"], "Atlassian Webhook HTTP Client");

    assert_eq!(body["webhookEvent"], "jira:issue_updated");
    assert_eq!(
        body["matchedWebhookIds"],
        json!([
            results[0]["createdWebhookId"],
            results[1]["createdWebhookId"]
        ])
    );
    assert_eq!(body["user"]["displayName"], "Marisol Etxeberria");
    assert!(
        body["user"]["emailAddress"].is_null(),
        "the one who acts comes without an e-mail address"
    );
    assert!(body["issue"]["fields"]["assignee"]["emailAddress"].is_string());
    assert!(
        body["issue"]["fields"]["description"].is_string(),
        "deliveries speak version 2"
    );
    let item = &body["changelog"]["items"][0];
    assert_eq!(
        (&item["field"], &item["fromString"], &item["toString"]),
        (&json!("status"), &json!("In Progress"), &json!("In Review"))
    );
}

#[tokio::test]
async fn a_failed_delivery_comes_again_under_the_same_name() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    register(&cloud, &inbox.url, json!([kite(&["jira:issue_updated"])])).await;
    inbox.answer(&[503, 429]);
    let control = cloud.sim.control();
    control
        .edit_summary("KITE-4", "Offline maps", "Marisol Etxeberria")
        .unwrap();
    control.wait_settled().await;
    assert_eq!(control.deliveries()[0]["stage"], "retrying");
    control.clock().advance(seconds(2));
    control.wait_settled().await;
    control.clock().advance(seconds(2));
    control.wait_idle().await;

    let deliveries = inbox.deliveries();
    assert_eq!(deliveries.len(), 3);
    let of = |at: usize, name: &str| {
        deliveries[at]
            .0
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(
        of(0, "x-atlassian-webhook-identifier"),
        of(2, "x-atlassian-webhook-identifier")
    );
    assert_eq!(
        [
            of(0, "x-atlassian-webhook-retry"),
            of(1, "x-atlassian-webhook-retry"),
            of(2, "x-atlassian-webhook-retry")
        ],
        [None, Some("1".into()), Some("2".into())]
    );
    assert_eq!(control.deliveries()[0]["statuses"], json!([503, 429, 204]));
}

#[tokio::test]
async fn a_refusal_is_final_and_five_retries_are_the_end() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    register(&cloud, &inbox.url, json!([kite(&["jira:issue_updated"])])).await;
    let control = cloud.sim.control();
    inbox.answer(&[401]);
    control
        .edit_summary("KITE-4", "One", "Marisol Etxeberria")
        .unwrap();
    control.wait_idle().await;
    assert_eq!(
        (
            control.deliveries()[0]["stage"].as_str(),
            inbox.deliveries().len()
        ),
        (Some("failed"), 1)
    );

    inbox.answer(&[500; 9]);
    control
        .edit_summary("KITE-4", "Two", "Marisol Etxeberria")
        .unwrap();
    for _ in 0..5 {
        control.wait_settled().await;
        control.clock().advance(seconds(2));
    }
    control.wait_idle().await;
    assert_eq!(control.deliveries()[1]["attempts"], 6);
}

#[tokio::test]
async fn deliveries_keep_their_order_until_told_otherwise() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    register(&cloud, &inbox.url, json!([kite(&["jira:issue_updated"])])).await;
    let control = cloud.sim.control();
    let rename = |words: &[&str]| {
        for word in words {
            control
                .edit_summary("KITE-4", word, "Marisol Etxeberria")
                .unwrap();
        }
    };
    rename(&["1", "2", "3"]);
    control.wait_idle().await;
    control.pause_deliveries(true);
    control.newest_first(true);
    rename(&["4", "5"]);
    control.duplicate_deliveries(1);
    rename(&["6"]);
    control.pause_deliveries(false);
    control.wait_idle().await;
    let seen: Vec<Value> = inbox
        .deliveries()
        .iter()
        .map(|(_, body)| body["issue"]["fields"]["summary"].clone())
        .collect();
    assert_eq!(seen, ["1", "2", "3", "6", "6", "5", "4"]);
}

#[tokio::test]
async fn filters_decide_who_hears_what() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let entry = json!({ "jqlFilter": "project = KITE AND issuetype = Bug", "events": ["jira:issue_updated"], "fieldIdsFilter": ["status"] });
    register(&cloud, &inbox.url, json!([entry])).await;
    let control = cloud.sim.control();
    control
        .edit_summary("KITE-5", "A bug, renamed", "Marisol Etxeberria")
        .unwrap();
    control
        .move_issue("KITE-4", "Done", "Marisol Etxeberria")
        .unwrap();
    control
        .move_issue("PLAT-5", "In Progress", "Marisol Etxeberria")
        .unwrap();
    control
        .move_issue("KITE-5", "Done", "Marisol Etxeberria")
        .unwrap();
    control.wait_idle().await;
    let seen: Vec<Value> = inbox
        .deliveries()
        .iter()
        .map(|(_, body)| body["issue"]["key"].clone())
        .collect();
    assert_eq!(seen, ["KITE-5"]);
}

#[tokio::test]
async fn a_deleted_issue_is_told_first_and_its_comments_after() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    register(
        &cloud,
        &inbox.url,
        json!([kite(&["jira:issue_deleted", "comment_deleted"])]),
    )
    .await;
    cloud
        .sim
        .control()
        .delete_issue("KITE-4", "Marisol Etxeberria")
        .unwrap();
    cloud.sim.control().wait_idle().await;
    let seen: Vec<(String, String)> = inbox
        .deliveries()
        .iter()
        .map(|(headers, body)| {
            (
                body["webhookEvent"].as_str().unwrap().to_owned(),
                headers["x-atlassian-webhook-flow"]
                    .to_str()
                    .unwrap()
                    .to_owned(),
            )
        })
        .collect();
    let expected = [
        ("jira:issue_deleted", "Primary"),
        ("comment_deleted", "Secondary"),
        ("comment_deleted", "Secondary"),
    ];
    assert_eq!(
        seen,
        expected.map(|(event, flow)| (event.to_owned(), flow.to_owned()))
    );
}

#[tokio::test]
async fn a_move_to_another_project_tells_key_project_and_status_in_one() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    register(
        &cloud,
        &inbox.url,
        json!([{ "jqlFilter": "project in (KITE, NEST)", "events": ["jira:issue_updated"] }]),
    )
    .await;
    let key = cloud
        .sim
        .control()
        .move_to_project("KITE-4", "NEST", "Marisol Etxeberria")
        .unwrap();
    cloud.sim.control().wait_idle().await;
    let items = inbox.deliveries()[0].1["changelog"]["items"].clone();
    let fields: Vec<&str> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["project", "Key", "status", "issuetype"]);
    assert_eq!(
        cloud.get("3/issue/kite-4?fields=status").await["key"],
        key,
        "the old key still leads there"
    );
}

#[tokio::test]
async fn who_removed_the_app_hears_no_more() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    register(&cloud, &inbox.url, json!([kite(&["jira:issue_updated"])])).await;
    cloud.sim.control().revoke("Ottilie Quastenberg").unwrap();
    cloud
        .sim
        .control()
        .move_issue("KITE-4", "Done", "Marisol Etxeberria")
        .unwrap();
    cloud.sim.control().wait_idle().await;
    assert!(inbox.deliveries().is_empty() && cloud.sim.control().webhooks().is_empty());
}
