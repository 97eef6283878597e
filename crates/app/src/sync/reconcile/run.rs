//! The job: a hundred links a step, one call a step, and what differs is handed to the lanes of its issues.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use upvow_db::Tx;
use upvow_domain::{ReconcileId, jira::IssueId};
use upvow_jira::{Issue, JiraError};
use upvow_store::{
    connections, jobs as queue,
    jobs::Job,
    links,
    links::Followed,
    reconciles::{self, Compared, Found, Reconcile},
};

use super::{
    compare::{Verdict, is_behind, verdict},
    order,
};
use crate::{
    App, Result, connect,
    connect::{
        grants::CallError,
        limits,
        reach::{For, Reach},
    },
    jobs::{Claim, Kind, Trouble, Turn},
    sync::{follow, hooks as doors, links as synced},
};

/// What Jira reads at once.
const STEP: i64 = 100;
/// Live work that is due for longer than this goes first.
const LAGS: Duration = Duration::from_secs(1);
/// How long a step waits for live work at a time...
const GIVES_WAY_FOR: Duration = Duration::from_secs(2);
/// ...and how long in all.
const GIVES_WAY_UP_TO: Duration = Duration::from_mins(1);

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: ReconcileId = claim.subject()?;
    let project = claim.job.project_id;
    let (row, reach, step) = {
        let mut tx = app.db.read().await?;
        let row = reconciles::get(&mut tx, project, id)
            .await?
            .filter(|row| row.state == "running")
            .ok_or(Trouble::Moot)?;
        let reach = Reach::of(&mut tx, project, row.connection_id, For::Work).await?;
        give_way(&mut tx, app, &row, &reach).await?;
        let step = next(&mut tx, &row).await?;
        (row, reach, step)
    };
    let asked: BTreeSet<IssueId> = step
        .iter()
        .filter_map(|link| link.issue_id.clone())
        .collect();
    let read = read(app, &reach, asked.into_iter().collect()).await?;
    // At the end, whether the site still goes by the same name and address.
    let site = match step.last() {
        Some(_) => None,
        None => {
            reach
                .call(app, |at| async move { at.entry().await })
                .await?
        }
    };

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let change = connect::change(project, row.connection_id);
    let Some(last) = step.last().map(|link| link.id) else {
        if let Some(site) = site {
            let (name, url) = (&site.name, &site.url);
            let id = row.connection_id;
            connections::set_site_labels(&mut tx, project, id, name, url, app.now()).await?;
        }
        reconciles::end(&mut tx, project, id, "done", None, app.now()).await?;
        return claim.finish(app, tx, &[change]).await;
    };
    // Read again: meanwhile a webhook may have been faster, or a link ended.
    let mut fresh = next(&mut tx, &row).await?;
    fresh.retain(|link| link.id <= last);
    let mut found = Found::default();
    let mut was_missed = None;
    for link in &fresh {
        found.compared += 1;
        let Some(issue) = &link.issue_id else {
            make(&mut tx, app, &reach, link).await?;
            continue;
        };
        let seen = match read.get(issue) {
            Some(Seen::As(issue)) => Some(issue.as_ref()),
            Some(Seen::Not) => None,
            Some(Seen::Unreadable) => {
                found.failed += 1;
                continue;
            }
            // Made since: it will be read by its own job.
            None => continue,
        };
        let verdict = verdict(link, seen, app.now());
        match verdict {
            Verdict::Same => {}
            Verdict::Changed { missed } => {
                found.changed += 1;
                if let (true, Some(issue)) = (missed, seen) {
                    was_missed = was_missed.max(Some(issue.updated));
                }
            }
            Verdict::Gone { .. } => found.gone += 1,
        }
        set_right(&mut tx, app, &reach, &row, link, verdict).await?;
    }
    let now = app.now();
    reconciles::set_compared(
        &mut tx,
        project,
        row.connection_id,
        &row.after_link,
        last,
        now,
    )
    .await?;
    if !reconciles::advance(&mut tx, &row, last, found, now).await? {
        // Paused, cancelled or begun anew meanwhile. Whoever did that ordered what follows.
        return Err(Trouble::Moot);
    }
    if let Some(at) = was_missed {
        doors::was_silent(&mut tx, app, &reach, at).await?;
    }
    order(&mut tx, app, project, row.connection_id, id, now).await?;
    claim.finish(app, tx, &[change]).await
}

/// What is written when the job is given up.
pub(crate) async fn given_up(tx: &mut Tx, app: &App, job: &Job, code: &str) -> Result<()> {
    if let Some(id) = ReconcileId::from_stored(&job.subject) {
        reconciles::end(tx, job.project_id, id, "failed", Some(code), app.now()).await?;
    }
    Ok(())
}

async fn next(tx: &mut Tx, row: &Reconcile) -> Result<Vec<Compared>> {
    let (project, connection) = (row.project_id, row.connection_id);
    Ok(reconciles::links(tx, project, connection, &row.after_link, STEP).await?)
}

/// Live work goes first, but not for ever; and what is left of Jira's points is for live work.
async fn give_way(tx: &mut Tx, app: &App, row: &Reconcile, reach: &Reach) -> Result<(), Trouble> {
    let now = app.now();
    if let Some(at) = limits::background_waits(tx, &reach.cloud, now).await? {
        return Err(Trouble::At {
            code: "limit_near",
            at,
        });
    }
    if now.since(row.updated_at) < GIVES_WAY_UP_TO
        && queue::is_other_due(tx, Kind::Reconcile.name(), now.minus(LAGS)).await?
    {
        return Err(Trouble::At {
            code: "live_work_first",
            at: now.plus(GIVES_WAY_FOR),
        });
    }
    Ok(())
}

/// What a read said of an issue.
enum Seen {
    As(Box<Issue>),
    Not,
    /// Jira's answer about it makes no sense.
    Unreadable,
}

/// Reads issues, all in one call. If the answer makes no sense, halves are asked for, so that one poisoned issue costs
/// some calls and not the others.
async fn read(
    app: &App,
    reach: &Reach,
    asked: Vec<IssueId>,
) -> Result<BTreeMap<IssueId, Seen>, CallError> {
    let mut seen = BTreeMap::new();
    let mut open = vec![asked];
    while let Some(some) = open.pop() {
        if some.is_empty() {
            continue;
        }
        let ids = &some;
        let bulk = reach
            .call(app, |at| async move { at.site().issues(ids).await })
            .await;
        match bulk {
            Ok(bulk) => {
                let found = bulk.found.into_iter();
                seen.extend(found.map(|issue| (issue.id.clone(), Seen::As(Box::new(issue)))));
                seen.extend(bulk.missing.into_iter().map(|id| (id, Seen::Not)));
            }
            Err(CallError::Jira(JiraError::Malformed | JiraError::TooLarge)) => {
                let mut some = some;
                let rest = some.split_off(some.len() / 2);
                if some.is_empty() {
                    seen.extend(rest.into_iter().map(|id| (id, Seen::Unreadable)));
                } else {
                    open.extend([some, rest]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(seen)
}

/// A link whose issue is still to be made: its job may have ended with a connection that is back now.
async fn make(tx: &mut Tx, app: &App, reach: &Reach, link: &Compared) -> Result<()> {
    let kind = Kind::CreateIssue.name();
    if link.state != "creating" || queue::is_live(tx, kind, &link.id.stored()).await? {
        return Ok(());
    }
    match links::get(tx, reach.project, link.id).await? {
        Some(link) => synced::set_right(tx, app, reach, &link).await,
        None => Ok(()),
    }
}

/// Hands a link to the lane of its issue, as far as anything has to be done.
async fn set_right(
    tx: &mut Tx,
    app: &App,
    reach: &Reach,
    row: &Reconcile,
    link: &Compared,
    verdict: Verdict,
) -> Result<()> {
    let Some(issue_id) = link.issue_id.clone() else {
        return Ok(());
    };
    let followed = Followed {
        id: link.id,
        connection_id: reach.connection,
        cloud_id: reach.cloud.clone(),
        issue_id,
        pushed_at: None,
    };
    let project = reach.project;
    let is_here = !matches!(verdict, Verdict::Gone { .. });
    let reads = match verdict {
        Verdict::Same => row.applies,
        Verdict::Changed { .. } => true,
        Verdict::Gone { is_news } => is_news,
    };
    if reads {
        if row.applies && is_here {
            reconciles::forget_status(tx, project, link.id).await?;
        }
        follow::read(tx, app, project, &followed).await?;
    }
    // What the board wanted while nobody could write to Jira. A rule that was just saved speaks for Jira's side.
    if is_here && !row.applies && (row.cause == "reconnected" || is_behind(link)) {
        follow::move_issue(tx, app, project, &followed).await?;
    }
    if is_here {
        // Costs no call if it shows what it should.
        follow::show(tx, app, project, &followed).await?;
    }
    Ok(())
}
