//! Moving an issue: which steps are open to it, and taking one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use upvow_domain::jira::{Category, IssueId, JiraStatusId};

use crate::call::body;
use crate::form::{CreateField, RawField};
use crate::read::{Loose, RawStatus, null_as_default};
use crate::{JiraError, OnSite, endpoint};

/// One step that an issue can take from where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The step's number; differs between issues, so it is never stored.
    pub id: String,
    /// Where it leads.
    pub to: JiraStatusId,
    /// The name of that status in the language of the grant's person.
    pub to_name: String,
    /// What that status means.
    pub to_category: Category,
    /// Ids of fields that must be sent along: required, without default, and nothing that every issue has.
    pub needs: Vec<String>,
    /// What its screen shows: only these may be sent.
    pub fields: Vec<CreateField>,
}

impl OnSite<'_> {
    /// The steps open to this issue now. None at all can also mean that the person may not move issues.
    pub async fn transitions(&self, issue: &IssueId) -> Result<Vec<Transition>, JiraError> {
        #[derive(Deserialize)]
        struct All {
            transitions: Vec<Raw>,
        }
        let all: All = self
            .call(
                &endpoint::TRANSITIONS,
                &[issue.as_str()],
                &[("expand", "transitions.fields")],
                None,
            )
            .await?
            .json()?;
        Ok(all
            .transitions
            .into_iter()
            .filter_map(Raw::into_transition)
            .collect())
    }

    /// Takes a step. Jira can answer well and not move the issue: read it again. `fields` holds values by field id.
    pub async fn transition(
        &self,
        issue: &IssueId,
        transition_id: &str,
        fields: Map<String, Value>,
    ) -> Result<(), JiraError> {
        let mut request = json!({"transition": {"id": transition_id}});
        if !fields.is_empty() {
            request["fields"] = Value::Object(fields);
        }
        self.call(
            &endpoint::TRANSITION,
            &[issue.as_str()],
            &[],
            Some(body(&request)?),
        )
        .await
        .map(drop)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    id: Loose,
    to: RawStatus,
    #[serde(default)]
    is_available: Option<bool>,
    #[serde(default, deserialize_with = "null_as_default")]
    fields: BTreeMap<String, RawField>,
}

impl Raw {
    fn into_transition(self) -> Option<Transition> {
        if self.is_available == Some(false) {
            return None;
        }
        let fields: Vec<CreateField> = self
            .fields
            .into_iter()
            .map(|(id, raw)| raw.into_named(id))
            .collect();
        Some(Transition {
            id: self.id.into_text(),
            to: JiraStatusId::parse(&self.to.id.into_text()).ok()?,
            to_name: self.to.name,
            to_category: Category::from_key(&self.to.status_category.key),
            needs: fields
                .iter()
                .filter(|field| field.is_needed())
                .map(|field| field.id.clone())
                .collect(),
            fields,
        })
    }
}
