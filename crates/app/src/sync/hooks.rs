//! The life of the webhook registration: one per grant and site, for all connections that use both.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{
    ConnectionId, GrantId, HookId, ProjectId, Time,
    jira::{CloudId, JiraProjectId},
    secret::WebhookToken,
};
use upvow_jira::{JiraError, Webhook};
use upvow_store::{
    connections,
    hooks::{self, Hook},
    jobs::Job,
};

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
pub(crate) const RENEW_BEFORE_END: Duration = Duration::from_hours(10 * 24);
/// A registration that Jira refused is tried again after this.
pub(crate) const AFTER_REFUSAL: Duration = Duration::from_hours(1);

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

/// The job: whatever is registered, afterwards exactly what is wanted is.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    let id: HookId = claim.subject()?;
    let (hook, wanted, reach) = {
        let mut tx = app.db.read().await?;
        let hook = hooks::get(&mut tx, id).await?.ok_or(Trouble::Moot)?;
        let users = connections::of_hook(&mut tx, id).await?;
        let user = users.into_iter().next().ok_or(Trouble::Moot)?;
        let reach = Reach::from_row(user).ok_or(Trouble::Moot)?;
        (hook, connections::watched(&mut tx, id).await?, reach)
    };
    if wanted.is_empty() {
        return Err(Trouble::Moot);
    }
    let url = address(app, &hook).await?;
    match register(app, &reach, &hook, &wanted, &url).await {
        Ok((ids, expires_at)) => {
            let mut tx = app.db.write().await?;
            reach.still(&mut tx).await?;
            let now = app.now();
            hooks::set_registered(&mut tx, id, &join(&ids), &watched(&wanted), expires_at, now)
                .await?;
            let was_deaf = hook.registered_at.is_some()
                && (hook.state != "registered" || hook.expires_at.is_some_and(|at| at <= now));
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
            _ => "webhook_refused",
        };
        hooks::set_refused(tx, id, problem, app.now()).await?;
    }
    Ok(())
}

enum Failure {
    Refused(&'static str),
    Trouble(Trouble),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Jira(JiraError::Refused { hint, .. }) => {
                Failure::Refused(problem(hint.code()))
            }
            CallError::Jira(JiraError::Forbidden) => Failure::Refused("webhook_forbidden"),
            other => Failure::Trouble(other.into()),
        }
    }
}

impl From<crate::AppError> for Failure {
    fn from(error: crate::AppError) -> Self {
        Failure::Trouble(error.into())
    }
}

/// Brings Jira's list to what is wanted; gives the numbers and the end of what is registered then.
async fn register(
    app: &App,
    reach: &Reach,
    hook: &Hook,
    wanted: &[JiraProjectId],
    url: &str,
) -> Result<(Vec<i64>, Option<Time>), Failure> {
    let known = ids(&hook.webhook_ids);
    let list = list(app, reach).await?;
    let is_ours = |webhook: &Webhook| is_ours(app, webhook) || known.contains(&webhook.id);
    let fits = |webhook: &Webhook| {
        known.contains(&webhook.id)
            && (webhook.url == url || webhook.url.is_empty())
            && hook.watched == watched(wanted)
    };
    let keep = list.iter().find(|webhook| fits(webhook));
    let strays: Vec<i64> = list
        .iter()
        .filter(|webhook| is_ours(webhook) && keep.is_none_or(|keep| keep.id != webhook.id))
        .map(|webhook| webhook.id)
        .collect();

    if let Some(keep) = keep {
        delete(app, reach, &strays).await?;
        let one = [keep.id];
        let is_due = |end: Time| end <= app.now().plus(RENEW_BEFORE_END);
        if !keep.expires_at.is_none_or(is_due) {
            return Ok((one.to_vec(), keep.expires_at));
        }
        let said = reach
            .call(
                app,
                |at| async move { at.site().refresh_webhooks(&one).await },
            )
            .await?;
        // A good answer proves nothing: Jira ignores numbers that it does not know.
        let after = self::list(app, reach).await?;
        if let Some(kept) = after.iter().find(|webhook| webhook.id == keep.id) {
            return Ok((one.to_vec(), kept.expires_at.or(said)));
        }
    }

    let registered = reach
        .call(app, |at| async move {
            at.site().register_webhooks(url, wanted).await
        })
        .await?;
    if registered.ids.is_empty() {
        let why = registered.errors.first().map_or("other", String::as_str);
        return Err(Failure::Refused(problem(why)));
    }
    // Known before the old ones go: whatever comes from now on by either is taken.
    let mut both = known;
    both.extend(&registered.ids);
    let mut tx = app.db.write().await.map_err(crate::AppError::from)?;
    hooks::set_webhook_ids(&mut tx, hook.id, &join(&both))
        .await
        .map_err(crate::AppError::from)?;
    tx.commit().await.map_err(crate::AppError::from)?;
    delete(app, reach, &strays).await?;

    let after = self::list(app, reach).await?;
    let mine = after
        .iter()
        .find(|webhook| registered.ids.contains(&webhook.id));
    match mine {
        Some(webhook) => Ok((registered.ids, webhook.expires_at)),
        None => Err(Failure::Trouble(Trouble::Later {
            code: "webhook_lost",
            after: None,
            patient: false,
        })),
    }
}

async fn list(app: &App, reach: &Reach) -> Result<Vec<Webhook>, CallError> {
    reach
        .call(app, |at| async move { at.site().webhooks().await })
        .await
}

async fn delete(app: &App, reach: &Reach, ids: &[i64]) -> Result<(), CallError> {
    if ids.is_empty() {
        return Ok(());
    }
    reach
        .call(
            app,
            |at| async move { at.site().delete_webhooks(ids).await },
        )
        .await
}

/// Whether a webhook leads to this server. Others of the same app lead elsewhere and are not ours to touch.
pub(crate) fn is_ours(app: &App, webhook: &Webhook) -> bool {
    webhook.url.starts_with(&app.settings.address(DOOR))
}

const DOOR: &str = "/hooks/jira/";

/// The full address of a door. A secret that the vault lost is replaced.
async fn address(app: &App, hook: &Hook) -> Result<String> {
    let token = if let Some(token) = app.vault.open_hook(hook.id).await? {
        token
    } else {
        let token = WebhookToken::new(random::secret());
        app.vault.keep_hook(hook.id, &token, app.now()).await?;
        let mut tx = app.db.write().await?;
        hooks::set_token(&mut tx, hook.id, random::hash(token.expose())).await?;
        tx.commit().await?;
        token
    };
    Ok(app.settings.address(&[DOOR, token.expose()].concat()))
}

/// The codes of problems that the page can explain.
fn problem(hint: &str) -> &'static str {
    match hint {
        "webhook_limit" => "webhook_limit",
        "webhook_url" => "webhook_url",
        "filter" => "webhook_filter",
        _ => "webhook_refused",
    }
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
