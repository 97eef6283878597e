//! The outermost layer: gives a request its id, and when it is answered writes its one log line, counts it, and puts
//! the security headers on. The line holds the route's template, never the path, the query, a header or a body.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use upvow_domain::id::{Id, Kind};

use super::{headers, present::Code};
use crate::{Web, hooks};

/// Names requests.
enum RequestKind {}

impl Kind for RequestKind {
    const PREFIX: &'static str = "request";
}

/// The id of a request: ours, whatever the client sent. It names the request in the log and in problems.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// The route label of what matched none.
const NO_ROUTE: &str = "none";

/// Middleware.
pub(crate) async fn edge(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id: Id<RequestKind> = web.app.fresh_id();
    let id = id.to_string();
    let method = method_name(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| NO_ROUTE.to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));

    let mut response = next.run(request).await;

    let took = began.elapsed();
    headers::put(response.headers_mut(), &web, &route);
    if !hooks::is_door(&route) {
        // One refusal at the webhook door must look like the other.
        if let Ok(value) = HeaderValue::from_str(&id) {
            response
                .headers_mut()
                .insert(HeaderName::from_static("x-request-id"), value);
        }
    }
    let status = response.status().as_u16();
    let code = response
        .extensions()
        .get::<Code>()
        .map_or("", |code| code.0);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::error!(request = %id, method, route, status, ms, code, "request");
    } else {
        tracing::info!(request = %id, method, route, status, ms, code, "request");
    }
    let labels = [
        ("route", route),
        ("method", method.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..2]).record(took.as_secs_f64());
    response
}

/// Methods as labels from a closed set: a client can send any word.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
