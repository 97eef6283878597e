//! Markdown to the Atlassian Document Format.

use serde_json::Value;

/// A document that Jira takes as a description. Made by [`Adf::from_markdown`] only, so it is always valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adf(Value);

impl Adf {
    /// Converts Markdown: headings, lists, task lists, quotes, code, tables and emphasis become nodes; links and images
    /// become links if they are http or https, else text; mentions and HTML stay text. `footer` is a text and the
    /// address that it links to, set below the rest; it also says where the rest is if the text had to be cut at
    /// Jira's 32,767 characters.
    pub fn from_markdown(markdown: &str, footer: Option<(&str, &str)>) -> Adf {
        let _ = (markdown, footer);
        todo!("in work")
    }

    /// The document as JSON.
    pub fn as_value(&self) -> &Value {
        &self.0
    }
}
