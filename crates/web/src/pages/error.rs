//! The page that says why something did not work.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

/// A page with this status, title and text. The text is plain; it is escaped here.
pub fn render(status: StatusCode, title: &str, text: &str) -> Response {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!doctype html><html lang=\"en\"><title>{0}</title><main><h1>{0}</h1><p>{1}</p><p><a href=\"/\">To the board</a></p></main></html>",
        escaped(title),
        escaped(text)
    );
    (status, Html(page)).into_response()
}
