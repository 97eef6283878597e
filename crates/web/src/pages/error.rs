//! The page of a refusal.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};

use super::{filters, frame::Frame};

#[derive(Template)]
#[template(path = "error.html")]
struct Refusal<'a> {
    frame: Frame,
    status: u16,
    title: &'a str,
    text: &'a str,
}

impl Refusal<'_> {
    fn icon(&self) -> &'static str {
        match self.status {
            403 => "lock",
            404 => "search",
            429 => "clock",
            _ => "alert",
        }
    }

    fn advice(&self) -> &'static str {
        match self.status {
            403 => "Ask somebody with that role, or sign in as somebody who has it.",
            404 => {
                "Check the address. If it should lead somewhere, it may be for members only: sign in and try again."
            }
            408 | 429 | 503 | 504 => "Nothing is lost: go back, wait a moment, and send it again.",
            400..=499 => "Go back, check what was entered, and try once more.",
            _ => "It is noted on our side. Try again in a moment.",
        }
    }
}

/// Shows a refusal to people: what happened, and what to do.
pub fn render(status: StatusCode, title: &str, text: &str) -> Response {
    let page = Refusal {
        frame: Frame::alone(title),
        status: status.as_u16(),
        title,
        text,
    };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        // A refusal has to be shown whatever happens.
        Err(_) => (status, title.to_owned()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_refusal_says_is_text_not_html() {
        let response = render(
            StatusCode::NOT_FOUND,
            "<b>Not here</b>",
            "\"><script>alert(1)</script>",
        );
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let body = axum::body::to_bytes(response.into_body(), 100_000)
            .await
            .unwrap();
        let html = String::from_utf8(body.to_vec()).unwrap();
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.contains("&#60;b&#62;Not here"), "{html}");
    }
}
