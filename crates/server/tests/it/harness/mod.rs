//! The program as a process of its own, as an operator starts it, and a simulated Jira beside it.

mod chrome;
mod demo;
mod memory;
mod server;
mod simulator;
mod town;
mod wire;

use std::{path::Path, process::Command};

pub(crate) use chrome::{Chrome, is_wanted};
pub(crate) use demo::Demo;
pub(crate) use memory::{Needles, Seen};
pub(crate) use server::Server;
pub(crate) use simulator::Simulator;
pub(crate) use town::{PATIENCE, Town};
pub(crate) use wire::Wire;

/// The program.
pub(crate) const UPVOW: &str = env!("CARGO_BIN_EXE_upvow");

/// The program with nothing in its environment that says how it is set up.
pub(crate) fn upvow() -> Command {
    let mut command = Command::new(UPVOW);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("UPVOW_")) {
        command.env_remove(name);
    }
    command
}

/// Two databases of the story's own: main and vault. Files below the folder, or on the PostgreSQL server.
pub(crate) fn databases(folder: &Path) -> [String; 2] {
    let Ok(server) = std::env::var("UPVOW_TEST_POSTGRES_URL") else {
        return ["upvow.db", "vault.db"]
            .map(|name| format!("sqlite:{}", folder.join(name).display()));
    };
    let base = server
        .rsplit_once('/')
        .expect("the address names a database")
        .0
        .to_owned();
    let name = format!("it_{}", upvow_app::node().simple());
    ["main", "vault"].map(|which| {
        let database = format!("{name}_{which}");
        let made = Command::new("psql")
            .args(["-q", &server, "-c", &format!("CREATE DATABASE {database}")])
            .status();
        assert!(
            made.expect("psql runs").success(),
            "the database {database} is made"
        );
        format!("{base}/{database}")
    })
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}
