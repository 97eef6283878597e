//! HTTP in and out: counts, faults, the gateway, and the routes.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Map, Value, json};

use crate::faults::Harm;
use crate::language::Language;
use crate::oauth::{self, Family};
use crate::rest::{self, Answer, Call, Found};
use crate::sim::Sim;
use crate::state::World;
use crate::ui;

/// Larger than anything Jira takes.
const BODY_MAX: usize = 10 * 1024 * 1024;

pub(crate) fn router(sim: Arc<Sim>) -> Router {
    let atlassian = Router::new()
        .route(
            "/authorize",
            get(ui::authorize_page).post(ui::authorize_decision),
        )
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/token/accessible-resources", get(resources))
        .route("/me", get(me))
        .route("/app/report-accounts/", post(report_accounts))
        .route("/app/report-accounts", post(report_accounts))
        .route("/ex/jira/{*path}", any(jira))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&sim),
            with_faults,
        ))
        .with_state(Arc::clone(&sim));
    atlassian.merge(ui::router(sim))
}

/// Every request to Atlassian is counted, and may suffer what was ordered.
async fn with_faults(State(sim): State<Arc<Sim>>, request: Request, next: Next) -> Response {
    let (method, path) = (
        request.method().as_str().to_owned(),
        request.uri().path().to_owned(),
    );
    let harm = sim.quietly(|world| world.faults.strike(&method, &path));
    if let Some(Harm::Status { .. } | Harm::Drop | Harm::Html | Harm::NoEffect) = &harm {
        sim.act(|world| world.count(format!("{method} {}", counted_path(&path))));
    }
    match harm {
        None => next.run(request).await,
        Some(Harm::Status {
            status,
            retry_after,
            reason,
            body,
        }) => harmed(&path, status, retry_after, reason, body),
        Some(Harm::Drop) => drop_connection(),
        Some(Harm::DropAfterWork) => {
            next.run(request).await;
            drop_connection()
        }
        Some(Harm::Html) => {
            let page = "<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>503 Service Temporarily Unavailable</h1></body></html>";
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::CONTENT_TYPE, "text/html")],
                page,
            )
                .into_response()
        }
        Some(Harm::NoEffect) => StatusCode::NO_CONTENT.into_response(),
        Some(late @ Harm::Delay { .. }) => {
            if let Some(by) = late.delay() {
                tokio::time::sleep(by).await;
            }
            next.run(request).await
        }
        Some(late @ Harm::AnswerLate { .. }) => {
            let answer = next.run(request).await;
            if let Some(by) = late.delay() {
                tokio::time::sleep(by).await;
            }
            answer
        }
    }
}

/// Unwinding ends the task of this connection before a byte of an answer is written: the only way to hang up from inside a handler.
/// It says nothing on standard error, as a panic would.
fn drop_connection() -> Response {
    std::panic::resume_unwind(Box::new("the connection is dropped on order"))
}

fn harmed(
    path: &str,
    status: u16,
    retry_after: Option<String>,
    reason: Option<String>,
    body: Option<String>,
) -> Response {
    let mut answer = match status {
        _ if path.starts_with("/app/report-accounts") && status != 429 => Answer::new(
            status,
            json!({ "errorType": "ERROR", "errorMessage": "This was ordered." }),
        ),
        401 => Answer::gateway(401, "Unauthorized"),
        403 => Answer::gateway(403, "Forbidden"),
        404 => Answer::no_issue(),
        429 => Answer::new(
            429,
            json!({ "errorMessages": ["The request has been rate-limited. Please try again later."], "errors": {}, "status": 429 }),
        ),
        _ => Answer::error(status, "Internal server error"),
    };
    if let Some(seconds) = retry_after {
        answer.headers.push(("Retry-After", seconds));
    }
    if let Some(reason) = reason {
        answer.headers.push(("RateLimit-Reason", reason));
    }
    let mut response = answer.into_response();
    if let Some(body) = body {
        let kind = if body.trim_start().starts_with(['{', '[']) {
            "application/json"
        } else {
            "text/html"
        };
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body);
    }
    response
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match self.body {
            Some(body) => (
                status,
                [(header::CONTENT_TYPE, "application/json;charset=UTF-8")],
                body.to_string(),
            )
                .into_response(),
            None => status.into_response(),
        };
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

async fn token(State(sim): State<Arc<Sim>>, request: Request) -> Response {
    form(&sim, request, "POST /oauth/token", oauth::token).await
}

async fn revoke(State(sim): State<Arc<Sim>>, request: Request) -> Response {
    form(&sim, request, "POST /oauth/revoke", oauth::revoke).await
}

/// A request with JSON or form fields, and no token.
async fn form(
    sim: &Sim,
    request: Request,
    endpoint: &str,
    run: fn(&mut World, &Map<String, Value>) -> Answer,
) -> Response {
    let is_form = content_type(request.headers()).starts_with("application/x-www-form-urlencoded");
    let Ok(bytes) = to_bytes(request.into_body(), BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let fields = if is_form {
        url::form_urlencoded::parse(&bytes)
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect()
    } else {
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => fields,
            _ => return Answer::new(400, json!({ "error": "invalid_request", "error_description": "The body is no JSON object." })).into_response(),
        }
    };
    sim.act(|world| {
        world.count(endpoint.to_owned());
        run(world, &fields)
    })
    .into_response()
}

async fn resources(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    identity(
        &sim,
        &headers,
        "GET /oauth/token/accessible-resources",
        |world, family| oauth::resources(world, family),
    )
}

async fn me(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    identity(&sim, &headers, "GET /me", |world, family| {
        oauth::me(world, family)
    })
}

async fn report_accounts(
    State(sim): State<Arc<Sim>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let body = serde_json::from_str(&body).unwrap_or(Value::Null);
    identity(
        &sim,
        &headers,
        "POST /app/report-accounts/",
        |world, family| oauth::report_accounts(world, family, &body),
    )
}

/// A request that needs a token and no site.
fn identity(
    sim: &Sim,
    headers: &HeaderMap,
    endpoint: &str,
    run: impl FnOnce(&mut World, &Family) -> Answer,
) -> Response {
    sim.act(|world| {
        world.count(endpoint.to_owned());
        match speaker(world, headers) {
            Some(family) => run(world, &family),
            None => Answer::gateway(401, "Unauthorized"),
        }
    })
    .into_response()
}

/// Whose token it is, if it is good.
fn speaker(world: &mut World, headers: &HeaderMap) -> Option<Family> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let now = world.now();
    let family = world.grants.speaks_for(now, token.trim())?;
    Some(world.grants.family(family).clone())
}

/// Everything under `/ex/jira/{cloudId}`.
async fn jira(
    State(sim): State<Arc<Sim>>,
    Query(query): Query<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path: Vec<String> = parts.uri.path().split('/').skip(3).map(decoded).collect();
    let Ok(bytes) = to_bytes(body, BODY_MAX).await else {
        return Answer::error(413, "The request is too large.").into_response();
    };
    let method = parts.method.as_str();
    sim.act(|world| gateway(world, method, &path, query, &parts.headers, &bytes))
        .into_response()
}

/// Token, site and scope, in this order; then the limits; then Jira.
fn gateway(
    world: &mut World,
    method: &str,
    path: &[String],
    query: Vec<(String, String)>,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Answer {
    let name = counted(method, path.get(1..).unwrap_or_default());
    world.count(name.clone());
    let Some(family) = speaker(world, headers) else {
        return Answer::gateway(401, "Unauthorized");
    };
    let cloud_id = path.first().map_or("", String::as_str);
    let Some(site) = world
        .site_by_cloud_id(cloud_id)
        .filter(|site| family.sites.contains(site))
    else {
        return Answer::gateway(404, "Not Found");
    };
    if world.sites[site].suspended {
        return Answer::error(503, "The site is suspended.");
    }
    if !world.is_member(site, family.who) {
        return Answer::gateway(403, "The user does not have access to this site.");
    }
    let rest: Vec<&str> = path[1..].iter().map(String::as_str).collect();
    let (version, behind) = match rest[..] {
        ["rest", "api", version, ..] if ["2", "3", "latest"].contains(&version) => {
            (if version == "3" { 3 } else { 2 }, &path[4..])
        }
        // Clients ask for it before they add a remote link; a 3LO app sees none.
        ["rest", "applinks", "latest", "listApplicationlinks"] => {
            return Answer::ok(json!({ "list": [] }));
        }
        _ => return Answer::gateway(404, "Not Found"),
    };
    let (endpoint, args) = match rest::find(method, behind) {
        Found::Endpoint(endpoint, args) => (endpoint, args),
        Found::OtherMethod => return Answer::error(405, "Method Not Allowed"),
        Found::Nothing => return Answer::error(404, "null for uri"),
    };
    if !endpoint.allowed_by(&family.scopes) {
        return Answer::gateway(401, "Unauthorized; scope does not match");
    }
    let now = world.now();
    let limited = world
        .limits
        .quota(now, site)
        .and_then(|()| world.limits.burst(now, site, &name));
    if let Err(refused) = limited {
        return refused;
    }
    let content_type = content_type(headers);
    let has_content_type = content_type.starts_with("application/json");
    let body = if bytes.is_empty() {
        Value::Null
    } else if !has_content_type {
        return Answer::error(415, "Unsupported Media Type");
    } else {
        match serde_json::from_slice(bytes) {
            Ok(body) => body,
            Err(_) => {
                return Answer::error(
                    400,
                    "Invalid request payload. Refer to the REST API documentation and try again.",
                );
            }
        }
    };
    world.speaking = world
        .languages
        .get(family.who.account_id)
        .copied()
        .or_else(|| Language::named(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or_default();
    let call = Call {
        site,
        version,
        who: family.who,
        args,
        query,
        body,
        has_content_type,
    };
    let mut answer = (endpoint.run)(world, &call).unwrap_or_else(|refusal| refusal);
    world.speaking = Language::default();
    let points = if endpoint.only_reads() {
        1 + answer.objects
    } else {
        1
    };
    world.limits.charge(now, site, points, &mut answer);
    answer
}

/// How an endpoint is counted: `GET issue/{}`, or the path if it is none of ours.
fn counted(method: &str, path: &[String]) -> String {
    let behind = path.get(3..).unwrap_or_default();
    match rest::find(method, behind) {
        Found::Endpoint(endpoint, _) => format!("{method} {}", endpoint.path),
        _ => format!("{method} (unknown)"),
    }
}

/// The same for requests a fault kept from the gateway.
fn counted_path(path: &str) -> String {
    match path.strip_prefix("/ex/jira/") {
        None => path.to_owned(),
        Some(rest) => {
            let parts: Vec<String> = rest.split('/').skip(1).map(decoded).collect();
            let behind = parts.get(3..).unwrap_or_default();
            ["GET", "POST", "PUT", "DELETE"]
                .iter()
                .find_map(|method| match rest::find(method, behind) {
                    Found::Endpoint(endpoint, _) => Some(endpoint.path.to_owned()),
                    _ => None,
                })
                .unwrap_or_else(|| "(unknown)".to_owned())
        }
    }
}

fn content_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn decoded(part: &str) -> String {
    // A path part is no form: plus signs stay plus signs.
    let bytes = part.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| part.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
