//! The relay's outer half: how much, how often, and the same answer to everything that is not for us. What a request has
//! to show is decided in [`upvow_app::privacy::reporting::relay`].

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderName, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use upvow_app::privacy::reporting::relay::{self, Outcome, Request};

use crate::{ClientAddr, Web};

/// How long a request may take to arrive and be begun.
const WITHIN: Duration = Duration::from_secs(20);

pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route(relay::PATH, any(receive))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            WITHIN,
        ))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| StatusCode::SERVICE_UNAVAILABLE.into_response(),
        ))
}

async fn receive(
    State(web): State<Web>,
    client: ClientAddr,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if web.limits.hooks.take(&client.key(), web.app.now()).is_err() {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    // Where there is no relay nothing is read.
    let is_on = !web.app.settings.relay.is_empty();
    if !is_on || method != Method::POST {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(body) = to_bytes(body, relay::LARGEST).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let all = |name: &'static str| {
        let values = headers.get_all(HeaderName::from_static(name)).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    };
    let request = Request {
        signature_input: all("signature-input"),
        signature: all("signature"),
        content_digest: all("content-digest"),
        body: Vec::from(body).into(),
    };
    match relay::receive(&web.app, &request).await {
        Outcome::Taken => StatusCode::ACCEPTED,
        Outcome::Refused => StatusCode::NOT_FOUND,
        Outcome::NotNow => StatusCode::SERVICE_UNAVAILABLE,
    }
    .into_response()
}
