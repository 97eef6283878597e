//! What is said to Atlassian at the end: delete our webhooks, revoke, and a look whether it took.

use upvow_domain::{
    GrantId,
    jira::CloudId,
    secret::{AccessToken, RefreshToken},
};
use upvow_jira::{Jira, JiraError, TokenSet};
use upvow_store::{
    connections::Connection,
    hooks::{self, Hook},
};
use upvow_vault::Revocation;

use crate::{
    App, Result,
    connect::grants::{self, CallError, Need},
    sync,
};

/// What opens Atlassian's doors one last time. In memory only: what a last refresh gives is never written, so that
/// every stored copy of the tokens dies.
#[derive(Default)]
pub(crate) struct Key {
    access: Option<AccessToken>,
    refresh: Option<RefreshToken>,
    /// The refresh token was spent for a new pair, which is in this key now.
    spent: bool,
    /// Atlassian said that the grant is over.
    dead: bool,
}

/// What became of our webhooks on the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Webhooks {
    /// None is left.
    Gone,
    /// Others hear by the same.
    Shared,
    /// Jira cannot be reached now.
    NotReached,
    /// Jira does not let us; they end by themselves within 30 days, and what they bring is refused.
    Refused,
}

/// The key of a grant: from its revoke-only form if it is being erased, else as for any call.
pub(crate) async fn key(app: &App, grant: GrantId, is_last: bool) -> Result<Key> {
    if is_last {
        let found = app.vault.revocable(grant).await?;
        return Ok(found.map_or_else(Key::default, |found| Key {
            access: found.access,
            refresh: found.refresh,
            ..Key::default()
        }));
    }
    match grants::token(app, grant, Need::Fresh).await {
        Ok(token) => Ok(Key {
            access: Some(token.access),
            ..Key::default()
        }),
        Err(CallError::Ended | CallError::Jira(_) | CallError::Wait { .. }) => Ok(Key::default()),
        Err(CallError::App(error)) => Err(error),
    }
}

/// Deletes our webhooks on the connection's site.
pub(crate) async fn delete_webhooks(
    app: &App,
    found: &Connection,
    key: &mut Key,
) -> Result<Webhooks> {
    let (Some(cloud), Some(id), Some(jira)) = (&found.cloud_id, found.hook_id, &app.jira) else {
        return Ok(Webhooks::Gone);
    };
    let hook = {
        let mut tx = app.db.read().await?;
        hooks::get(&mut tx, id).await?
    };
    let Some(hook) = hook else {
        return Ok(Webhooks::Gone);
    };
    Ok(delete_at(app, jira, cloud, &hook, key).await)
}

/// Deletes our webhooks wherever a grant registered some: its account was replaced by another, and no connection is left
/// that says where. The worst that became of any.
pub(crate) async fn delete_all_webhooks(
    app: &App,
    grant: GrantId,
    key: &mut Key,
) -> Result<Webhooks> {
    let Some(jira) = &app.jira else {
        return Ok(Webhooks::Gone);
    };
    let doors = {
        let mut tx = app.db.read().await?;
        hooks::of_grant(&mut tx, grant).await?
    };
    let mut worst = Webhooks::Gone;
    for door in doors {
        match delete_at(app, jira, &door.cloud_id, &door, key).await {
            Webhooks::Gone | Webhooks::Shared => {}
            Webhooks::NotReached => return Ok(Webhooks::NotReached),
            Webhooks::Refused => worst = Webhooks::Refused,
        }
    }
    Ok(worst)
}

async fn delete_at(
    app: &App,
    jira: &Jira,
    cloud: &CloudId,
    hook: &Hook,
    key: &mut Key,
) -> Webhooks {
    loop {
        let Some(access) = key.access.clone() else {
            return Webhooks::Refused;
        };
        match try_delete(app, jira, cloud, &access, hook).await {
            Ok(()) => return Webhooks::Gone,
            // The token may be past its time, or the grant at its end. A last refresh tells.
            Err(JiraError::Expired | JiraError::Forbidden | JiraError::NotFound)
                if !key.spent && !key.dead && key.refresh.is_some() =>
            {
                if let Err(webhooks) = spend(jira, key).await {
                    return webhooks;
                }
            }
            Err(error) if error.is_transient() => return Webhooks::NotReached,
            Err(_) => return Webhooks::Refused,
        }
    }
}

async fn try_delete(
    app: &App,
    jira: &Jira,
    cloud: &CloudId,
    access: &AccessToken,
    hook: &Hook,
) -> Result<(), JiraError> {
    let site = jira.on(cloud, access);
    let known = sync::hooks::ids(&hook.webhook_ids);
    let ours: Vec<i64> = site
        .webhooks()
        .await?
        .into_iter()
        .filter(|webhook| sync::hooks::is_ours(app, webhook) || known.contains(&webhook.id))
        .map(|webhook| webhook.id)
        .collect();
    site.delete_webhooks(&ours).await
}

/// Trades the refresh token for a pair that is kept in memory only.
async fn spend(jira: &Jira, key: &mut Key) -> Result<(), Webhooks> {
    let Some(refresh) = key.refresh.clone() else {
        return Err(Webhooks::Refused);
    };
    match jira.refresh(&refresh).await {
        Ok(set) => {
            key.access = Some(set.access);
            key.refresh = set.refresh.or(Some(refresh));
            key.spent = true;
            Ok(())
        }
        Err(JiraError::GrantDead) => {
            key.dead = true;
            Err(Webhooks::Refused)
        }
        Err(error) if error.is_transient() => Err(Webhooks::NotReached),
        Err(_) => Err(Webhooks::Refused),
    }
}

/// Revokes tokens that came and are not to be kept: they go no further than this.
pub(crate) async fn give_back(app: &App, tokens: &TokenSet) -> Revocation {
    let key = Key {
        access: Some(tokens.access.clone()),
        refresh: tokens.refresh.clone(),
        ..Key::default()
    };
    match revoke(app, &key).await {
        Tried::Known(revocation) => revocation,
        Tried::StillGood { accepted, .. } => not_seen(accepted),
        Tried::NotReached => Revocation::PersonMustRemove,
    }
}

/// What came of revoking.
pub(crate) enum Tried {
    /// There is no more to be known.
    Known(Revocation),
    /// The probe still bought tokens.
    StillGood {
        /// Atlassian took the request to revoke.
        accepted: bool,
        /// The newest refresh token there is, in memory only.
        newest: Option<RefreshToken>,
    },
    /// Atlassian could not be reached.
    NotReached,
}

/// Revokes as far as Atlassian allows, and says no more than was seen.
pub(crate) async fn revoke(app: &App, key: &Key) -> Tried {
    let Some(jira) = &app.jira else {
        return Tried::Known(Revocation::PersonMustRemove);
    };
    if key.dead {
        return Tried::Known(Revocation::ConfirmedByProbe);
    }
    let Some(refresh) = &key.refresh else {
        return Tried::Known(match key.access {
            None => Revocation::NothingToRevoke,
            Some(_) => Revocation::PersonMustRemove,
        });
    };
    let accepted = match jira.revoke(refresh).await {
        Ok(()) => true,
        Err(error) if error.is_transient() => return Tried::NotReached,
        Err(_) => false,
    };
    // The probe is a refresh. If it still gives tokens, they are not written: the stored one is spent by it and dies
    // after Atlassian's ten minutes of leeway.
    match jira.refresh(refresh).await {
        Err(JiraError::GrantDead) => Tried::Known(Revocation::ConfirmedByProbe),
        Ok(set) => {
            if let Some(newest) = &set.refresh {
                // Best effort: by itself it shows nothing.
                let _ = jira.revoke(newest).await;
            }
            Tried::StillGood {
                accepted,
                newest: set.refresh,
            }
        }
        // Nothing was seen, and the stored token may not be spent yet.
        Err(error) if error.is_transient() => Tried::NotReached,
        Err(_) => Tried::Known(not_seen(accepted)),
    }
}

/// Presents a token that was traded long ago, and looks by the newest one whether everything ended with that. `None`:
/// Atlassian could not be reached.
pub(crate) async fn reuse(jira: &Jira, old: &RefreshToken, newest: &RefreshToken) -> Option<bool> {
    for (token, is_probe) in [(old, false), (newest, true)] {
        match jira.refresh(token).await {
            Err(JiraError::GrantDead) if is_probe => return Some(true),
            // It may be dead alone; only the newest one tells.
            Err(JiraError::GrantDead) => {}
            Err(error) if error.is_transient() => return None,
            Ok(_) | Err(_) => return Some(false),
        }
    }
    Some(false)
}

/// What is said where the end was not seen.
pub(crate) const fn not_seen(accepted: bool) -> Revocation {
    if accepted {
        Revocation::AcceptedNotVerified
    } else {
        Revocation::PersonMustRemove
    }
}
