//! What follows from an answer. A closed account is erased by the one path there is, once all of its cycle have
//! answered; if too many were closed at once, they wait for a person.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{ConnectionId, GrantId, ProjectId};
use upvow_events::{Counter, Event};
use upvow_store::{
    account_acts::{self, NewAct},
    account_reports as stored, connections,
};

use super::{action, answer, batch, cycle};
use crate::{
    App, Result,
    health::incidents,
    jobs::code_of,
    privacy::erasure::{self, ErasureReason},
};

/// An answer waits no longer than this for the others of its cycle.
const WAITS_FOR: Duration = Duration::from_hours(1);
/// A question that a person ordered has no answer after this: its process ended.
const ANSWERS_WITHIN: Duration = Duration::from_mins(5);

/// Closed accounts whose cycle is through are erased, or held if they are too many.
pub(super) async fn decide(app: &App) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    let waiting = stored::at_action(&mut tx, action::WAITING).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let cycle = batch::cycle_of(app, &stored::standing(&mut tx).await?);
    let since = now.minus(cycle + cycle::margin(cycle));
    let (closed, all) = stored::closed_of_all(&mut tx, since).await?;
    let held = cycle::is_too_many(closed, all);
    if held {
        Event::AccountsHeld { closed, all }.log();
    }
    for row in waiting {
        let next = if held { action::HELD } else { action::ERASING };
        if !stored::set_action(&mut tx, row.grant_id, action::WAITING, next).await? {
            continue;
        }
        if held {
            note(&mut tx, app, row.grant_id, answer::CLOSED, next).await?;
        } else {
            tell(&mut tx, app, row.grant_id).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Goes on with what was decided, however often it was cut short.
pub(crate) async fn take_up(app: &App) -> Result<()> {
    let (erasing, is_late) = {
        let mut tx = app.db.read().await?;
        let waiting = stored::at_action(&mut tx, action::WAITING).await?;
        let before = app.now().minus(WAITS_FOR);
        let is_late = waiting
            .iter()
            .any(|row| row.answered_at.is_none_or(|at| at < before));
        (stored::at_action(&mut tx, action::ERASING).await?, is_late)
    };
    let mut first = Ok(());
    for row in erasing {
        let erased = erase(app, row.grant_id).await;
        if let Err(error) = &erased {
            let error = code_of(error).into();
            Event::AccountNotErased { error }.log();
        }
        first = first.and(erased);
    }
    if is_late {
        Box::pin(decide(app)).await?;
    }
    let mut tx = app.db.write().await?;
    stored::hold_left(&mut tx, app.now().minus(ANSWERS_WITHIN)).await?;
    tx.commit().await?;
    first
}

/// Has the account erased everywhere; may be done twice.
async fn erase(app: &App, grant: GrantId) -> Result<()> {
    let users = {
        let mut tx = app.db.read().await?;
        connections::of_grant(&mut tx, grant).await?
    };
    erasure::erase_grant(app, grant, ErasureReason::ClosedAccount).await?;
    let mut tx = app.db.write().await?;
    for user in &users {
        act(
            &mut tx,
            app,
            (user.project_id, user.id),
            answer::CLOSED,
            action::ERASED,
        )
        .await?;
    }
    stored::set_action(&mut tx, grant, action::ERASING, action::ERASED).await?;
    stored::set_gone(&mut tx, grant, app.now()).await?;
    Counter::AccountsErased {}.add();
    Ok(tx.commit().await?)
}

/// Whoever runs the projects of this account's connections hears that somebody else has to connect.
pub(super) async fn tell(tx: &mut Tx, app: &App, grant: GrantId) -> Result<()> {
    for row in connections::of_grant(tx, grant).await? {
        incidents::account_closed(tx, app, &row).await?;
        act(
            tx,
            app,
            (row.project_id, row.id),
            answer::CLOSED,
            action::ERASING,
        )
        .await?;
    }
    Ok(())
}

/// Notes what came of an answer, for each connection of the account.
pub(super) async fn note(
    tx: &mut Tx,
    app: &App,
    grant: GrantId,
    answer: &str,
    action: &str,
) -> Result<()> {
    for row in connections::of_grant(tx, grant).await? {
        act(tx, app, (row.project_id, row.id), answer, action).await?;
    }
    Ok(())
}

async fn act(
    tx: &mut Tx,
    app: &App,
    of: (ProjectId, ConnectionId),
    answer: &str,
    action: &str,
) -> Result<()> {
    let act = NewAct {
        id: app.fresh_id(),
        project: of.0,
        connection: of.1,
        answer,
        action,
        at: app.now(),
    };
    Ok(account_acts::insert(tx, &act).await?)
}
