//! Moving an issue: which steps are open to it, and taking one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use upvow_domain::jira::{Category, IssueId, JiraStatusId};

use crate::call::body;
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
    /// Ids of fields that must be sent along: required and without default.
    pub needs: Vec<String>,
    /// What its screen shows: only these may be sent.
    pub fields: Vec<StepField>,
}

/// A field on the screen of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepField {
    /// `resolution`, `customfield_10011`.
    pub id: String,
    /// Its name in the language of the grant's person.
    pub name: String,
    /// Whether the step is refused without it.
    pub required: bool,
    /// Whether Jira fills it when it is left out.
    pub has_default: bool,
    /// `string`, `option`, `resolution`, `user`, `array`.
    pub schema_type: String,
    /// What an array is made of.
    pub items: Option<String>,
    /// The kind of a custom field, as `com.atlassian...:textfield`; none for a system field.
    pub custom: Option<String>,
    /// What can be chosen: id and name.
    pub allowed: Vec<(String, String)>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    required: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    has_default_value: bool,
    #[serde(default, deserialize_with = "null_as_default")]
    schema: RawSchema,
    #[serde(default, deserialize_with = "null_as_default")]
    allowed_values: Vec<RawAllowed>,
}

#[derive(Deserialize, Default)]
struct RawSchema {
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    kind: String,
    #[serde(default)]
    items: Option<String>,
    #[serde(default)]
    custom: Option<String>,
}

#[derive(Deserialize)]
struct RawAllowed {
    #[serde(default)]
    id: Option<Loose>,
    #[serde(default, deserialize_with = "null_as_default")]
    name: String,
    #[serde(default, deserialize_with = "null_as_default")]
    value: String,
}

impl Raw {
    fn into_transition(self) -> Option<Transition> {
        if self.is_available == Some(false) {
            return None;
        }
        let fields: Vec<StepField> = self
            .fields
            .into_iter()
            .map(|(id, raw)| raw.into_field(id))
            .collect();
        Some(Transition {
            id: self.id.into_text(),
            to: JiraStatusId::parse(&self.to.id.into_text()).ok()?,
            to_name: self.to.name,
            to_category: Category::from_key(&self.to.status_category.key),
            needs: fields
                .iter()
                .filter(|field| field.required && !field.has_default)
                .map(|field| field.id.clone())
                .collect(),
            fields,
        })
    }
}

impl RawField {
    fn into_field(self, id: String) -> StepField {
        // People who can be chosen are listed by accountId and never get beyond this function.
        let allowed = self.allowed_values.into_iter().filter_map(|raw| {
            let name = if raw.name.is_empty() {
                raw.value
            } else {
                raw.name
            };
            Some((raw.id?.into_text(), name)).filter(|(id, _)| !id.is_empty())
        });
        StepField {
            allowed: allowed.collect(),
            id,
            name: self.name,
            required: self.required,
            has_default: self.has_default_value,
            schema_type: self.schema.kind,
            items: self.schema.items,
            custom: self.schema.custom,
        }
    }
}
