//! Bringing Jira's list of webhooks to what is wanted: one that leads to this door, for these projects, that lives.

use upvow_domain::{Time, jira::JiraProjectId};
use upvow_jira::{JiraError, Registered, Webhook};
use upvow_store::hooks::{self, Hook};

use super::{RENEW_BEFORE_END, ids, is_ours, join, watched};
use crate::{
    App,
    connect::{grants::CallError, reach::Reach},
    jobs::Trouble,
};

/// What is registered at Jira now.
pub(super) struct Done {
    pub(super) ids: Vec<i64>,
    pub(super) expires_at: Option<Time>,
    /// It was not there before.
    pub(super) is_new: bool,
}

pub(super) enum Failure {
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

/// Does it; nothing but our own is touched.
pub(super) async fn register(
    app: &App,
    reach: &Reach,
    hook: &Hook,
    wanted: &[JiraProjectId],
    url: &str,
) -> Result<Done, Failure> {
    let known = ids(&hook.webhook_ids);
    let list = list(app, reach).await?;
    let filter = upvow_jira::hook::filter(wanted);
    let fits = |webhook: &Webhook| {
        let leads_here =
            webhook.url == url || webhook.url.is_empty() && known.contains(&webhook.id);
        // One of ours that a crash kept from being written down is adopted by its filter.
        let is_for_these = webhook.filter == filter
            || known.contains(&webhook.id) && hook.watched == watched(wanted);
        leads_here && is_for_these && webhook.expires_at.is_none_or(|at| at > app.now())
    };
    let keep = list.iter().find(|webhook| fits(webhook));
    let strays = list.iter().filter(|webhook| {
        (is_ours(app, webhook) || known.contains(&webhook.id))
            && keep.is_none_or(|keep| keep.id != webhook.id)
    });
    // Jira takes one address per app: those that lead elsewhere have to go before a new one comes.
    let (here, elsewhere): (Vec<&Webhook>, Vec<&Webhook>) =
        strays.partition(|webhook| webhook.url == url || webhook.url.is_empty());
    let [here, elsewhere] =
        [here, elsewhere].map(|some| some.iter().map(|webhook| webhook.id).collect::<Vec<_>>());
    delete(app, reach, &elsewhere).await?;

    if let Some(keep) = keep {
        delete(app, reach, &here).await?;
        let one = [keep.id];
        let is_due = |end: Time| end <= app.now().plus(RENEW_BEFORE_END);
        if !keep.expires_at.is_none_or(is_due) {
            return Ok(Done {
                ids: one.to_vec(),
                expires_at: keep.expires_at,
                is_new: false,
            });
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
            return Ok(Done {
                ids: one.to_vec(),
                expires_at: kept.expires_at.or(said),
                is_new: false,
            });
        }
    }

    let mut registered = ask(app, reach, wanted, url).await?;
    let is_full = |registered: &Registered| {
        registered.ids.is_empty() && registered.errors.iter().any(|why| why == "webhook_limit")
    };
    if is_full(&registered) && !here.is_empty() {
        // Ours take the room. They go, and what they would have brought is compared.
        delete(app, reach, &here).await?;
        registered = ask(app, reach, wanted, url).await?;
    }
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
    delete(app, reach, &here).await?;

    let after = self::list(app, reach).await?;
    let mine = after
        .iter()
        .find(|webhook| registered.ids.contains(&webhook.id));
    match mine {
        Some(webhook) => Ok(Done {
            expires_at: webhook.expires_at,
            ids: registered.ids,
            is_new: true,
        }),
        None => Err(Failure::Trouble(Trouble::Later {
            code: "webhook_lost",
            after: None,
            patient: false,
        })),
    }
}

async fn ask(
    app: &App,
    reach: &Reach,
    wanted: &[JiraProjectId],
    url: &str,
) -> Result<Registered, CallError> {
    reach
        .call(app, |at| async move {
            at.site().register_webhooks(url, wanted).await
        })
        .await
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

/// The codes of problems that the page can explain.
fn problem(hint: &str) -> &'static str {
    match hint {
        "webhook_limit" => "webhook_limit",
        "webhook_url" => "webhook_url",
        "filter" => "webhook_filter",
        _ => "webhook_refused",
    }
}
