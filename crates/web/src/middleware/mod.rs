//! What happens around every request, from the outside in: [`edge`] names it, logs it, counts it and puts the security
//! headers on; compression; [`present`] writes refusals; panics are caught; time is bounded; requests of foreign sites
//! are refused.

pub mod edge;
pub mod headers;
pub mod limits;
pub mod present;
mod renew;

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer,
    csrf::ProtectionError, timeout::TimeoutLayer,
};

use crate::{Web, failure::Failure};

/// How long an answer may take to begin. Some steps of the connect wizard ask Jira several times.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// Around pages and API.
pub(crate) fn around_routes(routes: Router<Web>, web: &Web) -> Router<Web> {
    let csrf = CsrfLayer::new()
        // A proxy may rewrite Host; the public address is ours in any case.
        .add_trusted_origin(web.app.settings.public_url.origin().ascii_serialization())
        .unwrap_or_else(|_| CsrfLayer::new())
        .with_rejection_response(cross_site);
    routes
        .layer(csrf)
        .layer(from_fn(token_alone))
        .layer(from_fn(no_nul))
        .layer(from_fn_with_state(web.clone(), limits::writes))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            ANSWER_WITHIN,
        ))
        .layer(CatchPanicLayer::custom(broken))
        .layer(from_fn_with_state(web.clone(), renew::renew))
        .layer(from_fn(present::present))
        .layer(CompressionLayer::new())
}

/// Around everything.
pub(crate) fn around_all(router: Router<Web>, web: &Web) -> Router<Web> {
    router.layer(from_fn_with_state(web.clone(), edge::edge))
}

/// A panic is a bug of ours. What it says can hold anything, so nothing of it is shown or logged here.
fn broken(_: Box<dyn std::any::Any + Send>) -> Response {
    Failure {
        cause: "panic",
        ..Failure::of_status(StatusCode::INTERNAL_SERVER_ERROR)
    }
    .into_response()
}

fn cross_site(_: ProtectionError) -> Response {
    Failure::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "This came from another site's page, so it was refused. Open the page here and try again.",
    )
    .into_response()
}

/// PostgreSQL takes no U+0000 in a text, and nothing has it in its name.
async fn no_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().contains("%00") {
        return Failure::of_status(StatusCode::NOT_FOUND).into_response();
    }
    if uri.query().is_some_and(|query| query.contains("%00")) {
        return Failure::of_status(StatusCode::BAD_REQUEST).into_response();
    }
    next.run(request).await
}

/// A request with a bearer token is a program's, and the token alone speaks for it: whatever a browser adds by itself
/// is taken away, so that a cookie can neither help nor be misused.
async fn token_alone(mut request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") && has_bearer(request.headers()) {
        let headers = request.headers_mut();
        headers.remove(header::COOKIE);
        headers.remove(header::ORIGIN);
        headers.remove("sec-fetch-site");
    }
    next.run(request).await
}

/// Whether an `Authorization` header is there at all; one that is not a good token is refused later, never ignored.
pub(crate) fn has_bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
}
