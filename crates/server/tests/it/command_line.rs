//! Commands around `serve`, as an operator types them.

use std::net::TcpListener;

use serde_json::Value;

use crate::harness::{Server, Simulator, Town, upvow};

#[test]
fn the_simulator_lists_every_personal_string_and_ends() {
    let output = upvow()
        .args(["simulate-jira", "--people"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let people: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(people["people"].as_array().unwrap().len() >= 10);
}

#[tokio::test]
async fn the_simulator_says_one_line_that_an_outside_client_can_use() {
    let simulator = Simulator::start();
    for field in [
        "auth_url",
        "api_url",
        "cloud_id",
        "site_url",
        "access_token",
        "client_id",
        "client_secret",
    ] {
        assert!(!simulator.says(field).is_empty(), "{field}");
    }
    let projects = simulator
        .jira()
        .rest(reqwest::Method::GET, "project/search", None)
        .await
        .unwrap();
    assert!(
        projects["values"].as_array().unwrap().len() >= 3,
        "{projects}"
    );
}

#[tokio::test]
async fn the_first_owner_comes_once_and_later_starts_say_nothing_of_it() {
    let mut town = Town::start().await;
    assert_eq!(town.server.said().matches("/claim/").count(), 1);
    assert!(town.server.stop().success(), "asked to stop, it ends well");
    town.server.start_again().await;
    assert_eq!(
        town.server.said().matches("/claim/").count(),
        1,
        "there is an owner now"
    );
    assert_eq!(
        town.read("/me").await["role"],
        "owner",
        "and they are still signed in"
    );
}

#[tokio::test]
async fn an_operator_lets_somebody_in_turns_the_epoch_and_checks_the_vault() {
    let town = Town::start().await;
    town.connect().await;
    let browser = town.server.sign_in("olga@town.example").await;
    let me = browser.read(&Town::api("/me")).await.unwrap();
    assert_eq!(me["role"], "owner");
    let said = |args: &[&str]| {
        let output = town.server.command(args).output().unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said(&["migrate"]).contains("main database: up to date"));
    assert!(said(&["keys", "turn-epoch"]).contains("epoch 2"));
    assert!(
        said(&["keys", "check"]).contains("1 grants, 1 webhook addresses, 0 records"),
        "the survivors open under the new key"
    );
    // The running server goes on with the vault as it is now.
    let connections = town.read("/connections").await;
    let id = connections["items"][0]["id"].as_str().unwrap();
    let rights = town.read(&format!("/connections/{id}/rights")).await;
    assert!(
        rights["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty()),
        "{rights}"
    );
}

#[tokio::test]
async fn health_readiness_and_metrics_answer() {
    let simulator = Simulator::start();
    let server = Server::start(&simulator).await;
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/openapi.json",
        "/api/docs/",
    ] {
        let answer = reqwest::get(server.address(path)).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
}

#[test]
fn the_demo_takes_the_next_port_if_its_own_is_taken_and_cleans_up() {
    use std::io::{BufRead as _, BufReader};
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut demo = upvow()
        .args(["demo", "--listen", &address.to_string()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut until = |part: &str| {
        lines
            .by_ref()
            .map(|line| line.unwrap())
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("it never said {part}"))
    };
    assert!(until("is taken").contains(&format!("Port {} is taken", address.port())));
    let folder = until("The data folder")
        .split_whitespace()
        .last()
        .unwrap()
        .to_owned();
    until("Ctrl-C");
    for name in ["upvow.toml", "upvow.db", "vault.db", "keys", "logs"] {
        assert!(
            std::path::Path::new(&folder).join(name).exists(),
            "{name} is where every command looks for it"
        );
    }
    let asked = std::process::Command::new("kill")
        .args(["-TERM", &demo.id().to_string()])
        .status()
        .unwrap();
    assert!(asked.success() && demo.wait().unwrap().success());
    assert!(!std::path::Path::new(&folder).exists(), "nothing is left");
}

#[test]
fn a_folder_with_other_things_is_not_taken_for_a_demo() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let output = upvow()
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds other things"));
}

/// The commands that `--help` lists, each with its arguments so far.
fn commands(of: &[&str]) -> Vec<String> {
    let output = upvow().args(of).arg("--help").output().unwrap();
    assert!(output.status.success(), "{of:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Usage: upvow"), "{of:?}: {text}");
    let Some((_, list)) = text.split_once("Commands:\n") else {
        return vec![];
    };
    let names = list.lines().take_while(|line| line.starts_with("  "));
    names
        .map(|line| {
            let (name, about) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            assert!(about.trim().len() > 10, "{of:?} {name} says what it does");
            name.to_owned()
        })
        .filter(|name| name != "help")
        .collect()
}

#[test]
fn every_command_says_what_it_does_and_a_wrong_one_what_there_is() {
    let mut seen = 0;
    for name in commands(&[]) {
        for under in commands(&[&name]) {
            commands(&[&name, &under]);
            seen += 1;
        }
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
    for wrong in [
        &["srve"][..],
        &["keys", "rotate", "rot"],
        &["backup"],
        &["keys"],
    ] {
        let output = upvow().args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("Usage") || said.contains("similar"),
            "{wrong:?}: {said}"
        );
    }
}
