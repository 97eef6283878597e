//! The drill: the vault is lost, or its keys, or both. The start says so, one command begins anew, and a reconnect of each
//! connection is all that it costs.

use std::{fs, path::Path, process::Command};

use reqwest::Method;

use crate::harness::Town;

/// Every table of the vault is gone.
fn lose_store(town: &Town) {
    let url = &town.server.databases()[1];
    if let Some(path) = url.strip_prefix("sqlite:") {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{path}{suffix}"));
        }
        return;
    }
    let made = Command::new("psql")
        .args([
            "-q",
            url,
            "-c",
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
        ])
        .stderr(std::process::Stdio::null())
        .status();
    assert!(made.unwrap().success());
}

/// The key folder holds nothing but the erasure ledger.
fn lose_keys(keys: &Path) {
    for entry in fs::read_dir(keys).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            fs::remove_dir_all(entry.path()).unwrap();
        } else if entry.file_name() != "erasures.log" {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_vault_costs_one_reconnect_and_nothing_else() {
    let mut town = Town::start().await;
    let connection = town.connect().await;
    let post = town.post("Idea").await;
    let issue = town.new_issue(&connection).await;
    let links = format!("/posts/{post}/links");
    town.send(Method::POST, &links, issue).await;
    let read = town
        .until(&links, "the issue is made", |list| {
            list["items"][0]["state"] == "active" && list["items"][0]["synced_at"].is_string()
        })
        .await;
    let key = read["items"][0]["key"].as_str().unwrap().to_owned();
    let map = format!("/connections/{connection}/status-map");
    let rules = town.read(&map).await;
    let keys = town.server.folder().join("keys");
    let jira = town.simulator.jira();

    // One move each time: a link that goes to and fro without end is held on purpose.
    for (what, says, status) in [
        ("the store", "the vault is empty", "In Progress"),
        ("the keys", "the key folder has no key", "Done"),
        ("both", "", "In Progress"),
        (
            "the root key",
            "not the one the vault's keys were wrapped with",
            "Done",
        ),
    ] {
        // Not killed: a job at work would keep the link's lane to itself until its lease ends.
        town.server.stop();
        match what {
            "the store" => lose_store(&town),
            "the keys" => lose_keys(&keys),
            "both" => {
                lose_store(&town);
                lose_keys(&keys);
            }
            _ => {
                fs::remove_file(keys.join("root.key")).unwrap();
                let path = keys.join("root.key").display().to_string();
                town.server.done(&["keys", "new-root-key", &path]);
            }
        }
        if says.is_empty() {
            // Nothing is left that could be brought back or destroyed: it begins anew by itself, and says what that means.
            town.server.start_again().await;
        } else {
            let said = town.server.refused();
            assert!(said.contains(says), "{what}: {said}");
            assert!(
                said.contains("start over"),
                "{what}: it says the way out: {said}"
            );
            let unsure = town.server.not_done(&["keys", "start-over"]);
            assert!(unsure.contains("--yes"), "{unsure}");
            let said = town.server.done(&["keys", "start-over", "--yes"]);
            assert!(said.contains("1 authorisations are gone"), "{what}: {said}");
            town.server.start_again().await;
        }
        let read = town.read(&format!("/connections/{connection}")).await;
        assert_eq!(
            read["state"], "needs_reconnect",
            "{what}: at once, before any call: {read}"
        );
        assert_eq!(
            town.read(&links).await["items"][0]["key"],
            key,
            "{what}: links stay"
        );
        town.reconnect(&connection).await;
        assert_eq!(
            town.read(&map).await["items"],
            rules["items"],
            "{what}: rules stay"
        );
        let wanted = town.mapped(&connection, status).await;
        jira.move_issue(&key, status).await.unwrap();
        let follows = format!("{what}: the post follows");
        town.until(&format!("/posts/{post}"), &follows, |read| {
            read["status"]["id"] == wanted
        })
        .await;
    }
    let hooks = jira.look("webhooks").await.unwrap();
    assert_eq!(
        hooks.as_array().unwrap().len(),
        1,
        "no webhook was left behind: {hooks}"
    );
}
