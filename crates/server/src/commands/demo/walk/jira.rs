//! Jira's side: its REST API as any client sees it, and what people do there.

use anyhow::{Context as _, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// A person in Jira with a client of their own.
pub struct Jira {
    http: Client,
    base: String,
    cloud_id: String,
    token: String,
}

impl Jira {
    /// Talks to the simulator at `base` with an access token.
    pub fn new(base: &str, cloud_id: &str, token: &str) -> anyhow::Result<Jira> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a person outside of the program, in a demo on this machine"
        )]
        let http = Client::builder()
            .no_proxy()
            .timeout(std::time::Duration::from_secs(20))
            .build()?;
        Ok(Jira {
            http,
            base: base.to_owned(),
            cloud_id: cloud_id.to_owned(),
            token: token.to_owned(),
        })
    }

    /// A call of the REST API, `path` after `/rest/api/3/`.
    pub async fn rest(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let url = format!("{}/ex/jira/{}/rest/api/3/{path}", self.base, self.cloud_id);
        let mut request = self
            .http
            .request(method.clone(), url)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request, &format!("Jira's {method} {path}")).await
    }

    /// Looks into the simulator: `issues/KITE`, `issue/KITE-3`, `webhooks`, `tokens`, `people`.
    pub async fn look(&self, view: &str) -> anyhow::Result<Value> {
        let (view, of) = view.split_once('/').unwrap_or((view, ""));
        let request = self
            .http
            .get(format!("{}/_sim/{view}", self.base))
            .query(&[("of", of)]);
        answer(request, &format!("the simulator's {view}")).await
    }

    /// Somebody in Jira moves an issue on the board there.
    pub async fn move_issue(&self, key: &str, status: &str) -> anyhow::Result<()> {
        self.order(&json!({ "do": "move_issue", "issue": key, "status": status }))
            .await
    }

    /// Orders something: see the simulator's own page.
    pub async fn order(&self, order: &Value) -> anyhow::Result<()> {
        self.ask(order).await.map(drop)
    }

    /// Orders something, and gives what the simulator says to it.
    pub async fn ask(&self, order: &Value) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}/_sim/do", self.base)).json(order);
        answer(request, "an order to the simulator").await
    }

    /// The name of an issue's status.
    pub async fn status_of(&self, key: &str) -> anyhow::Result<String> {
        let issue = self
            .rest(Method::GET, &format!("issue/{key}?fields=status"), None)
            .await?;
        let name = issue["fields"]["status"]["name"]
            .as_str()
            .context("an issue has a status")?;
        Ok(name.to_owned())
    }
}

async fn answer(request: reqwest::RequestBuilder, what: &str) -> anyhow::Result<Value> {
    let response = request.send().await.with_context(|| what.to_owned())?;
    let status = response.status();
    let text = response.text().await?;
    if !status.is_success() {
        bail!(
            "{what} answered {status}: {}",
            text.chars().take(300).collect::<String>()
        );
    }
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}
