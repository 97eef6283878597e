//! After the main job there is nothing of a person in Jira in what was kept. And the search that says so is not blind.

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};
use upvow_server::{
    commands::demo::search::{Report, search, strings},
    config::DatabaseUrl,
};

use crate::{
    harness::{Town, databases, upvow},
    main_job::walked,
};

/// Every personal string that Jira would ever send.
pub(crate) fn people() -> Vec<String> {
    let output = upvow()
        .args(["simulate-jira", "--people"])
        .output()
        .unwrap();
    let people: Value = serde_json::from_slice(&output.stdout).unwrap();
    strings(&people)
}

async fn look(folder: PathBuf, databases: &[String; 2]) -> Report {
    let databases = databases
        .each_ref()
        .map(|url| DatabaseUrl::new(url.clone()));
    search(&people(), &[folder], &databases).await.unwrap()
}

/// Promise 2.4, 5.2, 7.4.
#[tokio::test]
async fn the_walk_leaves_nothing_of_a_person_in_jira() {
    let folder = tempfile::tempdir().unwrap();
    let databases = databases(folder.path());
    walked(folder.path(), &databases);
    let strings = people();
    assert!(
        strings.len() >= 40,
        "at least ten people with four strings each: {}",
        strings.len()
    );
    let report = look(folder.path().to_owned(), &databases).await;
    assert!(report.found.is_empty(), "{:?}", report.found);
    let logs = std::fs::read_dir(folder.path().join("logs"))
        .unwrap()
        .count();
    assert!(
        logs > 0 && report.places > 5,
        "logs and stores were there to be searched"
    );
}

/// Promise 1.3, 2.1, 2.4.
#[tokio::test]
async fn while_connected_the_account_is_sealed_and_a_planted_name_is_found_where_it_is() {
    let town = Town::start().await;
    let connection = town.connect().await;
    let post = town.post("Something to do").await;
    let issue = town.new_issue(&connection).await;
    town.send(Method::POST, &format!("/posts/{post}/links"), issue)
        .await;
    town.until(
        &format!("/posts/{post}/links"),
        "the issue is made",
        |list| list["items"][0]["state"] == "active",
    )
    .await;
    let (folder, databases) = (town.server.folder(), town.server.databases());
    let report = look(folder.clone(), databases).await;
    assert!(report.found.is_empty(), "{:?}", report.found);

    // Somebody writes a name down: that is theirs to do, and the search sees it in the database.
    let name = people()
        .into_iter()
        .find(|text| text.contains(' '))
        .unwrap();
    town.send(
        Method::POST,
        &format!("/posts/{post}/comments"),
        json!({ "body": format!("Ask {name}.") }),
    )
    .await;
    let report = look(folder.clone(), databases).await;
    assert!(
        report.found.iter().any(|found| found.text == name),
        "not found in the database: {:?}",
        report.found
    );

    // And in a log.
    let account = people()
        .into_iter()
        .find(|text| text.starts_with("712020:"))
        .unwrap();
    std::fs::write(
        folder.join("logs/upvow-0000000000001.jsonl"),
        format!("{{\"account\":\"{account}\"}}\n"),
    )
    .unwrap();
    let report = look(folder, databases).await;
    assert!(
        report
            .found
            .iter()
            .any(|found| found.text == account && found.place.contains("logs")),
        "not found in the log: {:?}",
        report.found
    );
}
