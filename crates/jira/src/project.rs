//! Projects, their issue types, fields and statuses, and what a grant may do in them.

use std::collections::BTreeSet;

use serde::Deserialize;
use upvow_domain::jira::{Category, IssueTypeId, JiraProjectId, JiraStatusId, ProjectKey};

use crate::form::{CreateField, RawField};
use crate::read::{Loose, RawStatus, null_as_default};
use crate::{JiraError, OnSite, endpoint};

/// A page of projects.
#[derive(Debug, Clone)]
pub struct ProjectPage {
    /// Projects that the grant's person can see.
    pub items: Vec<JiraProject>,
    /// `start_at` of the next page.
    pub next: Option<u32>,
}

/// A Jira project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JiraProject {
    /// Its identity.
    pub id: JiraProjectId,
    /// A label that can change.
    pub key: ProjectKey,
    /// Its name, for the screen.
    pub name: String,
    /// Whether it keeps its own statuses and types, apart from the site's.
    pub team_managed: bool,
}

/// An issue type of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueType {
    /// Its identity.
    pub id: IssueTypeId,
    /// Its name in the language of the grant's person.
    pub name: String,
    /// Whether it needs a parent.
    pub subtask: bool,
}

/// A status of one project. Names repeat across team-managed projects; the id does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JiraStatus {
    /// Its identity.
    pub id: JiraStatusId,
    /// Its name in the language of the grant's person.
    pub name: String,
    /// What it means.
    pub category: Category,
}

/// What the grant's person may do in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions {
    /// See issues.
    pub browse: bool,
    /// Create issues.
    pub create: bool,
    /// Edit issues, and so set issue properties.
    pub edit: bool,
    /// Move issues.
    pub transition: bool,
    /// Link issues, and so put remote links.
    pub link: bool,
    /// Comment.
    pub comment: bool,
    /// Delete issues.
    pub delete: bool,
}

/// More pages than this are a loop.
const MOST_PAGES: usize = 100;

impl OnSite<'_> {
    /// A page of live projects that the person can browse; `query` matches name or key.
    pub async fn projects(
        &self,
        query: Option<&str>,
        start_at: u32,
    ) -> Result<ProjectPage, JiraError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page {
            #[serde(default)]
            is_last: Option<bool>,
            values: Vec<RawProject>,
        }
        let start = start_at.to_string();
        let mut parameters = vec![
            ("startAt", start.as_str()),
            ("maxResults", "50"),
            ("action", "browse"),
            ("status", "live"),
            ("orderBy", "name"),
        ];
        if let Some(query) = query.map(str::trim).filter(|text| !text.is_empty()) {
            parameters.push(("query", query));
        }
        let page: Page = self
            .call(&endpoint::PROJECTS, &[], &parameters, None)
            .await?
            .json()?;
        let count = u32::try_from(page.values.len()).unwrap_or(u32::MAX);
        let last = page.is_last.unwrap_or(count < 50) || count == 0;
        Ok(ProjectPage {
            items: page
                .values
                .into_iter()
                .filter_map(RawProject::into_project)
                .collect(),
            next: (!last).then(|| start_at.saturating_add(count)),
        })
    }

    /// The issue types that a new issue of the project can have.
    pub async fn issue_types(&self, project: &JiraProjectId) -> Result<Vec<IssueType>, JiraError> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(rename = "issueTypes", alias = "createMetaIssueType", default)]
            items: Vec<Raw>,
            #[serde(default)]
            total: Option<usize>,
        }
        #[derive(Deserialize)]
        struct Raw {
            id: Loose,
            #[serde(default, deserialize_with = "null_as_default")]
            name: String,
            #[serde(default, deserialize_with = "null_as_default")]
            subtask: bool,
        }
        let mut types = Vec::new();
        let mut seen = 0;
        for _ in 0..MOST_PAGES {
            let start = seen.to_string();
            let page: Page = self
                .call(
                    &endpoint::ISSUE_TYPES,
                    &[project.as_str()],
                    &[("startAt", &start), ("maxResults", "50")],
                    None,
                )
                .await?
                .json()?;
            let count = page.items.len();
            seen += count;
            types.extend(page.items.into_iter().filter_map(|raw| {
                Some(IssueType {
                    id: IssueTypeId::parse(&raw.id.into_text()).ok()?,
                    name: raw.name,
                    subtask: raw.subtask,
                })
            }));
            if count == 0 || page.total.is_none_or(|total| seen >= total) {
                break;
            }
        }
        Ok(types)
    }

    /// The form for a new issue of this type.
    pub async fn create_fields(
        &self,
        project: &JiraProjectId,
        issue_type: &IssueTypeId,
    ) -> Result<Vec<CreateField>, JiraError> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(rename = "fields", alias = "results", default)]
            items: Vec<RawField>,
            #[serde(default)]
            total: Option<usize>,
        }
        let mut fields = Vec::new();
        let mut seen = 0;
        for _ in 0..MOST_PAGES {
            let start = seen.to_string();
            let page: Page = self
                .call(
                    &endpoint::CREATE_FIELDS,
                    &[project.as_str(), issue_type.as_str()],
                    &[("startAt", &start), ("maxResults", "50")],
                    None,
                )
                .await?
                .json()?;
            let count = page.items.len();
            seen += count;
            fields.extend(page.items.into_iter().map(RawField::into_field));
            if count == 0 || page.total.is_none_or(|total| seen >= total) {
                break;
            }
        }
        Ok(fields)
    }

    /// The statuses that issues of the project can have, each once, in Jira's order.
    pub async fn statuses(&self, project: &JiraProjectId) -> Result<Vec<JiraStatus>, JiraError> {
        #[derive(Deserialize)]
        struct OfType {
            #[serde(default)]
            statuses: Vec<RawStatus>,
        }
        let types: Vec<OfType> = self
            .call(&endpoint::STATUSES, &[project.as_str()], &[], None)
            .await?
            .json()?;
        let mut seen = BTreeSet::new();
        Ok(types
            .into_iter()
            .flat_map(|of_type| of_type.statuses)
            .filter_map(|raw| {
                let id = JiraStatusId::parse(&raw.id.into_text()).ok()?;
                seen.insert(id.clone()).then(|| JiraStatus {
                    id,
                    name: raw.name,
                    category: Category::from_key(&raw.status_category.key),
                })
            })
            .collect())
    }

    /// What the person may do in the project.
    pub async fn permissions(&self, project: &JiraProjectId) -> Result<Permissions, JiraError> {
        const ASKED: &str = "BROWSE_PROJECTS,CREATE_ISSUES,EDIT_ISSUES,TRANSITION_ISSUES,LINK_ISSUES,ADD_COMMENTS,DELETE_ISSUES";
        let all: RawPermissions = self
            .call(
                &endpoint::PERMISSIONS,
                &[],
                &[("projectId", project.as_str()), ("permissions", ASKED)],
                None,
            )
            .await?
            .json()?;
        let may = |key: &str| all.has(key);
        Ok(Permissions {
            browse: may("BROWSE_PROJECTS"),
            create: may("CREATE_ISSUES"),
            edit: may("EDIT_ISSUES"),
            transition: may("TRANSITION_ISSUES"),
            link: may("LINK_ISSUES"),
            comment: may("ADD_COMMENTS"),
            delete: may("DELETE_ISSUES"),
        })
    }

    /// Whether the person administers the site, as Jira says now.
    pub async fn administers(&self) -> Result<bool, JiraError> {
        const ASKED: &str = "ADMINISTER";
        let all: RawPermissions = self
            .call(&endpoint::PERMISSIONS, &[], &[("permissions", ASKED)], None)
            .await?
            .json()?;
        Ok(all.has(ASKED))
    }
}

#[derive(Deserialize)]
struct RawPermissions {
    permissions: std::collections::HashMap<String, RawPermission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPermission {
    #[serde(default)]
    have_permission: bool,
}

impl RawPermissions {
    fn has(&self, key: &str) -> bool {
        self.permissions
            .get(key)
            .is_some_and(|one| one.have_permission)
    }
}

#[derive(Deserialize)]
struct RawProject {
    id: Loose,
    #[serde(default, deserialize_with = "null_as_default")]
    key: String,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    style: String,
    #[serde(default)]
    simplified: Option<bool>,
}

impl RawProject {
    fn into_project(self) -> Option<JiraProject> {
        Some(JiraProject {
            id: JiraProjectId::parse(&self.id.into_text()).ok()?,
            key: ProjectKey::parse(&self.key).ok()?,
            name: self.name,
            team_managed: match self.style.as_str() {
                "next-gen" => true,
                "classic" => false,
                _ => self.simplified.unwrap_or(false),
            },
        })
    }
}
