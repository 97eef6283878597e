//! What is read, written and kept; then to Atlassian, and back.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    AppError,
    connect::{
        self, State,
        consent::{self, Consent},
        oauth::{self, Answer},
    },
    privacy::requests,
    projects,
};
use upvow_domain::{ConnectionId, secret::AuthorizationCode};

use super::{Step, Way, asked_before, connection_of};
use crate::{
    Ctx, PageError, Visit, Web,
    failure::Failure,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
        invited, privacy,
        settings::admins_only,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/p/{project}/settings/connections/new",
            get(ask).post(agree),
        )
        .route(
            "/p/{project}/settings/connections/{id}/reconnect",
            get(ask_again).post(agree_again),
        )
        .route("/jira/callback", get(come_back))
}

#[derive(Template)]
#[template(path = "connect_consent.html")]
struct Page {
    frame: Frame,
    way: Way,
    consent: Consent,
    has_jira: bool,
    reconnect: Option<ConnectionId>,
    errors: Errors,
}

async fn ask(ctx: Ctx) -> Result<Response, PageError> {
    page(&ctx, None, Errors::default())
}

async fn ask_again(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    match connection_of(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, Some(connection.id), Errors::default()),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn page(ctx: &Ctx, reconnect: Option<ConnectionId>, errors: Errors) -> Result<Response, PageError> {
    admins_only(ctx)?;
    let title = if reconnect.is_some() {
        "Reconnect Jira"
    } else {
        "Connect Jira"
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, title),
        way: Way {
            base: format!("/p/{}/settings/connections", ctx.project.slug),
            step: Step::Authorise,
            next: Step::Authorise,
            is_setup: reconnect.is_none(),
            site: "Jira".to_owned(),
            state: None,
        },
        consent: consent::text(&ctx.app),
        has_jira: ctx.app.jira.is_some(),
        reconnect,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn agree(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    begin(&ctx, None, &fields).await
}

async fn agree_again(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    match connection_of(&ctx, &connection).await? {
        Ok(connection) => begin(&ctx, Some(connection.id), &fields).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn begin(
    ctx: &Ctx,
    reconnect: Option<ConnectionId>,
    fields: &Fields,
) -> Result<Response, PageError> {
    admins_only(ctx)?;
    let session = ctx.session.as_ref().ok_or(AppError::SignInNeeded)?;
    let agreed = fields.get("agreed");
    if agreed.is_empty() {
        let errors = Errors::field(
            "agreed",
            "tick the box to go on; without your consent nothing is connected",
        );
        return page(ctx, reconnect, errors);
    }
    match oauth::begin(&ctx.app, &ctx.caller, session, agreed, reconnect).await {
        Ok(address) => Ok(Redirect::to(&address).into_response()),
        Err(error) => page(ctx, reconnect, Errors::of(error)?),
    }
}

#[derive(Template)]
#[template(path = "connect_failed.html")]
struct Failed {
    frame: Frame,
    title: &'static str,
    text: String,
}

/// The browser is back from Atlassian. One address serves all projects; the state says which it is about.
async fn come_back(visit: Visit, Asked(asked): Asked) -> Result<Response, PageError> {
    let state = asked.get("state");
    let answer = match asked.some("code") {
        Some(code) => Answer::Code(AuthorizationCode::new(code)),
        None => Answer::Refused(refusal(asked.get("error")).to_owned()),
    };
    let trip = oauth::trip_of(&visit.app, state).await?;
    if let Some(invite) = trip.and_then(|trip| trip.invite) {
        return invited::come_back(&visit, invite, state, answer).await;
    }
    if trip.is_none() && requests::trip::is_one(&visit.app, state).await? {
        return privacy::come_back(&visit, state, answer).await;
    }
    let Some(project) = trip.map(|trip| trip.project) else {
        let frame = Frame::outside(&visit, "Nothing was begun here");
        let text = "This browser did not begin a connection, or it took longer than the few minutes it is good for. Open your project’s settings and start again.".to_owned();
        return failed(
            frame,
            StatusCode::BAD_REQUEST,
            "Nothing was begun here",
            text,
        );
    };
    let caller = visit.caller(project).await?;
    let project = projects::get(&visit.app, &caller).await?;
    let ctx = visit.enter(project).await?;
    let session = ctx.session.as_ref().ok_or(AppError::SignInNeeded)?;
    let base = format!("/p/{}/settings/connections", ctx.project.slug);
    match oauth::finish(&ctx.app, &ctx.caller, session, state, answer).await {
        Ok(connection) => {
            let connection = connect::get(&ctx.app, &ctx.caller, connection).await?;
            let there = if connection.other_account_until.is_some() {
                format!("{base}/{}/account", connection.id)
            } else if connection.state == State::Setup {
                format!("{base}/{}/site?done=authorised", connection.id)
            } else {
                format!("{base}/{}?done=reconnected", connection.id)
            };
            Ok(Redirect::to(&there).into_response())
        }
        Err(AppError::Conflict {
            code: "suppressed", ..
        }) => Ok(Redirect::to(&asked_before::address(state)).into_response()),
        Err(error @ (AppError::NotFound | AppError::SignInNeeded | AppError::Internal { .. })) => {
            Err(error.into())
        }
        Err(error) => {
            let failure = Failure::from(error);
            let frame = Frame::of(&ctx, Part::Settings, "Jira was not connected");
            let mut text = failure.detail;
            for one in &failure.errors {
                let _ = write!(text, " {}.", one.message);
            }
            failed(frame, failure.status, "Jira was not connected", text)
        }
    }
}

/// The reasons Atlassian documents; anything else it sends is not carried on.
fn refusal(code: &str) -> &'static str {
    match code {
        "access_denied" => "access_denied",
        "unauthorized_client" => "unauthorized_client",
        "invalid_scope" => "invalid_scope",
        "server_error" => "server_error",
        "temporarily_unavailable" => "temporarily_unavailable",
        _ => "invalid_request",
    }
}

fn failed(
    frame: Frame,
    status: StatusCode,
    title: &'static str,
    text: String,
) -> Result<Response, PageError> {
    show_as(status, &Failed { frame, title, text })
}
