//! Bodies of every shape that Jira is known to send, whole and spoilt, at both doors: each is taken or refused, none
//! harms, and nothing of it is kept but the Signal.

use serde_json::{Value, json};
use upvow_app::sync::{
    admin_hook,
    intake::{Outcome, receive, receive_signed},
};

use crate::{by_hand::signed, town::Town};

/// A word that stands in the place of every name, address and text of a person.
const PLANT: &str = "zz-planted-person-zz";

fn person() -> Value {
    json!({"self": format!("https://x.example/rest/api/2/user?accountId={PLANT}"), "accountId": PLANT,
        "accountType": "atlassian", "displayName": PLANT, "emailAddress": format!("{PLANT}@corp.example"),
        "avatarUrls": {"48x48": format!("https://avatar.example/{PLANT}")}, "active": true, "timeZone": "Europe/Berlin"})
}

fn issue(id: &Value) -> Value {
    json!({"id": id, "self": "https://x.example/rest/api/2/issue/1", "key": "DEMO-1", "fields": {
        "summary": PLANT, "description": format!("h1. {PLANT} [~accountid:{PLANT}]"),
        "status": {"id": "20", "name": "In Arbeit", "statusCategory": {"id": 4, "key": "indeterminate"}},
        "issuetype": {"id": "7", "name": "Task", "subtask": false}, "project": {"id": "100", "key": "DEMO", "name": "Demo"},
        "assignee": person(), "reporter": person(), "creator": person(), "security": null,
        "comment": {"comments": [{"author": person(), "body": PLANT}]},
        "worklog": {"worklogs": [{"author": person(), "comment": PLANT}]},
        "customfield_10010": [person()], "updated": "2026-11-23T10:00:00.000+0100"}})
}

/// Every event that is documented or was seen, with the envelope that belongs to it.
fn corpus(id: &Value) -> Vec<(&'static str, Value)> {
    let changelog = json!({"id": "10124", "items": [
        {"field": "status", "fieldtype": "jira", "fieldId": "status", "from": "10", "fromString": "To Do", "to": "20", "toString": "In Progress"},
        {"field": "assignee", "fieldtype": "jira", "from": PLANT, "fromString": PLANT, "to": null, "tmpFromAccountId": PLANT},
        {"field": "Key", "fromString": "OPS-9", "toString": "DEMO-1"}]});
    let mut all = Vec::new();
    for (event, kind) in [
        ("jira:issue_created", "issue_created"),
        ("jira:issue_updated", "issue_generic"),
        ("jira:issue_updated", "issue_moved"),
        ("jira:issue_updated", "issue_commented"),
        ("jira:issue_deleted", "issue_deleted"),
        ("comment_created", ""),
        ("comment_updated", ""),
        ("comment_deleted", ""),
        ("issue_property_set", ""),
        ("issue_property_deleted", ""),
        ("jira:worklog_updated", ""),
    ] {
        all.push((event, json!({"timestamp": 1_790_000_000_000_i64, "webhookEvent": event,
            "issue_event_type_name": kind, "user": person(), "issue": issue(id), "changelog": changelog,
            "comment": {"id": "1", "author": person(), "updateAuthor": person(), "body": PLANT},
            "property": {"key": PLANT, "value": {"deep": [PLANT]}}, "matchedWebhookIds": []})));
    }
    for event in ["worklog_created", "worklog_updated", "worklog_deleted"] {
        all.push((
            event,
            json!({"timestamp": 1, "webhookEvent": event,
            "worklog": {"id": "3", "issueId": id, "author": person(), "comment": PLANT}}),
        ));
    }
    for event in ["issuelink_created", "issuelink_deleted"] {
        all.push((event, json!({"timestamp": 1, "webhookEvent": event,
            "issueLink": {"id": 5, "sourceIssueId": 1, "destinationIssueId": 2, "issueLinkType": {"name": "Blocks"}}})));
    }
    for event in [
        "sprint_created",
        "sprint_updated",
        "sprint_started",
        "sprint_closed",
        "sprint_deleted",
    ] {
        all.push((
            event,
            json!({"timestamp": 1, "webhookEvent": event,
            "sprint": {"id": 4, "name": PLANT, "goal": PLANT, "originBoardId": 1}}),
        ));
    }
    for event in [
        "released",
        "unreleased",
        "created",
        "moved",
        "updated",
        "merged",
        "deleted",
    ] {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test may leak: the text is as old as the test"
        )]
        let event: &'static str = Box::leak(format!("jira:version_{event}").into_boxed_str());
        all.push((
            event,
            json!({"timestamp": 1, "webhookEvent": event,
            "version": {"id": "1", "name": PLANT, "description": PLANT, "projectId": 100}}),
        ));
    }
    for event in [
        "user_created",
        "user_updated",
        "user_deleted",
        "project_created",
        "project_deleted",
        "attachment_created",
        "attachment_deleted",
        "board_created",
        "board_configuration_changed",
        "option_voting_changed",
        "jira_expression_evaluation_failed",
    ] {
        all.push((event, json!({"timestamp": 1, "webhookEvent": event, "user": person(), "project": {"id": 100, "projectLead": person()},
            "attachment": {"author": person(), "filename": PLANT}})));
    }
    // What automation rules send: the issue alone, or whatever somebody typed.
    all.push(("an automation", issue(id)));
    all.push((
        "an automation of one's own",
        json!({"text": PLANT, "issue": PLANT, "webhookEvent": 7, "data": [[[PLANT]]]}),
    ));
    all.push(("a bulk edit", json!({"webhookEvent": "jira:issue_updated", "issue": issue(id), "bulkOperationMetaData": {"sendMail": false}})));
    all.push((
        "an issue without fields",
        json!({"webhookEvent": "jira:issue_updated", "issue": {"id": id}}),
    ));
    all.push((
        "an issue that is none",
        json!({"webhookEvent": "jira:issue_updated", "issue": null}),
    ));
    all.push(("a number for an id", json!({"webhookEvent": "jira:issue_updated", "issue": {"id": id.as_str().and_then(|id| id.parse::<u64>().ok())}})));
    all
}

fn with_ours(body: &Value, webhook: i64) -> String {
    let mut body = body.clone();
    body["matchedWebhookIds"] = json!([webhook]);
    body.to_string()
}

#[tokio::test]
async fn f29_every_event_is_taken_and_only_what_is_about_linked_issues_is_kept() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let made = admin_hook::make(town.app(), town.owner(), by)
        .await
        .unwrap();
    let webhook = *town.atlassian.world().webhooks.keys().next().unwrap();
    let rows = "SELECT CAST(COUNT(*) AS BIGINT) FROM signals";
    for (n, (event, body)) in corpus(&json!(issue.to_string())).iter().enumerate() {
        let before = town.rows(rows).await;
        let text = with_ours(body, webhook);
        let outcome = receive(town.app(), town.delivery(Some(&format!("d{n}")), &text)).await;
        assert_eq!(outcome, Outcome::Taken, "{event}");
        let hand = signed(&made, Some(&format!("h{n}")), body.to_string().as_bytes());
        assert_eq!(
            receive_signed(town.app(), hand).await,
            Outcome::Taken,
            "{event}"
        );
        let is_ours = matches!(
            body["webhookEvent"].as_str(),
            Some("jira:issue_updated" | "jira:issue_deleted")
        ) && body["issue"]["id"] != Value::Null;
        let kept = town.rows(rows).await - before;
        assert_eq!(kept, if is_ours { 2 } else { 0 }, "{event}");
    }
    nothing_is_planted(&town).await;
}

/// Bodies that were cut, doubled, bent and filled with noise.
#[tokio::test]
async fn spoilt_bodies_are_taken_or_refused_and_harm_nothing() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let made = admin_hook::make(town.app(), town.owner(), by)
        .await
        .unwrap();
    let webhook = *town.atlassian.world().webhooks.keys().next().unwrap();
    let corpus = corpus(&json!(issue.to_string()));
    // A small generator of its own: the same bodies every time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let odd: [&[u8]; 8] = [
        b"\xff\xfe",
        b"\0",
        b"\"",
        b"}",
        b"[[[[[[[[[[[[[[[[[[",
        b"\\ud800",
        b"1e999",
        b",\"issue\":{\"id\":\"7\"}",
    ];
    let mut taken = 0;
    for n in 0..600 {
        let (_, body) = &corpus[draw(corpus.len())];
        let mut bytes = with_ours(body, webhook).into_bytes();
        for _ in 0..=draw(3) {
            let at = draw(bytes.len());
            match draw(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = u8::try_from(draw(256)).unwrap(),
                2 => drop(bytes.splice(at..at, odd[draw(odd.len())].iter().copied())),
                3 => {
                    let some: Vec<u8> = bytes[at..].iter().copied().take(draw(200) + 1).collect();
                    drop(bytes.splice(at..at, some));
                }
                _ => bytes.extend(b"  \r\n\t"),
            }
        }
        let mut delivery = town.delivery(Some(&format!("s{n}")), "");
        delivery.body.clone_from(&bytes);
        let dynamic = receive(town.app(), delivery).await;
        let by_hand =
            receive_signed(town.app(), signed(&made, Some(&format!("t{n}")), &bytes)).await;
        for outcome in [dynamic, by_hand] {
            assert!(matches!(outcome, Outcome::Taken | Outcome::Refused), "{n}");
        }
        taken += usize::from(by_hand == Outcome::Taken);
    }
    assert!(taken > 50 && taken < 550, "some of each kind: {taken}");
    // Other encodings and sizes: refused, or read for what they are.
    let utf16: Vec<u8> = "{\"issue\":{}}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(with_ours(&corpus[1].1, webhook).bytes());
    let deep = [b"{\"issue\":".as_slice(), &vec![b'['; 200_000]].concat();
    let huge = [
        b"{\"x\":\"".as_slice(),
        &vec![b'a'; 6 * 1024 * 1024],
        b"\"}",
    ]
    .concat();
    for body in [utf16, marked, deep, huge] {
        let outcome = receive_signed(town.app(), signed(&made, None, &body)).await;
        assert_eq!(outcome, Outcome::Refused, "{} bytes", body.len());
    }
    nothing_is_planted(&town).await;
    // And the doors still open.
    town.atlassian.move_issue(issue, crate::atlassian::DOING);
    assert_eq!(town.ring(issue, "after all").await, Outcome::Taken);
    town.work().await;
    assert_eq!(
        town.kind(post).await,
        upvow_domain::board::StatusKind::Started
    );
}

/// Looks through every text of the tables that a delivery could reach.
async fn nothing_is_planted(town: &Town) {
    let texts = [
        "SELECT CAST(COUNT(*) AS BIGINT) FROM signals WHERE delivery_id || event || issue_id || COALESCE(issue_key, '')
            || COALESCE(issue_type_id, '') || COALESCE(jira_status_id, '') LIKE '%planted%'",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE name || subject || lane || COALESCE(last_error, '') LIKE '%planted%'",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM audit WHERE action || subject || detail LIKE '%planted%'",
    ];
    for text in texts {
        assert_eq!(town.rows(text).await, 0, "{text}");
    }
}
