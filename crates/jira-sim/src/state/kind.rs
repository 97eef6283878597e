//! What a field can hold: every schema type of Jira's create metadata.

use serde_json::{Value, json};

/// Id and text of each choice.
pub(crate) type Choices = &'static [(u64, &'static str)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
    /// A document in version 3, wiki text in version 2.
    TextArea,
    Url,
    Date,
    DateTime,
    Select(Choices),
    Radio(Choices),
    MultiSelect(Choices),
    Checkboxes(Choices),
    /// A choice and, depending on it, a second one.
    Cascading(&'static [(u64, &'static str, Choices)]),
    Labels,
    User,
    Users,
    Group,
    Groups,
    Version,
    Versions,
    Components,
    Project,
    TimeTracking,
    Parent,
    IssueLinks,
    Attachments,
    Security,
    Team,
    /// A field of an app whose shape is the app's secret.
    Any,
}

impl Kind {
    /// Type, type of the items, and the custom field type behind it; for fields that are never custom the latter is empty.
    pub(crate) fn types(self) -> (&'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Number => ("number", None, "float"),
            Self::Text => ("string", None, "textfield"),
            Self::TextArea => ("string", None, "textarea"),
            Self::Url => ("string", None, "url"),
            Self::Date => ("date", None, "datepicker"),
            Self::DateTime => ("datetime", None, "datetime"),
            Self::Select(_) => ("option", None, "select"),
            Self::Radio(_) => ("option", None, "radiobuttons"),
            Self::MultiSelect(_) => ("array", Some("option"), "multiselect"),
            Self::Checkboxes(_) => ("array", Some("option"), "multicheckboxes"),
            Self::Cascading(_) => ("option-with-child", None, "cascadingselect"),
            Self::Labels => ("array", Some("string"), "labels"),
            Self::User => ("user", None, "userpicker"),
            Self::Users => ("array", Some("user"), "multiuserpicker"),
            Self::Group => ("group", None, "grouppicker"),
            Self::Groups => ("array", Some("group"), "multigrouppicker"),
            Self::Version => ("version", None, "version"),
            Self::Versions => ("array", Some("version"), "multiversion"),
            Self::Components => ("array", Some("component"), ""),
            Self::Project => ("project", None, "project"),
            Self::TimeTracking => ("timetracking", None, ""),
            Self::Parent => ("issuelink", None, ""),
            Self::IssueLinks => ("array", Some("issuelinks"), ""),
            Self::Attachments => ("array", Some("attachment"), ""),
            Self::Security => ("securitylevel", None, ""),
            Self::Team => ("team", None, "atlassian-team"),
            Self::Any => ("any", None, "com.pyxis.greenhopper.jira:gh-lexo-rank"),
        }
    }

    pub(crate) fn schema(self) -> Value {
        let (kind, items, _) = self.types();
        let mut schema = json!({ "type": kind });
        if let Some(items) = items {
            schema["items"] = json!(items);
        }
        schema
    }

    pub(crate) fn is_list(self) -> bool {
        self.types().0 == "array"
    }

    /// What `update` can do to it.
    pub(crate) fn operations(self) -> &'static [&'static str] {
        match self {
            Self::TimeTracking => &["set", "edit"],
            Self::IssueLinks => &["add", "copy"],
            Self::Attachments => &["set", "copy"],
            _ if self.is_list() => &["add", "set", "remove"],
            _ => &["set"],
        }
    }
}
