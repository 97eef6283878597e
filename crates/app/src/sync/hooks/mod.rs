//! The life of the webhook registration: one per grant and site, for all connections that use both.
//!
//! - `register`: bringing Jira's list to what is wanted.

mod register;

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{
    ConnectionId, GrantId, HookId, ProjectId, Time,
    jira::{CloudId, JiraProjectId},
    secret::WebhookToken,
};
use upvow_jira::Webhook;
use upvow_store::{
    connections,
    hooks::{self, Hook},
    jobs::{self as queue, Job},
};

use register::{Failure, register};

use crate::{
    App, Result,
    connect::{
        self,
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{self, Claim, Kind, Order, Trouble, Turn},
    random,
    sync::reconcile::{self, Cause},
};

/// A webhook that ends sooner than this is renewed: Jira gives 30 days, so this is day 20.
const RENEW_BEFORE_END: Duration = Duration::from_hours(10 * 24);
/// A registration for which there was no room is tried again after this.
const AFTER_REFUSAL: Duration = Duration::from_hours(1);
/// How often Jira's list is looked at: a webhook can be lost without a word.
const LOOKED_AT_EVERY: Duration = Duration::from_hours(24);

/// The door of a grant on a site, made if there is none. Its secret is in the vault before its hash is here.
pub(crate) async fn prepare(app: &App, grant: GrantId, cloud: &CloudId) -> Result<HookId> {
    let found = {
        let mut tx = app.db.read().await?;
        hooks::of_grant_on(&mut tx, grant, cloud).await?
    };
    if let Some(hook) = found {
        return Ok(hook.id);
    }
    let id = app.fresh_id();
    let token = WebhookToken::new(random::secret());
    app.vault.keep_hook(id, &token, app.now()).await?;

    let mut tx = app.db.write().await?;
    let hash = random::hash(token.expose());
    hooks::insert(&mut tx, id, grant, cloud, hash, app.now()).await?;
    let kept = hooks::of_grant_on(&mut tx, grant, cloud).await?;
    tx.commit().await?;
    let kept = kept.map_or(id, |hook| hook.id);
    if kept != id {
        // Somebody else made one at the same moment.
        app.vault.drop_hook(id).await?;
    }
    Ok(kept)
}

/// Has the registration of a connection's door compared with what is wanted.
pub(crate) async fn look_after(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    id: ConnectionId,
) -> Result<()> {
    let found = connections::get(tx, project, id).await?;
    match found.and_then(|connection| connection.hook_id) {
        Some(hook) => order(tx, app, project, hook).await,
        None => Ok(()),
    }
}

/// The same for a connection that may not be at work yet: then there is nothing to compare.
pub(crate) async fn look_after_active(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    id: ConnectionId,
) -> Result<()> {
    match Reach::of(tx, project, id, For::Work).await {
        Ok(_) => look_after(tx, app, project, id).await,
        Err(CallError::Ended) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Enqueues the comparison of a door.
pub(crate) async fn order(tx: &mut Tx, app: &App, project: ProjectId, hook: HookId) -> Result<()> {
    let order = Order {
        kind: Kind::RegisterWebhook,
        subject: hook.stored(),
        lane: jobs::hook_lane(hook),
        project,
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// Looks at all doors in use, and has those compared that want it: not registered yet, near their end, not looked at
/// for a day, or asked of Jira for another address or other projects than now.
pub(crate) async fn pass(app: &App) -> Result<()> {
    let now = app.now();
    {
        let mut tx = app.db.write().await?;
        hooks::forget_previous(&mut tx, now).await?;
        tx.commit().await?;
    }
    let due = {
        let mut tx = app.db.read().await?;
        let mut due = Vec::new();
        for user in hooks::in_use(&mut tx).await? {
            let Some(hook) = hooks::get(&mut tx, user.id).await? else {
                continue;
            };
            let wanted = connections::watched(&mut tx, hook.id).await?;
            let kind = Kind::RegisterWebhook.name();
            if is_due(&hook, &asked(app, &wanted), now)
                && !queue::is_live(&mut tx, kind, &hook.id.stored()).await?
            {
                due.push(user);
            }
        }
        due
    };
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    for user in due {
        order(&mut tx, app, user.project_id, user.id).await?;
    }
    Ok(tx.commit().await?)
}

fn is_due(hook: &Hook, asked: &str, now: Time) -> bool {
    let is_other = hook.asked_for.as_deref() != Some(asked);
    match hook.state.as_str() {
        "registered" => {
            is_other
                || hook
                    .expires_at
                    .is_none_or(|at| at < now.plus(RENEW_BEFORE_END))
                || hook
                    .looked_at
                    .is_none_or(|at| at < now.minus(LOOKED_AT_EVERY))
        }
        // What Jira does not accept it will not accept the next time; but room for one more can come by itself.
        "refused" => {
            is_other
                || matches!(
                    hook.problem.as_deref(),
                    Some("webhook_limit" | "webhook_lost")
                ) && hook
                    .refused_at
                    .is_none_or(|at| at < now.minus(AFTER_REFUSAL))
        }
        _ => true,
    }
}

/// What Jira is asked for, less the secret part: another address or other projects are another question.
fn asked(app: &App, wanted: &[JiraProjectId]) -> String {
    format!("{} {}", app.settings.address(DOOR), watched(wanted))
}

/// The job: whatever is registered, afterwards exactly what is wanted is.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: HookId = claim.subject()?;
    let (hook, wanted, reach) = {
        let mut tx = app.db.write().await?;
        let hook = hooks::get(&mut tx, id).await?.ok_or(Trouble::Moot)?;
        let users = connections::of_hook(&mut tx, id).await?;
        let user = users.into_iter().next().ok_or(Trouble::Moot)?;
        let reach = Reach::from_row(user).ok_or(Trouble::Moot)?;
        let wanted = connections::watched(&mut tx, id).await?;
        hooks::set_asked(&mut tx, id, &asked(app, &wanted)).await?;
        tx.commit().await?;
        (hook, wanted, reach)
    };
    if wanted.is_empty() {
        return Err(Trouble::Moot);
    }
    let url = address(app, &hook).await?;
    match register(app, &reach, &hook, &wanted, &url).await {
        Ok(done) => {
            let mut tx = app.db.write().await?;
            reach.still(&mut tx).await?;
            let now = app.now();
            let registered = hooks::Registered {
                webhook_ids: &join(&done.ids),
                watched: &watched(&wanted),
                expires_at: done.expires_at,
                is_new: done.is_new,
            };
            hooks::set_registered(&mut tx, id, &registered, now).await?;
            let was_deaf = hook.registered_at.is_some()
                && (done.is_new && hook.watched == watched(&wanted)
                    || hook.state != "registered"
                    || hook.expires_at.is_some_and(|at| at <= now)
                    || hook.asked_for.as_deref() != Some(&asked(app, &wanted)));
            if was_deaf {
                // What happened meanwhile was told to nobody.
                for user in connections::of_hook(&mut tx, id).await? {
                    reconcile::begin(&mut tx, app, user.project_id, user.id, Cause::WebhookGap)
                        .await?;
                }
            }
            let change = connect::change(reach.project, reach.connection);
            claim.finish(app, tx, &[change]).await
        }
        Err(Failure::Refused(code)) => {
            let mut tx = app.db.write().await?;
            reach.still(&mut tx).await?;
            hooks::set_refused(&mut tx, id, code, app.now()).await?;
            let change = connect::change(reach.project, reach.connection);
            claim.bury(app, tx, code, &[change]).await
        }
        Err(Failure::Trouble(trouble)) => Err(trouble),
    }
}

/// A comparison found that an issue changed long ago, at `changed_at`, and nobody told us. Jira's list is looked at again.
pub(crate) async fn was_silent(
    tx: &mut Tx,
    app: &App,
    reach: &Reach,
    changed_at: Time,
) -> Result<()> {
    let found = connections::get(tx, reach.project, reach.connection).await?;
    let Some(id) = found.and_then(|connection| connection.hook_id) else {
        return Ok(());
    };
    let Some(hook) = hooks::get(tx, id).await? else {
        return Ok(());
    };
    let is_suspect = hook.state == "registered"
        && hook.expires_at.is_none_or(|at| at > app.now())
        && hook.registered_at.is_some_and(|at| at < changed_at)
        && hook.last_event_at.is_none_or(|at| at < changed_at);
    if is_suspect {
        hooks::set_silent(tx, id).await?;
        order(tx, app, reach.project, id).await?;
    }
    Ok(())
}

/// What is written when the job is given up.
pub(crate) async fn given_up(tx: &mut Tx, app: &App, job: &Job, code: &str) -> Result<()> {
    if let Some(id) = HookId::from_stored(&job.subject) {
        let problem = match code {
            "jira_forbidden" => "webhook_forbidden",
            "jira_scope_missing" => "scope_missing",
            "webhook_lost" => "webhook_lost",
            _ => "webhook_refused",
        };
        hooks::set_refused(tx, id, problem, app.now()).await?;
    }
    Ok(())
}

/// Whether a webhook leads to this server. Others of the same app lead elsewhere and are not ours to touch.
pub(crate) fn is_ours(app: &App, webhook: &Webhook) -> bool {
    webhook.url.starts_with(&app.settings.address(DOOR))
}

const DOOR: &str = "/hooks/jira/";

/// How long what is under way to an old address is taken: longer than Jira tries to deliver.
pub(crate) const OLD_ADDRESS_FOR: Duration = Duration::from_hours(24);

/// The full address of a door. A secret that the vault lost is replaced.
async fn address(app: &App, hook: &Hook) -> Result<String> {
    let token = if let Some(token) = app.vault.open_hook(hook.id).await? {
        token
    } else {
        let token = WebhookToken::new(random::secret());
        app.vault.keep_hook(hook.id, &token, app.now()).await?;
        token
    };
    let hash = random::hash(token.expose());
    if hash != hook.token_hash {
        // Made just now, or a crash or a restore came between the vault and the main database.
        let mut tx = app.db.write().await?;
        let until = app.now().plus(OLD_ADDRESS_FOR);
        hooks::set_token(&mut tx, hook.id, hash, app.now(), until).await?;
        tx.commit().await?;
    }
    Ok(app.settings.address(&[DOOR, token.expose()].concat()))
}

fn watched(wanted: &[JiraProjectId]) -> String {
    let ids: Vec<&str> = wanted.iter().map(JiraProjectId::as_str).collect();
    ids.join(",")
}

fn join(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    ids.join(",")
}

/// Jira's numbers of our webhooks, as a hook keeps them.
pub(crate) fn ids(text: &str) -> Vec<i64> {
    text.split(',').filter_map(|id| id.parse().ok()).collect()
}
