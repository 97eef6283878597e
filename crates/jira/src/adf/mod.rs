//! Markdown to the Atlassian Document Format.
//!
//! - [`node`](self): the few node types that we use, and their JSON.
//! - `parse`: Markdown's events to nodes, in the nesting that Jira allows.
//! - `fit`: cuts a document to Jira's limit.

mod fit;
mod node;
mod parse;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod validate;

use serde_json::Value;
use url::Url;

use node::{Block, Inline, Marks};

pub(crate) use node::clean as clean_line;

/// Jira's limit for a description, in UTF-16 units. Whether it counts the text or the JSON is not documented; the JSON
/// is never shorter than the text.
pub const LONGEST: usize = 32_767;

/// More Markdown than this cannot fit, so the rest is not even parsed.
const LONGEST_MARKDOWN: usize = 4 * LONGEST;

/// A document that Jira takes as a description. Made by [`Adf::from_markdown`] only, so it is always valid.
#[derive(Clone, PartialEq, Eq)]
pub struct Adf(Value);

impl Adf {
    /// Converts Markdown: headings, lists, task lists, quotes, code, tables and emphasis become nodes; links and images
    /// become links if they are http or https, else text; mentions and HTML stay text. `footer` is a text and the
    /// address that it links to, set below the rest; it also says where the rest is if the text had to be cut at
    /// [`LONGEST`].
    pub fn from_markdown(markdown: &str, footer: Option<(&str, &str)>) -> Adf {
        let start = &markdown[..markdown.floor_char_boundary(LONGEST_MARKDOWN)];
        let blocks = parse::blocks(start);
        let footer = footer.map(|(text, url)| footer_blocks(text, url));
        let footer = footer.unwrap_or_default();
        let room = LONGEST - node::document(&[]).1 - fit::size_of(&footer);
        if start.len() == markdown.len() && fit::size_of(&blocks) <= room {
            let all: Vec<Block> = blocks.into_iter().chain(footer).collect();
            return Adf(node::document(&all).0);
        }
        let note = vec![Block::Paragraph(vec![Inline::Text(
            "The text was cut here because it is too long for Jira.".to_owned(),
            Marks {
                em: true,
                ..Marks::default()
            },
        )])];
        let room = room - fit::size_of(&note);
        let all: Vec<Block> = fit::fit(blocks, room)
            .into_iter()
            .chain(note)
            .chain(footer)
            .collect();
        Adf(node::document(&all).0)
    }

    /// The document as JSON.
    pub fn as_value(&self) -> &Value {
        &self.0
    }
}

/// Says nothing of the text: it was written by a person.
impl std::fmt::Debug for Adf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Adf(..)")
    }
}

fn footer_blocks(text: &str, url: &str) -> Vec<Block> {
    let text: String = node::clean(text).trim().chars().take(255).collect();
    let link = web_link(url);
    let text = match (&link, text.is_empty()) {
        (_, false) => text,
        (Some(link), true) => link.clone(),
        (None, true) => return Vec::new(),
    };
    let marks = Marks {
        link,
        ..Marks::default()
    };
    vec![
        Block::Rule,
        Block::Paragraph(vec![Inline::Text(text, marks)]),
    ]
}

/// The address of a link, if it is one that a browser should follow from Jira.
fn web_link(text: &str) -> Option<String> {
    const LONGEST_LINK: usize = 2_000;
    let url = Url::parse(text.trim()).ok()?;
    let fits = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= LONGEST_LINK;
    fits.then(|| url.into())
}
