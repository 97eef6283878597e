//! Finding issues: by what somebody types, and our own by their property.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use upvow_domain::jira::{IssueId, IssueKey, JiraProjectId};

use crate::call::body;
use crate::issue::{Created, RawCreated};
use crate::read::{Loose, null_as_default};
use crate::{JiraError, OnSite, endpoint};

/// An issue to choose from. Shown, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Its identity.
    pub id: IssueId,
    /// Its key at this moment.
    pub key: IssueKey,
    /// Its summary, as plain text.
    pub summary: String,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What Jira promises to look at freshly in one search.
const MOST_RECONCILED: usize = 50;
/// More pages than this are a loop.
const MOST_PAGES: usize = 20;

impl OnSite<'_> {
    /// Suggestions while somebody types: from what the person saw last and from the whole site. Not a full search.
    pub async fn search_text(&self, text: &str) -> Result<Vec<Found>, JiraError> {
        #[derive(Deserialize)]
        struct Picked {
            #[serde(default)]
            sections: Vec<Section>,
        }
        #[derive(Deserialize)]
        struct Section {
            #[serde(default, deserialize_with = "null_as_default")]
            issues: Vec<Raw>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Raw {
            id: Loose,
            key: String,
            // `summary` and `keyHtml` are HTML and not for us.
            #[serde(default, deserialize_with = "null_as_default")]
            summary_text: String,
        }
        let picked: Picked = self
            .call(
                &endpoint::ISSUE_PICKER,
                &[],
                &[
                    ("query", text),
                    ("currentJQL", ""),
                    ("showSubTasks", "true"),
                ],
                None,
            )
            .await?
            .json()?;
        let mut seen = BTreeSet::new();
        Ok(picked
            .sections
            .into_iter()
            .flat_map(|section| section.issues)
            .filter_map(|raw| {
                let id = IssueId::parse(&raw.id.into_text()).ok()?;
                let key = IssueKey::parse(&raw.key).ok()?;
                seen.insert(id.clone()).then_some(Found {
                    id,
                    key,
                    summary: raw.summary_text,
                })
            })
            .collect())
    }

    /// Up to 20 issues of a project whose summary holds the words, last changed first; without words, just those last
    /// changed. Jira's index lags: an issue made this second may be missing.
    pub async fn search(
        &self,
        project: &JiraProjectId,
        text: &str,
    ) -> Result<Vec<Found>, JiraError> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(default)]
            issues: Vec<Raw>,
        }
        #[derive(Deserialize)]
        struct Raw {
            id: Loose,
            key: String,
            #[serde(default)]
            fields: Fields,
        }
        #[derive(Deserialize, Default)]
        struct Fields {
            #[serde(default, deserialize_with = "null_as_default")]
            summary: String,
        }
        let request = json!({
            "jql": text_jql(project, text),
            "fields": ["summary"],
            "maxResults": 20,
        });
        let page: Page = self
            .call(&endpoint::SEARCH, &[], &[], Some(body(&request)?))
            .await?
            .json()?;
        Ok(page
            .issues
            .into_iter()
            .filter_map(|raw| {
                Some(Found {
                    id: IssueId::parse(&raw.id.into_text()).ok()?,
                    key: IssueKey::parse(&raw.key).ok()?,
                    summary: raw.fields.summary,
                })
            })
            .collect())
    }

    /// Looks for an issue that was created with this property, among those of the project created `within` this time.
    /// `reconcile` names issues that Jira must look at freshly (its index lags), at most 50. None is no proof that the
    /// issue does not exist until the index had time: ask again after a minute.
    pub async fn find_issue_by_property(
        &self,
        project: &JiraProjectId,
        key: &str,
        value: &Value,
        within: Duration,
        reconcile: &[IssueId],
    ) -> Result<Option<Created>, JiraError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            #[serde(default)]
            issues: Vec<Raw>,
            #[serde(default)]
            next_page_token: Option<String>,
        }
        #[derive(Deserialize)]
        struct Raw {
            #[serde(flatten)]
            created: RawCreated,
            #[serde(default)]
            properties: Map<String, Value>,
        }
        // Relative, because Jira reads a written date in the time zone of the token's owner.
        let minutes = within.as_secs().div_ceil(60).max(1);
        let reconcile: Vec<u64> = reconcile
            .iter()
            .take(MOST_RECONCILED)
            .filter_map(|id| id.as_str().parse().ok())
            .collect();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut request = json!({
                "jql": format!("project = {project} AND created >= -{minutes}m ORDER BY created DESC"),
                "fields": ["id"],
                "properties": [key],
                "maxResults": 100,
                "reconcileIssues": reconcile,
            });
            if let Some(token) = &token {
                request["nextPageToken"] = token.as_str().into();
            }
            let page: Page = self
                .call(&endpoint::SEARCH, &[], &[], Some(body(&request)?))
                .await?
                .json()?;
            let empty = page.issues.is_empty();
            for raw in page.issues {
                if raw.properties.get(key) == Some(value) {
                    return raw.created.into_created().map(Some);
                }
            }
            token = page.next_page_token;
            if empty || token.is_none() {
                break;
            }
        }
        Ok(None)
    }
}

/// JQL for a search in summaries. Only letters and digits of the text get in, so nothing in it can be JQL.
fn text_jql(project: &JiraProjectId, text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(10)
        .map(|word| format!("{}*", word.chars().take(40).collect::<String>()))
        .collect();
    if words.is_empty() {
        format!("project = {project} ORDER BY updated DESC")
    } else {
        format!(
            "project = {project} AND summary ~ \"{}\" ORDER BY updated DESC",
            words.join(" ")
        )
    }
}
