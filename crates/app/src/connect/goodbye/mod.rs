//! Disconnecting. Processing stops in the first transaction; a job then says goodbye for the connection and, if nobody
//! else needs the grant, has it erased as `privacy::erasure` erases everything. The page tells each step's true result.
//!
//! The erasure carries the connection's own number, so that whoever goes on after a crash goes on with the same one.
//!
//! - `leave`: the job; `told`: the goodbye in words.

mod leave;
mod told;

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, ErasureId, Role, Scope, Time};
use upvow_events::Event;
use upvow_store::{
    board_targets,
    connections::{self, Connection},
    goodbye_steps, issue_votes, jobs as queue, links, rule_versions, rules,
};
use upvow_vault::ErasureReason;

pub(crate) use leave::run;
pub(crate) use told::remove_at;

use crate::{
    App, AppError, Result,
    access::need,
    audit,
    jobs::{self, Kind, Order},
    live,
};

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

/// Ends a connection, whatever its state; doing it again changes nothing. Needs an admin. What was written into Jira's
/// issues stays there: from here on nobody may remove it.
pub async fn disconnect(app: &App, caller: &Caller, id: ConnectionId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let (found, is_last) = {
        let mut tx = app.db.read().await?;
        let found = connections::get(&mut tx, caller.project, id)
            .await?
            .ok_or(AppError::NotFound)?;
        let is_last = is_last(&mut tx, &found).await?;
        (found, is_last)
    };
    if matches!(found.state.as_str(), "disconnecting" | "invalidated") {
        return Ok(());
    }
    if let (true, Some(grant)) = (is_last, found.grant_id) {
        // The ledger first: from here on the tokens can only be revoked, whatever happens to us. If the vault cannot
        // be reached nobody gets a token either; the connection stops all the same, and the job begins the erasure.
        let reason = ErasureReason::Disconnect;
        let begun = app
            .vault
            .begin_erasure(erasure_of(id), grant, reason, app.now());
        if let Err(error) = begun.await {
            let code = jobs::code_of(&error.into()).into();
            Event::ErasureWaits { code }.log();
        }
    }
    let mut tx = app.db.write().await?;
    stop(&mut tx, app, caller, &found, ErasureReason::Disconnect).await?;
    live::commit(app, tx, &[super::change(caller.project, id)]).await?;
    app.work.notify_one();
    Ok(())
}

/// How the goodbye of a connection stands. Needs an admin.
pub async fn status(app: &App, caller: &Caller, id: ConnectionId) -> Result<Goodbye> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let found = connections::get(&mut tx, caller.project, id)
        .await?
        .filter(|found| matches!(found.state.as_str(), "disconnecting" | "invalidated"))
        .ok_or(AppError::NotFound)?;
    let rows = goodbye_steps::list(&mut tx, caller.project, id).await?;
    Ok(told::goodbye(app, &found, &rows))
}

/// The erasure of a connection's grant.
fn erasure_of(id: ConnectionId) -> ErasureId {
    ErasureId::new(id.uuid())
}

/// Whether nobody else needs the connection's grant.
async fn is_last(tx: &mut Tx, found: &Connection) -> Result<bool> {
    let Some(grant) = found.grant_id else {
        return Ok(false);
    };
    let others = connections::of_grant(tx, grant).await?;
    Ok(others
        .iter()
        .all(|other| other.id == found.id || other.state == "disconnecting"))
}

/// Everything that happens at once: no job, signal or page works by this connection any more.
pub(crate) async fn stop(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    found: &Connection,
    reason: ErasureReason,
) -> Result<()> {
    let (project, id, now) = (found.project_id, found.id, app.now());
    if !connections::stop(tx, project, id, now).await? {
        return Ok(());
    }
    queue::cancel(tx, project, id).await?;
    links::end_all(tx, project, id, now).await?;
    rules::delete(tx, id).await?;
    rule_versions::delete(tx, id).await?;
    board_targets::delete(tx, id).await?;
    issue_votes::forget(tx, id).await?;
    connections::set_projects(tx, id, &[]).await?;
    goodbye_steps::set(tx, id, "stopped", "done", now).await?;
    audit::note(
        tx,
        app,
        caller,
        "connection.disconnected",
        &id.to_string(),
        match reason {
            ErasureReason::Disconnect => "",
            other => other.word(),
        },
    )
    .await?;
    order(tx, app, found).await
}

/// Enqueues the rest. In the lane of the webhook door, if there is one: a registration must not cross a goodbye.
pub(crate) async fn order(tx: &mut Tx, app: &App, found: &Connection) -> Result<()> {
    let order = Order {
        kind: Kind::SayGoodbye,
        subject: found.id.stored(),
        lane: found
            .hook_id
            .map_or_else(|| jobs::connection_lane(found.id), jobs::hook_lane),
        project: found.project_id,
        connection: Some(found.id),
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}
