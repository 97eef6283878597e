//! Nothing personal is sent that the table of people does not hold.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Cloud, Inbox};

/// Every string under a name that carries personal data, wherever it stands.
fn personal(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let text = value.as_str().map(ToOwned::to_owned);
                match (name.as_str(), text) {
                    (
                        "displayName" | "emailAddress" | "accountId" | "account_id" | "email"
                        | "nickname" | "picture",
                        Some(text),
                    ) => {
                        found.insert(text);
                    }
                    // Who acts is named `user`, `author`, ..: their own address names them too.
                    ("self", Some(text)) if text.contains("accountId=") => {
                        found.insert(text);
                    }
                    ("name", Some(text)) if fields.contains_key("email") => {
                        found.insert(text);
                    }
                    ("avatarUrls", None) if fields.contains_key("accountId") => {
                        found.extend(
                            value
                                .as_object()
                                .unwrap()
                                .values()
                                .map(|url| url.as_str().unwrap().to_owned()),
                        );
                    }
                    _ => personal(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| personal(value, found)),
        _ => {}
    }
}

/// A found string is in the table, or contains a string that is.
fn strangers(found: &BTreeSet<String>) -> Vec<&String> {
    let people = upvow_jira_sim::people();
    let table: BTreeSet<&str> = people["people"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|person| person.as_object().unwrap().values())
        .map(|value| value.as_str().unwrap())
        .collect();
    found
        .iter()
        .filter(|text| {
            let address = text.starts_with("http://");
            !(table.contains(text.as_str())
                || address && table.iter().any(|known| text.contains(known)))
        })
        .collect()
}

#[tokio::test]
async fn everybody_who_occurs_anywhere_is_in_the_table() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let mut found = BTreeSet::new();
    let entry = json!({ "jqlFilter": "project != EMPTY", "events": ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_deleted"] });
    let (_, registered) = cloud
        .post(
            "3/webhook",
            json!({ "url": inbox.url, "webhooks": [entry] }),
        )
        .await;
    assert!(
        registered["webhookRegistrationResult"][0]["createdWebhookId"].is_u64(),
        "{registered}"
    );

    let control = cloud.sim.control();
    let people = upvow_jira_sim::people();
    for (at, person) in people["people"]
        .as_array()
        .unwrap()
        .iter()
        .take(10)
        .enumerate()
    {
        let name = person["display_name"].as_str().unwrap();
        let key = control
            .create_issue("NEST", &format!("Number {at}"), name)
            .unwrap();
        control.assign(&key, Some(name), name).unwrap();
        control.comment(&key, "Here I am", name).unwrap();
        control.move_issue(&key, "Done", name).unwrap();
    }
    control
        .delete_issue("KITE-4", "Marisol Etxeberria")
        .unwrap();
    control.wait_idle().await;
    let deliveries = inbox.deliveries();
    assert!(deliveries.len() > 40);
    for (_, body) in &deliveries {
        personal(body, &mut found);
    }

    let me = cloud
        .http
        .get(cloud.at("/me"))
        .bearer_auth(&cloud.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    personal(&me, &mut found);
    for path in [
        "3/myself",
        "3/project/search?expand=lead,issueTypes,description",
        "3/project",
        "3/project/KITE",
        "3/status",
        "3/field",
        "3/issuetype",
        "3/issue/createmeta?expand=projects.issuetypes.fields",
        "3/issue/picker?query=a",
        "2/issue/KITE-5?expand=names,transitions,changelog",
        "3/issue/PLAT-2",
        "3/issue/KITE-5/changelog",
        "3/issue/NEST-5/comment",
        "2/issue/NEST-5/comment",
    ] {
        personal(&cloud.get(path).await, &mut found);
    }
    let (_, all) = cloud.post("3/search/jql", json!({ "jql": "project in (KITE, NEST, PLAT)", "fields": ["*all"], "maxResults": 500 })).await;
    personal(&all, &mut found);

    assert!(found.len() > 60, "the walk met people: {}", found.len());
    assert_eq!(strangers(&found), Vec::<&String>::new());
    assert!(people["people"].as_array().unwrap().len() >= 10);
}

#[test]
fn a_stranger_would_be_noticed() {
    let mut found = BTreeSet::new();
    personal(
        &json!({ "issue": { "assignee": { "displayName": "Nobody Inthetable", "accountId": "712020:nobody" } } }),
        &mut found,
    );
    assert_eq!(strangers(&found).len(), 2);
}
