//! A small Atlassian that answers as the contract says, keeps count, and fails when it is told to.

pub(crate) mod budget;
pub(crate) mod reports;
mod site;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use upvow_domain::secret::ClientSecret;
use upvow_jira::{AppCredentials, Hosts, Jira};

pub(crate) const SECRET: &str = "the-secret-of-the-app-at-atlassian";
pub(crate) const CLOUD: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const TODO: &str = "10";
pub(crate) const DOING: &str = "20";
pub(crate) const DONE: &str = "30";

/// The stand-in. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Atlassian(Arc<Mutex<World>>);

#[derive(Default)]
pub(crate) struct World {
    /// `METHOD /path` of every call, in order.
    pub(crate) calls: Vec<String>,
    /// What to do with the next call whose line holds the text.
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    /// What to do with the call after that many others, whatever it is.
    pub(crate) nth: Option<(usize, Fault)>,
    /// Whose consent the next code is.
    pub(crate) account: String,
    /// What the next consent grants.
    pub(crate) scopes: String,
    /// Which sites a token reaches, as Atlassian lists them.
    pub(crate) sites: Vec<Value>,
    /// The account may not delete issues.
    pub(crate) keeps_issues: bool,
    /// Number of the newest token pair; only its refresh token buys another, and the one before within the leeway.
    pub(crate) pair: u32,
    /// Number of the newest refresh token, which is the pair's unless Atlassian gave none with it.
    pub(crate) rotated: u32,
    /// What the token endpoint says besides, or instead; `null` leaves a field out.
    pub(crate) tokens: Map<String, Value>,
    /// The grant was ended at Atlassian.
    pub(crate) ended: bool,
    /// `revoke` really ends the grant.
    pub(crate) revoke_works: bool,
    /// What the token endpoint says to the token before the newest: it is taken within the leeway (`None`); after it,
    /// it is refused, and if true everything that was made from it ends.
    pub(crate) reuse_ends: Option<bool>,
    pub(crate) issues: BTreeMap<u32, Issue>,
    pub(crate) webhooks: BTreeMap<i64, Value>,
    pub(crate) next: i64,
    pub(crate) called: Called,
    /// The statuses of every project, in Jira's order.
    pub(crate) statuses: Vec<&'static str>,
    /// Fields of the type "Form", as createmeta has them.
    pub(crate) form: Vec<Value>,
    /// Fields that can be edited.
    pub(crate) editable: Vec<&'static str>,
    /// When webhooks end, as Jira writes it.
    pub(crate) webhook_ends: i64,
    /// A refresh is answered well, and the webhooks are gone after it.
    pub(crate) forgets: bool,
    /// The site is suspended.
    pub(crate) suspended: bool,
    /// What the site is called, if it was renamed.
    pub(crate) site_name: Option<&'static str>,
    /// The reporting of personal data.
    pub(crate) reports: reports::Reports,
    /// How many points there are in an hour.
    pub(crate) budget: Option<budget::Budget>,
}

/// What statuses are called now, and their categories, where that is not the usual.
pub(crate) type Called = BTreeMap<&'static str, (&'static str, &'static str)>;

/// An issue.
#[derive(Clone, Default)]
pub(crate) struct Issue {
    pub(crate) project: &'static str,
    pub(crate) status: String,
    pub(crate) updated: i64,
    pub(crate) property: Option<Value>,
    /// The key of that property.
    pub(crate) property_key: String,
    pub(crate) labels: Value,
    /// What the property for votes says.
    pub(crate) votes: Option<Value>,
    /// All that the create gave, and what edits set since.
    pub(crate) fields: Value,
    pub(crate) link: Option<Value>,
    pub(crate) description: Value,
    /// Which statuses can be reached in one step, with the fields that a step needs.
    pub(crate) steps: Vec<(&'static str, &'static str)>,
    /// The fields that the last step was sent along.
    pub(crate) sent: Value,
    /// Steps are taken and nothing happens.
    pub(crate) stuck: bool,
    /// Nobody sees it.
    pub(crate) hidden: bool,
    /// The part of its key before the number.
    pub(crate) key: &'static str,
    /// What is said of it makes no sense.
    pub(crate) poisoned: bool,
}

/// How a call fails.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Answers this instead of doing anything.
    Answer(u16, Value),
    /// The same with a header.
    With(u16, &'static str, String),
    /// The same with several headers.
    Headers(u16, Vec<(&'static str, String)>),
    /// Does it, and answers as a gateway that gave up waiting.
    Lose,
    /// Hangs up, and nothing is done.
    Drop,
    /// Does it, and hangs up.
    DropAfter,
    /// Does it, and hangs up in the middle of its answer.
    Cut,
    /// Does nothing, and answers with the page of something that stands before Atlassian.
    Page(u16),
    /// Does it, and answers when it may.
    Hold(Gate),
    /// Does it, and never answers.
    Silence,
    /// Does nothing, and answers this when it may.
    Late(Gate, u16, Value),
}

/// Holds an answer back until somebody lets it go.
#[derive(Clone)]
pub(crate) struct Gate(Arc<(Semaphore, Semaphore)>);

impl Gate {
    pub(crate) fn new() -> Gate {
        Gate(Arc::new((Semaphore::new(0), Semaphore::new(0))))
    }

    /// Waits until the call is here, and what it asks for is done.
    pub(crate) async fn arrived(&self) {
        self.0.0.acquire().await.unwrap().forget();
    }

    /// Lets the answer go.
    pub(crate) fn open(&self) {
        self.0.1.add_permits(1);
    }

    async fn pass(&self) {
        self.0.0.add_permits(1);
        self.0.1.acquire().await.unwrap().forget();
    }
}

/// A Jira site as Atlassian lists it.
pub(crate) fn site_of(cloud: &str, name: &str) -> Value {
    json!({"id": cloud, "name": name, "url": format!("https://{}.atlassian.net", name.to_lowercase()),
           "scopes": ["read:jira-work", "write:jira-work", "manage:jira-webhook"]})
}

impl Atlassian {
    pub(crate) async fn start() -> (Atlassian, Jira) {
        let world = World {
            account: "ana".to_owned(),
            scopes: upvow_jira::SCOPES.join(" "),
            sites: vec![site_of(CLOUD, "Corp")],
            next: 1_000,
            statuses: vec![TODO, DOING, DONE],
            webhook_ends: 1_790_000_000_000 + 30 * 86_400_000,
            ..World::default()
        };
        let stub = Atlassian(Arc::new(Mutex::new(world)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(serve).with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let app = AppCredentials {
            client_id: "app".to_owned(),
            client_secret: ClientSecret::new(SECRET.to_owned()),
            previous_secret: None,
        };
        (
            stub,
            Jira::new(Hosts::parse(&url, &url).unwrap(), app).unwrap(),
        )
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Has the next call whose `METHOD /path` holds the text fail.
    pub(crate) fn fail(&self, call: &'static str, fault: Fault) {
        self.world().faults.push_back((call, fault));
    }

    /// How many calls were made whose `METHOD /path` holds the text.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.world()
            .calls
            .iter()
            .filter(|line| line.contains(call))
            .count()
    }

    /// Moves an issue, as somebody in Jira would.
    pub(crate) fn move_issue(&self, id: u32, status: &str) {
        let mut world = self.world();
        world.next += 1;
        let updated = world.next;
        let issue = world.issues.get_mut(&id).unwrap();
        status.clone_into(&mut issue.status);
        issue.updated = updated;
    }

    /// Makes an issue, as somebody in Jira would.
    pub(crate) fn issue(&self, status: &str) -> u32 {
        self.world().add(status)
    }
}

impl World {
    /// Notes a call, and tells what is to become of it.
    fn arrive(&mut self, line: &str) -> Option<Fault> {
        self.calls.push(line.to_owned());
        match self.nth.take() {
            Some((0, fault)) => return Some(fault),
            Some((others, fault)) => self.nth = Some((others - 1, fault)),
            None => {}
        }
        let hit = self
            .faults
            .iter()
            .position(|(call, _)| line.contains(call))?;
        self.faults.remove(hit).map(|(_, fault)| fault)
    }

    fn add(&mut self, status: &str) -> u32 {
        self.next += 1;
        let id = u32::try_from(self.next).unwrap();
        self.issues.insert(
            id,
            Issue {
                project: "100",
                key: "DEMO",
                status: status.to_owned(),
                updated: self.next,
                steps: vec![(TODO, ""), (DOING, ""), (DONE, "")],
                ..Issue::default()
            },
        );
        id
    }
}

async fn serve(State(stub): State<Atlassian>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let line = format!("{} {}", parts.method, parts.uri.path());
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let bearer = parts.headers.get("authorization");
    let bearer = bearer
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let fault = stub.world().arrive(&line);
    // What is done is done before the answer goes its way, or does not.
    let done = || {
        let mut world = stub.world();
        answer(&mut world, &line, &query, &bearer, &body)
    };
    match fault {
        Some(Fault::Answer(status, body)) => reply(status, &body),
        Some(Fault::With(status, name, value)) => {
            let mut response = reply(status, &Value::Null);
            response.headers_mut().insert(name, value.parse().unwrap());
            response
        }
        Some(Fault::Headers(status, headers)) => with(reply(status, &Value::Null), headers),
        Some(Fault::Page(status)) => {
            let page = "<html><title>Sorry</title><h1>We are looking into it</h1></html>";
            Response::builder()
                .status(status)
                .header("content-type", "text/html")
                .body(page.into())
                .unwrap()
        }
        Some(Fault::Lose) => {
            done();
            reply(504, &Value::Null)
        }
        Some(Fault::Drop) => hang_up(),
        Some(Fault::DropAfter) => {
            done();
            hang_up()
        }
        Some(Fault::Cut) => {
            let (status, _) = done();
            let some = futures_util::stream::iter([
                Ok(Bytes::from_static(b"{")),
                Err(std::io::Error::other("cut")),
            ]);
            Response::builder()
                .status(status)
                .body(Body::from_stream(some))
                .unwrap()
        }
        Some(Fault::Hold(gate)) => {
            let (status, body) = done();
            gate.pass().await;
            reply(status, &body)
        }
        Some(Fault::Silence) => {
            done();
            std::future::pending().await
        }
        Some(Fault::Late(gate, status, body)) => {
            gate.pass().await;
            reply(status, &body)
        }
        None if line.contains("/ex/jira/") => {
            if let Some(headers) = budget::refusal(&mut stub.world()) {
                return with(reply(429, &Value::Null), headers);
            }
            let (status, body) = done();
            let headers = budget::charge(&mut stub.world(), &line, &body);
            with(reply(status, &body), headers)
        }
        None => {
            let (status, body) = done();
            let headers = stub.world().reports.headers(&line);
            with(reply(status, &body), headers)
        }
    }
}

fn with(mut response: Response, headers: Vec<(&'static str, String)>) -> Response {
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// Unwinding ends the connection's task before a byte is written, and says nothing on the terminal.
fn hang_up() -> Response {
    std::panic::resume_unwind(Box::new("hung up on order"))
}

fn reply(status: u16, body: &Value) -> Response {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

fn answer(world: &mut World, line: &str, query: &str, bearer: &str, body: &Value) -> (u16, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, &path[..]) {
        ("POST", ["oauth", "token"]) => return token(world, body),
        ("POST", ["oauth", "revoke"]) => {
            world.ended |= world.revoke_works;
            return (200, json!({}));
        }
        _ => {}
    }
    if path[..] == ["app", "report-accounts", ""] && world.reports.lets_in(bearer) {
        return reports::report(&mut world.reports, body);
    }
    if world.ended || bearer != format!("Bearer access-{}", world.pair) {
        return (401, json!({"code": 401, "message": "Unauthorized"}));
    }
    match (method, &path[..]) {
        ("GET", ["me"]) => (
            200,
            json!({"account_id": world.account, "email": "ana@corp.example", "name": "Ana Ace"}),
        ),
        ("GET", ["oauth", "token", "accessible-resources"]) => {
            let mut sites = world.sites.clone();
            if let (Some(name), Some(site)) = (world.site_name, sites.first_mut()) {
                site["name"] = json!(name);
            }
            (200, Value::Array(sites))
        }
        ("POST", ["app", "report-accounts", ""]) => reports::report(&mut world.reports, body),
        (_, ["ex", ..]) if world.suspended => (503, Value::Null),
        (_, ["ex", "jira", CLOUD, "rest", "api", "3", rest @ ..]) => {
            site::site(world, method, rest, query, body)
        }
        _ => (404, json!({})),
    }
}

fn token(world: &mut World, body: &Value) -> (u16, Value) {
    let dead = (
        403,
        json!({"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}),
    );
    match body["grant_type"].as_str() {
        Some("authorization_code") => world.ended = false,
        Some("refresh_token") => {
            let sent = body["refresh_token"].as_str().unwrap_or_default();
            let newest = format!("refresh-{}", world.rotated);
            let before = format!("refresh-{}", world.rotated.saturating_sub(1));
            if sent == before && sent != newest {
                world.ended |= world.reuse_ends == Some(true);
            }
            let is_before = sent == before && world.reuse_ends.is_none();
            if world.ended || (sent != newest && !is_before) {
                return dead;
            }
        }
        _ => return (400, json!({"error": "unsupported_grant_type"})),
    }
    world.pair += 1;
    let pair = world.pair;
    let mut said = json!({"access_token": format!("access-{pair}"), "refresh_token": format!("refresh-{pair}"),
                          "expires_in": 3600, "scope": world.scopes});
    for (field, value) in &world.tokens {
        said[field] = value.clone();
    }
    if let Some(fields) = said.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    if said["refresh_token"].is_string() {
        world.rotated = pair;
    }
    (200, said)
}
