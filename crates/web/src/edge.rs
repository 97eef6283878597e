//! Looking at our own door as a stranger would, for the checks of the promises: the real routes, in this process, with
//! limits of their own so that nobody else waits for it.

use std::{collections::BTreeSet, future::Future, net::Ipv4Addr, pin::Pin, time::Duration};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use tower::ServiceExt as _;
use upvow_app::{
    App,
    privacy::promises::edge::{Facts, known_and_made_up},
};

use crate::{ClientAddr, Web, middleware::limits::Limit};

/// An address for documentation (RFC 5737): nobody's.
const STRANGER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// No limit lets so many through at once.
const FLOOD: u32 = 20_000;

/// Where requests are asked.
const REQUESTS: &str = "/privacy/request";
/// No page is longer.
const LARGEST: usize = 4 << 20;

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
    let (page, headers, _) = ask(&routes, Method::GET, "/trust", String::new()).await;
    let text = |name: header::HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (_, _, form) = ask(&routes, Method::GET, REQUESTS, String::new()).await;
    // Before the floods: after them this stranger is not let in any more.
    let links_alike = are_links_alike(&routes).await;
    let letters_alike = are_letters_alike(web, &routes).await;
    let delivery = ["/hooks/jira/", &"A".repeat(43)].concat();
    Facts {
        policy: text(header::CONTENT_SECURITY_POLICY),
        sniffing: text(header::X_CONTENT_TYPE_OPTIONS),
        referrer: text(header::REFERRER_POLICY),
        transport: text(header::STRICT_TRANSPORT_SECURITY),
        slows_floods: is_slowed(web, &routes, &web.limits.hooks, &delivery).await
            && is_slowed(web, &routes, &web.limits.writes, "/sign-in").await,
        trust_page: page == StatusCode::OK,
        asks: asked_for(&String::from_utf8_lossy(&form)),
        links_alike,
        letters_alike,
    }
}

/// Uses a budget up, then comes once more through the door. It is used up for a minute ahead: otherwise, on a busy machine,
/// what one request needs would be there again before it is made.
async fn is_slowed(web: &Web, routes: &Router, limit: &Limit, path: &str) -> bool {
    let key = ClientAddr(STRANGER.into()).key();
    let ahead = web.app.now().plus(Duration::from_mins(1));
    let is_spent = (0..FLOOD).any(|_| limit.take(&key, ahead).is_err());
    let (status, ..) = ask(routes, Method::POST, path, String::new()).await;
    is_spent && status == StatusCode::TOO_MANY_REQUESTS
}

/// The names of the fields of a page's forms that people fill in, each once.
fn asked_for(page: &str) -> Vec<String> {
    let fields = ["input", "select", "textarea"];
    let tags = page
        .split('<')
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| fields.iter().any(|field| tag.starts_with(field)))
        .filter(|tag| !tag.contains("type=\"hidden\""));
    let names = tags.filter_map(|tag| tag.split_once(" name=\"")?.1.split('"').next());
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Whether two links to requests that never were have answers of one status and one size.
async fn are_links_alike(routes: &Router) -> bool {
    let mut answers = Vec::new();
    for sign in ["A", "b"] {
        let path = format!("{REQUESTS}/{}", sign.repeat(43));
        let (status, _, page) = ask(routes, Method::GET, &path, String::new()).await;
        answers.push((status, page.len()));
    }
    answers[0] == answers[1] && !answers[0].0.is_success()
}

/// Whether the form answers an address that is known like one that is not. What is asked for is left out, so that no case
/// is opened and nobody gets a letter.
async fn are_letters_alike(web: &Web, routes: &Router) -> bool {
    let Ok(addresses) = known_and_made_up(&web.app).await else {
        return false;
    };
    // Where nobody is known there is nothing to tell.
    let Some(addresses) = addresses else {
        return true;
    };
    let mut answers = Vec::new();
    for address in &addresses {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("email", address)
            .finish();
        let path = format!("{REQUESTS}/letter");
        let (status, _, page) = ask(routes, Method::POST, &path, body).await;
        answers.push((status, page.len()));
    }
    answers[0] == answers[1] && answers[0].0 == StatusCode::UNPROCESSABLE_ENTITY
}

async fn ask(
    routes: &Router,
    method: Method,
    path: &str,
    body: String,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let peer = std::net::SocketAddr::from((STRANGER, 9));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .expect("method and path are constants");
    let routes = routes.clone().layer(Extension(ConnectInfo(peer)));
    let Ok(answer) = routes.oneshot(request).await;
    let (parts, body) = answer.into_parts();
    let page = to_bytes(body, LARGEST).await.unwrap_or_default();
    (parts.status, parts.headers, page.to_vec())
}
