//! The JSON API: `/api/v1`, its description at `/api/openapi.json`, its browsable page at `/api/docs`.
//!
//! - `asked`, `input`, `output`: who asks, what they sent, what goes back.
//! - `words`: ids, times and closed sets of names, as the description shows them.
//! - `document`: the description.
//! - `v1`: the operations, one file per family.

pub(crate) mod asked;
pub(crate) mod document;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod v1;
pub(crate) mod words;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::Web;

/// Where the API begins.
pub(crate) const BASE: &str = "/api/v1/projects/{project}";

pub(crate) fn router() -> Router<Web> {
    let (routes, document) = OpenApiRouter::with_openapi(document::Document::openapi())
        .nest(BASE, v1::router())
        .split_for_parts();
    let document = document::finish(document);
    let docs = Router::<Web>::from(
        SwaggerUi::new("/api/docs").config(
            Config::new(["/api/openapi.json"])
                .try_it_out_enabled(true)
                .validator_url("none"),
        ),
    );
    routes
        .route(
            "/api/openapi.json",
            get(move || std::future::ready(json(document.clone()))),
        )
        .merge(docs.layer(from_fn(docs_policy)))
}

fn json(text: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// The documentation page styles itself from its script, and its signs are `data:` pictures.
async fn docs_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    );
    response
}
