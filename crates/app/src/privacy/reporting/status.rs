//! How the reporting stands: for the operator, for the health of a connection, and for Prometheus.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::Time;
use upvow_events::Gauge;
use upvow_store::{account_reports as stored, connections::Connection};

use super::{action, batch, cycle};
use crate::{App, Result};

/// How the reporting stands.
#[derive(Debug, Clone)]
pub struct Status {
    /// How often each account is reported.
    pub cycle: Duration,
    /// How many accounts are kept.
    pub accounts: i64,
    /// When somebody is due next.
    pub next_at: Option<Time>,
    /// When anything was last asked.
    pub asked_at: Option<Time>,
    /// Atlassian asked us to wait until then.
    pub paused_until: Option<Time>,
    /// A code of what keeps it from being done.
    pub problem: Option<String>,
    /// Since when.
    pub problem_at: Option<Time>,
    /// When Atlassian last named accounts that were not asked about.
    pub foreign_at: Option<Time>,
    /// How many accounts should have been asked about, or answered, before.
    pub overdue: i64,
    /// How many closed accounts wait for a person.
    pub held: i64,
    /// How many closed accounts are being erased.
    pub erasing: i64,
}

/// How the reporting stands, for the operator.
pub async fn status(app: &App) -> Result<Status> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let standing = stored::standing(&mut tx).await?;
    let cycle = batch::cycle_of(app, &standing);
    let (late, unknown) = (
        cycle::late_before(now, cycle),
        cycle::unknown_before(now, cycle),
    );
    Ok(Status {
        cycle,
        accounts: stored::count(&mut tx).await?,
        next_at: stored::next_due(&mut tx).await?,
        overdue: stored::count_overdue(&mut tx, late, unknown).await?,
        held: stored::count_at(&mut tx, action::HELD).await?,
        erasing: stored::count_at(&mut tx, action::ERASING).await?,
        asked_at: standing.asked_at,
        paused_until: standing.paused_until.filter(|until| *until > now),
        problem: standing.problem,
        problem_at: standing.problem_at,
        foreign_at: standing.foreign_at,
    })
}

/// Asks about everybody who may be asked about now, without waiting for the time that was drawn, and never more often
/// than the cycle. For the operator; gives how many that are.
pub async fn hurry(app: &App) -> Result<u64> {
    app.jira()?;
    batch::follow_vault(app).await?;
    let now = app.now();
    let mut tx = app.db.write().await?;
    let standing = stored::standing(&mut tx).await?;
    let before = cycle::ready_before(now, batch::cycle_of(app, &standing));
    let ready = stored::hurry(&mut tx, before, now).await?;
    batch::order_at(&mut tx, app, now).await?;
    tx.commit().await?;
    Ok(ready)
}

/// What is wrong with the reporting of a connection's account: codes, and since when.
pub(crate) async fn problems(
    tx: &mut Tx,
    row: &Connection,
    now: Time,
) -> Result<Vec<(&'static str, Time)>> {
    let Some(grant) = row.grant_id else {
        return Ok(vec![]);
    };
    let Some(report) = stored::get(tx, grant).await? else {
        return Ok(vec![]);
    };
    let standing = stored::standing(tx).await?;
    let cycle = batch::said(&standing).unwrap_or(cycle::USUAL);
    let mut found = Vec::new();
    if matches!(
        report.action.as_str(),
        action::HELD | action::APPROVED | action::ASKING_AGAIN
    ) {
        found.push(("report_held", report.answered_at.unwrap_or(now)));
    }
    let known_at = report.answered_at.unwrap_or(report.fetched_at);
    if report.due_at < cycle::late_before(now, cycle) {
        found.push(("report_overdue", report.due_at));
    } else if known_at < cycle::unknown_before(now, cycle) {
        found.push(("report_overdue", known_at));
    }
    if standing.problem.as_deref() == Some("report_scope_missing") {
        found.push(("report_scope_missing", standing.problem_at.unwrap_or(now)));
    }
    if let Some(at) = standing.foreign_at
        && standing.reporter_grant_id == Some(grant)
        && now.since(at) < cycle
    {
        found.push(("report_foreign", at));
    }
    Ok(found)
}

/// The figures. An account that is overdue is worth an alarm long before Atlassian asks.
pub(crate) async fn measure(app: &App) -> Result<()> {
    let told = status(app).await?;
    for (state, number) in [
        ("kept", told.accounts),
        ("overdue", told.overdue),
        ("held", told.held),
        ("erasing", told.erasing),
    ] {
        let state = state.into();
        Gauge::Accounts { state }.set(float(number));
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are far fewer accounts than 2^52"
)]
fn float(number: i64) -> f64 {
    number as f64
}
