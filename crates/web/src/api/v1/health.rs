//! How a connection is: figures, and problems by cause.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::health::{self, problems, retry};
use upvow_domain::{ConnectionId, LinkId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{connections::OneConnection, posts::Paging};
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, List, moment, paged, whole},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_health))
        .routes(routes!(list_problems))
        .routes(routes!(list_affected))
        .routes(routes!(retry_problem))
}

/// How a connection is.
#[derive(Serialize, ToSchema)]
struct Health {
    authorisation: Authorisation,
    webhook: Webhook,
    queue: Queue,
    /// When Jira last told us something.
    #[schema(value_type = Option<words::TimeWord>)]
    last_event_at: Option<String>,
    /// When we last changed something in Jira.
    #[schema(value_type = Option<words::TimeWord>)]
    last_write_at: Option<String>,
    /// What is wrong, gravest first; empty when all is well.
    problems: Vec<Problem>,
}

/// The authorisation. Whose it is at Atlassian is not told.
#[derive(Serialize, ToSchema)]
struct Authorisation {
    /// The member who agreed, by their name on the board.
    by: Option<String>,
    #[schema(value_type = words::TokenStateWord)]
    token: health::Token,
    /// When the access token ends; it is renewed by itself.
    #[schema(value_type = Option<words::TimeWord>)]
    expires_at: Option<String>,
    /// When it was last renewed.
    #[schema(value_type = Option<words::TimeWord>)]
    refreshed_at: Option<String>,
    /// When somebody last agreed at Atlassian.
    #[schema(value_type = Option<words::TimeWord>)]
    consented_at: Option<String>,
    /// That is 335 days ago or more: reconnect before a year is over.
    is_old: bool,
}

/// The registration at Jira.
#[derive(Serialize, ToSchema)]
struct Webhook {
    is_registered: bool,
    /// When it ends unless renewed, which happens by itself.
    #[schema(value_type = Option<words::TimeWord>)]
    expires_at: Option<String>,
    /// When Jira last listed it.
    #[schema(value_type = Option<words::TimeWord>)]
    verified_at: Option<String>,
    /// The webhook that an administrator of Jira made by hand, as a second way in.
    by_hand: Option<ByHand>,
}

/// A webhook that was made by hand.
#[derive(Serialize, ToSchema)]
struct ByHand {
    #[schema(value_type = words::TimeWord)]
    made_at: String,
    /// When it last brought something.
    #[schema(value_type = Option<words::TimeWord>)]
    last_event_at: Option<String>,
}

/// Work that is not done yet.
#[derive(Serialize, ToSchema)]
struct Queue {
    waiting: i64,
    running: i64,
    /// Since when the oldest that is due waits.
    #[schema(value_type = Option<words::TimeWord>)]
    oldest_at: Option<String>,
    /// No calls before this, because Jira said so.
    #[schema(value_type = Option<words::TimeWord>)]
    paused_until: Option<String>,
    /// Which limit was met.
    paused_why: Option<&'static str>,
}

/// Things that failed for one cause.
#[derive(Serialize, ToSchema)]
struct Problem {
    #[schema(example = "may_not_create")]
    cause: String,
    title: &'static str,
    /// What happened, and what to do.
    text: String,
    /// What has to change before trying again can help.
    #[schema(value_type = words::NeedWord)]
    needs: health::Need,
    /// It concerns the connection as a whole, or its webhook.
    is_whole: bool,
    /// How many links have it.
    links: i64,
    /// How many jobs about something else have it.
    jobs: i64,
    /// How many of the links are being tried again.
    trying: i64,
    #[schema(value_type = words::TimeWord)]
    first_at: String,
    #[schema(value_type = words::TimeWord)]
    last_at: String,
    /// Whether `retry` is taken.
    can_retry: bool,
}

impl From<problems::Problem> for Problem {
    fn from(problem: problems::Problem) -> Problem {
        Problem {
            cause: problem.code,
            title: problem.title,
            text: problem.text,
            needs: problem.need,
            is_whole: problem.is_whole,
            links: problem.links,
            jobs: problem.jobs,
            trying: problem.trying,
            first_at: problem.first_at.rfc3339(),
            last_at: problem.last_at.rfc3339(),
            can_retry: problem.can_retry,
        }
    }
}

impl From<health::Health> for Health {
    fn from(health: health::Health) -> Health {
        let (authorisation, webhook, queue) = (health.authorisation, health.webhook, health.queue);
        Health {
            authorisation: Authorisation {
                by: authorisation.by,
                token: authorisation.token,
                expires_at: moment(authorisation.expires_at),
                refreshed_at: moment(authorisation.refreshed_at),
                consented_at: moment(authorisation.consented_at),
                is_old: authorisation.is_old,
            },
            webhook: Webhook {
                is_registered: webhook.is_registered,
                expires_at: moment(webhook.expires_at),
                verified_at: moment(webhook.verified_at),
                by_hand: webhook.by_hand.map(|door| ByHand {
                    made_at: door.made_at.rfc3339(),
                    last_event_at: moment(door.last_event_at),
                }),
            },
            queue: Queue {
                waiting: queue.waiting,
                running: queue.running,
                oldest_at: moment(queue.oldest_at),
                paused_until: moment(queue.paused_until),
                paused_why: queue.paused_why,
            },
            last_event_at: moment(health.last_event_at),
            last_write_at: moment(health.last_write_at),
            problems: health.problems.into_iter().map(Problem::from).collect(),
        }
    }
}

/// A link with a problem.
#[derive(Serialize, ToSchema)]
struct Affected {
    #[schema(value_type = words::LinkIdWord)]
    link: String,
    #[schema(value_type = words::PostIdWord)]
    post: String,
    /// The post's title.
    title: String,
    /// The issue's key, once known.
    #[schema(example = "DEMO-12")]
    issue: Option<String>,
    /// What is wrong with this one, and what to do.
    text: String,
    #[schema(value_type = words::TimeWord)]
    first_at: String,
    #[schema(value_type = words::TimeWord)]
    last_at: String,
    /// It is being tried again.
    is_trying: bool,
}

impl From<problems::Affected> for Affected {
    fn from(affected: problems::Affected) -> Affected {
        Affected {
            link: affected.link.to_string(),
            post: affected.post.to_string(),
            title: affected.title,
            issue: affected.key.map(|key| key.to_string()),
            text: affected.text,
            first_at: affected.first_at.rfc3339(),
            last_at: affected.last_at.rfc3339(),
            is_trying: affected.is_trying,
        }
    }
}

/// What is to be tried again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Retry {
    /// One link; without it, everything that the cause keeps from being done.
    #[schema(value_type = Option<words::LinkIdWord>)]
    link: Option<LinkId>,
}

/// What was set going.
#[derive(Serialize, ToSchema)]
struct Retried {
    links: i64,
    /// Jobs about something else.
    jobs: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneCause {
    /// The connection's id.
    #[param(value_type = words::ConnectionIdWord)]
    id: ConnectionId,
    /// The cause's code.
    #[param(example = "may_not_create")]
    cause: String,
}

/// Read how a connection is. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/health", tag = "health", params(OneConnection),
    responses((status = 200, body = Health))
)]
async fn read_health(asked: Asked, At(at): At<OneConnection>) -> Answer<Health> {
    let health = health::read(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(health.into()))
}

/// List what is wrong on a connection by cause, gravest first. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/problems", tag = "health", params(OneConnection),
    responses((status = 200, body = List<Problem>))
)]
async fn list_problems(asked: Asked, At(at): At<OneConnection>) -> Answer<List<Problem>> {
    let found = problems::list(&asked.app, &asked.caller, at.id).await?;
    Ok(whole(found))
}

/// List the links that a cause keeps from being in step. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/problems/{cause}", tag = "health", params(OneCause, Paging),
    responses((status = 200, body = List<Affected>))
)]
async fn list_affected(
    asked: Asked,
    At(at): At<OneCause>,
    Params(paging): Params<Paging>,
) -> Answer<List<Affected>> {
    let page = page(paging.limit, paging.after)?;
    let found = problems::affected(&asked.app, &asked.caller, at.id, &at.cause, &page).await?;
    Ok(paged(found))
}

/// Try again what failed for a cause: all of it, or one link. A second call asks for nothing twice. A cause that needs a
/// new authorisation is answered 409. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/problems/{cause}/retry", tag = "health", params(OneCause),
    request_body = Retry, responses((status = 200, body = Retried))
)]
async fn retry_problem(
    asked: Asked,
    At(at): At<OneCause>,
    Sent(wanted): Sent<Retry>,
) -> Answer<Retried> {
    let (app, caller) = (&asked.app, &asked.caller);
    let retried = match wanted.link {
        Some(link) => retry::one(app, caller, at.id, &at.cause, link).await?,
        None => retry::all(app, caller, at.id, &at.cause).await?,
    };
    Ok(Json(Retried {
        links: retried.links,
        jobs: retried.jobs,
    }))
}
