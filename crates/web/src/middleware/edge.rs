//! The outermost layer: gives a request its id, and when it is answered writes its one log line, counts it, and puts
//! the security headers on. The line holds the route's template, never the path, the query, a header or a body.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use upvow_events::{
    Counter, Event, Histogram,
    safe::{self, Method, Route},
};

use super::{headers, present::Code};
use crate::{Web, hooks};

/// The id of a request: ours, whatever the client sent. It names the request in the log and in problems.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) safe::RequestId);

/// Middleware.
pub(crate) async fn edge(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id: safe::RequestId = web.app.fresh_id();
    let method = Method::from(request.method());
    let route = Route::from(request.extensions().get::<MatchedPath>());
    request.extensions_mut().insert(RequestId(id));

    let mut response = next.run(request).await;

    let took = began.elapsed();
    headers::put(response.headers_mut(), &web, route.template());
    if !hooks::is_door(route.template()) {
        // One refusal at the webhook door must look like the other.
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response
                .headers_mut()
                .insert(HeaderName::from_static("x-request-id"), value);
        }
    }
    let status = response.status().as_u16();
    let code = response
        .extensions()
        .get::<Code>()
        .map_or("", |code| code.0)
        .into();
    let (request, ms) = (id, took);
    let event = if response.status().is_server_error() {
        Event::RequestFailed {
            request,
            method,
            route: route.clone(),
            status,
            ms,
            code,
        }
    } else {
        Event::Request {
            request,
            method,
            route: route.clone(),
            status,
            ms,
            code,
        }
    };
    event.log();
    let counted = Counter::Requests {
        route: route.clone(),
        method,
        status,
    };
    counted.add();
    Histogram::RequestSeconds { route, method }.record(took.as_secs_f64());
    response
}
