//! Stories about Jira: tokens, the round trip, the door, keeping in step, and the goodbye. Each has a world and a
//! small Atlassian of its own, which can be told to fail.

#![expect(
    clippy::unwrap_used,
    reason = "in the scenery of a story an error is the story's end"
)]

mod atlassian;
mod automations;
#[path = "../harness/mod.rs"]
mod harness;
mod town;

mod by_hand;
mod corpus;
mod create;
mod door;
mod erasure;
mod fields;
mod goodbye;
mod health;
mod histories;
mod intake;
mod invites;
mod ladder;
mod leases;
mod limits;
mod many_links;
mod nth_call;
mod promises;
mod reconcile;
mod reporting;
mod requests;
mod rules;
mod site_changes;
mod sync;
mod tokens;
mod trial;
mod trip;
mod trip_accounts;
mod trip_sites;
mod votes;
mod webhook;
mod wizard;
mod workers;
