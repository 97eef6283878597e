//! An Atlassian that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::Value;
use upvow_domain::jira::CloudId;
use upvow_domain::secret::{AccessToken, ClientSecret};
use upvow_jira::{AppCredentials, Hosts, Jira, OnSite};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let query = self.uri.query().unwrap_or_default().as_bytes();
        url::form_urlencoded::parse(query)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// One answer of the script.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer with this status and body.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a script reads better without a `&` at each of its answers"
)]
pub(crate) fn says(status: u16, body: impl ToString) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// The server, and a client that talks to it.
pub(crate) struct Stub {
    pub(crate) jira: Jira,
    site: CloudId,
    access: AccessToken,
    script: Script,
}

impl Stub {
    /// Answers the requests to come in this order.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Stub {
        let script = Script {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            ..Script::default()
        };
        let router = Router::new().fallback(answer).with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Stub {
            jira: jira_at(&url),
            site: CloudId::parse("11111111-2222-3333-4444-555555555555").expect("a cloud id"),
            access: AccessToken::new("access-token-of-ana".to_owned()),
            script,
        }
    }

    pub(crate) fn on(&self) -> OnSite<'_> {
        self.jira.on(&self.site, &self.access)
    }

    pub(crate) fn access(&self) -> &AccessToken {
        &self.access
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().expect("no panic").clone()
    }

    /// The one request that was made.
    pub(crate) fn only(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "one request");
        asked[0].clone()
    }
}

pub(crate) fn app() -> AppCredentials {
    AppCredentials {
        client_id: "client-1".to_owned(),
        client_secret: ClientSecret::new("the-current-secret".to_owned()),
        previous_secret: Some(ClientSecret::new("the-previous-secret".to_owned())),
    }
}

pub(crate) fn jira_at(url: &str) -> Jira {
    let hosts = Hosts::parse(url, url).expect("a loopback address");
    Jira::new(hosts, app()).expect("a client")
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    script.asked.lock().expect("no panic").push(Asked {
        method,
        uri,
        headers,
        body: body.to_vec(),
    });
    let answer = script.answers.lock().expect("no panic").pop_front();
    let answer = answer.unwrap_or_else(|| says(500, "the script is over"));
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response
        .body(Body::from(answer.body))
        .expect("a valid answer")
}
