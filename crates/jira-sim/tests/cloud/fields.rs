//! Create screens with a field of every kind, and what a create or an edit makes of values.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Cloud, Inbox, told};

async fn screen(cloud: &Cloud) -> Vec<Value> {
    let kinds = cloud.get("3/issue/createmeta/PLAT/issuetypes").await;
    let kinds = kinds["issueTypes"].as_array().unwrap().clone();
    let kind = kinds
        .iter()
        .find(|kind| kind["name"] == "Change request")
        .unwrap();
    let id = kind["id"].as_str().unwrap();
    let page = cloud
        .get(&format!("3/issue/createmeta/PLAT/issuetypes/{id}"))
        .await;
    page["fields"].as_array().unwrap().clone()
}

fn document(text: &str) -> Value {
    json!({ "version": 1, "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": text }] }] })
}

/// What the screen insists on.
fn required() -> Map<String, Value> {
    let fields = json!({
        "project": { "key": "PLAT" },
        "issuetype": { "name": "Change request" },
        "summary": "Turn the old mill off",
        "customfield_10060": "Nobody uses it",
        "customfield_10061": document("Turn it on again"),
        "customfield_10062": 2.5,
        "customfield_10063": "2026-04-01",
        "customfield_10064": "2026-04-01T06:30:00.000+0200",
        "customfield_10065": { "value": "Some" },
        "customfield_10067": [{ "id": "10120" }, { "value": "Chat" }],
        "customfield_10069": { "value": "Europe", "child": { "value": "Porto" } },
        "customfield_10070": ["mill", "water"],
        "customfield_10071": "https://runbook.example/mill",
    });
    fields.as_object().unwrap().clone()
}

async fn create(cloud: &Cloud, change: &[(&str, Value)]) -> (u16, Value) {
    let mut fields = required();
    for (name, value) in change {
        fields.insert((*name).to_owned(), value.clone());
    }
    cloud.post("3/issue", json!({ "fields": fields })).await
}

#[tokio::test]
async fn the_screen_of_a_change_request_shows_every_kind_of_field() {
    let cloud = Cloud::new().await;
    let fields = screen(&cloud).await;
    let kinds: BTreeSet<String> = fields
        .iter()
        .map(|field| {
            let kind = field["schema"]["type"].as_str().unwrap();
            field["schema"]["items"]
                .as_str()
                .map_or_else(|| kind.to_owned(), |items| format!("{kind} of {items}"))
        })
        .collect();
    for kind in [
        "any",
        "array of attachment",
        "array of component",
        "array of group",
        "array of issuelinks",
        "array of option",
        "array of string",
        "array of user",
        "array of version",
        "date",
        "datetime",
        "group",
        "issuelink",
        "issuetype",
        "number",
        "option",
        "option-with-child",
        "priority",
        "project",
        "securitylevel",
        "string",
        "team",
        "timetracking",
        "user",
        "version",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing of {kinds:?}");
    }
    let field = |id: &str| fields.iter().find(|field| field["fieldId"] == id).unwrap();
    assert_eq!(
        field("customfield_10066")["defaultValue"]["value"],
        "Medium"
    );
    assert_eq!(field("customfield_10066")["hasDefaultValue"], true);
    assert_eq!(
        field("customfield_10069")["allowedValues"][0]["children"][1]["value"],
        "Porto"
    );
    assert_eq!(field("fixVersions")["allowedValues"][1]["name"], "2026.2");
    assert_eq!(
        field("components")["operations"],
        json!(["add", "set", "remove"])
    );
    assert!(
        field("customfield_10072")["autoCompleteUrl"]
            .as_str()
            .unwrap()
            .contains("user/search")
    );
    assert!(
        field("labels")["autoCompleteUrl"]
            .as_str()
            .unwrap()
            .contains("suggest")
    );
    assert_eq!(field("customfield_10060")["required"], true);
    assert_eq!(field("customfield_10082")["required"], false);
}

#[tokio::test]
async fn every_missing_field_is_named_and_every_wrong_value() {
    let cloud = Cloud::new().await;
    let bare = json!({ "project": { "key": "PLAT" }, "issuetype": { "name": "Change request" }, "summary": "Bare" });
    let (status, answer) = cloud.post("3/issue", json!({ "fields": bare })).await;
    assert_eq!((status, &answer["errorMessages"]), (400, &json!([])));
    let named: Vec<&String> = answer["errors"].as_object().unwrap().keys().collect();
    let wanted: Vec<String> = required()
        .keys()
        .filter(|name| name.starts_with("customfield"))
        .cloned()
        .collect();
    assert_eq!(
        named,
        wanted.iter().collect::<Vec<_>>(),
        "all of them, and not the one with a default"
    );
    assert_eq!(answer["errors"]["customfield_10060"], "Reason is required.");

    let wrong = [
        ("customfield_10060", json!("x".repeat(256))),
        ("customfield_10061", json!("no document")),
        ("customfield_10062", json!("two and a half")),
        ("customfield_10063", json!("1.4.2026")),
        ("customfield_10064", json!("2026-04-01")),
        ("customfield_10065", json!({ "value": "Invented" })),
        ("customfield_10067", json!({ "id": "10120" })),
        (
            "customfield_10069",
            json!({ "value": "Asia", "child": { "value": "Porto" } }),
        ),
        ("customfield_10070", json!(["two words"])),
        ("customfield_10071", json!("javascript:alert(1)")),
        ("customfield_10072", json!({ "accountId": "nobody" })),
        ("customfield_10073", json!([{ "accountId": "nobody" }])),
        ("customfield_10074", json!({ "name": "no such group" })),
        ("customfield_10076", json!({ "name": "1999" })),
        ("customfield_10078", json!({ "key": "NOSUCH" })),
        ("components", json!([{ "name": "Cellar" }])),
        ("fixVersions", json!([{ "id": "1" }])),
        ("duedate", json!("tomorrow")),
        ("timetracking", json!({ "originalEstimate": "a while" })),
        ("parent", json!({ "key": "KITE-1" })),
        ("security", json!({ "name": "Everybody" })),
        ("attachment", json!([])),
        ("customfield_10040", json!({ "value": "Low" })),
        ("customfield_99999", json!(1)),
    ];
    let (status, answer) = create(&cloud, &wrong).await;
    assert_eq!(status, 400);
    let errors = answer["errors"].as_object().unwrap();
    for (name, _) in &wrong {
        assert!(errors.contains_key(*name), "{name} was taken");
    }
    assert_eq!(errors.len(), wrong.len(), "{errors:?}");
    assert_eq!(
        errors["customfield_10062"],
        "Operation value must be a number"
    );
}

#[tokio::test]
async fn what_is_sent_comes_back_whole_and_defaults_fill_the_rest() {
    let cloud = Cloud::new().await;
    let me = json!({ "accountId": cloud.get("3/myself").await["accountId"] });
    let change = [
        ("customfield_10072", me.clone()),
        ("customfield_10073", json!([me])),
        ("customfield_10075", json!([{ "name": "release-managers" }])),
        ("customfield_10077", json!([{ "name": "Later" }])),
        ("customfield_10078", json!({ "key": "KITE" })),
        ("components", json!([{ "name": "Backend" }])),
        ("fixVersions", json!([{ "name": "2026.2" }])),
        ("timetracking", json!({ "originalEstimate": "1w 2h" })),
        ("security", json!({ "id": "10000" })),
        ("duedate", json!("2026-05-01")),
    ];
    let (status, made) = create(&cloud, &change).await;
    assert_eq!(status, 201, "{made}");
    let issue = cloud
        .get(&format!("3/issue/{}", made["key"].as_str().unwrap()))
        .await;
    let fields = &issue["fields"];
    assert_eq!(fields["customfield_10062"], 2.5);
    assert_eq!(fields["customfield_10064"], "2026-04-01T04:30:00.000+0000");
    assert_eq!(
        fields["customfield_10066"]["value"], "Medium",
        "the default"
    );
    assert_eq!(fields["customfield_10067"][1]["value"], "Chat");
    assert_eq!(fields["customfield_10069"]["child"]["value"], "Porto");
    assert!(fields["customfield_10073"][0]["displayName"].is_string());
    assert_eq!(fields["customfield_10078"]["key"], "KITE");
    assert_eq!(fields["components"][0]["name"], "Backend");
    assert_eq!(
        fields["timetracking"]["originalEstimateSeconds"],
        (5 * 8 + 2) * 3_600
    );
    assert_eq!(fields["security"]["name"], "Team only");
    assert_eq!(fields["duedate"], "2026-05-01");
    // In version 2 a text area is text.
    let old = cloud
        .get(&format!("2/issue/{}", made["key"].as_str().unwrap()))
        .await;
    assert_eq!(old["fields"]["customfield_10061"], "Turn it on again");
}

#[tokio::test]
async fn a_number_field_is_edited_and_its_webhook_tells_of_it() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let hook = json!({ "jqlFilter": "project = KITE", "events": ["jira:issue_updated"], "fieldIdsFilter": ["customfield_10043"] });
    cloud
        .post("3/webhook", json!({ "url": inbox.url, "webhooks": [hook] }))
        .await;
    let made = cloud.create("KITE", "Wanted by many").await;
    let path = format!("3/issue/{}", made["key"].as_str().unwrap());
    let set = |fields: Value| cloud.send(Method::PUT, &path, Some(json!({ "fields": fields })));
    assert_eq!(set(json!({ "customfield_10043": 12 })).await.status(), 204);
    assert_eq!(set(json!({ "customfield_10043": 13 })).await.status(), 204);
    assert_eq!(set(json!({ "customfield_10043": 13 })).await.status(), 204);
    assert_eq!(cloud.get(&path).await["fields"]["customfield_10043"], 13);
    let (status, answer) = told(set(json!({ "customfield_10042": null })).await).await;
    assert_eq!(status, 400, "it is not on the screens of a story: {answer}");
    let (_, answer) = told(set(json!({ "customfield_10043": "many" })).await).await;
    assert_eq!(
        answer["errors"]["customfield_10043"],
        "Operation value must be a number"
    );

    cloud.sim.control().wait_idle().await;
    let items: Vec<Value> = inbox
        .deliveries()
        .iter()
        .map(|(_, body)| body["changelog"]["items"][0].clone())
        .collect();
    assert_eq!(items.len(), 2, "what changes nothing is not told");
    assert_eq!(
        (
            &items[1]["field"],
            &items[1]["fieldtype"],
            &items[1]["fromString"],
            &items[1]["toString"]
        ),
        (
            &json!("Feedback votes"),
            &json!("custom"),
            &json!("12"),
            &json!("13")
        )
    );
}

#[tokio::test]
async fn lists_are_changed_by_operations_and_screens_by_an_administrator() {
    let cloud = Cloud::new().await;
    let (_, made) = create(&cloud, &[("components", json!([{ "name": "Backend" }]))]).await;
    let path = format!("3/issue/{}", made["key"].as_str().unwrap());
    let update = json!({ "update": {
        "components": [{ "add": { "name": "Screens" } }, { "remove": { "name": "Backend" } }],
        "customfield_10070": [{ "add": "wind" }],
        "customfield_10062": [{ "set": 4 }],
    } });
    assert_eq!(
        cloud.send(Method::PUT, &path, Some(update)).await.status(),
        204
    );
    let fields = &cloud.get(&path).await["fields"];
    assert_eq!(fields["components"].as_array().unwrap().len(), 1);
    assert_eq!(fields["components"][0]["name"], "Screens");
    assert_eq!(
        fields["customfield_10070"],
        json!(["mill", "water", "wind"])
    );
    let meta = cloud.get(&format!("{path}/editmeta")).await;
    assert_eq!(
        meta["fields"]["customfield_10043"]["name"],
        "Feedback votes"
    );
    assert!(meta["fields"]["project"].is_null());

    let control = cloud.sim.control();
    control
        .set_field("kestrel-works", "Budget", "Story", Some(true))
        .unwrap();
    control
        .set_field("kestrel-works", "customfield_10060", "Change request", None)
        .unwrap();
    assert!(
        control
            .set_field("kestrel-works", "Budget", "Nothing", None)
            .is_err()
    );
    let fields = json!({ "project": { "key": "KITE" }, "issuetype": { "name": "Story" }, "summary": "x", "customfield_10081": null });
    let (_, refused) = cloud.post("3/issue", json!({ "fields": fields })).await;
    assert_eq!(
        refused["errors"]["customfield_10081"],
        "Budget is required."
    );
    let (_, refused) = create(&cloud, &[]).await;
    assert!(
        refused["errors"]["customfield_10060"]
            .as_str()
            .unwrap()
            .contains("screen")
    );
}
