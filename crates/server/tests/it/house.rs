//! The arrows between the crates are the ones docs/ARCHITECTURE.md draws, and no others.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(ROOT)
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// What a package lists, of every kind: `(dependency, kind)`.
fn lists(package: &Value) -> impl Iterator<Item = (&str, &str)> {
    let dependencies = package["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter();
    dependencies.map(|dependency| {
        (
            dependency["name"].as_str().expect("a name"),
            dependency["kind"].as_str().unwrap_or("normal"),
        )
    })
}

fn short(name: &str) -> String {
    name.strip_prefix("upvow-").unwrap_or(name).to_owned()
}

/// `(from, to)`: `to` may use `from`, as the block marked `arrows` says line by line: `app <- web server`.
fn drawn() -> BTreeSet<(String, String)> {
    let text =
        fs::read_to_string(format!("{ROOT}/docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let block = text
        .split_once("```arrows\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .expect("a block marked arrows")
        .0;
    let mut arrows = BTreeSet::new();
    for line in block.lines() {
        let (from, users) = line.split_once("<-").expect("an arrow in each line");
        for to in users.split_whitespace() {
            arrows.insert((from.trim().to_owned(), to.to_owned()));
        }
    }
    arrows
}

#[test]
fn the_arrows_are_the_drawn_ones() {
    let mut real = BTreeSet::new();
    for package in &packages() {
        let name = package["name"].as_str().expect("a name");
        for (dependency, kind) in lists(package) {
            // Tests may use what the crate itself uses only by way of others; the simulator judges, so not even its tests may.
            if dependency.starts_with("upvow-") && (kind == "normal" || name == "upvow-jira-sim") {
                real.insert((short(dependency), short(name)));
            }
        }
    }
    let drawn = drawn();
    let undrawn: Vec<_> = real.difference(&drawn).collect();
    let unreal: Vec<_> = drawn.difference(&real).collect();
    assert!(
        undrawn.is_empty() && unreal.is_empty(),
        "not drawn: {undrawn:?}; drawn and not there: {unreal:?}"
    );
}

#[test]
fn what_belongs_in_one_room_is_listed_there_alone() {
    let only = [
        ("sqlx", &["upvow-db"][..]),
        ("axum", &["upvow-web", "upvow-jira-sim"]),
        ("lettre", &["upvow-app"]),
        ("askama", &["upvow-web", "upvow-jira-sim"]),
        ("clap", &["upvow-server"]),
    ];
    for package in &packages() {
        let name = package["name"].as_str().expect("a name");
        for (dependency, kind) in lists(package) {
            for (what, rooms) in only {
                assert!(
                    dependency != what || kind != "normal" || rooms.contains(&name),
                    "{name} lists {what}"
                );
            }
        }
    }
}
