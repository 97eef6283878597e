//! `upvow demo` as a process of its own: the board with its sample data, and the simulated Jira.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use tempfile::TempDir;

use super::{databases, upvow};

/// A running demo. Dropped, it is ended.
pub(crate) struct Demo {
    process: Child,
    _folder: TempDir,
    /// `http://127.0.0.1:4000/`.
    pub(crate) board: String,
    /// Signs the owner in, once.
    pub(crate) owner_link: String,
    /// Signs a voter in, once.
    pub(crate) voter_link: String,
    /// The simulated site's page.
    pub(crate) jira: String,
}

impl Demo {
    pub(crate) fn start() -> Demo {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = upvow();
        let databases = databases(folder.path());
        if databases[0].starts_with("postgres") {
            command
                .env("UPVOW_DATABASE_URL", &databases[0])
                .env("UPVOW_VAULT_URL", &databases[1]);
        }
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("demo"));
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let out = BufReader::new(process.stdout.take().expect("its output is piped"));
        let lines: Vec<String> = out
            .lines()
            .map(|line| line.expect("text"))
            .take_while(|line| !line.contains("Ctrl-C"))
            .collect();
        let after = |start: &str| {
            let line = lines
                .iter()
                .find(|line| line.trim().starts_with(start))
                .unwrap_or_else(|| panic!("no line {start:?} in {lines:?}"));
            line.split_whitespace()
                .last()
                .expect("an address")
                .to_owned()
        };
        Demo {
            board: after("The board"),
            owner_link: after("Sign in as owner"),
            voter_link: after("Sign in as voter"),
            jira: after("The simulated Jira"),
            process,
            _folder: folder,
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
