//! The webhook door's outer half: how much, how often, and the same answer to everything that is not for us. What a
//! delivery means is decided in [`upvow_app::sync::intake`].

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use upvow_app::sync::intake::{self, Delivery, Outcome};
use upvow_domain::secret::WebhookToken;

use crate::{ClientAddr, Web};

/// The one route. The log knows it by this template: the token in it is a secret.
pub(crate) const ROUTE: &str = "/hooks/jira/{token}";

/// The most that is read of a delivery. Jira's are some 20 KB; a long description with its history can be a hundred
/// times that.
const BODY_MOST: usize = 5 * 1024 * 1024;

/// How long a delivery may take to arrive and be stored. Jira itself gives up later.
const WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn router() -> Router<Web> {
    Router::new()
        // Every method: a wrong one gets the refusal that a wrong token gets.
        .route(ROUTE, any(deliver))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            WITHIN,
        ))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| later(StatusCode::SERVICE_UNAVAILABLE, 60),
        ))
}

async fn deliver(
    State(web): State<Web>,
    client: ClientAddr,
    method: Method,
    token: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = receive(&web, client, &method, token.ok(), &headers, body).await;
    match answer {
        StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => answer.into_response(),
        StatusCode::TOO_MANY_REQUESTS => later(answer, 30),
        _ => later(answer, 60),
    }
}

async fn receive(
    web: &Web,
    client: ClientAddr,
    method: &Method,
    token: Option<Path<String>>,
    headers: &HeaderMap,
    body: Body,
) -> StatusCode {
    if web.limits.hooks.take(&client.key(), web.app.now()).is_err() {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    let refused = StatusCode::NOT_FOUND;
    let (Some(Path(token)), true) = (token, method == Method::POST) else {
        return refused;
    };
    let token = WebhookToken::new(token);
    if too_long(headers) {
        return refused;
    }
    let Ok(body) = to_bytes(body, BODY_MOST).await else {
        return refused;
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let delivery = Delivery {
        token,
        authorization: headers
            .get_all(header::AUTHORIZATION)
            .iter()
            .map(text)
            .collect(),
        delivery_id: headers.get("x-atlassian-webhook-identifier").map(text),
        body: body.into(),
    };
    match intake::receive(&web.app, delivery).await {
        Outcome::Taken => StatusCode::NO_CONTENT,
        Outcome::Refused => refused,
        Outcome::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Outcome::NotNow => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Whether the delivery says itself that it is longer than we read.
fn too_long(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .is_some_and(|length| length > BODY_MOST as u64)
}

/// "Not now": Jira tries again.
fn later(status: StatusCode, seconds: u32) -> Response {
    (status, [(header::RETRY_AFTER, HeaderValue::from(seconds))]).into_response()
}
