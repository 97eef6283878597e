//! Transitions and remote links.

use serde_json::{Map, json};
use upvow_jira::{Hint, JiraError, RemoteLink};

use crate::calls::issue_id;
use crate::stub::{Stub, says};

#[tokio::test]
async fn a_transition_names_what_it_needs() {
    let to = |id: &str| json!({"id": id, "name": "Done", "statusCategory": {"key": "done"}});
    let stub = Stub::answering([
        says(200, json!({"transitions": [
            {"id": "31", "name": "Finish", "to": to("10002"), "isAvailable": true, "fields": {
                "resolution": {"required": true, "hasDefaultValue": false, "schema": {}, "allowedValues": []},
                "customfield_1": {"required": true, "hasDefaultValue": true},
                "comment": {"required": false},
            }},
            {"id": "41", "name": "Blocked", "to": to("10003"), "isAvailable": false},
            {"id": 51, "name": "Start", "to": to("10004")},
        ]})),
        says(204, ""),
        says(204, ""),
    ])
    .await;
    let issue = issue_id("1");
    let steps = stub.on().transitions(&issue).await.expect("transitions");
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].needs, ["resolution"]);
    let shows =
        |step: &upvow_jira::Transition| step.fields.iter().any(|one| one.id == "resolution");
    assert!(shows(&steps[0]) && !shows(&steps[1]));
    assert_eq!(steps[1].id, "51");
    stub.on()
        .transition(&issue, "51", Map::new())
        .await
        .expect("moved");
    let mut fields = Map::new();
    fields.insert("resolution".into(), json!({"id": "1"}));
    stub.on()
        .transition(&issue, "31", fields)
        .await
        .expect("moved");
    let asked = stub.asked();
    assert_eq!(
        asked[0].query("expand").as_deref(),
        Some("transitions.fields")
    );
    assert_eq!(asked[1].json(), json!({"transition": {"id": "51"}}));
    assert_eq!(
        asked[2].json(),
        json!({"transition": {"id": "31"}, "fields": {"resolution": {"id": "1"}}})
    );
}

fn link(global_id: &str) -> RemoteLink {
    RemoteLink {
        global_id: global_id.into(),
        url: "https://board.example/p/1".into(),
        title: "x".repeat(300),
        summary: Some("12 votes".into()),
        icon_url: None,
        status_title: Some("Planned".into()),
        status_icon_url: Some("https://board.example/s.png".into()),
        resolved: true,
        application_name: "Board".into(),
    }
}

#[tokio::test]
async fn a_remote_link_is_sent_whole() {
    let stub = Stub::answering([says(201, "{}"), says(404, "{}"), says(413, "{}")]).await;
    let issue = issue_id("1");
    stub.on()
        .put_remote_link(&issue, &link("system=b&id=1"))
        .await
        .expect("put");
    assert_eq!(
        stub.only().json(),
        json!({
            "globalId": "system=b&id=1",
            "application": {"name": "Board"},
            "object": {
                "url": "https://board.example/p/1", "title": "x".repeat(255), "summary": "12 votes",
                "status": {"resolved": true, "icon": {"link": "https://board.example/p/1", "title": "Planned", "url16x16": "https://board.example/s.png"}},
            },
        })
    );
    assert_eq!(stub.on().delete_remote_link(&issue, "gone").await, Ok(()));
    let full = stub.on().put_remote_link(&issue, &link("a")).await;
    assert!(matches!(
        full,
        Err(JiraError::Refused {
            status: 413,
            hint: Hint::LinkLimit,
            ..
        })
    ));
    for bad in [String::new(), "x".repeat(256)] {
        assert!(
            stub.on()
                .put_remote_link(&issue, &link(&bad))
                .await
                .is_err()
        );
    }
    assert_eq!(stub.asked().len(), 3, "a link without identity is not sent");
}
