//! Writing a number into a field of an issue, and finding out which fields can take one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use upvow_domain::jira::{IssueId, JiraProjectId};

use crate::call::body;
use crate::form::{RawSchema, json_number};
use crate::read::{Loose, null_as_default};
use crate::{JiraError, OnSite, endpoint};

/// A field for numbers that somebody set up in Jira.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberField {
    /// `customfield_10031`
    pub id: String,
    /// Its name in the language of the grant's person.
    pub name: String,
    /// The one project that has it; none for a field of the whole site.
    pub only_in: Option<JiraProjectId>,
}

impl OnSite<'_> {
    /// The number fields of the site. Whether a project shows one to be edited, only an issue of it can say: see
    /// [`OnSite::editable_fields`].
    pub async fn number_fields(&self) -> Result<Vec<NumberField>, JiraError> {
        #[derive(Deserialize)]
        struct Raw {
            #[serde(default, deserialize_with = "null_as_default")]
            id: String,
            #[serde(default, deserialize_with = "null_as_default")]
            name: String,
            #[serde(default, deserialize_with = "null_as_default")]
            schema: RawSchema,
            #[serde(default)]
            scope: Option<Scope>,
        }
        #[derive(Deserialize)]
        struct Scope {
            #[serde(default)]
            project: Option<Project>,
        }
        #[derive(Deserialize)]
        struct Project {
            id: Loose,
        }
        let all: Vec<Raw> = self.call(&endpoint::FIELDS, &[], &[], None).await?.json()?;
        Ok(all
            .into_iter()
            .filter(|raw| raw.schema.is_custom_number() && is_custom_id(&raw.id))
            .map(|raw| NumberField {
                id: raw.id,
                name: raw.name,
                only_in: raw
                    .scope
                    .and_then(|scope| scope.project)
                    .and_then(|project| JiraProjectId::parse(&project.id.into_text()).ok()),
            })
            .collect())
    }

    /// Ids of the fields that the person may change on this issue.
    pub async fn editable_fields(&self, issue: &IssueId) -> Result<Vec<String>, JiraError> {
        #[derive(Deserialize)]
        #[expect(
            clippy::zero_sized_map_values,
            reason = "serde reads an object as a map"
        )]
        struct Meta {
            // What is allowed in a field can be people, so nothing of it is read.
            #[serde(default)]
            fields: BTreeMap<String, serde::de::IgnoredAny>,
        }
        let meta: Meta = self
            .call(&endpoint::EDIT_FIELDS, &[issue.as_str()], &[], None)
            .await?
            .json()?;
        Ok(meta.fields.into_keys().collect())
    }

    /// Sets a number field of an issue, or empties it. Jira tells the issue's watchers of it, as of any change.
    pub async fn set_number(
        &self,
        issue: &IssueId,
        field: &str,
        number: Option<f64>,
    ) -> Result<(), JiraError> {
        if !is_custom_id(field) {
            return Err(JiraError::refused_here("field"));
        }
        let value = number.map_or(Value::Null, json_number);
        let request = json!({"fields": {field: value}});
        self.call(
            &endpoint::ISSUE_EDIT,
            &[issue.as_str()],
            &[],
            Some(body(&request)?),
        )
        .await
        .map(drop)
    }

    /// Removes an issue property. Already gone is fine.
    pub async fn delete_property(&self, issue: &IssueId, key: &str) -> Result<(), JiraError> {
        match self
            .call(
                &endpoint::PROPERTY_DELETE,
                &[issue.as_str(), key],
                &[],
                None,
            )
            .await
        {
            Ok(_) | Err(JiraError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether it is the id of a field that somebody set up: the only kind we ever write to by itself.
fn is_custom_id(id: &str) -> bool {
    id.strip_prefix("customfield_")
        .is_some_and(|n| (1..=12).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}
