//! The session cookie.

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

/// The cookie that keeps somebody signed in.
pub fn session_cookie(web: &Web, secret: &SessionSecret) -> Cookie<'static> {
    written(web, secret.expose(), web.app.settings.session_for)
}

/// The cookie that makes the browser forget.
pub fn clear_cookie(web: &Web) -> Cookie<'static> {
    written(web, "", Duration::ZERO)
}

fn written(web: &Web, value: &str, lasts: Duration) -> Cookie<'static> {
    // As text, because the builder wants a span of a crate that nothing else here needs.
    let text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}",
        name(web.secure),
        lasts.as_secs(),
        if web.secure { "; Secure" } else { "" }
    );
    Cookie::parse(text).expect("a name, an equals sign and attributes are a cookie")
}

/// The session secret a request carries, if any.
pub fn session_of(headers: &HeaderMap, secure: bool) -> Option<SessionSecret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name(secure))
        .map(|(_, value)| value)
        .filter(|value| (1..=128).contains(&value.len()))
        .map(|value| SessionSecret::new(value.to_owned()))
}
