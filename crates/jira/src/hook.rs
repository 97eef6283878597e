//! Dynamic webhooks: asking Jira to tell us, checking that it still does, and asking it to stop.

use serde::Deserialize;
use serde_json::{Value, json};
use upvow_domain::Time;
use upvow_domain::jira::JiraProjectId;

use crate::call::body;
use crate::error::{Hint, hint};
use crate::read::{Loose, null_as_default};
use crate::{JiraError, OnSite, endpoint};

/// What we ask to be told. Comments and people are not among it, nor are new issues: nobody has linked those.
pub const EVENTS: &[&str] = &["jira:issue_updated", "jira:issue_deleted"];

/// What came of a registration. Jira answers 200 even when it registered nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registered {
    /// New webhooks.
    pub ids: Vec<i64>,
    /// Why one was refused: `webhook_limit`, `webhook_url`, `filter` or `other`.
    pub errors: Vec<String>,
}

/// A webhook that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Unique on its site only.
    pub id: i64,
    /// Where it delivers; holds an unguessable part, so it is not for logs. Empty if Jira does not say.
    pub url: String,
    /// Of what it tells.
    pub filter: String,
    /// When Jira stops delivering: 30 days after the last refresh.
    pub expires_at: Option<Time>,
}

/// The filter for issues of these projects.
pub fn filter(projects: &[JiraProjectId]) -> String {
    let ids: Vec<&str> = projects.iter().map(JiraProjectId::as_str).collect();
    format!("project in ({})", ids.join(", "))
}

/// More pages than this are a loop.
const MOST_PAGES: usize = 20;

impl OnSite<'_> {
    /// Asks to be told at `url` of changed and deleted issues of these projects.
    pub async fn register_webhooks(
        &self,
        url: &str,
        projects: &[JiraProjectId],
    ) -> Result<Registered, JiraError> {
        if projects.is_empty() {
            // An empty filter would mean the whole site; Jira refuses it, and so do we.
            return Err(JiraError::refused_here("projects"));
        }
        let request = json!({
            "url": url,
            "webhooks": [{
                "events": EVENTS,
                "jqlFilter": filter(projects),
            }],
        });
        let answer: Value = self
            .call(&endpoint::WEBHOOK_REGISTER, &[], &[], Some(body(&request)?))
            .await?
            .json()?;
        registered(&answer)
    }

    /// All webhooks of this app and person on this site.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, JiraError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            #[serde(default)]
            is_last: Option<bool>,
            #[serde(default)]
            values: Vec<Raw>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            id: i64,
            #[serde(default, deserialize_with = "null_as_default")]
            url: String,
            #[serde(default, deserialize_with = "null_as_default")]
            jql_filter: String,
            #[serde(default)]
            expiration_date: Option<Loose>,
        }
        let mut webhooks = Vec::new();
        for _ in 0..MOST_PAGES {
            let start = webhooks.len().to_string();
            let page: Page = self
                .call(
                    &endpoint::WEBHOOKS,
                    &[],
                    &[("startAt", &start), ("maxResults", "100")],
                    None,
                )
                .await?
                .json()?;
            let count = page.values.len();
            webhooks.extend(page.values.into_iter().map(|raw| Webhook {
                id: raw.id,
                url: raw.url,
                filter: raw.jql_filter,
                expires_at: raw.expiration_date.and_then(Loose::into_time),
            }));
            if count == 0 || page.is_last.unwrap_or(count < 100) {
                break;
            }
        }
        Ok(webhooks)
    }

    /// Keeps webhooks alive another 30 days; gives the new end if Jira says it. No proof that they still exist: Jira
    /// ignores ids that it does not know. List them.
    pub async fn refresh_webhooks(&self, ids: &[i64]) -> Result<Option<Time>, JiraError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default)]
            expiration_date: Option<Loose>,
        }
        if ids.is_empty() {
            return Ok(None);
        }
        let reply = self
            .call(
                &endpoint::WEBHOOK_REFRESH,
                &[],
                &[],
                Some(body(&json!({ "webhookIds": ids }))?),
            )
            .await?;
        if reply.body.is_empty() {
            return Ok(None);
        }
        Ok(reply
            .json::<Answer>()?
            .expiration_date
            .and_then(Loose::into_time))
    }

    /// Asks to be told no more. Ids that Jira does not know are ignored.
    pub async fn delete_webhooks(&self, ids: &[i64]) -> Result<(), JiraError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.call(
            &endpoint::WEBHOOK_DELETE,
            &[],
            &[],
            Some(body(&json!({ "webhookIds": ids }))?),
        )
        .await
        .map(drop)
    }
}

/// Reads the answer to a registration: documented as an object, seen as a bare list.
fn registered(answer: &Value) -> Result<Registered, JiraError> {
    let entries = answer
        .get("webhookRegistrationResult")
        .unwrap_or(answer)
        .as_array()
        .ok_or(JiraError::Malformed)?;
    let mut result = Registered::default();
    for entry in entries {
        if let Some(id) = entry.get("createdWebhookId").and_then(Value::as_i64) {
            result.ids.push(id);
        } else {
            let reasons = entry.get("errors").and_then(Value::as_array);
            let found = reasons
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(hint)
                .find(|hint| *hint != Hint::None);
            let code = found.map_or("other", Hint::code);
            result.errors.push(code.to_owned());
        }
    }
    Ok(result)
}
