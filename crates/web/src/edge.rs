//! Looking at our own door as a stranger would, for the checks of the promises: the real routes, in this process, with
//! limits of their own so that nobody else waits for it.

use std::{future::Future, net::Ipv4Addr, pin::Pin};

use axum::{
    Extension, Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use tower::ServiceExt as _;
use upvow_app::{App, privacy::promises::edge::Facts};

use crate::{ClientAddr, Web, middleware::limits::Limit};

/// An address for documentation (RFC 5737): nobody's.
const STRANGER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// No limit lets so many through at once.
const FLOOD: u32 = 20_000;
/// How often the door is tried after a flood.
const TRIES: u32 = 50;

/// What a stranger meets.
pub fn look(app: App) -> Pin<Box<dyn Future<Output = Facts> + Send>> {
    let auth = app.jira.as_ref().map(|jira| jira.hosts().auth_url.clone());
    let auth = auth.unwrap_or_else(|| app.settings.public_url.clone());
    let web = Web::new(app, &auth);
    let routes = crate::router(web.clone());
    Box::pin(async move { through(&web, routes).await })
}

/// What a stranger meets who comes through these routes.
pub async fn through(web: &Web, routes: Router) -> Facts {
    let (page, headers) = ask(&routes, Method::GET, "/trust").await;
    let text = |name: header::HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let delivery = ["/hooks/jira/", &"A".repeat(43)].concat();
    Facts {
        policy: text(header::CONTENT_SECURITY_POLICY),
        sniffing: text(header::X_CONTENT_TYPE_OPTIONS),
        referrer: text(header::REFERRER_POLICY),
        transport: text(header::STRICT_TRANSPORT_SECURITY),
        slows_floods: is_slowed(web, &routes, &web.limits.hooks, &delivery).await
            && is_slowed(web, &routes, &web.limits.writes, "/sign-in").await,
        trust_page: page == StatusCode::OK,
    }
}

/// Uses a budget up, then comes once more through the door. While that takes, some of the budget is there again: on a busy
/// machine it may let one more through, so a door that slows nobody is one that does not in any of some tries.
async fn is_slowed(web: &Web, routes: &Router, limit: &Limit, path: &str) -> bool {
    let key = ClientAddr(STRANGER.into()).key();
    for _ in 0..TRIES {
        let now = web.app.now();
        let is_spent = (0..FLOOD).any(|_| limit.take(&key, now).is_err());
        if is_spent && ask(routes, Method::POST, path).await.0 == StatusCode::TOO_MANY_REQUESTS {
            return true;
        }
    }
    false
}

async fn ask(routes: &Router, method: Method, path: &str) -> (StatusCode, HeaderMap) {
    let peer = std::net::SocketAddr::from((STRANGER, 9));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .expect("method and path are constants");
    let routes = routes.clone().layer(Extension(ConnectInfo(peer)));
    let Ok(answer) = routes.oneshot(request).await;
    (answer.status(), answer.headers().clone())
}
