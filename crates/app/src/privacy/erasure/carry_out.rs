//! The middle of an erasure: our webhooks, the tokens, the record. One grant, once, whoever comes first: a job of one
//! of its connections, or the periodic pass.

use std::time::Duration;

use upvow_domain::{ErasureId, GrantId};
use upvow_store::{connections, goodbye_steps, hooks};
use upvow_vault::Revocation;

use super::{
    ladder::{self, Tried, Webhooks},
    reuse,
};
use crate::{App, AppError, Result};

/// How long to go on trying to reach Atlassian before everything is erased without it.
pub(crate) const LONGEST_TRY: Duration = Duration::from_hours(24);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The record is deleted.
    Erased(ErasureId, Revocation),
    /// Atlassian cannot be reached: the step that waits.
    Waits(&'static str),
}

/// Carries out the erasures of a grant that were begun. To be called again until it is erased.
pub(crate) async fn carry_out(app: &App, grant: GrantId) -> Result<Outcome> {
    // In this process one at a time; two nodes may both ask Atlassian, and the ledger keeps the first answer.
    let turn = app.flights().of(grant);
    let _alone = turn.lock().await;
    let known = app.vault.erasures_of(grant).await?;
    let Some((first, record)) = known.first() else {
        return Err(AppError::Internal {
            code: "erasure_not_begun",
        });
    };
    if let Some(revocation) = record.revocation
        && known.iter().all(|(_, record)| record.finished_at.is_some())
    {
        return Ok(Outcome::Erased(*first, revocation));
    }
    let patience = app.now().since(record.begun_at) < LONGEST_TRY;
    let revocation = match app.last_tokens().of(grant) {
        // All but the last rung was done when the token was traded.
        Some(last) => reuse::present_again(app, grant, &last, patience).await?,
        None => match say_goodbye(app, grant, patience).await? {
            Said::Known(revocation) => Some(revocation),
            Said::Waits(step) => {
                note(app, grant, step, "waiting").await?;
                return Ok(Outcome::Waits(step));
            }
        },
    };
    let Some(revocation) = revocation else {
        return Ok(Outcome::Waits("revoked"));
    };

    for (erasure, record) in &known {
        if record.finished_at.is_none() {
            app.vault
                .finish_erasure(*erasure, revocation, app.now())
                .await?;
        }
    }
    unless_late(patience, forget_hooks(app, grant).await)?;
    // What the vault was told first is what counts.
    let record = app.vault.erasure(*first).await?;
    let revocation = record
        .and_then(|record| record.revocation)
        .unwrap_or(revocation);
    Ok(Outcome::Erased(*first, revocation))
}

/// What came of the talk with Atlassian.
enum Said {
    Known(Revocation),
    Waits(&'static str),
}

/// Our webhooks, then the tokens.
async fn say_goodbye(app: &App, grant: GrantId, patience: bool) -> Result<Said> {
    let mut key = ladder::key(app, grant, true).await?;
    let webhooks = match ladder::delete_all_webhooks(app, grant, &mut key).await {
        Ok(Webhooks::NotReached) if patience => return Ok(Said::Waits("webhooks_deleted")),
        Ok(webhooks) => webhooks,
        // The main database cannot say which are ours. After a day the tokens go all the same.
        Err(error) if patience => return Err(error),
        Err(_) => Webhooks::NotReached,
    };
    let told = match webhooks {
        Webhooks::Gone | Webhooks::Shared => "done",
        Webhooks::NotReached | Webhooks::Refused => "not_reached",
    };
    unless_late(patience, note(app, grant, "webhooks_deleted", told).await)?;

    Ok(match ladder::revoke(app, &key).await {
        Tried::Known(revocation) => Said::Known(revocation),
        Tried::NotReached if patience => Said::Waits("revoked"),
        Tried::NotReached => Said::Known(Revocation::PersonMustRemove),
        Tried::StillGood {
            accepted,
            newest: Some(newest),
        } if patience && app.settings.revoke_by_reuse => {
            let now = app.now();
            app.last_tokens().keep(grant, newest, accepted, now);
            Said::Waits("revoked")
        }
        Tried::StillGood { accepted, .. } => Said::Known(ladder::not_seen(accepted)),
    })
}

/// After a day nothing holds up the erasure, not even our own main database.
fn unless_late(patience: bool, done: Result<()>) -> Result<()> {
    if patience { done } else { Ok(()) }
}

/// Tells it on the goodbye of every connection that ends with the grant, unless it is told already.
async fn note(app: &App, grant: GrantId, step: &str, result: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    for found in connections::of_grant(&mut tx, grant).await? {
        let steps = goodbye_steps::list(&mut tx, found.project_id, found.id).await?;
        let settled = |had: &str| matches!(had, "done" | "kept_shared");
        if !steps
            .iter()
            .any(|had| had.step == step && settled(&had.result))
        {
            goodbye_steps::set(&mut tx, found.id, step, result, app.now()).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The doors that the grant registered, which no connection hears by any more.
async fn forget_hooks(app: &App, grant: GrantId) -> Result<()> {
    let doors = {
        let mut tx = app.db.read().await?;
        let named = !connections::of_grant(&mut tx, grant).await?.is_empty();
        // The goodbye of a connection takes its door along in its last transaction.
        if named {
            return Ok(());
        }
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
