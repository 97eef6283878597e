//! Backup and restore: what was erased after a backup stays erased when it comes back, and a damaged one is refused.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::Value;
use upvow_server::{commands::demo::search::search, config::DatabaseUrl};

use crate::{
    harness::{Town, Wire, databases},
    privacy_search::people,
    tokens::values,
};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A board with an issue of a post, connected by a wire on which the tokens are heard.
async fn linked() -> (Town, Wire, String, String) {
    let mut town = Town::start().await;
    let wire = Wire::to(town.simulator.says("auth_url")).await;
    town.server.kill();
    town.server.set("UPVOW_ATLASSIAN_AUTH_URL", wire.url());
    town.server.start_again().await;
    let connection = town.connect().await;
    let post = town.post("Idea").await;
    let issue = town.new_issue(&connection).await;
    let links = format!("/posts/{post}/links");
    town.send(Method::POST, &links, issue).await;
    town.until(&links, "the issue is made", |list| {
        list["items"][0]["state"] == "active" && list["items"][0]["synced_at"].is_string()
    })
    .await;
    (town, wire, connection, post)
}

async fn state(town: &Town, connection: &str) -> String {
    let read = town.read(&format!("/connections/{connection}")).await;
    read["state"].as_str().unwrap().to_owned()
}

/// It has stopped before anybody could look, and its end follows.
async fn assert_ends(town: &Town, connection: &str) {
    let ends = |state: &str| matches!(state, "disconnecting" | "invalidated");
    assert!(ends(&state(town, connection).await));
    let path = format!("/connections/{connection}");
    town.until(&path, "it is ended", |read| read["state"] == "invalidated")
        .await;
}

/// Promise 5.3, 5.7.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_an_erasure_brings_nobody_back() {
    let (mut town, wire, connection, _) = linked().await;
    let kept = tempfile::tempdir().unwrap();
    let dir = kept.path().join("backup");
    let dir_text = dir.display().to_string();
    // Beside the running server.
    town.server.done(&["backup", &dir_text]);
    let is_postgres = town.server.databases()[0].starts_with("postgres");
    let main = if is_postgres {
        "main.pgdump"
    } else {
        "main.db"
    };
    assert_eq!(
        names(&dir),
        ["erasures.log", main, "manifest.json"],
        "neither the vault nor a key"
    );
    assert_eq!(state(&town, &connection).await, "active");

    town.send(
        Method::DELETE,
        &format!("/connections/{connection}"),
        Value::Null,
    )
    .await;
    town.until(
        &format!("/connections/{connection}/goodbye"),
        "the key of older copies is destroyed",
        |read| read["final_at"].is_string(),
    )
    .await;
    let ledger = town.server.folder().join("keys/erasures.log");
    let told = fs::read_to_string(&ledger).unwrap();
    assert!(told.contains("\"final\""), "{told}");

    let served = town.server.not_done(&["restore", &dir_text, "--replace"]);
    assert!(served.contains("another upvow is serving"), "{served}");
    town.server.stop();
    let used = town.server.not_done(&["restore", &dir_text]);
    assert!(used.contains("--replace"), "{used}");
    let said = town.server.done(&["restore", &dir_text, "--replace"]);
    assert!(said.contains("1 authorisations are gone"), "{said}");
    assert_eq!(
        fs::read_to_string(&ledger).unwrap(),
        told,
        "the ledger is not rolled back"
    );
    assert!(town.server.done(&["keys", "check"]).starts_with("0 grants"));

    town.server.start_again().await;
    // It ended with the erasure, which the ledger knows of though the database does not.
    assert_ends(&town, &connection).await;
    let heard = wire.heard();
    let mut secrets = values(&heard, "access_token");
    secrets.extend(values(&heard, "refresh_token"));
    assert!(secrets.len() >= 2);
    secrets.extend(people());
    let urls = town
        .server
        .databases()
        .each_ref()
        .map(|url| DatabaseUrl::new(url.clone()));
    let report = search(&secrets, &[town.server.folder(), dir.clone()], &urls)
        .await
        .unwrap();
    assert!(report.found.is_empty(), "{:?}", report.found);
    assert!(report.places > 5, "stores, logs and backup were there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_and_changes_nothing() {
    let mut town = Town::start().await;
    town.post("Before").await;
    let kept = tempfile::tempdir().unwrap();
    let dir = kept.path().join("backup");
    let dir_text = dir.display().to_string();
    town.server.done(&["backup", &dir_text]);
    let again = town.server.not_done(&["backup", &dir_text]);
    assert!(again.contains("not empty"), "{again}");
    let inside = town.server.folder().join("mine").display().to_string();
    let inside = town.server.not_done(&["backup", &inside]);
    assert!(inside.contains("somewhere else"), "{inside}");
    town.post("After").await;
    town.server.stop();

    for name in names(&dir) {
        let path = dir.join(&name);
        let good = fs::read(&path).unwrap();
        if name != "erasures.log" {
            let mut bad = good.clone();
            let middle = bad.len() / 2;
            bad[middle] ^= 1;
            fs::write(&path, bad).unwrap();
            town.server.not_done(&["restore", &dir_text, "--replace"]);
        }
        fs::write(&path, [&good[..], b"more"].concat()).unwrap();
        town.server.not_done(&["restore", &dir_text, "--replace"]);
        fs::remove_file(&path).unwrap();
        let gone = town.server.not_done(&["restore", &dir_text, "--replace"]);
        assert!(gone.contains(&name), "{name}: {gone}");
        fs::write(&path, good).unwrap();
    }
    town.server.start_again().await;
    let titles = |read: &Value| -> Vec<String> {
        let items = read["items"].as_array().unwrap().iter();
        items
            .map(|post| post["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        titles(&town.read("/posts").await).len(),
        2,
        "nothing was touched"
    );
    town.server.stop();
    town.server.done(&["restore", &dir_text, "--replace"]);
    town.server.start_again().await;
    assert_eq!(
        titles(&town.read("/posts").await),
        ["Before"],
        "mended, it comes back"
    );
}

/// Promise 5.7.
#[tokio::test(flavor = "multi_thread")]
async fn on_another_machine_the_ledger_comes_along_and_everybody_is_asked_again() {
    let (mut town, _wire, connection, post) = linked().await;
    town.send(
        Method::DELETE,
        &format!("/connections/{connection}"),
        Value::Null,
    )
    .await;
    town.until(
        &format!("/connections/{connection}/goodbye"),
        "the goodbye is final",
        |read| read["final_at"].is_string(),
    )
    .await;
    let second = town.connect().await;
    let kept = tempfile::tempdir().unwrap();
    let dir = kept.path().join("backup");
    town.server.done(&["backup", &dir.display().to_string()]);
    town.server.stop();

    // Another folder, other databases, no key: only what was backed up.
    let machine = tempfile::tempdir().unwrap();
    let urls = databases(machine.path());
    let data = machine.path().join("data");
    let at = |name: &str| data.join(name).display().to_string();
    for (name, value) in [
        ("UPVOW_DATA_DIR", data.display().to_string()),
        ("UPVOW_KEYS_DIR", at("keys")),
        ("UPVOW_DATABASE_URL", urls[0].clone()),
        ("UPVOW_VAULT_URL", urls[1].clone()),
    ] {
        town.server.set(name, value);
    }
    let said = town.server.done(&["restore", &dir.display().to_string()]);
    assert!(
        said.contains("learned 3 lines"),
        "begun, finished, final: {said}"
    );
    assert!(said.contains("1 authorisations are gone"), "{said}");
    town.server.start_again().await;
    assert_eq!(state(&town, &second).await, "needs_reconnect");
    assert_ends(&town, &connection).await;
    assert_eq!(town.read(&format!("/posts/{post}")).await["title"], "Idea");
    town.reconnect(&second).await;
    let doctor = town.server.done(&["doctor"]);
    assert!(doctor.contains("every line whole"), "{doctor}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_is_well_and_what_is_to_be_done() {
    let town = Town::start().await;
    town.connect().await;
    let said = town.server.done(&["doctor"]);
    for part in [
        "settings",
        "rights",
        "main database",
        "erasure ledger",
        "vault",
        "Atlassian",
        "clock",
    ] {
        let is_ok = |line: &str| line.trim_start().starts_with("ok ") && line.contains(part);
        assert!(said.lines().any(is_ok), "{part}: {said}");
    }
    let ill = |said: &str, part: &str| {
        let is_so = |line: &str| line.contains("PROBLEM") && line.contains(part);
        assert!(said.lines().any(is_so), "{part}: {said}");
    };
    let doctor = || {
        let output = town.server.command(&["doctor"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stdout).unwrap()
    };
    // Others may read the root key.
    let keys = town.server.folder().join("keys");
    let root = keys.join("root.key");
    let mode =
        |mode| fs::set_permissions(&root, std::os::unix::fs::PermissionsExt::from_mode(mode));
    mode(0o644).unwrap();
    ill(&doctor(), "chmod go-rwx");
    mode(0o600).unwrap();
    // A line of the ledger nobody can read.
    let ledger = keys.join("erasures.log");
    let had = fs::read(&ledger).unwrap_or_default();
    fs::write(&ledger, "nonsense\n").unwrap();
    ill(&doctor(), "erasure ledger");
    fs::write(&ledger, had).unwrap();
    // Atlassian is away.
    let mut away = town.server.command(&["doctor"]);
    let output = away
        .env("UPVOW_ATLASSIAN_API_URL", "http://127.0.0.1:9")
        .output()
        .unwrap();
    ill(
        &String::from_utf8(output.stdout).unwrap(),
        "does not answer",
    );
    // And what is not set is told as `serve` tells it.
    let refused = crate::harness::upvow()
        .arg("doctor")
        .current_dir(keys)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("UPVOW_PUBLIC_URL")
    );
}
