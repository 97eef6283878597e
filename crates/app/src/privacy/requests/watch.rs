//! What goes on by itself: clocks and their alarms, erasures that become final, copies that nobody fetched.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, CaseId, ProjectId, deadlines::Kind};
use upvow_store::cases::{self as stored, alarms, exports};

use super::{
    State, act, ceiling_used, clock_of, happened, letters, public::receipts, term_of, trip,
};
use crate::{
    App, AppError, Result, audit,
    jobs::{self, Claim, Order, Trouble, Turn},
    privacy::erasure::{self, carry_out::carry_out, turn::order_turn},
};

/// When an alarm is raised: so much of the time is used up.
const ALARMS: [u32; 3] = [50, 80, 95];
/// A verified case is carried out at once; one that still waits after this was cut short.
const CUT_SHORT: Duration = Duration::from_mins(2);
/// How long until an erasure that is under way is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// How many cases are looked at in one piece.
const PAGE: i64 = 100;

/// For the periodic pass.
pub(crate) async fn pass(app: &App) -> Result<()> {
    let mut after = None;
    loop {
        let rows = {
            let mut tx = app.db.read().await?;
            stored::all_open(&mut tx, after, PAGE).await?
        };
        for row in &rows {
            go_on(app, row).await?;
            sound(app, row).await?;
        }
        match rows.last() {
            Some(last) => after = Some(last.id),
            None => break,
        }
    }
    Ok(())
}

/// Takes a case as far as it goes by itself.
async fn go_on(app: &App, row: &stored::Case) -> Result<()> {
    if row.state == State::Working.name() {
        let begun = receipts(app, row.id).await?;
        if begun.iter().any(|one| one.final_at.is_none()) {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        close(&mut tx, app, row.id, "erased").await?;
        return Ok(tx.commit().await?);
    }
    if row.state != State::Verified.name() {
        return Ok(());
    }
    if row.kind == Kind::Export.name() {
        let mut tx = app.db.write().await?;
        if !exports::waits(&mut tx, row.id, app.now()).await? {
            close(&mut tx, app, row.id, "copy_not_fetched").await?;
        }
        return Ok(tx.commit().await?);
    }
    // A deletion that the end of the program cut short between the case and the erasure.
    if row
        .verified_at
        .is_some_and(|at| app.now().since(at) < CUT_SHORT)
    {
        return Ok(());
    }
    let acted = match (&row.cloud_id, row.grant_id, row.person_id) {
        (Some(cloud), ..) => act::of_site(app, cloud).await?,
        (None, Some(grant), Some(_)) => act::of_project(app, row.project_id, grant).await?,
        (None, Some(grant), None) => act::of_grant(app, grant).await?,
        (None, None, _) => act::Acted::default(),
    };
    trip::note(app, row.id, &acted).await
}

/// Raises the alarms that are due; of several at once only the gravest is written about.
async fn sound(app: &App, row: &stored::Case) -> Result<()> {
    let now = app.now();
    let (term, clock) = (term_of(row)?, clock_of(row));
    let stands = term.pauses && row.paused_at.is_some();
    let law = (!stands).then(|| clock.used(&term, now));
    for (name, used) in [("law", law), ("ceiling", ceiling_used(row, now))] {
        let Some(used) = used.filter(|used| *used >= ALARMS[0]) else {
            continue;
        };
        let mut tx = app.db.write().await?;
        let still = stored::find(&mut tx, row.id).await?;
        if still.is_none_or(|still| still.closed_at.is_some()) {
            return Ok(());
        }
        let mut gravest = None;
        for percent in ALARMS.into_iter().filter(|percent| used >= *percent) {
            if alarms::raise(&mut tx, row.id, name, i64::from(percent), now).await? {
                gravest = Some(percent);
            }
        }
        if let Some(percent) = gravest {
            let kind = format!("{name}_{percent}");
            happened(&mut tx, app, row.id, "alarm", &kind).await?;
            letters::to_owners(&mut tx, app, row, &kind).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// A case is through. Its last line says what became of it.
pub(super) async fn close(tx: &mut Tx, app: &App, id: CaseId, result: &str) -> Result<()> {
    let found = stored::find(tx, id).await?.ok_or(AppError::NotFound)?;
    if !stored::close(tx, id, State::Done.name(), None, Some(result), app.now()).await? {
        return Ok(());
    }
    happened(tx, app, id, "done", result).await?;
    let caller = Caller::program(found.project_id);
    audit::note(tx, app, &caller, "request.done", &id.to_string(), result).await?;
    letters::to_asker(tx, app, id, "done").await
}

/// Enqueues the job that carries a case out.
pub(super) async fn order(tx: &mut Tx, app: &App, project: ProjectId, id: CaseId) -> Result<()> {
    let order = Order {
        kind: jobs::Kind::CarryOutCase,
        subject: id.stored(),
        lane: format!("case:{}", id.stored()),
        project,
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// The job: goes on with what the case erases, has it made final, and closes the case. Whoever asked is waiting; the
/// periodic pass would do the same a little later.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: CaseId = claim.subject()?;
    let begun = {
        let mut tx = app.db.read().await?;
        stored::erasures::list(&mut tx, id).await?
    };
    for open in app.vault.open_erasures().await? {
        // With connections, the job of one of them carries it out.
        if begun.contains(&open.id) && erasure::fence(app, open.grant, open.reason).await? == 0 {
            carry_out(app, open.grant).await?;
        }
    }
    let is_turn_due = app.vault.epoch().await?.erasures_waiting > 0;
    let mut tx = app.db.write().await?;
    let row = stored::find(&mut tx, id).await?.ok_or(Trouble::Moot)?;
    if is_turn_due {
        order_turn(&mut tx, app, row.project_id).await?;
    }
    tx.commit().await?;
    go_on(app, &row).await?;
    let mut tx = app.db.write().await?;
    let still = stored::find(&mut tx, id).await?;
    if still.is_some_and(|still| still.closed_at.is_none()) {
        return Err(Trouble::At {
            code: "erasure_under_way",
            at: app.now().plus(LOOK_AGAIN),
        });
    }
    claim.finish(app, tx, &[]).await
}
