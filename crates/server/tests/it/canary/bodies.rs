//! Webhook bodies of many shapes, full of people: as Jira sends them, as automations send them, and broken.

use serde_json::{Value, json};

/// Far more than the door takes.
const HUGE: usize = 6 * 1024 * 1024;

/// What somebody is in a webhook.
fn user(person: &Value) -> Value {
    let id = person["account_id"].as_str().unwrap();
    let avatar = person["avatar_url"].as_str().unwrap();
    let sizes = |size: &str| format!("https://avatars.example{avatar}?size={size}");
    json!({
        "self": format!("https://jira.example/rest/api/2/user?accountId={}", person["account_id_escaped"].as_str().unwrap()),
        "accountId": id, "accountType": "atlassian", "active": true, "timeZone": "Europe/Berlin",
        "displayName": person["display_name"], "emailAddress": person["email"],
        "avatarUrls": { "48x48": sizes("48"), "16x16": sizes("16") },
    })
}

fn issue(id: &Value, who: &Value, text: &str) -> Value {
    json!({ "id": id, "key": "KITE-1", "self": "https://jira.example/rest/api/2/issue/1", "fields": {
        "summary": text, "description": format!("h1. {text}"), "environment": text, "labels": [text],
        "status": { "id": "3", "name": "In Progress", "statusCategory": { "id": 4, "key": "indeterminate" } },
        "issuetype": { "id": "7", "name": "Task" }, "project": { "id": "100", "key": "KITE" },
        "assignee": who, "reporter": who, "creator": who,
        "comment": { "comments": [{ "author": who, "updateAuthor": who, "body": text }] },
        "worklog": { "worklogs": [{ "author": who, "comment": text }] },
        "attachment": [{ "author": who, "filename": text }],
        "watches": { "watchers": [who] }, "customfield_10010": [who], "customfield_10011": text,
    } })
}

/// Bodies of each kind, about this issue and for this webhook. In every string of a person stands one of the people.
pub(super) fn bodies(people: &Value, issue_id: &Value, webhook: &Value) -> Vec<Vec<u8>> {
    let all = people["people"].as_array().unwrap();
    let mut values = Vec::new();
    let events = [
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "worklog_updated",
        "issue_property_set",
        "attachment_created",
        "user_updated",
        "project_deleted",
        "sprint_started",
        "jira:version_released",
        "issuelink_created",
        "jira_expression_evaluation_failed",
    ];
    for (event, person) in events.iter().zip(all.iter().cycle()) {
        let who = user(person);
        let name = person["display_name"].as_str().unwrap();
        let text = format!("{name} <{}>", person["email"].as_str().unwrap());
        let account = &person["account_id"];
        values.push(json!({
            "timestamp": 1_800_000_000_000_i64, "webhookEvent": event, "matchedWebhookIds": [webhook],
            "issue_event_type_name": "issue_generic", "user": who, "issue": issue(issue_id, &who, &text),
            "changelog": { "id": "1", "items": [
                { "field": "status", "fieldId": "status", "from": "1", "fromString": "To Do", "to": "3", "toString": "In Progress" },
                { "field": "assignee", "from": account, "fromString": name, "to": account, "toString": text, "tmpFromAccountId": account },
                { "field": "description", "fromString": text, "toString": name },
            ] },
            "comment": { "id": "1", "author": who, "updateAuthor": who, "body": format!("[~accountid:{}] {text}", account.as_str().unwrap()) },
            "worklog": { "author": who, "comment": text }, "property": { "key": name, "value": { "deep": [[text]] } },
            "sprint": { "name": name, "goal": text }, "version": { "name": name, "description": text },
        }));
    }
    // What people send by hand and by rules: a name in the place of a number, of a list, of everything.
    let first = all[0]["display_name"].clone();
    values.extend([
        json!({ "webhookEvent": first, "issue": { "id": first, "key": first }, "matchedWebhookIds": [webhook] }),
        json!({ "webhookEvent": "jira:issue_updated", "issue": first, "matchedWebhookIds": first }),
        json!({ "webhookEvent": "jira:issue_updated", "issue": { "id": issue_id, "key": first, "fields": { "status": { "id": first } } },
            "matchedWebhookIds": [webhook], "timestamp": first }),
        issue(issue_id, &user(&all[1]), all[2]["email"].as_str().unwrap()),
        people.clone(),
        json!([[[people]]]),
    ]);
    let mut bodies: Vec<Vec<u8>> = values
        .iter()
        .map(|value| value.to_string().into_bytes())
        .collect();
    bodies.extend(broken(&bodies[1]));
    bodies
}

/// The same body spoilt in many ways.
fn broken(body: &[u8]) -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(body).unwrap();
    let mut spoilt = vec![
        body[..body.len() / 2].to_vec(),
        body[..body.len() - 1].to_vec(),
        [b"\xef\xbb\xbf", body].concat(),
        [body, b"}", body].concat(),
        text.replace("displayName\":\"", "displayName\":")
            .into_bytes(),
        text.replace(":{", ":[").into_bytes(),
        text.replace('"', "'").into_bytes(),
        format!("payload={}", text.replace('&', "%26")).into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        [b"[".repeat(2_000), body.to_vec()].concat(),
        format!("<?xml version=\"1.0\"?><user>{text}</user>").into_bytes(),
    ];
    let mut bent = body.to_vec();
    for at in (0..bent.len()).step_by(97) {
        bent[at] ^= 0x80;
    }
    spoilt.push(bent);
    // Names all the way, until it is too much.
    let times = HUGE / body.len() + 1;
    spoilt.push([b"[".as_slice(), &[body, b","].concat().repeat(times), b"1]"].concat());
    spoilt
}
