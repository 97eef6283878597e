//! An issue is made once, also when the power goes between the request and its answer.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{PATIENCE, Town};

/// The answer is this late: longer than the test looks, so it is never heard.
const NEVER: u64 = 600_000;

/// Looks at Jira until it has an issue of this title.
async fn until_jira_has(town: &Town, title: &str) -> Vec<Value> {
    let begun = std::time::Instant::now();
    loop {
        let issues = town.simulator.issues("KITE", title).await;
        if !issues.is_empty() {
            return issues;
        }
        assert!(begun.elapsed() < PATIENCE, "Jira was not asked for {title}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn order_issue(town: &Town, connection: &str, title: &str) -> String {
    let issue = town.new_issue(connection).await;
    let post = town.post(title).await;
    town.send(Method::POST, &format!("/posts/{post}/links"), issue)
        .await;
    post
}

async fn active_link(town: &Town, post: &str) -> Value {
    let links = town
        .until(
            &format!("/posts/{post}/links"),
            "the issue is adopted",
            |list| list["items"][0]["state"] == "active",
        )
        .await;
    assert_eq!(links["items"].as_array().unwrap().len(), 1, "{links}");
    links["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn f37_killed_between_request_and_answer_the_issue_is_adopted_and_not_made_again() {
    let mut town = Town::start().await;
    let connection = town.connect().await;
    let fault = json!({"do": "fault", "path": "/rest/api/3/issue", "method": "POST", "times": 1,
                       "kind": "answer_late", "ms": NEVER});
    town.simulator.jira().order(&fault).await.unwrap();
    let post = order_issue(&town, &connection, "Lights out").await;
    let made = until_jira_has(&town, "Lights out").await;
    town.server.kill();
    town.server.start_again().await;

    let link = active_link(&town, &post).await;
    let issues = town.simulator.issues("KITE", "Lights out").await;
    assert_eq!(issues.len(), 1, "one issue for one post: {issues:?}");
    assert_eq!(
        link["key"], made[0]["key"],
        "the one that was made is adopted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f37_an_answer_that_broke_off_makes_no_second_issue_after_a_kill() {
    let mut town = Town::start().await;
    let connection = town.connect().await;
    let fault = json!({"do": "fault", "path": "/rest/api/3/issue", "method": "POST", "times": 1,
                       "kind": "drop_after_work"});
    town.simulator.jira().order(&fault).await.unwrap();
    let post = order_issue(&town, &connection, "Broken off").await;
    until_jira_has(&town, "Broken off").await;
    town.server.kill();
    town.server.start_again().await;
    active_link(&town, &post).await;
    assert_eq!(town.simulator.issues("KITE", "Broken off").await.len(), 1);
}
