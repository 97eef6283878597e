//! Issues: create, read, mark. Reads name their fields, so that no assignee, reporter or comment is ever sent to us.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use upvow_domain::Time;
use upvow_domain::jira::{
    Category, IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId, ProjectKey,
};

use crate::adf::Adf;
use crate::call::body;
use crate::read::{Loose, RawStatus, null_as_default, parse_time};
use crate::{JiraError, OnSite, endpoint};

/// The longest summary, in UTF-16 units, in which Jira's Java counts.
pub const LONGEST_SUMMARY: usize = 255;

/// What Jira takes in one bulk read.
const BULK: usize = 100;

/// Number or key of an issue. A key that was changed by a move still finds its issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueRef {
    /// By number.
    Id(IssueId),
    /// By key.
    Key(IssueKey),
}

impl IssueRef {
    /// As it stands in a path.
    pub fn as_str(&self) -> &str {
        match self {
            IssueRef::Id(id) => id.as_str(),
            IssueRef::Key(key) => key.as_str(),
        }
    }
}

impl From<IssueId> for IssueRef {
    fn from(id: IssueId) -> Self {
        IssueRef::Id(id)
    }
}

impl From<IssueKey> for IssueRef {
    fn from(key: IssueKey) -> Self {
        IssueRef::Key(key)
    }
}

/// An issue to create.
#[derive(Clone)]
pub struct NewIssue {
    /// Where.
    pub project: JiraProjectId,
    /// Of which type.
    pub issue_type: IssueTypeId,
    /// One line; newlines become spaces, and it is cut at [`LONGEST_SUMMARY`].
    pub summary: String,
    /// The text.
    pub description: Adf,
    /// Labels; spaces become `-`.
    pub labels: Vec<String>,
    /// Values of further fields by field id. They cannot replace the ones above.
    pub extra_fields: Map<String, Value>,
    /// An issue property set with the create itself, so that the issue can be found if the answer is lost. Key of
    /// letters, digits, `.`, `_` and `-`; value without personal data: whoever sees the issue can read it.
    pub correlation: Option<(String, Value)>,
}

/// An issue that was created, or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its identity.
    pub id: IssueId,
    /// Its key at this moment.
    pub key: IssueKey,
}

/// What we read of a linked issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its identity on its site.
    pub id: IssueId,
    /// Its key at this moment.
    pub key: IssueKey,
    /// The project it is in now.
    pub project_id: JiraProjectId,
    /// That project's key.
    pub project_key: ProjectKey,
    /// Its type.
    pub issue_type_id: IssueTypeId,
    /// Its status.
    pub status_id: JiraStatusId,
    /// The status's name in the language of the grant's person.
    pub status_name: String,
    /// What the status means.
    pub status_category: Category,
    /// When it was last changed; what orders two reads.
    pub updated: Time,
    /// Whether it has a security level: then it must not show on public pages.
    pub restricted: bool,
}

/// What a page shows of an issue. Read when it is shown, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct IssueSummary {
    /// Its identity.
    pub id: IssueId,
    /// Its key at this moment.
    pub key: IssueKey,
    /// Its summary.
    pub summary: String,
    /// Its status.
    pub status_id: JiraStatusId,
    /// The status's name in the language of the grant's person.
    pub status_name: String,
    /// What the status means.
    pub status_category: Category,
    /// Whether it has a security level: then it must not show on public pages.
    pub restricted: bool,
}

impl std::fmt::Debug for IssueSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssueSummary")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The answer to a read of many issues.
#[derive(Debug, Clone, Default)]
pub struct Bulk {
    /// Issues that were read.
    pub found: Vec<Issue>,
    /// Issues that are deleted or not visible; Jira does not say which.
    pub missing: Vec<IssueId>,
}

impl OnSite<'_> {
    /// Creates an issue. Jira knows no idempotency key: if [`JiraError::outcome_unknown`], look for the correlation
    /// before trying again. The answer holds no status; read the issue.
    pub async fn create_issue(&self, new: &NewIssue) -> Result<Created, JiraError> {
        let mut fields = new.extra_fields.clone();
        fields.insert("project".into(), json!({"id": new.project}));
        fields.insert("issuetype".into(), json!({"id": new.issue_type}));
        fields.insert("summary".into(), summary_line(&new.summary).into());
        fields.insert("description".into(), new.description.as_value().clone());
        let labels: Vec<String> = new
            .labels
            .iter()
            .map(|label| label.split_whitespace().collect::<Vec<_>>().join("-"))
            .filter(|label| !label.is_empty())
            .collect();
        if !labels.is_empty() {
            fields.insert("labels".into(), labels.into());
        }
        let mut request = json!({ "fields": fields });
        if let Some((key, value)) = &new.correlation {
            request["properties"] = json!([{"key": key, "value": value}]);
        }
        let raw: RawCreated = self
            .call(&endpoint::ISSUE_CREATE, &[], &[], Some(body(&request)?))
            .await?
            .json()?;
        raw.into_created()
    }

    /// Reads an issue: status, type, project, time of change, whether it is restricted, and nothing else.
    pub async fn issue(&self, issue: &IssueRef) -> Result<Issue, JiraError> {
        let raw: RawIssue = self
            .call(
                &endpoint::ISSUE,
                &[issue.as_str()],
                &[("fields", &FIELDS.join(","))],
                None,
            )
            .await?
            .json()?;
        raw.into_issue().ok_or(JiraError::Malformed)
    }

    /// Reads what a page shows of an issue, at the moment when it is shown.
    pub async fn issue_summary(&self, issue: &IssueRef) -> Result<IssueSummary, JiraError> {
        let raw: RawIssue = self
            .call(
                &endpoint::ISSUE,
                &[issue.as_str()],
                &[("fields", "summary,status,security")],
                None,
            )
            .await?
            .json()?;
        raw.into_summary().ok_or(JiraError::Malformed)
    }

    /// Reads many issues, 100 at a time.
    pub async fn issues(&self, ids: &[IssueId]) -> Result<Bulk, JiraError> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(default)]
            issues: Vec<RawIssue>,
        }
        let mut bulk = Bulk::default();
        for chunk in ids.chunks(BULK) {
            let request = json!({"issueIdsOrKeys": chunk, "fields": FIELDS, "fieldsByKeys": false});
            let page: Page = self
                .call(&endpoint::ISSUES, &[], &[], Some(body(&request)?))
                .await?
                .json()?;
            for raw in page.issues {
                // One that we cannot read is not a missing one: that would make it look deleted.
                bulk.found
                    .push(raw.into_issue().ok_or(JiraError::Malformed)?);
            }
        }
        let found: BTreeSet<_> = bulk.found.iter().map(|issue| &issue.id).collect();
        bulk.missing = ids
            .iter()
            .filter(|id| !found.contains(id))
            .cloned()
            .collect();
        Ok(bulk)
    }

    /// An issue property; none if the issue has none by this key, or is not visible.
    pub async fn property(&self, issue: &IssueId, key: &str) -> Result<Option<Value>, JiraError> {
        #[derive(Deserialize)]
        struct Property {
            value: Value,
        }
        match self
            .call(&endpoint::PROPERTY, &[issue.as_str(), key], &[], None)
            .await
        {
            Ok(reply) => Ok(Some(reply.json::<Property>()?.value)),
            Err(JiraError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets an issue property, replacing what was there. Whoever sees the issue can read it: ids only.
    pub async fn set_property(
        &self,
        issue: &IssueId,
        key: &str,
        value: &Value,
    ) -> Result<(), JiraError> {
        self.call(
            &endpoint::PROPERTY_SET,
            &[issue.as_str(), key],
            &[],
            Some(body(value)?),
        )
        .await
        .map(drop)
    }

    /// Deletes an issue of our own making, and only that: the issue must carry exactly this property.
    /// [`JiraError::Refused`] if it does not. Already gone is fine.
    pub async fn delete_own_issue(
        &self,
        issue: &IssueId,
        key: &str,
        value: &Value,
    ) -> Result<(), JiraError> {
        match self.property(issue, key).await? {
            None => return self.expect_gone(issue).await,
            Some(found) if found != *value => return Err(JiraError::refused_here("not_ours")),
            Some(_) => {}
        }
        match self
            .call(&endpoint::ISSUE_DELETE, &[issue.as_str()], &[], None)
            .await
        {
            Ok(_) | Err(JiraError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn expect_gone(&self, issue: &IssueId) -> Result<(), JiraError> {
        match self.issue(&issue.clone().into()).await {
            Err(JiraError::NotFound) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(JiraError::refused_here("not_ours")),
        }
    }
}

/// What we read of a linked issue: the whole list.
pub const FIELDS: [&str; 5] = ["status", "issuetype", "project", "updated", "security"];

fn summary_line(text: &str) -> String {
    let line = crate::adf::clean_line(text);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.encode_utf16().count() <= LONGEST_SUMMARY {
        return line;
    }
    let mut room = LONGEST_SUMMARY - 1;
    let start = line.chars().take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    start.chain(['…']).collect()
}

#[derive(Deserialize)]
pub(crate) struct RawCreated {
    pub(crate) id: Loose,
    pub(crate) key: String,
}

impl RawCreated {
    pub(crate) fn into_created(self) -> Result<Created, JiraError> {
        Ok(Created {
            id: IssueId::parse(&self.id.into_text()).map_err(|_| JiraError::Malformed)?,
            key: IssueKey::parse(&self.key).map_err(|_| JiraError::Malformed)?,
        })
    }
}

#[derive(Deserialize)]
struct RawIssue {
    id: Loose,
    key: String,
    fields: RawFields,
}

#[derive(Deserialize)]
struct RawFields {
    #[serde(default)]
    status: Option<RawStatus>,
    #[serde(default)]
    issuetype: Option<RawNamed>,
    #[serde(default)]
    project: Option<RawNamed>,
    #[serde(default, deserialize_with = "null_as_default")]
    updated: String,
    #[serde(default, deserialize_with = "null_as_default")]
    summary: String,
    #[serde(default)]
    security: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct RawNamed {
    id: Loose,
    #[serde(default, deserialize_with = "null_as_default")]
    key: String,
}

impl RawIssue {
    fn into_issue(self) -> Option<Issue> {
        let status = self.fields.status?;
        let project = self.fields.project?;
        Some(Issue {
            id: IssueId::parse(&self.id.into_text()).ok()?,
            key: IssueKey::parse(&self.key).ok()?,
            project_id: JiraProjectId::parse(&project.id.into_text()).ok()?,
            project_key: ProjectKey::parse(&project.key).ok()?,
            issue_type_id: IssueTypeId::parse(&self.fields.issuetype?.id.into_text()).ok()?,
            status_id: JiraStatusId::parse(&status.id.into_text()).ok()?,
            status_category: Category::from_key(&status.status_category.key),
            status_name: status.name,
            updated: parse_time(&self.fields.updated)?,
            restricted: self.fields.security.is_some(),
        })
    }

    fn into_summary(self) -> Option<IssueSummary> {
        let status = self.fields.status?;
        Some(IssueSummary {
            id: IssueId::parse(&self.id.into_text()).ok()?,
            key: IssueKey::parse(&self.key).ok()?,
            summary: self.fields.summary,
            status_id: JiraStatusId::parse(&status.id.into_text()).ok()?,
            status_name: status.name,
            status_category: Category::from_key(&status.status_category.key),
            restricted: self.fields.security.is_some(),
        })
    }
}
