//! The requests of a project. They are opened and fetched in a browser, where it can be shown who is asking; programs can
//! look, and keep the clock.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::privacy::requests::{
    self, Grounds, Kind, Reason, Route, State,
    desk::{self, Filter},
    public::Revocation,
};
use upvow_domain::{CaseId, Invalid};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, DONE, Done, List, moment, paged},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_privacy_requests))
        .routes(routes!(get_privacy_request))
        .routes(routes!(pause_privacy_request))
        .routes(routes!(resume_privacy_request))
        .routes(routes!(extend_privacy_request))
        .routes(routes!(deny_privacy_request))
        .routes(routes!(get_held_data))
}

/// Somebody asked for a copy of data of a person in Jira, or for its deletion. Nobody is named in it.
#[derive(Serialize, ToSchema)]
struct PrivacyRequest {
    #[schema(value_type = words::CaseIdWord)]
    id: String,
    #[schema(value_type = words::RequestKindWord)]
    kind: Kind,
    #[schema(value_type = words::RequestRouteWord)]
    route: Route,
    #[schema(value_type = words::RequestStateWord)]
    state: State,
    /// A code of the table of laws, or `unknown`: then the shortest term of all counts.
    law: String,
    /// The connection it is about, if it is about one.
    #[schema(value_type = Option<words::ConnectionIdWord>)]
    connection_id: Option<String>,
    #[schema(value_type = words::TimeWord)]
    received_at: String,
    /// When the answer is due by law.
    #[schema(value_type = words::TimeWord)]
    due_at: String,
    /// How much of that time is used up, in percent.
    used: u32,
    /// Whole days left by law; null once it is closed.
    days_left: Option<i64>,
    #[schema(value_type = Option<words::TimeWord>)]
    verified_at: Option<String>,
    /// When it is to be through by our own promise.
    #[schema(value_type = Option<words::TimeWord>)]
    ceiling_at: Option<String>,
    #[schema(value_type = Option<words::TimeWord>)]
    paused_at: Option<String>,
    #[schema(value_type = Option<words::TimeWord>)]
    extended_at: Option<String>,
    #[schema(value_type = Option<words::TimeWord>)]
    closed_at: Option<String>,
    /// Why it was denied.
    #[schema(value_type = Option<words::RequestReasonWord>)]
    reason: Option<Reason>,
    /// A code of what became of it.
    result: Option<String>,
}

impl PrivacyRequest {
    fn of(case: requests::Case, now: upvow_domain::Time) -> PrivacyRequest {
        PrivacyRequest {
            days_left: case.days_left(now),
            id: case.id.to_string(),
            kind: case.kind,
            route: case.route,
            state: case.state,
            law: case.law,
            connection_id: case.connection.map(|id| id.to_string()),
            received_at: case.received_at.rfc3339(),
            due_at: case.due_at.rfc3339(),
            used: case.used,
            verified_at: moment(case.verified_at),
            ceiling_at: moment(case.ceiling_at),
            paused_at: moment(case.paused_at),
            extended_at: moment(case.extended_at),
            closed_at: moment(case.closed_at),
            reason: case.reason,
            result: case.result,
        }
    }
}

/// A request with what happened.
#[derive(Serialize, ToSchema)]
struct PrivacyRequestDetail {
    request: PrivacyRequest,
    events: Vec<RequestEvent>,
    erasures: Vec<RequestErasure>,
}

/// A line of a request's timeline.
#[derive(Serialize, ToSchema)]
struct RequestEvent {
    /// What happened.
    code: String,
    /// An id of ours, or a code.
    detail: String,
    #[schema(value_type = words::TimeWord)]
    at: String,
}

/// An erasure that a request began.
#[derive(Serialize, ToSchema)]
struct RequestErasure {
    /// Its number; the receipt bears it.
    id: String,
    #[schema(value_type = Option<words::TimeWord>)]
    erased_at: Option<String>,
    /// When the key was destroyed that could open older copies.
    #[schema(value_type = Option<words::TimeWord>)]
    final_at: Option<String>,
    /// How far the revocation at Atlassian came; never more than is known.
    revocation: Option<&'static str>,
}

/// How much is held now.
#[derive(Serialize, ToSchema)]
struct HeldData {
    /// Connections that work by somebody's authorisation.
    authorised: usize,
    /// Of those, how many have tokens that can be used.
    with_tokens: usize,
    /// Connections that are ending.
    ending: usize,
    /// Connections that ended: nothing of a person is left of them.
    ended: usize,
}

/// Why it takes longer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Extension {
    #[schema(value_type = words::RequestGroundsWord)]
    grounds: String,
}

/// Why it is denied.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Denial {
    #[schema(value_type = words::RequestReasonWord)]
    reason: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneRequest {
    /// The request's id.
    #[param(value_type = words::CaseIdWord)]
    id: CaseId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichRequests {
    /// Only those that are open, or that are closed.
    #[param(nullable = false)]
    open: Option<bool>,
    /// How many rows: 1 to 100.
    #[param(nullable = false, minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

/// List privacy requests, newest first. Needs an admin.
#[utoipa::path(
    get, path = "/privacy/requests", tag = "privacy", params(WhichRequests),
    responses((status = 200, body = List<PrivacyRequest>))
)]
async fn list_privacy_requests(
    asked: Asked,
    Params(which): Params<WhichRequests>,
) -> Answer<List<PrivacyRequest>> {
    let of = page(which.limit, which.after)?;
    let filter = Filter {
        open: which.open,
        ..Filter::default()
    };
    let now = asked.app.now();
    let found = desk::list(&asked.app, &asked.caller, filter, &of).await?;
    Ok(paged(found.map(|case| PrivacyRequest::of(case, now))))
}

/// Get a privacy request with its timeline. Needs an admin.
#[utoipa::path(
    get, path = "/privacy/requests/{id}", tag = "privacy", params(OneRequest),
    responses((status = 200, body = PrivacyRequestDetail))
)]
async fn get_privacy_request(asked: Asked, At(at): At<OneRequest>) -> Answer<PrivacyRequestDetail> {
    let found = desk::get(&asked.app, &asked.caller, at.id).await?;
    let events = found.events.into_iter().map(|event| RequestEvent {
        code: event.code,
        detail: event.detail,
        at: event.at.rfc3339(),
    });
    let erasures = found.receipts.into_iter().map(|one| RequestErasure {
        id: one.id.to_string(),
        erased_at: moment(one.erased_at),
        final_at: moment(one.final_at),
        revocation: one.revocation.map(|how| match how {
            Revocation::AcceptedNotVerified => "accepted_not_verified",
            Revocation::ConfirmedByProbe => "confirmed",
            Revocation::PersonMustRemove | Revocation::NothingToRevoke => "you_must_remove_it",
        }),
    });
    Ok(Json(PrivacyRequestDetail {
        events: events.collect(),
        erasures: erasures.collect(),
        request: PrivacyRequest::of(found.case, asked.app.now()),
    }))
}

/// Stop a request's clock while it is open who asks. Only where the law lets it. Needs an admin.
#[utoipa::path(
    post, path = "/privacy/requests/{id}/pause", tag = "privacy", params(OneRequest),
    responses((status = 204, description = "The clock stands still."))
)]
async fn pause_privacy_request(asked: Asked, At(at): At<OneRequest>) -> Done {
    desk::pause(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Let a request's clock go on. Needs an admin.
#[utoipa::path(
    post, path = "/privacy/requests/{id}/resume", tag = "privacy", params(OneRequest),
    responses((status = 204, description = "The clock goes on."))
)]
async fn resume_privacy_request(asked: Asked, At(at): At<OneRequest>) -> Done {
    desk::resume(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Take the one extension that the law gives; whoever asked is told. Needs an admin.
#[utoipa::path(
    post, path = "/privacy/requests/{id}/extend", tag = "privacy", params(OneRequest), request_body = Extension,
    responses((status = 204, description = "There is more time."))
)]
async fn extend_privacy_request(
    asked: Asked,
    At(at): At<OneRequest>,
    Sent(input): Sent<Extension>,
) -> Done {
    let grounds = Grounds::named(&input.grounds)
        .ok_or_else(|| Invalid::new("grounds", "use complexity or number"))?;
    desk::extend(&asked.app, &asked.caller, at.id, grounds).await?;
    Ok(DONE)
}

/// Deny a request of which it is not known who asks; they are told why. Needs an admin.
#[utoipa::path(
    post, path = "/privacy/requests/{id}/deny", tag = "privacy", params(OneRequest), request_body = Denial,
    responses((status = 204, description = "It is denied."))
)]
async fn deny_privacy_request(
    asked: Asked,
    At(at): At<OneRequest>,
    Sent(input): Sent<Denial>,
) -> Done {
    let reason = Reason::named(&input.reason)
        .ok_or_else(|| Invalid::new("reason", "use a reason of the list"))?;
    desk::deny(&asked.app, &asked.caller, at.id, reason).await?;
    Ok(DONE)
}

/// Count what is held now of people in Jira for this project. Needs an admin.
#[utoipa::path(
    get, path = "/privacy/held", tag = "privacy",
    responses((status = 200, body = HeldData))
)]
async fn get_held_data(asked: Asked) -> Answer<HeldData> {
    let held = desk::held(&asked.app, &asked.caller).await?;
    Ok(Json(HeldData {
        authorised: held.authorised,
        with_tokens: held.with_tokens,
        ending: held.ending,
        ended: held.ended,
    }))
}
