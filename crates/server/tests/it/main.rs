//! The one integration test binary: the real program against the simulated Atlassian Cloud, acting through HTTP as people
//! and programs do. A module per area.
//!
//! With `UPVOW_TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:PORT/postgres` every story has its own databases there;
//! otherwise in SQLite files. With `UPVOW_TEST_BROWSER=1` the stories in a browser run, too. In CI nothing may be left out.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]
#![expect(
    clippy::disallowed_methods,
    reason = "people and programs outside call as they like"
)]

mod backup;
mod browser;
mod canary;
mod command_line;
mod config;
mod crash;
mod create_once;
mod door;
mod harness;
mod health;
mod histories;
mod house;
mod lost_vault;
mod main_job;
mod memory;
mod metrics;
mod nodes;
mod privacy_search;
mod privacy_verify;
mod receipts;
mod rotation;
mod tokens;
