//! Stories about Jira: tokens, the round trip, the door, keeping in step, and the goodbye. Each has a world and a
//! small Atlassian of its own, which can be told to fail.

mod atlassian;
#[path = "../harness/mod.rs"]
mod harness;
mod town;

mod door;
mod goodbye;
mod sync;
mod tokens;
mod trip;
