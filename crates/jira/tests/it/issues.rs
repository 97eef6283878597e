//! Issues: created, read, found, marked.

use std::time::Duration;

use serde_json::{Map, Value, json};
use upvow_domain::Time;
use upvow_domain::jira::{Category, IssueId, IssueKey, IssueTypeId};
use upvow_jira::{Adf, IssueRef, JiraError, NewIssue};

use crate::calls::{SITE, issue_id, project};
use crate::stub::{Stub, says};

fn jira_issue(id: &str, extra: &Value) -> Value {
    let mut issue = json!({
        "id": id, "key": "DEMO-1", "self": "https://x/rest/api/3/issue/1",
        "fields": {
            "status": {"id": "10002", "name": "Erledigt", "statusCategory": {"id": 3, "key": "done", "name": "Erledigt"}},
            "issuetype": {"id": "10004", "name": "Story"},
            "project": {"id": "10000", "key": "DEMO", "name": "Demo"},
            "updated": "2026-11-23T11:00:00.123+0100",
            "security": null,
        },
    });
    for (key, value) in extra.as_object().expect("fields") {
        issue["fields"][key] = value.clone();
    }
    issue
}

fn new_issue() -> NewIssue {
    let mut extra_fields = Map::new();
    extra_fields.insert("customfield_10011".into(), json!({"id": "7"}));
    extra_fields.insert("project".into(), json!({"id": "666"}));
    NewIssue {
        project: project("10000"),
        issue_type: IssueTypeId::parse("10004").expect("a type"),
        summary: format!("Dark\nmode {}", "é".repeat(300)),
        description: Adf::from_markdown("Please", None),
        labels: vec!["from board".into(), " ".into()],
        extra_fields,
        correlation: Some(("upvow.link".into(), json!({"link": "l-1"}))),
    }
}

#[tokio::test]
async fn a_new_issue_carries_its_mark() {
    let stub = Stub::answering([says(
        201,
        json!({"id": "10100", "key": "DEMO-7", "self": "https://x"}),
    )])
    .await;
    let created = stub.on().create_issue(&new_issue()).await.expect("created");
    assert_eq!(
        (created.id.as_str(), created.key.as_str()),
        ("10100", "DEMO-7")
    );
    let sent = stub.only().json();
    let fields = &sent["fields"];
    assert_eq!(
        fields["project"],
        json!({"id": "10000"}),
        "extra fields replace nothing"
    );
    assert_eq!(fields["customfield_10011"], json!({"id": "7"}));
    assert_eq!(fields["labels"], json!(["from-board"]));
    let summary = fields["summary"].as_str().expect("a summary");
    assert!(summary.starts_with("Dark mode é") && summary.ends_with('…'));
    assert_eq!(summary.chars().count(), 255);
    assert_eq!(
        sent["properties"],
        json!([{"key": "upvow.link", "value": {"link": "l-1"}}])
    );
}

#[tokio::test]
async fn a_create_without_a_readable_answer_may_have_happened() {
    let stub = Stub::answering([says(201, "<html>"), says(504, ""), says(400, "{}")]).await;
    for expected in [true, true, false] {
        let error = stub
            .on()
            .create_issue(&new_issue())
            .await
            .expect_err("no answer");
        assert_eq!(error.outcome_unknown(), expected, "{error:?}");
    }
}

/// Promise 2.4.
#[tokio::test]
async fn an_issue_is_read_without_its_people() {
    let stub = Stub::answering([
        says(200, jira_issue("10100", &json!({}))),
        says(
            200,
            jira_issue("10100", &json!({"security": {"id": "9", "name": "Secret"}})),
        ),
        says(200, jira_issue("10100", &json!({"summary": "Dark mode"}))),
    ])
    .await;
    let key = IssueRef::Key(IssueKey::parse("OLD-3").expect("a key"));
    let issue = stub.on().issue(&key).await.expect("an issue");
    assert_eq!(
        issue.key.as_str(),
        "DEMO-1",
        "a moved issue answers with its new key"
    );
    assert_eq!(issue.status_category, Category::Done);
    assert_eq!(issue.updated, Time(1_795_428_000_123));
    assert_eq!(issue.updated.rfc3339(), "2026-11-23T10:00:00.123Z");
    assert!(!issue.restricted);
    assert!(stub.on().issue(&key).await.expect("an issue").restricted);
    let shown = stub.on().issue_summary(&key).await.expect("a summary");
    assert_eq!(
        (shown.summary.as_str(), shown.status_name.as_str()),
        ("Dark mode", "Erledigt")
    );
    let asked = stub.asked();
    assert_eq!(asked[0].uri.path(), format!("{SITE}/issue/OLD-3"));
    assert_eq!(
        asked[0].query("fields").as_deref(),
        Some("status,issuetype,project,updated,security")
    );
    assert_eq!(
        asked[2].query("fields").as_deref(),
        Some("summary,status,security")
    );
}

#[tokio::test]
async fn many_issues_are_read_a_hundred_at_a_time_and_the_missing_are_named() {
    let stub = Stub::answering([
        says(200, json!({"issues": [jira_issue("1", &json!({}))], "issueErrors": [{"id": "2", "errorMessage": "x"}]})),
        says(200, json!({"issues": [jira_issue("101", &json!({}))]})),
    ])
    .await;
    let ids: Vec<_> = (1..=101).map(|n| issue_id(&n.to_string())).collect();
    let bulk = stub.on().issues(&ids).await.expect("issues");
    assert_eq!(bulk.found.len(), 2);
    assert_eq!(bulk.missing.len(), 99);
    let asked = stub.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0].json()["issueIdsOrKeys"].as_array().map(Vec::len),
        Some(100)
    );
    assert_eq!(
        asked[1].json()["fields"],
        json!(["status", "issuetype", "project", "updated", "security"])
    );
}

#[tokio::test]
async fn an_unreadable_issue_is_not_taken_for_a_deleted_one() {
    let stub = Stub::answering([says(
        200,
        json!({"issues": [jira_issue("1", &json!({"status": null}))]}),
    )])
    .await;
    assert_eq!(
        stub.on().issues(&[issue_id("1")]).await.err(),
        Some(JiraError::Malformed)
    );
}

#[tokio::test]
async fn a_lost_issue_is_found_by_its_mark() {
    let other = json!({"id": "1", "key": "DEMO-1", "properties": {"upvow.link": {"link": "l-0"}}});
    let ours = json!({"id": "2", "key": "DEMO-2", "properties": {"upvow.link": {"link": "l-1"}}});
    let unmarked = json!({"id": "3", "key": "DEMO-3"});
    let stub = Stub::answering([
        says(
            200,
            json!({"issues": [unmarked, other], "nextPageToken": "page-2"}),
        ),
        says(200, json!({"issues": [ours], "isLast": true})),
        says(200, json!({"issues": [], "nextPageToken": "more"})),
    ])
    .await;
    let mark = json!({"link": "l-1"});
    let within = Duration::from_secs(61);
    let find = |reconcile: Vec<IssueId>| {
        let (stub, mark) = (&stub, &mark);
        async move {
            stub.on()
                .find_issue_by_property(&project("10000"), "upvow.link", mark, within, &reconcile)
                .await
                .expect("an answer")
        }
    };
    let found = find(vec![issue_id("2")]).await.expect("the issue");
    assert_eq!(found.key.as_str(), "DEMO-2");
    assert_eq!(find(vec![]).await, None);
    let asked = stub.asked();
    let first = asked[0].json();
    assert_eq!(
        first["jql"],
        "project = 10000 AND created >= -2m ORDER BY created DESC"
    );
    assert_eq!(first["reconcileIssues"], json!([2]));
    assert_eq!(first["properties"], json!(["upvow.link"]));
    assert_eq!(asked[1].json()["nextPageToken"], "page-2");
}

#[tokio::test]
async fn a_search_text_cannot_become_jql() {
    let stub = Stub::answering([
        says(
            200,
            json!({"issues": [{"id": "1", "key": "DEMO-1", "fields": {"summary": "S"}}]}),
        ),
        says(200, "{}"),
    ])
    .await;
    let found = stub
        .on()
        .search(&project("1"), "dark\" OR project = X \\")
        .await
        .expect("found");
    assert_eq!(found[0].summary, "S");
    stub.on().search(&project("1"), "  ").await.expect("found");
    let asked = stub.asked();
    assert_eq!(
        asked[0].json()["jql"],
        "project = 1 AND summary ~ \"dark* OR* project* X*\" ORDER BY updated DESC"
    );
    assert_eq!(asked[1].json()["jql"], "project = 1 ORDER BY updated DESC");
}

#[tokio::test]
async fn suggestions_are_plain_text_and_listed_once() {
    let issue = json!({"id": 10100, "key": "DEMO-1", "keyHtml": "<b>DEMO</b>-1", "summary": "<b>Dark</b>", "summaryText": "Dark"});
    let stub = Stub::answering([says(
        200,
        json!({"sections": [{"id": "hs", "issues": [issue]}, {"id": "cs", "issues": [issue]}, {"id": "x"}]}),
    )])
    .await;
    let found = stub.on().search_text("da").await.expect("found");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id.as_str(), found[0].summary.as_str()),
        ("10100", "Dark")
    );
}

#[tokio::test]
async fn a_property_is_set_and_read() {
    let stub = Stub::answering([
        says(201, ""),
        says(200, json!({"key": "upvow.link", "value": {"a": 1}})),
        says(404, "{}"),
    ])
    .await;
    let issue = issue_id("1");
    stub.on()
        .set_property(&issue, "upvow.link", &json!({"a": 1}))
        .await
        .expect("set");
    assert_eq!(
        stub.on().property(&issue, "upvow.link").await,
        Ok(Some(json!({"a": 1})))
    );
    assert_eq!(stub.on().property(&issue, "upvow.link").await, Ok(None));
    assert_eq!(
        stub.asked()[0].uri.path(),
        format!("{SITE}/issue/1/properties/upvow.link")
    );
    assert_eq!(stub.asked()[0].json(), json!({"a": 1}));
}

#[tokio::test]
async fn an_issue_that_is_not_our_own_test_is_never_deleted() {
    let mark = json!({"test": "t-1"});
    let stub = Stub::answering([
        says(
            200,
            json!({"key": "upvow.test", "value": {"test": "another"}}),
        ),
        says(404, "{}"),
        says(200, jira_issue("1", &json!({}))),
        says(200, json!({"key": "upvow.test", "value": {"test": "t-1"}})),
        says(204, ""),
    ])
    .await;
    let issue = issue_id("1");
    let delete = || async {
        stub.on()
            .delete_own_issue(&issue, "upvow.test", &mark)
            .await
    };
    assert!(delete().await.is_err(), "another mark");
    assert!(delete().await.is_err(), "no mark");
    assert!(stub.asked().iter().all(|asked| asked.method == "GET"));
    assert_eq!(delete().await, Ok(()));
    assert_eq!(
        stub.asked()
            .last()
            .map(|asked| asked.method.as_str().to_owned())
            .as_deref(),
        Some("DELETE")
    );
}
