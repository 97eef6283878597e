//! Names of things in Jira, checked where they enter, so that none of them can bend a path.

use crate::Invalid;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident $field:literal $longest:literal $ok:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let ok: fn(u8) -> bool = $ok;
                if (1..=$longest).contains(&text.len()) && text.bytes().all(ok) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Invalid::new($field, "is not one that Jira gives"))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )* };
}

names! {
    /// One Jira site (`cloudId`).
    CloudId "cloud_id" 64 |b| b.is_ascii_alphanumeric() || b == b'-';
    /// A Jira project's number.
    JiraProjectId "jira_project_id" 20 |b| b.is_ascii_digit();
    /// A Jira project's key, `DEMO`: a label that can change.
    ProjectKey "project_key" 40 |b| b.is_ascii_alphanumeric() || b == b'_';
    /// An issue type's number.
    IssueTypeId "issue_type_id" 20 |b| b.is_ascii_digit();
    /// A status's number. Names repeat and follow the reader's language; this does not.
    JiraStatusId "jira_status_id" 20 |b| b.is_ascii_digit();
    /// An issue's number: what never changes when it is moved.
    IssueId "issue_id" 20 |b| b.is_ascii_digit();
    /// An issue's key, `DEMO-12`: a label that changes when it is moved.
    IssueKey "issue_key" 60 |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
}

/// What a Jira status means, whatever it is called (`statusCategory.key`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// `new`: to do.
    New,
    /// `indeterminate`: in progress.
    Indeterminate,
    /// `done`.
    Done,
    /// `undefined`, or a key we do not know.
    Undefined,
}

impl Category {
    /// The category of Jira's key.
    pub fn from_key(key: &str) -> Category {
        match key {
            "new" => Category::New,
            "indeterminate" => Category::Indeterminate,
            "done" => Category::Done,
            _ => Category::Undefined,
        }
    }

    /// Jira's key.
    pub const fn key(self) -> &'static str {
        match self {
            Category::New => "new",
            Category::Indeterminate => "indeterminate",
            Category::Done => "done",
            Category::Undefined => "undefined",
        }
    }
}
