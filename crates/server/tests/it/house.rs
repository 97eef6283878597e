//! The arrows between the crates are the ones docs/ARCHITECTURE.md draws, and no others; and every failure mode has a
//! test that bears its number.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

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
        // `events` takes one type of it: `MatchedPath`.
        ("axum", &["upvow-web", "upvow-jira-sim", "upvow-events"]),
        // What writes to the log, and what counts.
        ("tracing", &["upvow-events"]),
        ("log", &[]),
        ("metrics", &["upvow-events", "upvow-server"]),
        // What decides where it goes.
        ("tracing-subscriber", &["upvow-server"]),
        (
            "metrics-exporter-prometheus",
            &["upvow-web", "upvow-server"],
        ),
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

/// How many ways to fail docs/TESTING.md counts.
const FAILURE_MODES: u32 = 50;

/// The numbers of the failure modes that the functions of a source are named after: `f07_` and a name.
fn numbers(source: &str) -> impl Iterator<Item = u32> {
    let names = source.split("fn f").skip(1);
    names.filter_map(|rest| {
        let (number, name) = rest.split_once('_')?;
        let is_name =
            number.len() == 2 && name.starts_with(|first: char| first.is_ascii_lowercase());
        number.parse().ok().filter(|_| is_name)
    })
}

fn gather_numbers(folder: &Path, found: &mut BTreeSet<u32>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather_numbers(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(numbers(&fs::read_to_string(&path).expect("a source")));
        }
    }
}

/// The modes that docs/TESTING.md says are without a test so far, in the line that begins so.
fn said_to_be_missing() -> BTreeSet<u32> {
    let text = fs::read_to_string(format!("{ROOT}/docs/TESTING.md")).expect("docs/TESTING.md");
    let line = text
        .lines()
        .find(|line| line.starts_with("Without a test so far:"));
    line.into_iter()
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()))
        .filter_map(|word| word.strip_prefix('F')?.parse().ok())
        .collect()
}

#[test]
fn every_failure_mode_has_a_test_of_its_number() {
    let mut found = BTreeSet::new();
    for package in fs::read_dir(format!("{ROOT}/crates")).expect("the crates") {
        for folder in ["src", "tests"] {
            let folder = package.as_ref().expect("a crate").path().join(folder);
            if folder.is_dir() {
                gather_numbers(&folder, &mut found);
            }
        }
    }
    let missing: BTreeSet<u32> = (1..=FAILURE_MODES)
        .filter(|number| !found.contains(number))
        .collect();
    let said = said_to_be_missing();
    let unsaid: Vec<_> = missing.difference(&said).collect();
    assert!(unsaid.is_empty(), "no test begins with these: {unsaid:?}");
    assert_eq!(
        numbers("fn f07_a() fn f7_b() fn f123_c() fn f08_() fn foo_x() fn f09_D()")
            .collect::<Vec<_>>(),
        [7]
    );
}

/// Every source of what runs: neither tests nor the simulator.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            found.push((path.display().to_string(), text));
        }
    }
}

/// What of a source speaks to the terminal or the log without the closed list.
fn free_speech(source: &str) -> Vec<&str> {
    let program = source.split("\n#[cfg(test)]\nmod tests {").next();
    let ways = [
        "println!",
        "print!(",
        "eprint!(",
        "dbg!(",
        "tracing::",
        "log::",
        "stderr()",
        "syslog",
    ];
    program
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| ways.iter().any(|way| line.contains(way)))
        .collect()
}

/// Promise 2.6, 7.3, 7.4.
#[test]
fn nothing_but_the_closed_list_is_logged() {
    for package in ["domain", "db", "store", "vault", "jira", "app", "web"] {
        let mut found = Vec::new();
        let folder = format!("{ROOT}/crates/{package}/src");
        sources(Path::new(&folder), &mut found);
        assert!(!found.is_empty(), "{folder} holds no source");
        for (path, text) in &found {
            let said = free_speech(text);
            // Where no mail server is set, the terminal is where letters go.
            let is_console = path.ends_with("app/src/mail/mod.rs");
            assert!(said.is_empty() || is_console, "{path}: {said:?}");
        }
    }
    let planted =
        "fn f() {\n    // println!\n    eprintln!(\"{name}\");\n    tracing::info!(name);\n}\n";
    assert_eq!(free_speech(planted).len(), 2);
}
