//! An issue and what hangs on it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::people::Who;

#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) project: u64,
    pub(crate) kind: u64,
    pub(crate) summary: String,
    /// Always an Atlassian document; the v2 paths translate.
    pub(crate) description: Option<Value>,
    pub(crate) status: u64,
    pub(crate) priority: u64,
    pub(crate) resolution: Option<u64>,
    pub(crate) resolved_at: Option<i64>,
    pub(crate) labels: Vec<String>,
    pub(crate) assignee: Option<Who>,
    pub(crate) reporter: Who,
    pub(crate) creator: Who,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// Values of custom fields and of the fields only some screens show, by field id, in the shape `rest::fields` keeps them in.
    pub(crate) custom: BTreeMap<String, Value>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) remote_links: Vec<RemoteLink>,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) history: Vec<Change>,
    /// A security level hides the issue from everybody but its own people and the site administrator.
    pub(crate) security: Option<String>,
}

impl Issue {
    /// Keeps the value of a custom field, or of one that only some screens show; the value it had.
    pub(crate) fn keep(&mut self, id: String, kept: Value) -> Value {
        if id == "security" {
            self.security = kept["name"].as_str().map(ToOwned::to_owned);
        }
        self.custom.insert(id, kept).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Resolution {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: Who,
    pub(crate) body: Value,
    pub(crate) at: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct RemoteLink {
    pub(crate) id: u64,
    pub(crate) global_id: Option<String>,
    /// `application`, `relationship` and `object`, as they were sent.
    pub(crate) sent: Value,
}

/// One entry of the history.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: u64,
    pub(crate) author: Who,
    pub(crate) at: i64,
    pub(crate) items: Vec<Item>,
}

/// One changed field.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) field: Cow<'static, str>,
    pub(crate) field_id: Cow<'static, str>,
    pub(crate) from: Option<String>,
    pub(crate) from_text: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) to_text: Option<String>,
}

impl Item {
    /// As the changelog carries it, in answers and in deliveries.
    pub(crate) fn to_json(&self) -> Value {
        let mut item = json!({
            "field": self.field,
            "fieldtype": if self.field_id.starts_with("customfield_") { "custom" } else { "jira" },
            "fieldId": self.field_id,
            "from": self.from,
            "fromString": self.from_text,
            "to": self.to,
            "toString": self.to_text,
        });
        if self.field_id == "assignee" {
            item["tmpFromAccountId"] = json!(self.from);
            item["tmpToAccountId"] = json!(self.to);
        }
        item
    }
}
