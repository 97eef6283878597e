//! Writes refusals: as a page for people, as `application/problem+json` for programs. Nothing that the framework itself
//! would say in plain text gets past here.

use std::fmt::Write as _;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::edge::RequestId;
use crate::{failure::Failure, pages, problem};

/// The cause of a refusal, for the log line that [`super::edge`] writes.
#[derive(Clone, Copy)]
pub(crate) struct Code(pub(crate) &'static str);

/// Middleware.
pub(crate) async fn present(request: Request, next: Next) -> Response {
    let asks = Asks::of(&request);
    let response = next.run(request).await;
    if let Some(failure) = failure_of(&response) {
        let mut written = asks.answer(&failure);
        for (name, value) in response.headers() {
            // What the refusal said about itself (Allow, Retry-After, cookies) stays; the body it had does not.
            if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
                written.headers_mut().append(name.clone(), value.clone());
            }
        }
        written.extensions_mut().insert(Code(failure.cause));
        return written;
    }
    response
}

fn failure_of(response: &Response) -> Option<Failure> {
    if let Some(failure) = response.extensions().get::<Failure>() {
        return Some(failure.clone());
    }
    let status = response.status();
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_ours = kind.starts_with("text/html") || kind.starts_with("application/");
    (is_error && !is_ours).then(|| Failure::of_status(status))
}

/// What of a request decides how a refusal is written.
struct Asks {
    problem: bool,
    next: Option<String>,
    request_id: String,
}

impl Asks {
    fn of(request: &Request) -> Asks {
        let path = request.uri().path();
        let by_path = ["/api/", "/healthz", "/readyz", "/metrics"]
            .iter()
            .any(|start| path.starts_with(start));
        let accepts = request
            .headers()
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Asks {
            problem: by_path || (accepts.contains("json") && !accepts.contains("html")),
            next: next(request),
            request_id: request
                .extensions()
                .get::<RequestId>()
                .map(|id| id.0.to_string())
                .unwrap_or_default(),
        }
    }

    fn answer(&self, failure: &Failure) -> Response {
        if self.problem {
            return problem::render(failure, &self.request_id);
        }
        if failure.status == StatusCode::UNAUTHORIZED {
            let next = self.next.as_deref().unwrap_or("/");
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", next)
                .finish();
            return Redirect::to(&format!("/sign-in?{query}")).into_response();
        }
        let mut text = failure.detail.clone();
        for error in &failure.errors {
            // Forms show such errors at their fields; here is what is left of those that could not.
            let _ = write!(text, " {}: {}.", error.field, error.message);
        }
        let mut response = pages::error::render(failure.status, failure.title(), &text);
        *response.status_mut() = failure.status;
        response
    }
}

/// Where to go after signing in: this page, or, since a form cannot be sent again, the page the form was on.
fn next(request: &Request) -> Option<String> {
    if request.method() == Method::GET {
        return request
            .uri()
            .path_and_query()
            .map(|path| path.as_str().to_owned());
    }
    let headers: &HeaderMap = request.headers();
    let text = |value: &HeaderValue| value.to_str().map(ToOwned::to_owned).ok();
    let host = headers.get(header::HOST).and_then(text)?;
    let from = url::Url::parse(&headers.get(header::REFERER).and_then(text)?).ok()?;
    let here = match from.port() {
        Some(port) => format!("{}:{port}", from.host_str()?),
        None => from.host_str()?.to_owned(),
    };
    (here == host).then(|| from[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}
