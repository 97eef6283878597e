//! The periodic pass: looks at how things are, and sets right what no event will.

use std::time::Duration;

use upvow_domain::Time;
use upvow_events::{Event, Gauge};
use upvow_store::{
    attempts, connect_attempts, connect_invites, connections, incidents as stored, jobs as queue,
    notices, pauses, signals,
};

use crate::{
    App, Result, audit,
    connect::{grants, revive, trial},
    health::incidents,
    jobs::code_of,
    notices as letters,
    privacy::erasure,
    sync,
};

/// A grant that was not used for 90 days ends; this is far below it.
const UNUSED: Duration = Duration::from_hours(30 * 24);
/// A round trip that ended is looked up no more, but a late return still hears why.
const TRIPS_FOR: Duration = Duration::from_hours(24);
/// How long a link that asked for an authorisation can be looked at once it is over.
const INVITES_FOR: Duration = Duration::from_hours(30 * 24);
/// How long an incident that is over is remembered.
const INCIDENTS_FOR: Duration = Duration::from_hours(90 * 24);
/// How long a job that was given up can be looked at.
const DEAD_JOBS_FOR: Duration = Duration::from_hours(30 * 24);
/// How long members can see which notices went out.
const NOTICES_FOR: Duration = Duration::from_hours(90 * 24);

/// One pass. Each part is tried even if another fails; the first failure is told.
pub(crate) async fn run(app: &App) -> Result<()> {
    let now = app.now();
    let results = [
        erasure::pass::overdue(app).await,
        erasure::pass::resume(app).await,
        revive::forget_undecided(app).await,
        trial::resume(app).await,
        sync::hooks::pass(app).await,
        sync::reconcile::pass(app).await,
        keep_alive(app).await,
        audit::pass(app).await,
        sweep(app, now).await,
        gauges(app, now).await,
        incidents::watch(app).await,
    ];
    let mut first = Ok(());
    for result in results {
        if let Err(error) = &result {
            let error = code_of(error).into();
            Event::PassPart { error }.log();
        }
        first = first.and(result);
    }
    first
}

async fn keep_alive(app: &App) -> Result<()> {
    if app.jira.is_none() {
        return Ok(());
    }
    let used = {
        let mut tx = app.db.read().await?;
        connections::grants(&mut tx).await?
    };
    for grant in used {
        grants::keep_alive(app, grant, UNUSED).await?;
    }
    Ok(())
}

async fn sweep(app: &App, now: Time) -> Result<()> {
    let mut tx = app.db.write().await?;
    pauses::sweep(&mut tx, now).await?;
    signals::sweep(&mut tx, now.minus(app.settings.signals_for)).await?;
    connect_attempts::sweep(&mut tx, now.minus(TRIPS_FOR)).await?;
    connect_invites::sweep(&mut tx, now.minus(INVITES_FOR)).await?;
    queue::sweep(&mut tx, now.minus(DEAD_JOBS_FOR)).await?;
    notices::sweep(&mut tx, now.minus(NOTICES_FOR)).await?;
    attempts::sweep(&mut tx, now.minus(app.settings.attempts_for)).await?;
    stored::sweep(&mut tx, now.minus(INCIDENTS_FOR)).await?;
    letters::forget_old_key(&mut tx, app).await?;
    tx.commit().await?;
    app.vault.sweep(now).await?;
    Ok(())
}

async fn gauges(app: &App, now: Time) -> Result<()> {
    let mut tx = app.db.read().await?;
    let depth = queue::depth(&mut tx).await?;
    let waits = depth.oldest.map_or(Duration::ZERO, |at| now.since(at));
    Gauge::JobsLive {}.set(count(depth.live));
    Gauge::JobsDead {}.set(count(depth.dead));
    Gauge::JobsOldest {}.set(waits.as_secs_f64());
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a queue is far shorter than 2^52"
)]
fn count(number: i64) -> f64 {
    number as f64
}
