//! The webhook doors' outer half: how much, how often, and the same answer to everything that is not for us. What a
//! delivery means is decided in [`upvow_app::sync::intake`].

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use upvow_app::sync::intake::{self, Delivery, Outcome, SignedDelivery};
use upvow_domain::secret::WebhookToken;

use crate::{ClientAddr, Web};

/// Where Jira's dynamic webhooks lead. The log knows it by this template: the token in it is a secret.
const DYNAMIC: &str = "/hooks/jira/{token}";

/// Where webhooks lead that an administrator of Jira made by hand.
const BY_HAND: &str = "/hooks/jira-admin/{token}";

/// Whether a route is one of the doors.
pub(crate) fn is_door(route: &str) -> bool {
    [DYNAMIC, BY_HAND].contains(&route)
}

/// The most that is read of a delivery. Jira's are some 20 KB; a long description with its history can be a hundred
/// times that.
const BODY_MOST: usize = 5 * 1024 * 1024;

/// How long a delivery may take to arrive and be stored. Jira itself gives up later.
const WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn router() -> Router<Web> {
    Router::new()
        // Every method: a wrong one gets the refusal that a wrong token gets.
        .route(DYNAMIC, any(deliver))
        .route(BY_HAND, any(deliver_signed))
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
    let read = read(&web, client, &method, token.ok(), &headers, body).await;
    let (token, body) = match read {
        Ok(read) => read,
        Err(status) => return answer(status),
    };
    let delivery = Delivery {
        token,
        authorization: all(&headers, &header::AUTHORIZATION),
        delivery_id: delivery_id(&headers),
        body,
    };
    answer(status(intake::receive(&web.app, delivery).await))
}

async fn deliver_signed(
    State(web): State<Web>,
    client: ClientAddr,
    method: Method,
    token: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = read(&web, client, &method, token.ok(), &headers, body).await;
    let (token, body) = match read {
        Ok(read) => read,
        Err(status) => return answer(status),
    };
    let delivery = SignedDelivery {
        token,
        signatures: all(&headers, &HeaderName::from_static("x-hub-signature")),
        delivery_id: delivery_id(&headers),
        body,
    };
    answer(status(intake::receive_signed(&web.app, delivery).await))
}

/// What every delivery has to pass first: how often, by which method, how long.
async fn read(
    web: &Web,
    client: ClientAddr,
    method: &Method,
    token: Option<Path<String>>,
    headers: &HeaderMap,
    body: Body,
) -> Result<(WebhookToken, Vec<u8>), StatusCode> {
    if web.limits.hooks.take(&client.key(), web.app.now()).is_err() {
        return Err(StatusCode::TOO_MANY_REQUESTS);
    }
    let (Some(Path(token)), true) = (token, method == Method::POST) else {
        return Err(REFUSED);
    };
    if too_long(headers) {
        return Err(REFUSED);
    }
    match to_bytes(body, BODY_MOST).await {
        Ok(body) => Ok((WebhookToken::new(token), body.into())),
        Err(_) => Err(REFUSED),
    }
}

/// The one refusal.
const REFUSED: StatusCode = StatusCode::NOT_FOUND;

fn status(outcome: Outcome) -> StatusCode {
    match outcome {
        Outcome::Taken => StatusCode::NO_CONTENT,
        Outcome::Refused => REFUSED,
        Outcome::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Outcome::NotNow => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn answer(status: StatusCode) -> Response {
    let mut response = match status {
        StatusCode::NO_CONTENT | REFUSED => status.into_response(),
        StatusCode::TOO_MANY_REQUESTS => later(status, 30),
        _ => later(status, 60),
    };
    // A connection's buffer holds what was read last, names of people included, until it is closed.
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn all(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    headers.get_all(name).iter().map(text).collect()
}

fn delivery_id(headers: &HeaderMap) -> Option<String> {
    headers.get("x-atlassian-webhook-identifier").map(text)
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
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
