//! After the secrets of sessions were replaced, a browser gets its new one with the next page it asks for.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use upvow_app::sign_in;

use crate::{Web, cookie};

/// Middleware. A page for people only: programs do not keep cookies, and scripts of a page come with its new one.
pub(super) async fn renew(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET
        && request
            .headers()
            .get(header::ACCEPT)
            .is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    let secret = is_page
        .then(|| cookie::session_of(request.headers(), web.secure))
        .flatten();
    let mut response = next.run(request).await;
    // Whoever signs in or out with this very answer has their cookie from there.
    let Some(secret) = secret.filter(|_| !response.headers().contains_key(header::SET_COOKIE))
    else {
        return response;
    };
    // Otherwise it goes on with the old one, and is asked again with the next page.
    if let Ok(Some(next)) = sign_in::renewed(&web.app, &secret).await {
        let cookie = cookie::session_cookie(&web, &next).to_string();
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}
