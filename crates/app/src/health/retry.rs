//! Trying again what failed for a cause. Doing it twice asks for nothing twice: a job that waits is not doubled.

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, LinkId, ProjectId, Role, Scope};
use upvow_store::{
    links::{self, Link},
    problems as stored,
};

use super::{causes::Need, problems};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        self,
        reach::{For, Reach},
    },
    live, sync,
};

/// How many links one transaction takes up.
const AT_ONCE: i64 = 200;

/// What a retry set going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// How many links.
    pub links: i64,
    /// How many jobs about something else.
    pub jobs: i64,
}

/// Tries all again that failed for this cause. Needs an admin.
pub async fn all(app: &App, caller: &Caller, id: ConnectionId, code: &str) -> Result<Retried> {
    need(caller, Role::Admin, Scope::Admin)?;
    let problem = super::look(app, caller, id)
        .await?
        .problems
        .into_iter()
        .find(|problem| problem.code == code)
        .ok_or(AppError::NotFound)?;
    if problem.need == Need::Reconnect {
        return Err(AppError::Conflict {
            code: "reconnect_first",
            message: problem.text,
        });
    }
    let mut retried = Retried { links: 0, jobs: 0 };
    let mut after = None;
    loop {
        let mut tx = app.db.write().await?;
        let reach = Reach::of(&mut tx, caller.project, id, For::Work).await?;
        if after.is_none() {
            retried.jobs = others(&mut tx, app, caller, id, &problem).await?;
        }
        let rows = stored::affected(&mut tx, caller.project, id, code, after, AT_ONCE).await?;
        for row in &rows {
            retried.links += one_link(&mut tx, app, &reach, row.id).await?;
        }
        let is_last = i64::try_from(rows.len()).is_ok_and(|rows| rows < AT_ONCE);
        let next = rows.last().map(|row| row.id);
        if is_last {
            note(&mut tx, app, caller, id, code).await?;
        }
        live::commit(app, tx, &[connect::change(caller.project, id)]).await?;
        app.work.notify_waiters();
        app.work.notify_one();
        match next {
            Some(next) if !is_last => after = Some(next),
            _ => return Ok(retried),
        }
    }
}

/// Tries one link again, if it still has a problem. Needs an admin.
pub async fn one(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    code: &str,
    link: LinkId,
) -> Result<Retried> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    problems::find(&mut tx, caller, id).await?;
    let row = links::get(&mut tx, caller.project, link).await?;
    let row = row
        .filter(|row| row.connection_id == id)
        .ok_or(AppError::NotFound)?;
    if row.problem.as_deref() != Some(code) {
        // Cured meanwhile.
        return Ok(Retried { links: 0, jobs: 0 });
    }
    let reach = Reach::of(&mut tx, caller.project, id, For::Work).await?;
    let links = one_link(&mut tx, app, &reach, link).await?;
    note(&mut tx, app, caller, id, code).await?;
    live::commit(app, tx, &[connect::change(caller.project, id)]).await?;
    app.work.notify_one();
    Ok(Retried { links, jobs: 0 })
}

async fn note(tx: &mut Tx, app: &App, caller: &Caller, id: ConnectionId, code: &str) -> Result<()> {
    // The code is one that was found, so it is of our own words.
    audit::note(tx, app, caller, "problem.retried", &id.to_string(), code).await
}

/// Enqueues what sets a link right. What is wrong stays on it until it is: only a success takes it away.
async fn one_link(tx: &mut Tx, app: &App, reach: &Reach, id: LinkId) -> Result<i64> {
    let project = reach.project;
    let Some(row) = links::get(tx, project, id).await? else {
        return Ok(0);
    };
    let Some(problem) = row.problem.clone() else {
        return Ok(0);
    };
    prepare(tx, app, project, &row, &problem).await?;
    let Some(row) = links::get(tx, project, id).await? else {
        return Ok(0);
    };
    sync::links::set_right(tx, app, reach, &row).await?;
    Ok(1)
}

/// Takes away what would keep the jobs from trying.
async fn prepare(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    row: &Link,
    problem: &str,
) -> Result<()> {
    let now = app.now();
    if problem == "flip_flop" {
        links::set_problem(tx, project, row.id, None, now).await?;
    }
    // Show it again, whatever the issue showed last.
    links::set_pushed(tx, project, row.id, "", now).await?;
    if row.state == "failed" && row.issue_id.is_none() {
        links::set_state(tx, project, row.id, "creating", now).await?;
    }
    Ok(())
}

/// What is not about a link: the webhook, work that was given up, work that waits for its next attempt.
async fn others(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    problem: &problems::Problem,
) -> Result<i64> {
    let (project, now) = (caller.project, app.now());
    let row = problems::find(tx, caller, id).await?;
    let hook = problems::door(tx, &row).await?;
    if let Some(hook) = &hook
        && hook.problem.as_deref() == Some(problem.code.as_str())
    {
        sync::hooks::order(tx, app, project, hook.id).await?;
    }
    let revived = stored::revive(tx, project, id, &problem.code, now).await?;
    let hurried = if problem.is_whole {
        stored::hurry(tx, project, id, row.hook_id, now).await?
    } else {
        0
    };
    Ok(i64::try_from(revived.saturating_add(hurried)).unwrap_or(i64::MAX))
}
