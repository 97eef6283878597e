//! What the admin agrees to before the browser goes to Atlassian. The text's version and hash are recorded.

use crate::App;

/// The consent text, part by part.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Changes with every change of the text.
    pub version: &'static str,
    /// What is read in Jira.
    pub read: Vec<String>,
    /// What is written in Jira.
    pub written: Vec<String>,
    /// What is kept here, and how long.
    pub kept: Vec<String>,
    /// What is never kept.
    pub never: Vec<String>,
    /// How it ends.
    pub ends: Vec<String>,
}

/// The text as it is now, with the operator's name.
pub fn text(app: &App) -> Consent {
    todo!()
}
