//! RFC 9457: how a refusal looks to a program.

mod codes;

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};

use crate::failure::{Failure, FieldError};

/// The media type of a [`Problem`].
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused (RFC 9457).
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "type": "/problems#invalid", "title": "Please check what you entered", "status": 422, "code": "invalid",
    "detail": "Some of what was sent is refused; each field says what to do.",
    "errors": [{"field": "title", "message": "use 3 to 140 characters"}],
    "request_id": "request_0192a1b2c3d47e8f9a0b1c2d3e4f5a6b"
}))]
pub struct Problem {
    /// A page of ours that tells what the code means.
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    kind: String,
    /// A short name for the kind of refusal.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Stable, for programs.
    code: &'static str,
    /// What to do.
    detail: String,
    /// The refused inputs, if that is the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// Names this request in the operator's log.
    request_id: String,
}

/// Writes a refusal for a program.
pub(crate) fn render(failure: &Failure, request_id: &str) -> Response {
    let problem = Problem {
        kind: format!("/problems#{}", failure.code),
        title: failure.title(),
        status: failure.status.as_u16(),
        code: failure.code,
        detail: failure.detail.clone(),
        errors: failure.errors.clone(),
        request_id: request_id.to_owned(),
    };
    let mut response = (failure.status, axum::Json(problem)).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

/// `/problems`: the page that problem types point to.
pub(crate) async fn page() -> Html<String> {
    use std::fmt::Write as _;

    let mut rows = String::new();
    for (code, text) in codes::CODES {
        let _ = write!(
            rows,
            "<dt id=\"{code}\"><code>{code}</code></dt><dd>{text}</dd>"
        );
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Problems of the API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"{}\"></head>\
         <body><main><h1>Problems of the API</h1><p>Errors come as <code>{MEDIA_TYPE}</code> (RFC 9457). \
         <code>code</code> is for programs and stays; <code>detail</code> is for people and may change.</p><dl>{rows}</dl>\
         </main></body></html>",
        crate::assets::url("app.css")
    ))
}
