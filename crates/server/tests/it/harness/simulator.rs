//! `upvow simulate-jira` as a process of its own: it outlives the server that is killed.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use serde_json::{Value, json};
use upvow_server::commands::demo::walk::jira::Jira;

use super::upvow;

/// A running simulator. Dropped, it is ended.
pub(crate) struct Simulator {
    process: Child,
    /// What it said at its start.
    pub(crate) announcement: Value,
}

impl Simulator {
    pub(crate) fn start() -> Simulator {
        Simulator::with(&[])
    }

    /// Started with these arguments besides.
    pub(crate) fn with(args: &[&str]) -> Simulator {
        let mut process = upvow()
            .args(["simulate-jira", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut line = String::new();
        let out = process.stdout.take().expect("its output is piped");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("it says one line");
        let announcement = serde_json::from_str(&line).expect("the line is JSON");
        Simulator {
            process,
            announcement,
        }
    }

    /// Its number.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// A field of what it said.
    pub(crate) fn says(&self, field: &str) -> &str {
        self.announcement[field]
            .as_str()
            .expect("the announcement has the field")
    }

    /// A person in Jira.
    pub(crate) fn jira(&self) -> Jira {
        Jira::new(
            self.says("api_url"),
            self.says("cloud_id"),
            self.says("access_token"),
        )
        .expect("a client")
    }

    /// The issues of a project with this summary.
    pub(crate) async fn issues(&self, project: &str, summary: &str) -> Vec<Value> {
        let issues = self
            .jira()
            .look(&format!("issues/{project}"))
            .await
            .expect("the simulator answers");
        issues
            .as_array()
            .expect("a list")
            .iter()
            .filter(|issue| issue["summary"] == summary)
            .cloned()
            .collect()
    }

    /// Deliveries that fail are sent again after this long, not after Jira's minutes.
    pub(crate) async fn retry_gap(&self, ms: u64) {
        self.jira()
            .order(&json!({ "do": "retry_gap", "ms": ms }))
            .await
            .expect("the order is taken");
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
