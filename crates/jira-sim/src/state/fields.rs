//! The fields a site knows.

use serde_json::{Value, json};

use super::Kind;

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

/// Fields that only the screens of some issue types show: id, name, what it holds.
pub(crate) const MORE_FIELDS: &[(&str, &str, Kind)] = &[
    ("parent", "Parent", Kind::Parent),
    ("components", "Components", Kind::Components),
    ("fixVersions", "Fix versions", Kind::Versions),
    ("versions", "Affects versions", Kind::Versions),
    ("duedate", "Due date", Kind::Date),
    ("environment", "Environment", Kind::TextArea),
    ("timetracking", "Time tracking", Kind::TimeTracking),
    ("security", "Security Level", Kind::Security),
    ("issuelinks", "Linked Issues", Kind::IssueLinks),
    ("attachment", "Attachment", Kind::Attachments),
];

/// Levels an issue can be hidden behind.
pub(crate) const SECURITY_LEVELS: &[(u64, &str)] = &[(10_000, "Team only"), (10_001, "Management")];

/// Groups of people: id and name.
pub(crate) const GROUPS: &[(&str, &str)] = &[
    (
        "6e87dc72-4f1f-421f-9382-2fee8b652487",
        "jira-software-users",
    ),
    ("276f955c-63d7-42c8-9520-92d01dca0625", "release-managers"),
];

/// A custom field and where it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) number: u64,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Issue types whose screens show it, each with whether it must be filled.
    pub(crate) on: Vec<(u64, bool)>,
    /// It stands on every edit screen as well, and on no create screen because of that.
    pub(crate) edit_everywhere: bool,
    /// What a create gets that does not name the field.
    pub(crate) default: Option<Value>,
}

impl Custom {
    pub(crate) fn new(number: u64, name: &'static str, kind: Kind, on: &[(u64, bool)]) -> Self {
        Self {
            number,
            name,
            kind,
            on: on.to_vec(),
            edit_everywhere: false,
            default: None,
        }
    }

    pub(crate) fn id(&self) -> String {
        format!("customfield_{}", self.number)
    }

    /// Is it on the create screen of the type, and must it be filled?
    pub(crate) fn on_create(&self, kind: u64) -> Option<bool> {
        self.on
            .iter()
            .find(|(id, _)| *id == kind)
            .map(|(_, required)| *required)
    }

    pub(crate) fn on_edit(&self, kind: u64) -> bool {
        self.edit_everywhere || self.on_create(kind).is_some()
    }

    pub(crate) fn schema(&self) -> Value {
        let (_, _, custom) = self.kind.types();
        let mut schema = self.kind.schema();
        schema["custom"] = if custom.contains(':') {
            json!(custom)
        } else {
            json!(format!(
                "com.atlassian.jira.plugin.system.customfieldtypes:{custom}"
            ))
        };
        schema["customId"] = json!(self.number);
        schema
    }
}
