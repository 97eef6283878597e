//! A busy day: everything that the product does with Jira, and that people do there, with people in every field.

use reqwest::{Method, header};
use serde_json::{Value, json};
use upvow_db::{Db, Tuning};
use upvow_server::commands::demo::walk::browser::{Browser, Page};

use super::{bodies::bodies, heard::Heard};
use crate::{
    door,
    harness::{PATIENCE, Town},
    tokens::age,
};

/// Who authorises the connection, and asks for their data later.
fn authoriser(people: &Value) -> &str {
    people["people"][0]["account_id"].as_str().unwrap()
}

/// From the connection to reporting. Gives the connection and the webhook's address.
pub(super) async fn live(town: &Town, people: &Value, heard: &mut Heard) -> (String, String) {
    let connection = town.connect().await;
    let jira = town.simulator.jira();
    let all = people["people"].as_array().unwrap();
    let text = |person: &Value| {
        let [name, email] = ["display_name", "email"].map(|field| person[field].as_str().unwrap());
        format!(
            "{name} <{email}> says: ask {}",
            person["nickname"].as_str().unwrap()
        )
    };
    let (mut issue_id, mut said) = (Value::Null, 0);
    age(town).await;
    for number in 0..3 {
        let post = town
            .post(&format!("Something to do, number {number}"))
            .await;
        let issue = town.new_issue(&connection).await;
        if number == 1 {
            // Failures on the way: a token that is refused, and a page of HTML in the place of a new one.
            for fault in [
                json!({ "do": "fault", "kind": "status", "status": 401, "times": 1, "path": "/rest/api/3/issue", "method": "POST" }),
                json!({ "do": "fault", "kind": "html", "times": 1, "path": "/oauth/token" }),
            ] {
                jira.order(&fault).await.unwrap();
            }
        }
        let path = format!("/posts/{post}/links");
        town.send(Method::POST, &path, issue).await;
        let links = town
            .until(&path, "the issue is made", |list| {
                list["items"][0]["state"] == "active"
            })
            .await;
        let link = &links["items"][0];
        let key = link["key"].as_str().unwrap();
        for person in all.iter().skip(number * 3).take(3) {
            let who = person["account_id"].as_str().unwrap();
            for order in [
                json!({ "do": "comment", "issue": key, "text": text(person), "person": who }),
                json!({ "do": "assign", "issue": key, "assignee": who, "person": who }),
            ] {
                // Not everybody may do everything there.
                said += u32::from(jira.order(&order).await.is_ok());
            }
        }
        let wanted = town.mapped(&connection, "In Progress").await;
        jira.move_issue(key, "In Progress").await.unwrap();
        town.until(&format!("/posts/{post}"), "the post follows", |read| {
            read["status"]["id"] == wanted
        })
        .await;
        issue_id = jira.look(&format!("issue/{key}")).await.unwrap()["id"].clone();
        let live = format!("/links/{}/live", link["id"].as_str().unwrap());
        heard.hear("the issue live", town.read(&live).await.to_string());
    }
    assert!(said >= 6, "people were at work in Jira");
    let hooks = jira.look("webhooks").await.unwrap();
    let url = hooks[0]["url"].as_str().unwrap().to_owned();
    knock(town, people, &url, &issue_id, &hooks[0]["id"]).await;
    compare(town, &connection).await;
    report(town, heard).await;
    let (person, page) = ask(town, people, "export").await;
    let form = page.form("/copy").unwrap();
    let copy = person.send(&page, &form).await.unwrap();
    assert!(
        copy.html.contains("\"held\": true"),
        "the copy tells of the account"
    );
    heard.page("the person, of their copy", &copy);
    (connection, url)
}

/// Every body at every door: signed and not, at the webhook's address and at others, with people in address and heads.
pub(super) async fn knock(
    town: &Town,
    people: &Value,
    url: &str,
    issue_id: &Value,
    webhook: &Value,
) {
    let secret = town.simulator.says("client_secret");
    let client = reqwest::Client::new();
    let person = &people["people"][5];
    let [name, account] =
        ["nickname", "account_id_escaped"].map(|field| person[field].as_str().unwrap());
    let doors = [
        (
            format!("{url}?triggeredByUser={account}"),
            Some(door::signed(secret)),
        ),
        (url.to_owned(), Some(door::signed("another secret"))),
        (url.to_owned(), None),
        (
            town.server
                .address(&format!("/hooks/jira/{name}?user={account}")),
            Some(door::signed(secret)),
        ),
        (
            town.server.address("/hooks/jira-admin/x"),
            Some(format!("Bearer {name}")),
        ),
        (town.server.address(&format!("/privacy/relay/{name}")), None),
    ];
    for (number, body) in bodies(people, issue_id, webhook).into_iter().enumerate() {
        for (address, authorization) in &doors {
            let mut request = client
                .post(address)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::USER_AGENT, name)
                .header("X-Atlassian-Webhook-Identifier", format!("{number}-{name}"))
                .header("X-Hub-Signature", format!("sha256={name}"))
                .body(body.clone());
            if let Some(authorization) = authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            // What is said to it does not matter here, nor whether the line is cut; that nothing of it stays does.
            drop(request.send().await);
        }
    }
    let answer = client.get(town.server.address("/healthz")).send().await;
    assert!(answer.unwrap().status().is_success(), "it stands all of it");
}

/// A comparison with Jira reads every linked issue.
async fn compare(town: &Town, connection: &str) {
    let path = format!("/connections/{connection}/reconciles");
    town.send(Method::POST, &path, json!({})).await;
    town.until(&path, "it was compared", |list| {
        list["items"][0]["state"] == "done" || list["items"][0]["ended_at"].is_string()
    })
    .await;
}

/// The account is reported to Atlassian, as if a cycle had gone by.
async fn report(town: &Town, heard: &mut Heard) {
    let db = Db::connect(&town.server.databases()[0], Tuning::default())
        .await
        .unwrap();
    let begun = std::time::Instant::now();
    loop {
        let mut tx = db.write().await.unwrap();
        let long_ago = "UPDATE account_reports SET fetched_at = 1, asked_at = NULL, due_at = 1";
        let aged = tx.run(long_ago, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        heard.hear(
            "said by upvow privacy report",
            town.server
                .command(&["privacy", "report", "--now"])
                .output()
                .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
                .unwrap(),
        );
        let reports = town.simulator.jira().look("reports").await.unwrap();
        if aged > 0 && reports.as_object().is_some_and(|list| !list.is_empty()) {
            break;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "nothing was reported: {aged}, {reports}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    db.close().await;
}

/// The person asks, without an account here, by signing in at Atlassian. Gives their browser and the page of their case.
pub(super) async fn ask(town: &Town, people: &Value, kind: &str) -> (Browser, Page) {
    let person = town.server.browser();
    let page = person.get("/privacy/request").await.unwrap();
    let form = page
        .form("/privacy/request/atlassian")
        .unwrap()
        .set("kind", kind)
        .unwrap();
    let form = form.set("law", "gdpr").unwrap();
    let atlassian = person.send(&page, &form).await.unwrap();
    let form = atlassian
        .form("/authorize")
        .unwrap()
        .set("person", authoriser(people))
        .unwrap()
        .press("decision", "accept")
        .unwrap();
    let page = person.send(&atlassian, &form).await.unwrap();
    assert!(
        page.url.path().starts_with("/privacy/request/"),
        "{}",
        page.url.path()
    );
    (person, page)
}

/// The person has everything of theirs deleted; gives their browser and what the receipt says.
pub(super) async fn leave(town: &Town, people: &Value, heard: &mut Heard) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let (person, page) = ask(town, people, "deletion").await;
    let path = page.url.path().to_owned();
    let begun = std::time::Instant::now();
    let receipt = loop {
        let page = person.get(&path).await.unwrap();
        heard.page("the person", &page);
        if let Ok(link) = page.link("/receipts/") {
            let receipt = person.load(person.address(&link).unwrap()).await.unwrap();
            if receipt.status.is_success() {
                break receipt;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "no receipt: {}", page.text());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    heard.page("the person, of their receipt", &receipt);
    let said = receipt.html.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap()
}
