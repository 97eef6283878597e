//! The session cookie, and that of a browser that goes on with a link without an account.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::Cookie;
use upvow_domain::secret::SessionSecret;

use crate::Web;

/// Its name. Over https the prefix has the browser itself refuse a copy set by a neighbouring host or over http.
const fn name(secure: bool) -> &'static str {
    if secure {
        "__Host-upvow_session"
    } else {
        "upvow_session"
    }
}

/// The name of the cookie by which a browser is known again that goes on with a link; nobody is signed in by it.
const fn guest_name(secure: bool) -> &'static str {
    if secure {
        "__Host-upvow_guest"
    } else {
        "upvow_guest"
    }
}

/// How long such a browser is known: as long as its link works at most.
const GUEST_FOR: Duration = Duration::from_hours(7 * 24);

/// The cookie that keeps somebody signed in.
pub fn session_cookie(web: &Web, secret: &SessionSecret) -> Cookie<'static> {
    let lasts = web.app.settings.session_for();
    written(web, name(web.secure), secret.expose(), lasts)
}

/// The cookie that makes the browser forget.
pub fn clear_cookie(web: &Web) -> Cookie<'static> {
    written(web, name(web.secure), "", Duration::ZERO)
}

/// The cookie by which a browser that goes on with a link is known again.
pub fn guest_cookie(web: &Web, secret: &SessionSecret) -> Cookie<'static> {
    written(web, guest_name(web.secure), secret.expose(), GUEST_FOR)
}

fn written(web: &Web, name: &str, value: &str, lasts: Duration) -> Cookie<'static> {
    // As text, because the builder wants a span of a crate that nothing else here needs.
    let text = format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}",
        lasts.as_secs(),
        if web.secure { "; Secure" } else { "" }
    );
    Cookie::parse(text).expect("a name, an equals sign and attributes are a cookie")
}

/// The session secret a request carries, if any.
pub fn session_of(headers: &HeaderMap, secure: bool) -> Option<SessionSecret> {
    value_of(headers, name(secure))
}

/// The secret of a browser that goes on with a link, if it carries one.
pub fn guest_of(headers: &HeaderMap, secure: bool) -> Option<SessionSecret> {
    value_of(headers, guest_name(secure))
}

fn value_of(headers: &HeaderMap, name: &str) -> Option<SessionSecret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .filter(|value| (1..=128).contains(&value.len()))
        .map(|value| SessionSecret::new(value.to_owned()))
}
