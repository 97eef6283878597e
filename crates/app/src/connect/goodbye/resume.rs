//! Goodbyes that nobody says any more: cut short by a crash, or never begun.

use std::{collections::HashSet, time::Duration};

use upvow_domain::{Caller, GrantId};
use upvow_store::{connections, goodbye_steps, hooks, jobs as queue};
use upvow_vault::{ErasureReason, Revocation};

use super::{
    disconnect,
    farewell::{self, Webhooks},
    leave::LONGEST_TRY,
    order, stop,
    turn::order_turn,
};
use crate::{App, Result, jobs::Kind};

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
        let reason = ErasureReason::Disconnect;
        app.vault
            .begin_erasure(app.fresh_id(), grant, reason, app.now())
            .await?;
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

/// What the periodic pass does about goodbyes: goes on with those that a crash cut short, ends setups that nobody
/// took up again, and has waiting erasures made final.
pub(crate) async fn resume(app: &App) -> Result<()> {
    forget_unnamed(app).await?;
    for open in app.vault.open_erasures().await? {
        let users = {
            let mut tx = app.db.read().await?;
            connections::of_grant(&mut tx, open.grant).await?
        };
        if users.is_empty() {
            let mut key = farewell::key(app, open.grant, true).await?;
            let patience = app.now().since(open.begun_at) < LONGEST_TRY;
            let left = farewell::delete_all_webhooks(app, open.grant, &mut key).await?;
            if left == Webhooks::NotReached && patience {
                continue;
            }
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
