//! The keys and secrets of a server: how old each is, when another is advised, and another in its place while the server
//! runs. A command does it through what it shares with the server: the key folder, the databases, the secret's file. Every
//! node looks there, so nobody has to be told.

use std::time::Duration;

use upvow_domain::{
    Caller, Time,
    secret::{ApiSecret, WebhookToken},
};
use upvow_store::{connections, hooks, key_changes, projects};

use crate::{App, Result, audit, random, sync};

/// What can be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Wraps the other keys of the vault.
    Root,
    /// Seals the vault's records.
    Epoch,
    /// Signs receipts and checkpoints.
    Signing,
    /// The secret parts of the addresses that Jira delivers to.
    Webhooks,
    /// The OAuth app's secret.
    ClientSecret,
    /// What browsers are known by.
    Sessions,
    /// Signs the addresses in letters that end mail.
    MailLinks,
    /// What `/metrics` asks for.
    MetricsToken,
    /// Finds tombstones. It cannot be replaced: the accounts it was made of are known to nobody any more.
    Suppression,
}

impl Key {
    /// All of them, in the order of the list.
    pub const ALL: [Key; 9] = [
        Key::Root,
        Key::Epoch,
        Key::Signing,
        Key::Webhooks,
        Key::ClientSecret,
        Key::Sessions,
        Key::MailLinks,
        Key::MetricsToken,
        Key::Suppression,
    ];

    /// Its name, on the command line and in the trail.
    pub const fn name(self) -> &'static str {
        match self {
            Key::Root => "root",
            Key::Epoch => "epoch",
            Key::Signing => "signing",
            Key::Webhooks => "webhooks",
            Key::ClientSecret => "client-secret",
            Key::Sessions => "sessions",
            Key::MailLinks => "mail-links",
            Key::MetricsToken => "metrics-token",
            Key::Suppression => "suppression",
        }
    }

    /// What it is for, in a few words.
    pub const fn purpose(self) -> &'static str {
        match self {
            Key::Root => "wraps the keys of the vault",
            Key::Epoch => "seals the vault; another one after every erasure",
            Key::Signing => "signs receipts and checkpoints",
            Key::Webhooks => "secret part of the addresses Jira delivers to",
            Key::ClientSecret => "the app's secret at Atlassian",
            Key::Sessions => "what signed-in browsers are known by",
            Key::MailLinks => {
                "signs the addresses that end mail; old ones are good until the next change"
            }
            Key::MetricsToken => "what /metrics asks for",
            Key::Suppression => "recognises who asked to be erased",
        }
    }

    /// After how long another one is advised; `None` where it cannot be replaced.
    pub const fn lasts(self) -> Option<Duration> {
        let days = match self {
            Key::Epoch => 90,
            Key::Webhooks | Key::Sessions => 180,
            Key::Root | Key::Signing | Key::ClientSecret | Key::MailLinks | Key::MetricsToken => {
                365
            }
            Key::Suppression => return None,
        };
        Some(Duration::from_hours(24 * days))
    }
}

/// When the kinds were last replaced that the main database knows of, and how many addresses there are.
pub async fn changed(app: &App) -> Result<Vec<(String, Time)>> {
    let mut tx = app.db.read().await?;
    let rows = key_changes::list(&mut tx).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.at)).collect())
}

/// When this server's first project was made: what was never replaced is as old as that.
pub async fn founded_at(app: &App) -> Result<Option<Time>> {
    let mut tx = app.db.read().await?;
    Ok(projects::first_made_at(&mut tx).await?)
}

/// Notes that a kind was replaced, with its line in the trail.
pub async fn note(app: &App, key: Key) -> Result<()> {
    let mut tx = app.db.write().await?;
    key_changes::set(&mut tx, key.name(), app.now()).await?;
    if let Some(project) = connections::any_project(&mut tx).await? {
        let program = Caller::program(project);
        audit::note(&mut tx, app, &program, "key.rotated", key.name(), "").await?;
    }
    Ok(tx.commit().await?)
}

/// Another token for `/metrics`.
pub fn fresh_metrics_token() -> ApiSecret {
    ApiSecret::new(random::secret())
}

/// Gives every door in use an address with another secret part, and has Jira told by the worker of a running server. What is
/// under way to the old one is taken for a day. Gives how many.
pub async fn rotate_webhooks(app: &App) -> Result<usize> {
    let doors = {
        let mut tx = app.db.read().await?;
        hooks::in_use(&mut tx).await?
    };
    for door in &doors {
        let token = WebhookToken::new(random::secret());
        // The vault first: what a crash leaves between the two is mended by whoever next needs the address.
        app.vault.keep_hook(door.id, &token, app.now()).await?;
        let mut tx = app.db.write().await?;
        let hash = random::hash(token.expose());
        let until = app.now().plus(sync::hooks::OLD_ADDRESS_FOR);
        hooks::set_token(&mut tx, door.id, hash, app.now(), until).await?;
        sync::hooks::order(&mut tx, app, door.project_id, door.id).await?;
        tx.commit().await?;
    }
    note(app, Key::Webhooks).await?;
    Ok(doors.len())
}

/// Has every signed-in browser get another secret with the next page it asks for. Nobody is signed out.
pub async fn rotate_sessions(app: &App) -> Result<()> {
    note(app, Key::Sessions).await
}
