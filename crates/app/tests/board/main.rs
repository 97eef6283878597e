//! The board, use case by use case, on SQLite or (see the harness) on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a story stops where something is wrong")]

#[path = "../harness/mod.rs"]
#[expect(dead_code, reason = "stories about Jira need more of a world")]
mod harness;

mod accounts;
mod audit;
mod boards;
mod comments;
mod helpers;
mod lists;
mod live;
mod members;
mod notices;
mod own_data;
mod people_see;
mod posts;
mod registry;
mod retention;
mod search;
mod sign_in;
mod tokens;
mod votes;
