//! The periodic pass: looks at how things are, and sets right what no event will.

use std::time::Duration;

use upvow_domain::Time;
use upvow_events::{Event, Gauge};
use upvow_store::{connections, jobs as queue};

use crate::{
    App, Result, audit,
    connect::{grants, revive, trial},
    health::incidents,
    jobs::code_of,
    notices as letters,
    privacy::{erasure, reporting, requests, retention},
    sync,
};

/// A grant that was not used for 90 days ends; this is far below it.
const UNUSED: Duration = Duration::from_hours(30 * 24);

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
        retention::sweep(app, now).await,
        forget_old_key(app).await,
        gauges(app, now).await,
        reporting::pass(app).await,
        incidents::watch(app).await,
        requests::watch::pass(app).await,
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

async fn forget_old_key(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    letters::forget_old_key(&mut tx, app).await?;
    Ok(tx.commit().await?)
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
