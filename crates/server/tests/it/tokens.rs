//! Tokens in real processes: raced for, killed in the middle of a refresh, shared by two sites, and written down nowhere.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use upvow_db::{Db, Tuning};
use upvow_server::{commands::demo::search::search, config::DatabaseUrl};

use crate::harness::{Town, Wire};

/// The stored tokens are past their time from now on.
pub(crate) async fn age(town: &Town) {
    let db = Db::connect(&town.server.databases()[1], Tuning::default())
        .await
        .unwrap();
    let mut tx = db.write().await.unwrap();
    let aged = tx.run("UPDATE grants SET expires_at = 1", vec![]).await;
    assert_eq!(aged.unwrap(), 1, "one grant");
    tx.commit().await.unwrap();
    db.close().await;
}

/// What Atlassian knows of all tokens.
async fn tokens(town: &Town) -> Value {
    town.simulator.jira().look("tokens").await.unwrap()
}

async fn refreshes(town: &Town) -> u64 {
    tokens(town).await["refreshes"].as_u64().unwrap()
}

/// A page that cannot be shown without a token.
fn projects(connection: &str) -> String {
    Town::api(&format!("/connections/{connection}/jira-projects"))
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_two_processes_with_an_old_token_refresh_it_once() {
    if std::env::var_os("UPVOW_TEST_POSTGRES_URL").is_none() {
        eprintln!("left out: UPVOW_TEST_POSTGRES_URL is not set, and SQLite has one node");
        return;
    }
    let town = Town::start().await;
    let path = projects(&town.connect().await);
    let other = town.server.another().await;
    let there = other.sign_in("olga@town.example").await;
    for round in 0..4 {
        age(&town).await;
        let before = refreshes(&town).await;
        let calls = (0..20).map(|n| {
            let browser = if n % 2 == 0 { &town.owner } else { &there };
            browser.read(&path)
        });
        for answer in join_all(calls).await {
            assert!(answer.unwrap()["items"].is_array());
        }
        assert_eq!(refreshes(&town).await, before + 1, "round {round}");
    }
    let tokens = tokens(&town).await;
    assert_eq!(tokens["families_killed_by_reuse"], 0, "{tokens}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f03_killed_between_the_new_pair_and_its_commit_it_goes_on() {
    let mut town = Town::start().await;
    let connection = town.connect().await;
    let wire = Wire::to(town.simulator.says("auth_url")).await;
    town.server.kill();
    town.server.set("UPVOW_ATLASSIAN_AUTH_URL", wire.url());
    town.server.start_again().await;
    age(&town).await;
    let before = refreshes(&town).await;
    wire.hold(true);
    let path = projects(&connection);
    tokio::select! {
        answer = town.owner.read(&path) => panic!("answered without a token: {answer:?}"),
        () = wire.held() => {}
    }
    town.server.kill();
    assert_eq!(refreshes(&town).await, before + 1, "Atlassian rotated");
    wire.hold(false);
    town.server.start_again().await;
    town.until(
        &format!("/connections/{connection}/jira-projects"),
        "the old token buys another pair",
        |read| read["items"].is_array(),
    )
    .await;
    let read = town.read(&format!("/connections/{connection}")).await;
    assert_eq!(read["state"], "active", "{read}");
    let tokens = tokens(&town).await;
    assert_eq!(tokens["families_killed_by_reuse"], 0, "{tokens}");
    assert_eq!(tokens["families_alive"], 1, "{tokens}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f09_one_grant_serves_two_sites() {
    let town = Town::start().await;
    let first = town.connect().await;
    let second = town.authorise().await;
    let sites = town.read(&format!("/connections/{second}/sites")).await;
    let main = town.simulator.says("cloud_id");
    let another = sites["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|site| site["cloud_id"].as_str().unwrap())
        .find(|id| *id != main)
        .expect("the person has a second site");
    town.set_up(&second, another, None).await;
    let webhooks = town.simulator.jira().look("webhooks").await.unwrap();
    assert_eq!(webhooks.as_array().unwrap().len(), 2, "one on each site");

    // `age` finds one row: one person, one grant.
    age(&town).await;
    let before = refreshes(&town).await;
    let paths = [projects(&first), projects(&second)];
    for answer in join_all((0..10).map(|n| town.owner.read(&paths[n % 2]))).await {
        assert!(!answer.unwrap()["items"].as_array().unwrap().is_empty());
    }
    assert_eq!(refreshes(&town).await, before + 1, "one refresh for both");

    // Who leaves one site takes nothing from the other.
    town.owner
        .api(
            Method::DELETE,
            &Town::api(&format!("/connections/{second}")),
            None,
        )
        .await
        .unwrap();
    town.until(
        &format!("/connections/{second}"),
        "the second is gone",
        |read| read["state"] == "invalidated",
    )
    .await;
    age(&town).await;
    assert!(town.owner.read(&paths[0]).await.unwrap()["items"].is_array());
    let webhooks = town.simulator.jira().look("webhooks").await.unwrap();
    assert_eq!(webhooks.as_array().unwrap().len(), 1);
}

/// The values of a JSON field in a text of many things.
pub(crate) fn values(text: &str, field: &str) -> Vec<String> {
    let start = format!("\"{field}\":\"");
    text.split(&start)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// Promise 2.6, 7.4, 9.1.
#[tokio::test(flavor = "multi_thread")]
async fn f11_no_secret_is_in_logs_answers_databases_or_jobs() {
    let mut town = Town::start().await;
    let wire = Wire::to(town.simulator.says("auth_url")).await;
    town.server.kill();
    town.server.set("UPVOW_ATLASSIAN_AUTH_URL", wire.url());
    town.server.set("UPVOW_LOG", "debug".to_owned());
    town.server.start_again().await;
    let connection = town.connect().await;
    let issue = town.new_issue(&connection).await;
    let jira = town.simulator.jira();
    for (n, status) in [400, 401, 403, 500].into_iter().enumerate() {
        let post = town.post(&format!("Idea {n}")).await;
        let fault = json!({"do": "fault", "kind": "status", "status": status, "times": 1,
                           "path": "/rest/api/3/issue", "method": "POST"});
        jira.order(&fault).await.unwrap();
        town.send(Method::POST, &format!("/posts/{post}/links"), issue.clone())
            .await;
        age(&town).await;
        town.owner.read(&projects(&connection)).await.unwrap();
    }
    // A refresh that fails, and jobs that wait meanwhile.
    jira.order(&json!({"do": "fault", "kind": "html", "path": "/oauth/token"}))
        .await
        .unwrap();
    age(&town).await;
    let refused = town.owner.read(&projects(&connection)).await;
    let refused = format!("{:?}", refused.expect_err("Atlassian is away"));
    let post = town.post("Asked for meanwhile").await;
    town.send(Method::POST, &format!("/posts/{post}/links"), issue)
        .await;

    let heard = wire.heard();
    let mut secrets = values(&heard, "access_token");
    secrets.extend(values(&heard, "refresh_token"));
    assert!(secrets.len() >= 10, "several pairs were given");
    secrets.push(town.simulator.says("client_secret").to_owned());
    let hooks = jira.look("webhooks").await.unwrap();
    let door = hooks[0]["url"].as_str().unwrap();
    secrets.push(door.rsplit('/').next().unwrap().to_owned());
    secrets.sort();
    secrets.dedup();
    assert!(
        secrets
            .iter()
            .all(|secret| secret.len() >= 20 && !refused.contains(secret.as_str()))
    );

    let folder = town.server.folder();
    let urls = town.server.databases();
    let databases = urls.each_ref().map(|url| DatabaseUrl::new(url.clone()));
    let look = async || {
        search(&secrets, std::slice::from_ref(&folder), &databases)
            .await
            .unwrap()
    };
    let report = look().await;
    assert!(report.found.is_empty(), "{:?}", report.found);
    assert!(report.places > 5, "stores and logs were there");

    // The search is not blind: what is planted is found, in a log and in the database.
    std::fs::write(folder.join("logs/upvow-planted.jsonl"), &secrets[0]).unwrap();
    town.post(&secrets[1]).await;
    let found = look().await.found;
    for planted in &secrets[..2] {
        assert!(
            found.iter().any(|found| found.text == *planted),
            "{found:?}"
        );
    }
}
