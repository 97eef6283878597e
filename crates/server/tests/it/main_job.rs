//! The main job, through the command that does it by itself.

use std::{path::Path, process::Command, time::Duration};

use crate::harness::{databases, upvow};

/// `upvow demo --walk` in this folder, with databases of its own.
pub(crate) fn walk(folder: &Path, databases: &[String; 2]) -> Command {
    let mut command = upvow();
    command
        .args([
            "demo",
            "--walk",
            "--keep",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(folder);
    // With files it uses its own defaults, as everybody does who tries it.
    if databases[0].starts_with("postgres") {
        command
            .env("UPVOW_DATABASE_URL", &databases[0])
            .env("UPVOW_VAULT_URL", &databases[1]);
    }
    command
}

/// Runs it to its end; what it printed.
pub(crate) fn walked(folder: &Path, databases: &[String; 2]) -> String {
    let output = walk(folder, databases).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn a_newcomer_walks_the_whole_way_twice() {
    let folder = tempfile::tempdir().unwrap();
    let databases = databases(folder.path());
    for _ in 0..2 {
        let said = walked(folder.path(), &databases);
        let last = said
            .lines()
            .find(|line| line.starts_with("walk: "))
            .expect("a last line");
        let (done, all) = last
            .strip_prefix("walk: ")
            .unwrap()
            .strip_suffix(" steps")
            .unwrap()
            .split_once(" of ")
            .unwrap();
        assert!(done == all && all.parse::<u32>().unwrap() >= 20, "{last}");
    }
}

#[test]
fn a_walk_that_was_killed_is_walked_again_on_what_it_left() {
    let folder = tempfile::tempdir().unwrap();
    let databases = databases(folder.path());
    // Early in the sample data, while connecting, and late.
    for moment in [400, 1_400, 2_300] {
        let mut walking = walk(folder.path(), &databases)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(moment));
        walking.kill().unwrap();
        walking.wait().unwrap();
    }
    // And in the middle of trying its own search, which plants a name.
    let plant = folder.path().join("planted-by-the-walk.txt");
    std::fs::write(&plant, "Ottilie Quastenberg").unwrap();
    let said = walked(folder.path(), &databases);
    let (done, all) = steps(&said).expect("the walk ends with its count");
    assert!(done == all && all >= 34, "{said}");
    assert!(!plant.exists(), "the plant stays behind");
}

/// What the walk says at its end: how many steps of how many.
fn steps(said: &str) -> Option<(u32, u32)> {
    let (_, count) = said.split_once("walk: ")?;
    let (done, rest) = count.split_once(" of ")?;
    let (all, _) = rest.split_once(" steps")?;
    Some((done.parse().ok()?, all.parse().ok()?))
}
