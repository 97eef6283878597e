//! What the periodic pass does about erasures: those that nobody goes on with, cut short by a crash or never begun.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use upvow_domain::{Caller, GrantId};
use upvow_events::Event;
use upvow_store::{connections, goodbye_steps, jobs as queue};
use upvow_vault::ErasureReason;

use super::{
    carry_out::{LONGEST_TRY, carry_out},
    erase_grant, fence,
    turn::order_turn,
};
use crate::{
    App, Result,
    connect::goodbye::{disconnect, order},
    jobs::Kind,
    privacy::receipt,
};

/// How long a set-up waits to be taken up again: whoever authorises by link and whoever goes on are often two.
const SETUPS_FOR: Duration = Duration::from_hours(7 * 24);

/// How long a grant may be without a connection that names it: far longer than writing one takes.
const UNNAMED_FOR: Duration = Duration::from_hours(1);

/// Erases a grant that no connection uses any more: its account was replaced by another.
pub(crate) async fn forget_unused(app: &App, grant: GrantId) -> Result<()> {
    let used = {
        let mut tx = app.db.read().await?;
        !connections::of_grant(&mut tx, grant).await?.is_empty()
    };
    if !used {
        erase_grant(app, grant, ErasureReason::Disconnect).await?;
    }
    Ok(())
}

/// Erases grants that no connection names: a crash between vault and main database, or a main database restored from
/// before they were connected. Young ones are left: their connection may be about to be written.
async fn forget_unnamed(app: &App) -> Result<()> {
    let old = app
        .vault
        .consented_before(app.now().minus(UNNAMED_FOR))
        .await?;
    let named: HashSet<GrantId> = {
        let mut tx = app.db.read().await?;
        connections::named_grants(&mut tx)
            .await?
            .into_iter()
            .collect()
    };
    for grant in old.into_iter().filter(|grant| !named.contains(grant)) {
        forget_unused(app, grant).await?;
    }
    Ok(())
}

/// Stops what works by a grant that is erased, or about to be: the main database could not be reached then, or is an
/// older copy.
pub(crate) async fn fence_again(app: &App) -> Result<()> {
    let named = {
        let mut tx = app.db.read().await?;
        connections::named_grants(&mut tx).await?
    };
    if named.is_empty() {
        return Ok(());
    }
    let erased: HashMap<GrantId, ErasureReason> =
        app.vault.erased_grants().await?.into_iter().collect();
    for grant in named {
        if let Some(reason) = erased.get(&grant) {
            fence(app, grant, *reason).await?;
        }
    }
    Ok(())
}

/// What must happen even if the main database is lost: after a day what was to be erased is, and no copy of it can be
/// read. Asks the vault and Atlassian only.
pub(crate) async fn overdue(app: &App) -> Result<()> {
    let mut late = false;
    for open in app.vault.open_erasures().await? {
        if app.now().since(open.begun_at) >= LONGEST_TRY {
            carry_out(app, open.grant).await?;
            late = true;
        }
    }
    let waiting = app.vault.epoch().await?.waiting_since;
    let is_due = |since| app.now().since(since) >= app.settings.epoch_turn_within;
    // As a rule a job turns it at once. If none did, there is no database to take one from.
    if late || waiting.is_some_and(is_due) {
        app.vault.turn_epoch(app.now()).await?;
    }
    Ok(())
}

/// Puts up every fence that is missing, goes on with what a crash cut short, ends setups that nobody took up again,
/// and has waiting erasures made final.
pub(crate) async fn resume(app: &App) -> Result<()> {
    for grant in app.vault.suppressed_grants().await? {
        Event::ErasedAgain {}.log();
        erase_grant(app, grant, ErasureReason::Request).await?;
    }
    forget_unnamed(app).await?;
    fence_again(app).await?;
    for open in app.vault.open_erasures().await? {
        // With connections, the job of one of them carries it out.
        if fence(app, open.grant, open.reason).await? == 0 {
            carry_out(app, open.grant).await?;
        }
    }
    let setups_before = app.now().minus(SETUPS_FOR);
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
    tx.commit().await?;
    receipt::make_missing(app).await
}
