//! Comparing all linked issues of a connection with Jira, because something may have been missed. A comparison is a row
//! with a cursor: it goes on where it was after a crash, can be paused and cancelled, and there is one at a time per
//! connection. It only finds what differs; what differs is then read and applied like after a webhook, in the lane of its
//! issue.
//!
//! - `begin`: how the rest of the program asks for one; here, too, are the use cases of the page.
//! - `run`: the job, a hundred links a step; `compare`: what differs; `due`: when the periodic pass begins one.

mod compare;
mod due;
mod run;

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, ProjectId, ReconcileId, Role, Scope, Time};
use upvow_events::Counter;
use upvow_store::{
    connections, jobs as queue,
    reconciles::{self, Reconcile as Row},
};

pub(crate) use due::pass;
pub(crate) use run::{given_up, run};

use crate::{
    App, AppError, Result,
    access::need,
    audit, connect,
    jobs::{self, Kind, Order},
    live,
    sync::hooks,
};

/// Why a connection's links are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The connection is at work for the first time.
    Connected,
    /// Its grant was dead and somebody authorised again.
    Reconnected,
    /// Jira had lost or ended the webhook, or there was none for a while.
    WebhookGap,
    /// The site did not answer for long.
    SiteBack,
    /// This server was not at work for long.
    ServerGap,
    /// Other Jira projects were chosen.
    ProjectsChosen,
    /// The rules were saved, and are to be applied to what is linked already.
    RulesSaved,
    /// It is night.
    Nightly,
    /// Somebody asked for it.
    Asked,
}

impl Cause {
    const fn name(self) -> &'static str {
        match self {
            Cause::Connected => "connected",
            Cause::Reconnected => "reconnected",
            Cause::WebhookGap => "webhook_gap",
            Cause::SiteBack => "site_back",
            Cause::ServerGap => "server_gap",
            Cause::ProjectsChosen => "projects_chosen",
            Cause::RulesSaved => "rules_saved",
            Cause::Nightly => "nightly",
            Cause::Asked => "asked",
        }
    }

    /// Whether the rules count for issues that did not change, too.
    const fn applies(self) -> bool {
        matches!(self, Cause::RulesSaved)
    }
}

/// Has a connection's links compared with Jira, in the transaction of whatever gives cause to it. A comparison that is
/// under way begins anew. Nothing happens if the connection is not at work.
pub(crate) async fn begin(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    connection: ConnectionId,
    cause: Cause,
) -> Result<()> {
    let found = connections::get(tx, project, connection).await?;
    if found.is_none_or(|found| found.state != "active" || found.cloud_id.is_none()) {
        return Ok(());
    }
    let (name, applies, now) = (cause.name(), cause.applies(), app.now());
    let id = match reconciles::open(tx, project, connection).await? {
        // The night can wait for another day.
        Some(_) if cause == Cause::Nightly => return Ok(()),
        Some(open) => {
            reconciles::restart(tx, project, open.id, name, applies, now).await?;
            if open.state == "paused" {
                return Ok(());
            }
            open.id
        }
        None => {
            let id = app.fresh_id();
            reconciles::insert(tx, project, id, connection, name, applies, now).await?;
            id
        }
    };
    Counter::Reconciles { cause: name.into() }.add();
    order(tx, app, project, connection, id, now).await
}

async fn order(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    connection: ConnectionId,
    id: ReconcileId,
    run_at: Time,
) -> Result<()> {
    let order = Order {
        kind: Kind::Reconcile,
        subject: id.stored(),
        lane: format!("reconcile:{}", connection.stored()),
        project,
        connection: Some(connection),
        run_at,
    };
    jobs::enqueue(tx, app, &order).await
}

/// Where a comparison is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Under way, or waiting for Jira to allow more calls.
    Running,
    /// Somebody paused it.
    Paused,
    /// Through.
    Done,
    /// Somebody cancelled it, or the connection ended.
    Cancelled,
    /// Jira refused, and trying again would not help.
    Failed,
}

/// A comparison as admins see it.
#[derive(Debug, Clone)]
pub struct Reconcile {
    /// Its id.
    pub id: ReconcileId,
    /// Where it is.
    pub state: State,
    /// A code of why it was begun: `asked`, `nightly`, `webhook_gap`, ...
    pub cause: String,
    /// The same in words.
    pub cause_text: &'static str,
    /// How many links there were when it began.
    pub total: i64,
    /// How many were compared.
    pub compared: i64,
    /// How many of them had changed in Jira without our knowing.
    pub changed: i64,
    /// How many of them cannot be seen in Jira.
    pub gone: i64,
    /// How many of them could not be read.
    pub failed: i64,
    /// Why it failed.
    pub problem: Option<String>,
    /// It waits until then, because Jira asked us to or because live work goes first.
    pub waits_until: Option<Time>,
    /// When it will be through, as far as one can tell.
    pub eta: Option<Time>,
    /// When it was begun.
    pub created_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
}

/// How many past comparisons are shown.
const SHOWN: i64 = 10;

/// One comparison of a connection. Needs an admin.
pub async fn get(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    id: ReconcileId,
) -> Result<Reconcile> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let row = reconciles::get(&mut tx, caller.project, id)
        .await?
        .filter(|row| row.connection_id == connection)
        .ok_or(AppError::NotFound)?;
    tell(&mut tx, app, row).await
}

/// The latest comparisons of a connection, newest first. Needs an admin.
pub async fn list(app: &App, caller: &Caller, connection: ConnectionId) -> Result<Vec<Reconcile>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    connections::get(&mut tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let rows = reconciles::latest(&mut tx, caller.project, connection, SHOWN).await?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        told.push(tell(&mut tx, app, row).await?);
    }
    Ok(told)
}

/// Begins a comparison. One that is under way already is what is asked for. Needs an admin.
pub async fn start(app: &App, caller: &Caller, connection: ConnectionId) -> Result<Reconcile> {
    need(caller, Role::Admin, Scope::Admin)?;
    let project = caller.project;
    let mut tx = app.db.write().await?;
    let found = connections::get(&mut tx, project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    if found.state != "active" {
        return Err(AppError::Conflict {
            code: "not_connected",
            message: "This connection is not at work, so there is nothing to compare with."
                .to_owned(),
        });
    }
    if reconciles::open(&mut tx, project, connection)
        .await?
        .is_none()
    {
        begin(&mut tx, app, project, connection, Cause::Asked).await?;
        // Whoever asks wants to know of the webhook, too.
        hooks::look_after(&mut tx, app, project, connection).await?;
        note(&mut tx, app, caller, connection, "reconcile.begun").await?;
    }
    let row = reconciles::open(&mut tx, project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let told = tell(&mut tx, app, row).await?;
    live::commit(app, tx, &[connect::change(project, connection)]).await?;
    Ok(told)
}

/// Applies the rules as they are now to everything that is linked already, whether or not it changes. Needs an admin,
/// who has been told how many posts that concerns.
pub async fn apply_rules(app: &App, caller: &Caller, connection: ConnectionId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    connections::get(&mut tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    begin(&mut tx, app, caller.project, connection, Cause::RulesSaved).await?;
    note(&mut tx, app, caller, connection, "reconcile.rules_applied").await?;
    live::commit(app, tx, &[connect::change(caller.project, connection)]).await?;
    Ok(())
}

/// What can be done with a comparison that is not through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Go no further for now.
    Pause,
    /// Go on.
    Resume,
    /// Go no further at all.
    Cancel,
}

/// Pauses, resumes or cancels; doing it again changes nothing. Needs an admin.
pub async fn act(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    id: ReconcileId,
    act: Act,
) -> Result<Reconcile> {
    need(caller, Role::Admin, Scope::Admin)?;
    let (project, now) = (caller.project, app.now());
    let mut tx = app.db.write().await?;
    let found = reconciles::get(&mut tx, project, id)
        .await?
        .filter(|row| row.connection_id == connection)
        .ok_or(AppError::NotFound)?;
    let (is_new, action) = match act {
        Act::Pause => (
            reconciles::pause(&mut tx, project, id, now).await?,
            "reconcile.paused",
        ),
        Act::Resume => (
            reconciles::resume(&mut tx, project, id, now).await?,
            "reconcile.resumed",
        ),
        Act::Cancel => (
            reconciles::end(&mut tx, project, id, "cancelled", None, now).await?,
            "reconcile.cancelled",
        ),
    };
    if is_new {
        if act == Act::Resume {
            order(&mut tx, app, project, found.connection_id, id, now).await?;
        }
        note(&mut tx, app, caller, found.connection_id, action).await?;
    }
    let row = reconciles::get(&mut tx, project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let told = tell(&mut tx, app, row).await?;
    live::commit(app, tx, &[connect::change(project, connection)]).await?;
    Ok(told)
}

async fn note(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    action: &str,
) -> Result<()> {
    audit::note(tx, app, caller, action, &connection.to_string(), "").await
}

async fn tell(tx: &mut Tx, app: &App, row: Row) -> Result<Reconcile> {
    let now = app.now();
    let state = match row.state.as_str() {
        "running" => State::Running,
        "paused" => State::Paused,
        "done" => State::Done,
        "cancelled" => State::Cancelled,
        _ => State::Failed,
    };
    let due = match state {
        State::Running => queue::waits_until(tx, Kind::Reconcile.name(), &row.id.stored()).await?,
        _ => None,
    };
    let waits_until = due.filter(|at| *at > now);
    Ok(Reconcile {
        eta: (state == State::Running)
            .then(|| eta(&row, now, waits_until))
            .flatten(),
        id: row.id,
        state,
        cause_text: cause_text(&row.cause),
        cause: row.cause,
        // Links may have come since it began.
        total: row.total.max(row.compared),
        compared: row.compared,
        changed: row.changed,
        gone: row.gone,
        failed: row.failed,
        problem: row.problem,
        waits_until,
        created_at: row.created_at,
        ended_at: row.ended_at,
    })
}

/// When it is through if it goes on as fast as since it was last resumed, and not before its wait is over.
fn eta(row: &Row, now: Time, waits_until: Option<Time>) -> Option<Time> {
    let compared = u32::try_from(row.compared - row.resumed_from).ok()?;
    let left = u32::try_from(row.total - row.compared).unwrap_or(0);
    let per_link = row.updated_at.since(row.resumed_at).checked_div(compared)?;
    let from = waits_until.map_or(now, |until| until.max(now));
    Some(from.plus(per_link.saturating_mul(left).max(Duration::from_secs(1))))
}

fn cause_text(cause: &str) -> &'static str {
    match cause {
        "connected" => "The connection was made",
        "reconnected" => "The connection was authorised again",
        "webhook_gap" => "Jira had no webhook for a while",
        "site_back" => "The Jira site did not answer for a while",
        "server_gap" => "This server was not at work for a while",
        "projects_chosen" => "Other Jira projects were chosen",
        "rules_saved" => "The status map was saved",
        "nightly" => "It is done every night",
        _ => "Somebody asked for it",
    }
}
