//! A connection that gets its grant back, or another one.

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, GrantId, ProjectId};
use upvow_store::{connect_attempts::Attempt, connections};
use upvow_vault::NewGrant;

use crate::{
    App, AppError, Result, audit,
    connect::{
        goodbye,
        oauth::{ended, keep},
    },
    live,
    sync::{
        hooks,
        reconcile::{self, Cause},
    },
};

pub(super) async fn reconnect(
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    id: ConnectionId,
    grant: NewGrant,
) -> Result<ConnectionId> {
    let found = {
        let mut tx = app.db.read().await?;
        connections::get(&mut tx, caller.project, id)
            .await?
            .ok_or(AppError::NotFound)?
    };
    let old = found.grant_id.ok_or_else(ended)?;
    let same = app.vault.account_is(old, &grant.account).await?;
    // A vault that was started over cannot say whose grant it was: then it is the admin's word, and the site's check.
    let known = app
        .vault
        .open_grant(old)
        .await
        .is_ok_and(|grant| grant.is_some());
    if !same && known && found.state != "setup" {
        return Err(AppError::Conflict {
            code: "another_account",
            message: "This is another Atlassian account than the one that connected. Sign in at Atlassian with the first one, or disconnect and connect anew."
                .to_owned(),
        });
    }
    if !known
        && let Some(cloud) = &found.cloud_id
        && !app
            .jira()?
            .accessible_sites(&grant.access)
            .await?
            .iter()
            .any(|site| site.cloud_id == *cloud)
    {
        return Err(AppError::Conflict {
            code: "another_site",
            message: "This account cannot reach the connected site. Use an account that can, or disconnect and connect anew."
                .to_owned(),
        });
    }
    let kept = keep(app, app.fresh_id(), grant).await?;

    let hook = match &found.cloud_id {
        Some(cloud) if kept != old && found.state != "setup" => {
            Some(hooks::prepare(app, kept, cloud).await?)
        }
        _ => None,
    };

    let now = app.now();
    let mut tx = app.db.write().await?;
    connections::set_grant(&mut tx, caller.project, id, kept, attempt.consent_id, now).await?;
    if kept != old && found.state == "setup" {
        connections::forget_site(&mut tx, caller.project, id, now).await?;
    }
    if let Some(hook) = hook {
        connections::set_hook(&mut tx, caller.project, id, hook, now).await?;
    }
    revive(&mut tx, app, caller.project, id).await?;
    revive_others(&mut tx, app, kept, id).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.reconnected",
        &id.to_string(),
        "",
    )
    .await?;
    live::commit(app, tx, &[super::change(caller.project, id)]).await?;
    app.work.notify_one();
    if kept != old {
        goodbye::forget_unused(app, old).await?;
    }
    Ok(id)
}

/// A connection that waited for a grant is at work again, and everything on it is compared.
async fn revive(tx: &mut Tx, app: &App, project: ProjectId, id: ConnectionId) -> Result<()> {
    connections::set_state(tx, project, id, "needs_reconnect", "active", app.now()).await?;
    hooks::look_after_active(tx, app, project, id).await?;
    reconcile::begin(tx, app, project, id, Cause::Reconnected).await
}

/// The same account serves other connections, too: one consent revives all of them.
pub(super) async fn revive_others(
    tx: &mut Tx,
    app: &App,
    grant: GrantId,
    but: ConnectionId,
) -> Result<()> {
    for other in connections::of_grant(tx, grant).await? {
        if other.id != but && other.state == "needs_reconnect" {
            connections::set_problem(tx, other.project_id, other.id, None, app.now()).await?;
            revive(tx, app, other.project_id, other.id).await?;
        }
    }
    Ok(())
}
