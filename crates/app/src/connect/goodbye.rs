//! Disconnecting. Processing stops in the first transaction; a job then deletes our webhooks, revokes as far as
//! Atlassian allows, erases, and turns the vault's epoch. The page tells each step's true result.

use upvow_domain::{Caller, ConnectionId, Time};

use crate::{App, Result};

/// What happened so far, and what Atlassian leaves to the person.
#[derive(Debug, Clone)]
pub struct Goodbye {
    /// Every step, in order, with its result so far.
    pub steps: Vec<Step>,
    /// All that can be done is done.
    pub finished: bool,
    /// When the old key was destroyed, so that no copy of the vault can be read any more.
    pub final_at: Option<Time>,
    /// The page at Atlassian where the person removes the app for good; shown unless a probe confirmed the end.
    pub remove_at: Option<String>,
    /// Other connections live on by the same grant, so it was kept: only this connection's data went.
    pub grant_shared: bool,
}

/// One step of the goodbye.
#[derive(Debug, Clone)]
pub struct Step {
    /// `stopped`, `webhooks_deleted`, `revoked`, `erased`, `key_destroyed`.
    pub name: String,
    /// `done`, `waiting`, `accepted_not_verified`, `confirmed`, `you_must_remove_it`, `not_reached`, `kept_shared`, ...
    pub result: String,
    /// What to tell people: a sentence that says no more than is true.
    pub text: String,
    /// When, if it happened.
    pub at: Option<Time>,
}

/// Ends a connection, whatever its state; doing it again changes nothing. Needs an admin.
/// `keep_backlinks`: leave our remote links on the Jira issues.
pub async fn disconnect(app: &App, caller: &Caller, id: ConnectionId) -> Result<()> {
    todo!()
}

/// How the goodbye of a connection stands. Needs an admin.
pub async fn status(app: &App, caller: &Caller, id: ConnectionId) -> Result<Goodbye> {
    todo!()
}
