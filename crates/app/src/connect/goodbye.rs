//! Disconnecting. Processing stops in the first transaction; a job then deletes our webhooks, revokes as far as
//! Atlassian allows, erases, and turns the vault's epoch. The page tells each step's true result.
//!
//! The erasure carries the connection's own number, so that whoever goes on after a crash goes on with the same one.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, ErasureId, GrantId, ProjectId, Role, Scope, Time};
use upvow_store::{
    board_targets,
    connections::{self, Connection},
    goodbye_steps, hooks, jobs as queue, links, rules,
};
use upvow_vault::{ErasureReason, Revocation};

use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        farewell::{self, Webhooks},
        told,
    },
    jobs::{self, Claim, Kind, Order, Trouble, Turn},
    live, sync,
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

/// How long to go on trying to reach Atlassian before everything is erased without it.
const LONGEST_TRY: Duration = Duration::from_hours(24);

/// Ends a connection, whatever its state; doing it again changes nothing. Needs an admin.
/// `keep_backlinks`: leave our remote links on the Jira issues.
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
            let code = jobs::code_of(&error.into());
            tracing::warn!(code, "an erasure waits for the vault");
        }
    }
    let mut tx = app.db.write().await?;
    stop(&mut tx, app, caller, &found).await?;
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
async fn stop(tx: &mut Tx, app: &App, caller: &Caller, found: &Connection) -> Result<()> {
    let (project, id, now) = (found.project_id, found.id, app.now());
    if !connections::stop(tx, project, id, now).await? {
        return Ok(());
    }
    queue::cancel(tx, project, id).await?;
    links::end_all(tx, project, id, now).await?;
    rules::delete(tx, id).await?;
    board_targets::delete(tx, id).await?;
    connections::set_projects(tx, id, &[]).await?;
    goodbye_steps::set(tx, id, "stopped", "done", now).await?;
    audit::note(
        tx,
        app,
        caller,
        "connection.disconnected",
        &id.to_string(),
        "",
    )
    .await?;
    order(tx, app, found).await
}

/// Enqueues the rest. In the lane of the webhook door, if there is one: a registration must not cross a goodbye.
async fn order(tx: &mut Tx, app: &App, found: &Connection) -> Result<()> {
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

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: ConnectionId = claim.subject()?;
    let project = claim.job.project_id;
    let (found, is_last, steps) = {
        let mut tx = app.db.read().await?;
        let found = connections::get(&mut tx, project, id)
            .await?
            .filter(|found| found.state == "disconnecting")
            .ok_or(Trouble::Moot)?;
        let is_last = is_last(&mut tx, &found).await?;
        let steps = goodbye_steps::list(&mut tx, project, id).await?;
        (found, is_last, steps)
    };
    let result = |name: &str| {
        let step = steps.iter().find(|step| step.step == name);
        step.map(|step| step.result.as_str())
    };
    let since = steps.iter().find(|step| step.step == "stopped");
    let begun_at = since.map_or(found.updated_at, |step| step.at);
    let patience = app.now().since(begun_at) < LONGEST_TRY;

    let Some(grant) = found.grant_id else {
        return close(app, claim, &found, None).await;
    };
    if is_last {
        let reason = ErasureReason::Disconnect;
        app.vault
            .begin_erasure(erasure_of(id), grant, reason, app.now())
            .await?;
    }

    // 1. The webhooks, while there still is a token.
    let mut key = farewell::key(app, grant, is_last).await?;
    if !matches!(result("webhooks_deleted"), Some("done" | "kept_shared")) {
        let outcome = if is_shared(app, &found).await? {
            Webhooks::Shared
        } else {
            farewell::delete_webhooks(app, &found, &mut key).await?
        };
        let name = match outcome {
            Webhooks::Gone => "done",
            Webhooks::Shared => "kept_shared",
            Webhooks::NotReached if patience => return later(app, id, "webhooks_deleted").await,
            Webhooks::NotReached | Webhooks::Refused => "not_reached",
        };
        note(app, id, "webhooks_deleted", name).await?;
    }
    if !is_last {
        return close(app, claim, &found, None).await;
    }

    // 2. The tokens.
    let revocation = match farewell::revoke(app, &key).await {
        Some(revocation) => revocation,
        None if patience => return later(app, id, "revoked").await,
        None => Revocation::PersonMustRemove,
    };
    drop(key);

    // 3. The record. What the vault was told first is what counts.
    app.vault
        .finish_erasure(erasure_of(id), revocation, app.now())
        .await?;
    let record = app.vault.erasure(erasure_of(id)).await?;
    let revocation = record
        .and_then(|record| record.revocation)
        .unwrap_or(revocation);
    close(app, claim, &found, Some(revocation)).await
}

/// The last transaction: nothing of the grant is left here, not even its name.
async fn close(
    app: &App,
    claim: &Claim,
    found: &Connection,
    revocation: Option<Revocation>,
) -> Turn {
    let (project, id) = (found.project_id, found.id);
    let unused = unused_hooks(app, found, revocation.is_some()).await?;
    for hook in &unused {
        app.vault.drop_hook(*hook).await?;
    }

    let now = app.now();
    let mut tx = app.db.write().await?;
    let erasure = revocation.map(|_| erasure_of(id));
    if !connections::invalidate(&mut tx, project, id, erasure, now).await? {
        return Err(Trouble::Moot);
    }
    for hook in unused {
        hooks::delete(&mut tx, hook).await?;
    }
    // Those who stay want to hear of fewer projects.
    if let Some(hook) = found.hook_id
        && let Some(other) = connections::of_hook(&mut tx, hook).await?.first()
    {
        sync::hooks::order(&mut tx, app, other.project_id, hook).await?;
    }
    let (revoked, key) = match revocation {
        None => ("kept_shared", "kept_shared"),
        Some(revocation) => (word(revocation), "waiting"),
    };
    goodbye_steps::set(&mut tx, id, "revoked", revoked, now).await?;
    goodbye_steps::set(&mut tx, id, "erased", "done", now).await?;
    goodbye_steps::set(&mut tx, id, "key_destroyed", key, now).await?;
    if revocation.is_some() {
        order_turn(&mut tx, app, project).await?;
    }
    claim.finish(app, tx, &[super::change(project, id)]).await
}

/// The doors that go: this connection's, and with the grant all of its doors.
async fn unused_hooks(
    app: &App,
    found: &Connection,
    with_grant: bool,
) -> Result<Vec<upvow_domain::HookId>> {
    let mut tx = app.db.read().await?;
    let mut candidates: Vec<_> = found.hook_id.into_iter().collect();
    if let (true, Some(grant)) = (with_grant, found.grant_id) {
        candidates.extend(
            hooks::of_grant(&mut tx, grant)
                .await?
                .into_iter()
                .map(|hook| hook.id),
        );
    }
    candidates.sort_unstable();
    candidates.dedup();
    let mut unused = Vec::new();
    for hook in candidates {
        if !hooks::is_used(&mut tx, hook, found.id).await? {
            unused.push(hook);
        }
    }
    Ok(unused)
}

/// Whether somebody else hears by the same door.
async fn is_shared(app: &App, found: &Connection) -> Result<bool> {
    let Some(hook) = found.hook_id else {
        return Ok(false);
    };
    let mut tx = app.db.read().await?;
    Ok(hooks::is_used(&mut tx, hook, found.id).await?)
}

/// Atlassian cannot be reached. Nothing works by the connection meanwhile; it is tried again for a day.
async fn later(app: &App, id: ConnectionId, step: &str) -> Turn {
    note(app, id, step, "waiting").await?;
    Err(Trouble::Later {
        code: "jira_unavailable",
        after: None,
        patient: true,
    })
}

async fn note(app: &App, id: ConnectionId, step: &str, result: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    goodbye_steps::set(&mut tx, id, step, result, app.now()).await?;
    Ok(tx.commit().await?)
}

const fn word(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::AcceptedNotVerified => "accepted_not_verified",
        Revocation::ConfirmedByProbe => "confirmed",
        Revocation::PersonMustRemove => "you_must_remove_it",
        Revocation::NothingToRevoke => "nothing_to_revoke",
    }
}

async fn order_turn(tx: &mut Tx, app: &App, project: ProjectId) -> Result<()> {
    let order = Order {
        kind: Kind::TurnEpoch,
        subject: "vault".to_owned(),
        lane: "vault".to_owned(),
        project,
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// The job that makes erasures final. Any number of them share a turn.
pub(crate) async fn run_turn(app: &App, claim: &Claim) -> Turn {
    if app.vault.epoch().await?.erasures_waiting > 0 {
        let number = app.vault.turn_epoch(app.now()).await?;
        tracing::info!(epoch = number, "the vault's epoch turned");
    }
    let waiting = {
        let mut tx = app.db.read().await?;
        goodbye_steps::not_final(&mut tx).await?
    };
    let mut last = Vec::new();
    for one in waiting {
        let record = app.vault.erasure(one.erasure_id).await?;
        if let Some(at) = record.and_then(|record| record.epoch_turned_at) {
            last.push((one, at));
        }
    }
    let mut tx = app.db.write().await?;
    for (one, at) in &last {
        goodbye_steps::set(&mut tx, one.id, "key_destroyed", "done", *at).await?;
    }
    let changes: Vec<_> = last
        .iter()
        .map(|(one, _)| super::change(one.project_id, one.id))
        .collect();
    claim.finish(app, tx, &changes).await
}

/// Erases a grant that no connection uses any more: its account was replaced by another.
pub(crate) async fn forget_unused(app: &App, grant: GrantId) -> Result<()> {
    let used = {
        let mut tx = app.db.read().await?;
        !connections::of_grant(&mut tx, grant).await?.is_empty()
    };
    if !used {
        let reason = ErasureReason::Disconnect;
        app.vault
            .begin_erasure(app.fresh_id(), grant, reason, app.now())
            .await?;
    }
    Ok(())
}

/// What the periodic pass does about goodbyes: goes on with those that a crash cut short, ends setups that nobody
/// took up again, and has waiting erasures made final.
pub(crate) async fn resume(app: &App) -> Result<()> {
    for open in app.vault.open_erasures().await? {
        let users = {
            let mut tx = app.db.read().await?;
            connections::of_grant(&mut tx, open.grant).await?
        };
        if users.is_empty() {
            let key = farewell::key(app, open.grant, true).await?;
            let patience = app.now().since(open.begun_at) < LONGEST_TRY;
            let revocation = match farewell::revoke(app, &key).await {
                None if patience => continue,
                known => known.unwrap_or(Revocation::PersonMustRemove),
            };
            app.vault
                .finish_erasure(open.id, revocation, app.now())
                .await?;
            forget_hooks(app, open.grant).await?;
        }
        for user in users.iter().filter(|user| user.state != "disconnecting") {
            let program = Caller::program(user.project_id);
            let mut tx = app.db.write().await?;
            stop(&mut tx, app, &program, user).await?;
            tx.commit().await?;
        }
    }
    let setups_before = app.now().minus(Duration::from_hours(24));
    let (leaving, abandoned, project) = {
        let mut tx = app.db.read().await?;
        (
            connections::leaving(&mut tx).await?,
            connections::abandoned(&mut tx, setups_before).await?,
            connections::any_project(&mut tx).await?,
        )
    };
    for setup in abandoned {
        disconnect(app, &Caller::program(setup.project_id), setup.id).await?;
    }
    let is_due = app.vault.epoch().await?.erasures_waiting > 0;
    let mut tx = app.db.write().await?;
    for found in leaving {
        let kind = Kind::SayGoodbye.name();
        if !queue::is_live(&mut tx, kind, &found.id.stored()).await? {
            order(&mut tx, app, &found).await?;
        }
    }
    let is_unsaid = !goodbye_steps::not_final(&mut tx).await?.is_empty();
    if let Some(project) = project.filter(|_| is_due || is_unsaid)
        && !queue::is_live(&mut tx, Kind::TurnEpoch.name(), "vault").await?
    {
        order_turn(&mut tx, app, project).await?;
    }
    Ok(tx.commit().await?)
}

async fn forget_hooks(app: &App, grant: GrantId) -> Result<()> {
    let doors = {
        let mut tx = app.db.read().await?;
        hooks::of_grant(&mut tx, grant).await?
    };
    for door in &doors {
        app.vault.drop_hook(door.id).await?;
    }
    let mut tx = app.db.write().await?;
    for door in &doors {
        hooks::delete(&mut tx, door.id).await?;
    }
    Ok(tx.commit().await?)
}
