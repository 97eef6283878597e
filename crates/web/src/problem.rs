//! RFC 9457: how a refusal looks to a program.

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

/// What each code of our own means.
const CODES: &[(&str, &str)] = &[
    (
        "not_found",
        "There is no such thing, or you may not know of it.",
    ),
    (
        "sign_in_needed",
        "Sign in, or send a token as <code>Authorization: Bearer upvow_...</code>.",
    ),
    (
        "bad_token",
        "The token is unknown, ended or expired. Make a new one in the project's settings.",
    ),
    (
        "forbidden",
        "You are known, and this needs a role or a token scope that you do not have. The text names it.",
    ),
    (
        "invalid",
        "Some inputs are refused. <code>errors</code> names each field and says what to do.",
    ),
    (
        "bad_json",
        "The body is not JSON. The text says where reading stopped.",
    ),
    ("bad_request", "The request cannot be read."),
    (
        "wrong_content_type",
        "Send JSON with <code>Content-Type: application/json</code>.",
    ),
    ("too_large", "The body is larger than what is read here."),
    (
        "method_not_allowed",
        "The address takes other methods; the <code>Allow</code> header names them.",
    ),
    (
        "cross_site",
        "A browser sent this from another site's page, so it was refused.",
    ),
    (
        "session_needed",
        "This works with a signed-in browser only, because it continues in one.",
    ),
    ("already_exists", "It is already there."),
    (
        "too_many",
        "That was too often. <code>Retry-After</code> says when to try again, in seconds.",
    ),
    (
        "timed_out",
        "It took too long and was given up. Writes with an <code>Idempotency-Key</code> can be repeated.",
    ),
    (
        "unavailable",
        "A database cannot be reached; nothing was changed. <code>Retry-After</code> says when to try again.",
    ),
    (
        "jira_not_configured",
        "The operator of this server has not set up Jira.",
    ),
    (
        "jira_scope_missing",
        "The connection was made without a permission that this needs. An admin connects again.",
    ),
    (
        "jira_forbidden",
        "The person who connected Jira may not do this there.",
    ),
    (
        "jira_not_found",
        "Jira has no such thing, or does not show it to the person who connected.",
    ),
    (
        "jira_refused",
        "Jira understood, and a field or the workflow does not allow it.",
    ),
    ("jira_rate_limited", "Jira asks us to wait."),
    ("jira_unavailable", "Jira cannot be reached."),
    (
        "internal",
        "Something broke on our side. The request id leads the operator to the cause.",
    ),
];

/// `/problems`: the page that problem types point to.
pub(crate) async fn page() -> Html<String> {
    use std::fmt::Write as _;

    let mut rows = String::new();
    for (code, text) in CODES {
        let _ = write!(
            rows,
            "<dt id=\"{code}\"><code>{code}</code></dt><dd>{text}</dd>"
        );
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Problems of the API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"{}\"></head>\
         <body><main><h1>Problems of the API</h1><p>Errors come as <code>{MEDIA_TYPE}</code> (RFC 9457). \
         A conflict (409) can carry further codes; its <code>detail</code> says what to do.</p><dl>{rows}</dl>\
         </main></body></html>",
        crate::assets::url("app.css")
    ))
}
