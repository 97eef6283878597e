//! The job that ends a connection, step by step; every step may be taken twice.

use upvow_domain::{ConnectionId, ErasureId, HookId};
use upvow_store::{
    admin_hooks,
    connections::{self, Connection},
    goodbye_steps, hooks, jobs,
};
use upvow_vault::{ErasureReason, Revocation};

use super::{erasure_of, is_last};
use crate::{
    App, Result,
    connect::change,
    jobs::{Claim, Trouble, Turn},
    privacy::erasure::{
        carry_out::{LONGEST_TRY, Outcome, carry_out},
        ladder::{self, Webhooks},
        turn::order_turn,
    },
    sync,
};

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: ConnectionId = claim.subject()?;
    let project = claim.job.project_id;
    let (found, is_last, steps) = {
        let mut tx = app.db.read().await?;
        let found = connections::get(&mut tx, project, id)
            .await?
            .filter(|found| found.state == "disconnecting")
            .ok_or(Trouble::Moot)?;
        let is_last = is_last(&mut tx, &found).await?;
        let steps = goodbye_steps::list(&mut tx, project, id).await?;
        (found, is_last, steps)
    };
    let Some(grant) = found.grant_id else {
        return close(app, claim, &found, None).await;
    };
    let is_begun = !app.vault.erasures_of(grant).await?.is_empty();
    if is_begun || is_last {
        if !is_begun {
            let reason = ErasureReason::Disconnect;
            app.vault
                .begin_erasure(erasure_of(id), grant, reason, app.now())
                .await?;
        }
        return match carry_out(app, grant).await? {
            Outcome::Waits(_) => Err(later()),
            Outcome::Erased(erasure, revocation) => {
                close(app, claim, &found, Some((erasure, revocation))).await
            }
        };
    }

    // Others go on by the grant, so only what is this connection's goes.
    let since = steps.iter().find(|step| step.step == "stopped");
    let begun_at = since.map_or(found.updated_at, |step| step.at);
    let patience = app.now().since(begun_at) < LONGEST_TRY;
    let had = steps.iter().find(|step| step.step == "webhooks_deleted");
    if !had.is_some_and(|had| matches!(had.result.as_str(), "done" | "kept_shared")) {
        let outcome = if is_shared(app, &found).await? {
            Webhooks::Shared
        } else {
            let mut key = ladder::key(app, grant, false).await?;
            ladder::delete_webhooks(app, &found, &mut key).await?
        };
        let name = match outcome {
            Webhooks::Gone => "done",
            Webhooks::Shared => "kept_shared",
            Webhooks::NotReached if patience => {
                note(app, id, "webhooks_deleted", "waiting").await?;
                return Err(later());
            }
            Webhooks::NotReached | Webhooks::Refused => "not_reached",
        };
        note(app, id, "webhooks_deleted", name).await?;
    }
    close(app, claim, &found, None).await
}

/// The last transaction: nothing of the grant is left here, not even its name.
async fn close(
    app: &App,
    claim: &Claim,
    found: &Connection,
    erased: Option<(ErasureId, Revocation)>,
) -> Turn {
    let (project, id) = (found.project_id, found.id);
    let unused = unused_hooks(app, found, erased.is_some()).await?;
    for hook in &unused {
        app.vault.drop_hook(*hook).await?;
    }
    app.vault.drop_hook(sync::admin_hook::id_of(id)).await?;

    let now = app.now();
    let mut tx = app.db.write().await?;
    let (erasure, revocation) = erased.unzip();
    if !connections::invalidate(&mut tx, project, id, erasure, now).await? {
        return Err(Trouble::Moot);
    }
    jobs::cancel_all_but(&mut tx, project, id, &claim.job).await?;
    admin_hooks::delete(&mut tx, project, id).await?;
    for hook in unused {
        hooks::delete(&mut tx, hook).await?;
    }
    // Those who stay want to hear of fewer projects.
    if let Some(hook) = found.hook_id
        && let Some(other) = connections::of_hook(&mut tx, hook).await?.first()
    {
        sync::hooks::order(&mut tx, app, other.project_id, hook).await?;
    }
    let (revoked, key) = match revocation {
        None => ("kept_shared", "kept_shared"),
        Some(revocation) => (word(revocation), "waiting"),
    };
    goodbye_steps::set(&mut tx, id, "revoked", revoked, now).await?;
    goodbye_steps::set(&mut tx, id, "erased", "done", now).await?;
    goodbye_steps::set(&mut tx, id, "key_destroyed", key, now).await?;
    if revocation.is_some() {
        order_turn(&mut tx, app, project).await?;
    }
    claim.finish(app, tx, &[change(project, id)]).await
}

/// The doors that go: this connection's, and with the grant all of its doors.
async fn unused_hooks(app: &App, found: &Connection, with_grant: bool) -> Result<Vec<HookId>> {
    let mut tx = app.db.read().await?;
    let mut candidates: Vec<_> = found.hook_id.into_iter().collect();
    if let (true, Some(grant)) = (with_grant, found.grant_id) {
        candidates.extend(
            hooks::of_grant(&mut tx, grant)
                .await?
                .into_iter()
                .map(|hook| hook.id),
        );
    }
    candidates.sort_unstable();
    candidates.dedup();
    let mut unused = Vec::new();
    for hook in candidates {
        if !hooks::is_used(&mut tx, hook, found.id).await? {
            unused.push(hook);
        }
    }
    Ok(unused)
}

/// Whether somebody else hears by the same door.
async fn is_shared(app: &App, found: &Connection) -> Result<bool> {
    let Some(hook) = found.hook_id else {
        return Ok(false);
    };
    let mut tx = app.db.read().await?;
    Ok(hooks::is_used(&mut tx, hook, found.id).await?)
}

/// Atlassian cannot be reached. Nothing works by the connection meanwhile; it is tried again for a day.
const fn later() -> Trouble {
    Trouble::Later {
        code: "jira_unavailable",
        after: None,
        patient: true,
    }
}

async fn note(app: &App, id: ConnectionId, step: &str, result: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    goodbye_steps::set(&mut tx, id, step, result, app.now()).await?;
    Ok(tx.commit().await?)
}

const fn word(revocation: Revocation) -> &'static str {
    match revocation {
        Revocation::AcceptedNotVerified => "accepted_not_verified",
        Revocation::ConfirmedByProbe => "confirmed",
        Revocation::PersonMustRemove | Revocation::NothingToRevoke => "you_must_remove_it",
    }
}
