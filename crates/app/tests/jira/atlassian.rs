//! A small Atlassian that answers as the contract says, keeps count, and fails when it is told to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Value, json};
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
    /// Whose consent the next code is.
    pub(crate) account: String,
    /// What the next consent grants.
    pub(crate) scopes: String,
    /// Number of the newest token pair; only this one's refresh token buys another, the one before within the leeway.
    pub(crate) pair: u32,
    /// The grant was ended at Atlassian.
    pub(crate) ended: bool,
    /// `revoke` really ends the grant.
    pub(crate) revoke_works: bool,
    pub(crate) issues: BTreeMap<u32, Issue>,
    pub(crate) webhooks: BTreeMap<i64, Value>,
    pub(crate) next: i64,
    /// When webhooks end, as Jira writes it.
    pub(crate) webhook_ends: i64,
}

/// An issue.
#[derive(Clone, Default)]
pub(crate) struct Issue {
    pub(crate) project: &'static str,
    pub(crate) status: String,
    pub(crate) updated: i64,
    pub(crate) property: Option<Value>,
    pub(crate) link: Option<Value>,
    pub(crate) description: Value,
    /// Which statuses can be reached in one step, with the fields that a step needs.
    pub(crate) steps: Vec<(&'static str, &'static str)>,
    /// Steps are taken and nothing happens.
    pub(crate) stuck: bool,
    /// Nobody sees it.
    pub(crate) hidden: bool,
}

/// How a call fails.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Answers this instead of doing anything.
    Answer(u16, Value),
    /// The same with a header.
    With(u16, &'static str, String),
    /// Does it, and answers as a gateway that gave up waiting.
    Lose,
}

impl Atlassian {
    pub(crate) async fn start() -> (Atlassian, Jira) {
        let world = World {
            account: "ana".to_owned(),
            scopes: upvow_jira::SCOPES.join(" "),
            next: 1_000,
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
        issue.status = status.to_owned();
        issue.updated = updated;
    }

    /// Makes an issue, as somebody in Jira would.
    pub(crate) fn issue(&self, status: &str) -> u32 {
        self.world().add(status)
    }
}

impl World {
    fn add(&mut self, status: &str) -> u32 {
        self.next += 1;
        let id = u32::try_from(self.next).unwrap();
        self.issues.insert(
            id,
            Issue {
                project: "100",
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
    let mut world = stub.world();
    world.calls.push(line.clone());
    let hit = world
        .faults
        .iter()
        .position(|(call, _)| line.contains(call));
    let fault = hit
        .and_then(|at| world.faults.remove(at))
        .map(|(_, fault)| fault);
    match fault {
        Some(Fault::Answer(status, body)) => reply(status, &body),
        Some(Fault::With(status, name, value)) => {
            let mut response = reply(status, &Value::Null);
            response.headers_mut().insert(name, value.parse().unwrap());
            response
        }
        Some(Fault::Lose) => {
            answer(&mut world, &line, &query, &bearer, &body);
            reply(504, &Value::Null)
        }
        None => {
            let (status, body) = answer(&mut world, &line, &query, &bearer, &body);
            reply(status, &body)
        }
    }
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
    if world.ended || bearer != format!("Bearer access-{}", world.pair) {
        return (401, json!({"code": 401, "message": "Unauthorized"}));
    }
    match (method, &path[..]) {
        ("GET", ["me"]) => (
            200,
            json!({"account_id": world.account, "email": "ana@corp.example", "name": "Ana Ace"}),
        ),
        ("GET", ["oauth", "token", "accessible-resources"]) => (
            200,
            json!([{"id": CLOUD, "name": "Corp", "url": "https://corp.atlassian.net", "scopes": ["read:jira-work"]}]),
        ),
        (_, ["ex", "jira", CLOUD, "rest", "api", "3", rest @ ..]) => {
            site(world, method, rest, query, body)
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
            let newest = format!("refresh-{}", world.pair);
            let before = format!("refresh-{}", world.pair.saturating_sub(1));
            if world.ended || (sent != newest && sent != before) {
                return dead;
            }
        }
        _ => return (400, json!({"error": "unsupported_grant_type"})),
    }
    world.pair += 1;
    let pair = world.pair;
    (
        200,
        json!({"access_token": format!("access-{pair}"), "refresh_token": format!("refresh-{pair}"),
               "expires_in": 3600, "scope": world.scopes}),
    )
}

fn status(id: &str) -> Value {
    let (name, category) = match id {
        TODO => ("To Do", "new"),
        DOING => ("In Progress", "indeterminate"),
        _ => ("Done", "done"),
    };
    json!({"id": id, "name": name, "statusCategory": {"key": category}})
}

fn when(updated: i64) -> String {
    Time(1_790_000_000_000 + updated)
        .rfc3339()
        .replace('Z', "+0000")
}

use upvow_domain::Time;

fn site(world: &mut World, method: &str, path: &[&str], query: &str, body: &Value) -> (u16, Value) {
    let hidden = (
        404,
        json!({"errorMessages": ["Issue does not exist or you do not have permission to see it."]}),
    );
    match (method, path) {
        ("GET", ["project", "search"]) => (
            200,
            json!({"isLast": true, "values": [
                {"id": "100", "key": "DEMO", "name": "Demo", "style": "classic"},
                {"id": "200", "key": "OPS", "name": "Operations", "style": "next-gen"}]}),
        ),
        ("GET", ["project", _, "statuses"]) => (
            200,
            json!([{"statuses": [status(TODO), status(DOING), status(DONE)]}]),
        ),
        ("GET", ["issue", "createmeta", _, "issuetypes"]) => (
            200,
            json!({"issueTypes": [{"id": "7", "name": "Task"}, {"id": "8", "name": "Strange"}], "total": 2}),
        ),
        ("GET", ["issue", "createmeta", _, "issuetypes", kind]) => {
            let needs = json!({"fieldId": "customfield_1", "name": "Cost centre", "required": *kind == "8"});
            (
                200,
                json!({"fields": [{"fieldId": "summary", "name": "Summary", "required": true}, needs], "total": 2}),
            )
        }
        ("GET", ["mypermissions"]) => (
            200,
            json!({"permissions": {"CREATE_ISSUES": {"havePermission": true}}}),
        ),
        ("POST", ["issue"]) => {
            let id = world.add(TODO);
            let issue = world.issues.get_mut(&id).unwrap();
            issue.property = body["properties"].get(0).map(|p| p["value"].clone());
            issue.description = body["fields"]["description"].clone();
            (
                201,
                json!({"id": id.to_string(), "key": format!("DEMO-{id}")}),
            )
        }
        ("POST", ["search", "jql"]) => {
            let found = world
                .issues
                .iter()
                .filter(|(_, issue)| issue.property.is_some());
            let found: Vec<Value> = found
                .map(|(id, issue)| {
                    json!({"id": id.to_string(), "key": format!("DEMO-{id}"),
                    "properties": {"upvow.link": issue.property}})
                })
                .collect();
            (200, json!({"issues": found, "isLast": true}))
        }
        ("GET" | "POST" | "PUT" | "DELETE", ["webhook", ..]) => webhook(world, method, path, body),
        (_, ["issue", name, rest @ ..]) => {
            let id: u32 = name.rsplit('-').next().unwrap().parse().unwrap();
            let next = world.next + 1;
            let Some(issue) = world.issues.get_mut(&id).filter(|issue| !issue.hidden) else {
                return hidden;
            };
            match (method, rest) {
                ("GET", []) => (
                    200,
                    json!({"id": id.to_string(), "key": format!("DEMO-{id}"), "fields": {
                        "status": status(&issue.status), "issuetype": {"id": "7"}, "summary": "What Jira says",
                        "project": {"id": issue.project, "key": "DEMO"}, "updated": when(issue.updated)}}),
                ),
                ("GET", ["transitions"]) => {
                    let open = issue.steps.iter().map(|(to, needs)| {
                        let fields = match *needs {
                            "" => json!({}),
                            field => json!({field: {"required": true}}),
                        };
                        json!({"id": format!("1{to}"), "name": "go", "to": status(to), "fields": fields})
                    });
                    (200, json!({"transitions": open.collect::<Vec<_>>()}))
                }
                ("POST", ["transitions"]) => {
                    let to = body["transition"]["id"].as_str().unwrap()[1..].to_owned();
                    if !issue.stuck {
                        issue.status = to;
                        issue.updated = next;
                        world.next = next;
                    }
                    (204, Value::Null)
                }
                ("PUT", ["properties", _]) => {
                    issue.property = Some(body.clone());
                    (200, Value::Null)
                }
                ("POST", ["remotelink"]) => {
                    issue.link = Some(body.clone());
                    (200, json!({"id": 1}))
                }
                ("DELETE", ["remotelink"]) if query.contains("globalId=") => {
                    issue.link = None;
                    (204, Value::Null)
                }
                _ => (404, json!({})),
            }
        }
        _ => (404, json!({})),
    }
}

fn webhook(world: &mut World, method: &str, path: &[&str], body: &Value) -> (u16, Value) {
    let ids: Vec<i64> = body["webhookIds"]
        .as_array()
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    match (method, path) {
        ("POST", _) if world.webhooks.len() >= 5 => (
            200,
            json!({"webhookRegistrationResult": [{"errors": ["You have reached the maximum number of webhooks"]}]}),
        ),
        ("POST", _) => {
            world.next += 1;
            let id = world.next;
            let ends = world.webhook_ends;
            let filter = body["webhooks"][0]["jqlFilter"].clone();
            world.webhooks.insert(
                id,
                json!({"id": id, "url": body["url"], "jqlFilter": filter, "expirationDate": ends}),
            );
            (
                200,
                json!({"webhookRegistrationResult": [{"createdWebhookId": id}]}),
            )
        }
        ("GET", _) => (
            200,
            json!({"isLast": true, "values": world.webhooks.values().collect::<Vec<_>>()}),
        ),
        ("PUT", _) => {
            let ends = world.webhook_ends;
            for id in ids {
                if let Some(webhook) = world.webhooks.get_mut(&id) {
                    webhook["expirationDate"] = ends.into();
                }
            }
            (200, json!({"expirationDate": ends}))
        }
        _ => {
            world.webhooks.retain(|id, _| !ids.contains(id));
            (202, Value::Null)
        }
    }
}
