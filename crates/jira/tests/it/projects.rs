//! Projects, types, fields, statuses, permissions.

use serde_json::json;
use upvow_domain::jira::{Category, IssueTypeId};
use upvow_jira::FieldKind;

use crate::calls::{SITE, project};
use crate::stub::{Stub, says};

#[tokio::test]
async fn projects_come_in_pages() {
    let stub = Stub::answering([says(
        200,
        json!({"isLast": false, "total": 3, "values": [
            {"id": "10000", "key": "DEMO", "name": "Demo", "style": "classic", "simplified": false, "lead": {"displayName": "Ana"}},
            {"id": "10001", "key": "TEAM", "name": "Team", "style": "next-gen", "simplified": true},
        ]}),
    ), says(200, json!({"isLast": true, "values": []}))])
    .await;
    let page = stub
        .on()
        .projects(Some(" de&mo "), 4)
        .await
        .expect("a page");
    assert_eq!(page.next, Some(6));
    assert!(!page.items[0].team_managed && page.items[1].team_managed);
    let last = stub.on().projects(None, 6).await.expect("a page");
    assert_eq!(last.next, None);
    let asked = stub.asked();
    assert_eq!(asked[0].uri.path(), format!("{SITE}/project/search"));
    assert_eq!(asked[0].query("query").as_deref(), Some("de&mo"));
    assert_eq!(asked[0].query("action").as_deref(), Some("browse"));
    assert_eq!(asked[0].query("startAt").as_deref(), Some("4"));
    assert_eq!(asked[1].query("query"), None);
}

#[tokio::test]
async fn issue_types_and_fields_are_read_to_the_last_page() {
    let stub = Stub::answering([
        says(200, json!({"issueTypes": [{"id": "1", "name": "Story", "subtask": false}], "startAt": 0, "total": 2})),
        says(200, json!({"createMetaIssueType": [{"id": "2", "name": "Sub", "subtask": true}], "total": 2})),
        says(200, json!({"fields": [
            {"fieldId": "summary", "key": "summary", "name": "Summary", "required": true, "hasDefaultValue": false, "schema": {"type": "string", "system": "summary"}},
            {"fieldId": "customfield_10011", "name": "Area", "required": true, "schema": {"type": "option", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select", "customId": 10011}, "allowedValues": [{"id": "7", "value": "North"}, {"id": 8, "name": "South"}]},
        ], "total": 2})),
    ])
    .await;
    let types = stub
        .on()
        .issue_types(&project("10000"))
        .await
        .expect("types");
    assert_eq!(types.len(), 2);
    assert!(types[1].subtask);
    let story = IssueTypeId::parse("1").expect("a type");
    let fields = stub
        .on()
        .create_fields(&project("10000"), &story)
        .await
        .expect("fields");
    assert_eq!(fields[1].kind, FieldKind::Choice);
    let offered: Vec<_> = fields[1]
        .options
        .iter()
        .map(|option| (option.id.as_str(), option.name.as_str()))
        .collect();
    assert_eq!(offered, [("7", "North"), ("8", "South")]);
    let asked = stub.asked();
    assert_eq!(asked[1].query("startAt").as_deref(), Some("1"));
    assert_eq!(
        asked[2].uri.path(),
        format!("{SITE}/issue/createmeta/10000/issuetypes/1")
    );
}

#[tokio::test]
async fn a_status_is_listed_once_however_many_types_have_it() {
    let todo = json!({"id": "1", "name": "To Do", "statusCategory": {"key": "new"}});
    let done = json!({"id": "2", "name": "To Do", "statusCategory": {"key": "done"}});
    let odd = json!({"id": "3", "name": "Odd", "statusCategory": {"key": "in-flight"}});
    let stub = Stub::answering([says(
        200,
        json!([{"id": "1", "statuses": [todo, done]}, {"id": "2", "statuses": [done, odd, todo]}]),
    )])
    .await;
    let statuses = stub
        .on()
        .statuses(&project("10000"))
        .await
        .expect("statuses");
    let seen: Vec<_> = statuses
        .iter()
        .map(|s| (s.id.as_str(), s.category))
        .collect();
    assert_eq!(
        seen,
        [
            ("1", Category::New),
            ("2", Category::Done),
            ("3", Category::Undefined)
        ]
    );
}

#[tokio::test]
async fn permissions_that_are_not_named_are_not_there() {
    let stub = Stub::answering([says(
        200,
        json!({"permissions": {
            "BROWSE_PROJECTS": {"id": "10", "key": "BROWSE_PROJECTS", "havePermission": true},
            "CREATE_ISSUES": {"havePermission": false},
        }}),
    )])
    .await;
    let may = stub
        .on()
        .permissions(&project("10000"))
        .await
        .expect("permissions");
    assert!(may.browse && !may.create && !may.transition && !may.delete);
    assert_eq!(stub.only().query("projectId").as_deref(), Some("10000"));
}
