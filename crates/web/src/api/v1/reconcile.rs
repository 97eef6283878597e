//! Comparing a connection with Jira, and the webhook that an administrator of Jira makes by hand.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use upvow_app::{
    connect::limits,
    sync::{
        admin_hook,
        reconcile::{self, Act, State},
    },
};
use upvow_domain::{ConnectionId, ReconcileId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::connections::OneConnection;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, DONE, Done, List, moment, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_reconciles, begin_reconcile))
        .routes(routes!(get_reconcile, act_on_reconcile))
        .routes(routes!(list_waits))
        .routes(routes!(
            get_admin_webhook,
            make_admin_webhook,
            remove_admin_webhook
        ))
}

/// A comparison of all linked issues of a connection with Jira.
#[derive(Serialize, ToSchema)]
struct Reconcile {
    #[schema(value_type = words::ReconcileIdWord)]
    id: String,
    #[schema(value_type = words::ReconcileStateWord)]
    state: State,
    /// A code of why it was begun.
    #[schema(example = "webhook_gap")]
    cause: String,
    /// The same in words.
    cause_text: &'static str,
    /// How many links there were when it began.
    total: i64,
    /// How many were compared.
    compared: i64,
    /// How many of them had changed in Jira without our knowing.
    changed: i64,
    /// How many of them cannot be seen in Jira.
    gone: i64,
    /// How many of them could not be read.
    failed: i64,
    /// A code of why it failed.
    problem: Option<String>,
    /// It waits until then: Jira asked for it, or live work goes first.
    #[schema(value_type = Option<words::TimeWord>)]
    waits_until: Option<String>,
    /// When it will be through, as far as one can tell.
    #[schema(value_type = Option<words::TimeWord>)]
    eta: Option<String>,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
    #[schema(value_type = Option<words::TimeWord>)]
    ended_at: Option<String>,
}

impl From<reconcile::Reconcile> for Reconcile {
    fn from(told: reconcile::Reconcile) -> Reconcile {
        Reconcile {
            id: told.id.to_string(),
            state: told.state,
            cause: told.cause,
            cause_text: told.cause_text,
            total: told.total,
            compared: told.compared,
            changed: told.changed,
            gone: told.gone,
            failed: told.failed,
            problem: told.problem,
            waits_until: moment(told.waits_until),
            eta: moment(told.eta),
            created_at: told.created_at.rfc3339(),
            ended_at: moment(told.ended_at),
        }
    }
}

/// Something that waits because Jira asked for it.
#[derive(Serialize, ToSchema)]
struct Wait {
    /// `app`, `site`, `call` or `issue`.
    #[schema(example = "site")]
    what: &'static str,
    /// The endpoint or the number, if it is about one.
    which: Option<String>,
    /// `app_quota`, `site_quota`, `burst`, `issue_writes` or `unknown`.
    #[schema(example = "site_quota")]
    reason: String,
    /// Only comparisons wait: the limit is near, and not reached.
    background_only: bool,
    #[schema(value_type = words::TimeWord)]
    since: String,
    #[schema(value_type = words::TimeWord)]
    until: String,
}

impl From<limits::Waits> for Wait {
    fn from(waits: limits::Waits) -> Wait {
        Wait {
            what: waits.what,
            which: waits.which,
            reason: waits.reason,
            background_only: waits.background_only,
            since: waits.since.rfc3339(),
            until: waits.until.rfc3339(),
        }
    }
}

/// A webhook made by hand in Jira.
#[derive(Serialize, ToSchema)]
struct AdminWebhook {
    /// When its address and secret were made.
    #[schema(value_type = words::TimeWord)]
    made_at: String,
    /// When something last came in by it.
    #[schema(value_type = Option<words::TimeWord>)]
    last_event_at: Option<String>,
}

/// What to enter in Jira. It is shown this once.
#[derive(Serialize, ToSchema)]
struct MadeAdminWebhook {
    /// The URL of the webhook; its last part is a secret.
    url: String,
    /// The secret that Jira signs with.
    secret: String,
    /// The events to tick.
    events: Vec<&'static str>,
}

/// What to do with a comparison.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    #[schema(value_type = words::ReconcileActWord)]
    act: Act,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneReconcile {
    /// The connection's id.
    #[param(value_type = words::ConnectionIdWord)]
    id: ConnectionId,
    /// The comparison's id.
    #[param(value_type = words::ReconcileIdWord)]
    reconcile_id: ReconcileId,
}

/// List the latest comparisons of a connection with Jira, newest first. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/reconciles", tag = "connections", params(OneConnection),
    responses((status = 200, body = List<Reconcile>))
)]
async fn list_reconciles(asked: Asked, At(at): At<OneConnection>) -> Answer<List<Reconcile>> {
    Ok(whole(
        reconcile::list(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Compare all linked issues of a connection with Jira, and look whether its webhook is alive. One that is under way
/// already is the answer. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/reconciles", tag = "connections", params(OneConnection),
    responses((status = 202, body = Reconcile, description = "It is under way."))
)]
async fn begin_reconcile(
    asked: Asked,
    At(at): At<OneConnection>,
) -> Result<(StatusCode, Json<Reconcile>), Failure> {
    let begun = reconcile::start(&asked.app, &asked.caller, at.id).await?;
    Ok((StatusCode::ACCEPTED, Json(begun.into())))
}

/// Read how a comparison stands. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/reconciles/{reconcile_id}", tag = "connections", params(OneReconcile),
    responses((status = 200, body = Reconcile))
)]
async fn get_reconcile(asked: Asked, At(at): At<OneReconcile>) -> Answer<Reconcile> {
    let told = reconcile::get(&asked.app, &asked.caller, at.id, at.reconcile_id).await?;
    Ok(Json(told.into()))
}

/// Pause, resume or cancel a comparison; doing it again changes nothing. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/reconciles/{reconcile_id}", tag = "connections", params(OneReconcile),
    request_body = Order, responses((status = 200, body = Reconcile))
)]
async fn act_on_reconcile(
    asked: Asked,
    At(at): At<OneReconcile>,
    Sent(order): Sent<Order>,
) -> Answer<Reconcile> {
    let (app, caller) = (&asked.app, &asked.caller);
    let told = reconcile::act(app, caller, at.id, at.reconcile_id, order.act).await?;
    Ok(Json(told.into()))
}

/// List what waits because Jira asked for it. Nothing of it is lost. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/waits", tag = "connections", params(OneConnection),
    responses((status = 200, body = List<Wait>))
)]
async fn list_waits(asked: Asked, At(at): At<OneConnection>) -> Answer<List<Wait>> {
    Ok(whole(
        limits::waits(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Read whether a connection takes a webhook that was made by hand in Jira. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/admin-webhook", tag = "connections", params(OneConnection),
    responses((status = 200, body = AdminWebhook))
)]
async fn get_admin_webhook(asked: Asked, At(at): At<OneConnection>) -> Answer<AdminWebhook> {
    let found = admin_hook::get(&asked.app, &asked.caller, at.id).await?;
    let found = found.ok_or(upvow_app::AppError::NotFound)?;
    Ok(Json(AdminWebhook {
        made_at: found.made_at.rfc3339(),
        last_event_at: moment(found.last_event_at),
    }))
}

/// Make the address and the secret for a webhook that is made by hand in Jira, in place of those there were: what is
/// signed with an older secret is refused from now on. Both are shown this once. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/admin-webhook", tag = "connections", params(OneConnection),
    responses((status = 200, body = MadeAdminWebhook))
)]
async fn make_admin_webhook(asked: Asked, At(at): At<OneConnection>) -> Answer<MadeAdminWebhook> {
    let made = admin_hook::make(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(MadeAdminWebhook {
        url: made.url.expose().to_owned(),
        secret: made.secret.expose().to_owned(),
        events: admin_hook::EVENTS.to_vec(),
    }))
}

/// Take no deliveries of a webhook made by hand any more, and erase its secret. Needs an admin.
#[utoipa::path(
    delete, path = "/connections/{id}/admin-webhook", tag = "connections", params(OneConnection),
    responses((status = 204, description = "It is gone."))
)]
async fn remove_admin_webhook(asked: Asked, At(at): At<OneConnection>) -> Done {
    admin_hook::remove(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}
