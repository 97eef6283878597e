//! A webhook that an administrator of Jira makes by hand, as a second way in: for sites where the app may not register
//! one, and for those who want both. Address and secret are shown once. The secret is in the vault, sealed, under the
//! connection's own number, so that making it anew writes over it and a goodbye finds it whatever happened before.

use upvow_domain::{Caller, ConnectionId, HookId, Role, Scope, Time, secret::WebhookToken};
use upvow_store::{admin_hooks, connections};

use crate::{
    App, AppError, Result,
    access::need,
    audit, connect, live, random,
    sync::reconcile::{self, Cause},
};

/// A webhook made by hand.
#[derive(Debug, Clone)]
pub struct AdminHook {
    /// When its address and secret were made.
    pub made_at: Time,
    /// When something last came in by it.
    pub last_event_at: Option<Time>,
}

/// What to enter in Jira, shown once.
pub struct Made {
    /// The address; its last part is a secret.
    pub url: WebhookToken,
    /// The secret that Jira signs with.
    pub secret: WebhookToken,
}

/// The events to tick in Jira, in Jira's words.
pub const EVENTS: [&str; 2] = ["Issue: updated", "Issue: deleted"];

const DOOR: &str = "/hooks/jira-admin/";

/// The vault's name for the secret of a connection's webhook.
pub(crate) fn id_of(connection: ConnectionId) -> HookId {
    HookId::new(connection.uuid())
}

/// The connection's webhook made by hand, if it has one. Needs an admin.
pub async fn get(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
) -> Result<Option<AdminHook>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    connections::get(&mut tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let found = admin_hooks::get(&mut tx, caller.project, connection).await?;
    Ok(found.map(|row| AdminHook {
        made_at: row.made_at,
        last_event_at: row.last_event_at,
    }))
}

/// Makes address and secret, in place of those there were: what is signed with the old secret is refused from now on.
/// Needs an admin.
pub async fn make(app: &App, caller: &Caller, connection: ConnectionId) -> Result<Made> {
    need(caller, Role::Admin, Scope::Admin)?;
    let was_there = {
        let mut tx = app.db.read().await?;
        is_at_work(&mut tx, caller, connection).await?;
        admin_hooks::get(&mut tx, caller.project, connection)
            .await?
            .is_some()
    };
    let (token, secret) = (random::secret(), WebhookToken::new(random::secret()));
    let (id, now) = (id_of(connection), app.now());
    app.vault.keep_hook(id, &secret, now).await?;

    let mut tx = app.db.write().await?;
    is_at_work(&mut tx, caller, connection).await?;
    let hash = random::hash(&token);
    admin_hooks::set(&mut tx, caller.project, connection, id, hash, now).await?;
    let action = if was_there {
        // What comes until Jira knows the new secret is refused.
        reconcile::begin(&mut tx, app, caller.project, connection, Cause::WebhookGap).await?;
        "connection.admin_webhook_rotated"
    } else {
        "connection.admin_webhook_made"
    };
    audit::note(&mut tx, app, caller, action, &connection.to_string(), "").await?;
    live::commit(app, tx, &[connect::change(caller.project, connection)]).await?;
    Ok(Made {
        url: WebhookToken::new(app.settings.address(&[DOOR, &token].concat())),
        secret,
    })
}

/// Closes the door and erases the secret; without one nothing happens. Needs an admin.
pub async fn remove(app: &App, caller: &Caller, connection: ConnectionId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    connections::get(&mut tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    if !admin_hooks::delete(&mut tx, caller.project, connection).await? {
        return Ok(());
    }
    let (action, subject) = ("connection.admin_webhook_removed", connection.to_string());
    audit::note(&mut tx, app, caller, action, &subject, "").await?;
    live::commit(app, tx, &[connect::change(caller.project, connection)]).await?;
    app.vault.drop_hook(id_of(connection)).await?;
    Ok(())
}

async fn is_at_work(
    tx: &mut upvow_db::Tx,
    caller: &Caller,
    connection: ConnectionId,
) -> Result<()> {
    let found = connections::get(tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    if matches!(found.state.as_str(), "active" | "needs_reconnect") {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "not_connected",
        message: "This connection is not at work. Finish its set-up first.".to_owned(),
    })
}
