//! The simulator from outside: over HTTP, as an app, a person and a receiver of webhooks would meet it.

#![expect(
    clippy::disallowed_methods,
    reason = "apps and receivers outside call as they like"
)]
#![expect(clippy::unwrap_used, reason = "a test may say so when it is surprised")]

mod admin_webhooks;
mod deliveries;
mod fields;
mod grants;
mod jira;
mod limits;
mod oauth;
mod pages;
mod people;
mod renames;
mod search;
mod webhooks;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use upvow_jira_sim::{Clock, Options, Running, start};

/// What an app asks for.
pub(crate) const SCOPES: &str = "read:jira-work write:jira-work manage:jira-webhook read:me report:personal-data offline_access";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// 2026-03-02, a Monday.
pub(crate) const START_MS: i64 = 1_772_442_000_000;

/// A simulator whose clock stands, and a client that follows no redirect.
pub(crate) struct Cloud {
    pub(crate) sim: Running,
    pub(crate) http: Client,
    pub(crate) token: String,
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        let sim = start(Options {
            clock: Clock::fixed(START_MS),
            ..Options::default()
        })
        .await
        .unwrap();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let token = sim.access_token();
        Self { sim, http, token }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.sim.base_url())
    }

    /// A Jira path of the main site: `3/issue/KITE-1`.
    pub(crate) fn jira(&self, path: &str) -> String {
        self.at(&format!("/ex/jira/{}/rest/api/{path}", self.sim.cloud_id()))
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self
            .http
            .request(method, self.jira(path))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.send(Method::GET, path, None).await;
        assert_eq!(answer.status(), 200, "GET {path}");
        answer.json().await.unwrap()
    }

    /// Status and JSON body, `Null` without one.
    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        told(self.send(Method::POST, path, Some(body)).await).await
    }

    pub(crate) async fn create(&self, project: &str, summary: &str) -> Value {
        let kind = &self.get(&format!("3/project/{project}")).await["issueTypes"][0]["id"];
        let fields = json!({ "project": { "key": project }, "issuetype": { "id": kind }, "summary": summary });
        let (status, made) = self.post("3/issue", json!({ "fields": fields })).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    /// Consents as a browser would: reads the page, sends its form. The answer is where the browser is sent.
    pub(crate) async fn consent(
        &self,
        scopes: &str,
        extra: &[(&str, &str)],
        answers: &[(&str, &str)],
    ) -> url::Url {
        let mut address = url::Url::parse(&format!("{}/authorize", self.sim.auth_url())).unwrap();
        address
            .query_pairs_mut()
            .append_pair("audience", "api.atlassian.com")
            .append_pair("client_id", self.sim.client_id())
            .append_pair("scope", scopes)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("state", "of-this-session")
            .append_pair("response_type", "code")
            .append_pair("prompt", "consent")
            .extend_pairs(extra);
        let page = self.http.get(address).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let mut form = hidden_fields(&page.text().await.unwrap());
        form.extend(
            answers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let answer = self
            .http
            .post(self.at("/authorize"))
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 302);
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Consents and exchanges the code.
    pub(crate) async fn connect(&self, scopes: &str) -> Value {
        let back = self.consent(scopes, &[], &[("decision", "accept")]).await;
        let (status, tokens) = self
            .exchange(&parameter(&back, "code").unwrap(), &json!({}))
            .await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// An access token of somebody else, who consents to everything.
    pub(crate) async fn token_of(&self, nickname: &str) -> String {
        let people = upvow_jira_sim::people();
        let person = people["people"]
            .as_array()
            .unwrap()
            .iter()
            .find(|person| person["nickname"] == nickname)
            .unwrap();
        let answers = [
            ("decision", "accept"),
            ("person", person["account_id"].as_str().unwrap()),
        ];
        let back = self.consent(SCOPES, &[], &answers).await;
        let (_, tokens) = self
            .exchange(&parameter(&back, "code").unwrap(), &json!({}))
            .await;
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn exchange(&self, code: &str, extra: &Value) -> (u16, Value) {
        let mut body =
            json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK });
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        self.token_endpoint(body).await
    }

    pub(crate) async fn refresh(&self, token: &Value) -> (u16, Value) {
        self.token_endpoint(json!({ "grant_type": "refresh_token", "refresh_token": token }))
            .await
    }

    pub(crate) async fn token_endpoint(&self, body: Value) -> (u16, Value) {
        let mut whole =
            json!({ "client_id": self.sim.client_id(), "client_secret": self.sim.client_secret() });
        whole
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        told(
            self.http
                .post(self.at("/oauth/token"))
                .json(&whole)
                .send()
                .await
                .unwrap(),
        )
        .await
    }
}

pub(crate) async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub(crate) fn parameter(address: &url::Url, name: &str) -> Option<String> {
    address
        .query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// The hidden fields of a page's form.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let value = |tag: &str, name: &str| {
        let start = tag.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
        let text = &tag[start..start + tag[start..].find('"').unwrap()];
        text.replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
    };
    page.split("<input type=\"hidden\"")
        .skip(1)
        .map(|tag| (value(tag, "name"), value(tag, "value")))
        .collect()
}

/// Receives webhooks, and answers as told.
pub(crate) struct Inbox {
    pub(crate) url: String,
    state: Arc<Mutex<Received>>,
}

#[derive(Default)]
struct Received {
    deliveries: Vec<(HeaderMap, Value)>,
    /// The query and the raw body of each.
    raw: Vec<(String, String)>,
    /// What to answer next; then 204.
    answers: Vec<u16>,
}

impl Inbox {
    pub(crate) async fn new() -> Self {
        let state = Arc::new(Mutex::new(Received::default()));
        let receive = |State(state): State<Arc<Mutex<Received>>>,
                       RawQuery(query): RawQuery,
                       headers: HeaderMap,
                       body: String| async move {
            let mut state = state.lock().unwrap();
            state.raw.push((query.unwrap_or_default(), body.clone()));
            state
                .deliveries
                .push((headers, serde_json::from_str(&body).unwrap()));
            let status = if state.answers.is_empty() {
                204
            } else {
                state.answers.remove(0)
            };
            StatusCode::from_u16(status).unwrap()
        };
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.state.lock().unwrap().answers.extend(statuses);
    }

    pub(crate) fn raw(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().raw.clone()
    }

    pub(crate) fn deliveries(&self) -> Vec<(HeaderMap, Value)> {
        self.state.lock().unwrap().deliveries.clone()
    }
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
