//! The fields a site knows.

use serde_json::{Value, json};

/// Id, name, names in JQL, schema type, schema items.
type SystemField = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    Option<&'static str>,
);

/// The fields every site has.
pub(crate) const SYSTEM_FIELDS: &[SystemField] = &[
    (
        "issuetype",
        "Issue Type",
        &["issuetype", "type"],
        "issuetype",
        None,
    ),
    ("project", "Project", &["project"], "project", None),
    ("summary", "Summary", &["summary"], "string", None),
    (
        "description",
        "Description",
        &["description"],
        "string",
        None,
    ),
    ("status", "Status", &["status"], "status", None),
    ("priority", "Priority", &["priority"], "priority", None),
    (
        "resolution",
        "Resolution",
        &["resolution"],
        "resolution",
        None,
    ),
    (
        "resolutiondate",
        "Resolved",
        &["resolutiondate", "resolved"],
        "datetime",
        None,
    ),
    ("labels", "Labels", &["labels"], "array", Some("string")),
    ("assignee", "Assignee", &["assignee"], "user", None),
    ("reporter", "Reporter", &["reporter"], "user", None),
    ("creator", "Creator", &["creator"], "user", None),
    (
        "created",
        "Created",
        &["created", "createdDate"],
        "datetime",
        None,
    ),
    (
        "updated",
        "Updated",
        &["updated", "updatedDate"],
        "datetime",
        None,
    ),
    ("comment", "Comment", &["comment"], "comments-page", None),
    (
        "security",
        "Security Level",
        &["level"],
        "securitylevel",
        None,
    ),
    ("watches", "Watchers", &["watchers"], "watches", None),
    ("votes", "Votes", &["votes"], "votes", None),
];

/// What a custom field holds.
#[derive(Clone, Debug)]
pub(crate) enum CustomKind {
    Number,
    Text,
    Select(&'static [(u64, &'static str)]),
    User,
}

/// A custom field and where it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) number: u64,
    pub(crate) name: &'static str,
    pub(crate) kind: CustomKind,
    /// Issue types whose create screen shows it, each with whether it must be filled.
    pub(crate) on: Vec<(u64, bool)>,
}

impl Custom {
    pub(crate) fn id(&self) -> String {
        format!("customfield_{}", self.number)
    }

    pub(crate) fn schema(&self) -> Value {
        let (kind, custom) = match self.kind {
            CustomKind::Number => (
                "number",
                "com.atlassian.jira.plugin.system.customfieldtypes:float",
            ),
            CustomKind::Text => (
                "string",
                "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
            ),
            CustomKind::Select(_) => (
                "option",
                "com.atlassian.jira.plugin.system.customfieldtypes:select",
            ),
            CustomKind::User => (
                "user",
                "com.atlassian.jira.plugin.system.customfieldtypes:userpicker",
            ),
        };
        json!({ "type": kind, "custom": custom, "customId": self.number })
    }

    /// Does `value` fit the field? `Err` is Jira's complaint.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match self.kind {
            _ if value.is_null() => true,
            CustomKind::Number => value.is_number(),
            CustomKind::Text => value.is_string(),
            CustomKind::Select(options) => options.iter().any(|(id, name)| {
                value["id"].as_str() == Some(&id.to_string())
                    || value["value"].as_str() == Some(name)
            }),
            CustomKind::User => value["accountId"]
                .as_str()
                .or(value["id"].as_str())
                .and_then(crate::people::find)
                .is_some(),
        };
        if fits {
            return Ok(());
        }
        Err(match self.kind {
            CustomKind::Number => "Operation value must be a number".to_owned(),
            CustomKind::Text => "Operation value must be a string".to_owned(),
            CustomKind::Select(_) => format!("Specify a valid value for {}", self.name),
            CustomKind::User => "Specify a valid value for user".to_owned(),
        })
    }
}
