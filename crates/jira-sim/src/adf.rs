//! Atlassian documents: what Jira accepts, and what they look like as wiki text (v2) and as HTML (our pages).

use serde_json::Value;

mod html;
mod wiki;

pub(crate) use html::to_html;
pub(crate) use wiki::{from_text, to_text};

/// The longest text Jira takes in a rich text field.
pub(crate) const MAX_TEXT: usize = 32_767;

/// Why a document is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not a document at all.
    NoDocument,
    /// A document that breaks the schema.
    Invalid,
    TooLong,
}

const BLOCKS: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "codeBlock",
    "blockquote",
    "rule",
    "panel",
    "table",
    "mediaSingle",
    "mediaGroup",
    "expand",
    "taskList",
    "decisionList",
    "blockCard",
    "embedCard",
];
const INLINES: &[&str] = &[
    "text",
    "hardBreak",
    "mention",
    "emoji",
    "inlineCard",
    "date",
    "status",
    "mediaInline",
];
const MARKS: &[&str] = &[
    "strong",
    "em",
    "code",
    "strike",
    "underline",
    "link",
    "textColor",
    "subsup",
    "backgroundColor",
];

/// What may stand inside a node; `None` for a node that is unknown.
fn children_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "doc" => BLOCKS,
        "paragraph" | "heading" | "taskItem" | "decisionItem" | "caption" => INLINES,
        "codeBlock" => &["text"],
        "bulletList" | "orderedList" => &["listItem"],
        "listItem" => &[
            "paragraph",
            "bulletList",
            "orderedList",
            "codeBlock",
            "mediaSingle",
            "taskList",
        ],
        "blockquote" => &[
            "paragraph",
            "bulletList",
            "orderedList",
            "codeBlock",
            "mediaSingle",
            "mediaGroup",
        ],
        "panel" => &[
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "codeBlock",
            "rule",
            "taskList",
            "decisionList",
            "blockCard",
        ],
        "expand" | "nestedExpand" => &[
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "codeBlock",
            "blockquote",
            "rule",
            "panel",
            "table",
            "mediaSingle",
            "mediaGroup",
            "nestedExpand",
            "taskList",
        ],
        "table" => &["tableRow"],
        "tableRow" => &["tableCell", "tableHeader"],
        "tableCell" | "tableHeader" => &[
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "codeBlock",
            "blockquote",
            "rule",
            "panel",
            "mediaSingle",
            "mediaGroup",
            "nestedExpand",
            "taskList",
        ],
        "mediaSingle" => &["media", "caption"],
        "mediaGroup" => &["media"],
        "taskList" => &["taskItem", "taskList"],
        "decisionList" => &["decisionItem"],
        "text" | "hardBreak" | "mention" | "emoji" | "inlineCard" | "date" | "status" | "rule"
        | "media" | "mediaInline" | "blockCard" | "embedCard" => &[],
        _ => return None,
    })
}

/// Would Jira take this document?
pub(crate) fn check(document: &Value) -> Result<(), Refused> {
    if document["type"] != "doc" || !document["content"].is_array() {
        return Err(Refused::NoDocument);
    }
    if document["version"] != 1 {
        return Err(Refused::Invalid);
    }
    let mut length = 0;
    node(document, &mut length, 0)?;
    if length > MAX_TEXT {
        Err(Refused::TooLong)
    } else {
        Ok(())
    }
}

fn node(value: &Value, length: &mut usize, depth: usize) -> Result<(), Refused> {
    let kind = value["type"].as_str().ok_or(Refused::Invalid)?;
    let allowed = children_of(kind).ok_or(Refused::Invalid)?;
    if depth > 40 {
        return Err(Refused::Invalid);
    }
    match kind {
        "text" => return text(value, length),
        "heading" if !(1..=6).contains(&value["attrs"]["level"].as_i64().unwrap_or(0)) => {
            return Err(Refused::Invalid);
        }
        "panel" if !value["attrs"]["panelType"].is_string() => return Err(Refused::Invalid),
        "mention" if !value["attrs"]["id"].is_string() => return Err(Refused::Invalid),
        "emoji" if !value["attrs"]["shortName"].is_string() => return Err(Refused::Invalid),
        "inlineCard" if !value["attrs"]["url"].is_string() && value["attrs"]["data"].is_null() => {
            return Err(Refused::Invalid);
        }
        _ => {}
    }
    let children = match &value["content"] {
        Value::Null => &Vec::new(),
        Value::Array(children) => children,
        _ => return Err(Refused::Invalid),
    };
    let must_have_children = [
        "bulletList",
        "orderedList",
        "listItem",
        "blockquote",
        "table",
        "tableRow",
        "panel",
    ]
    .contains(&kind);
    if children.is_empty() && must_have_children {
        return Err(Refused::Invalid);
    }
    for child in children {
        let child_kind = child["type"].as_str().ok_or(Refused::Invalid)?;
        if !allowed.contains(&child_kind) {
            return Err(Refused::Invalid);
        }
        if kind == "codeBlock" {
            // Code is the one place where a text may hold line breaks, and the one where it may hold no marks.
            if child["marks"]
                .as_array()
                .is_some_and(|marks| !marks.is_empty())
            {
                return Err(Refused::Invalid);
            }
            let code = child["text"]
                .as_str()
                .filter(|code| !code.is_empty())
                .ok_or(Refused::Invalid)?;
            *length += code.chars().count();
        } else {
            node(child, length, depth + 1)?;
        }
    }
    if BLOCKS.contains(&kind) {
        *length += 1;
    }
    Ok(())
}

fn text(value: &Value, length: &mut usize) -> Result<(), Refused> {
    let text = value["text"].as_str().unwrap_or_default();
    if text.is_empty() || text.contains(['\n', '\r']) {
        return Err(Refused::Invalid);
    }
    *length += text.chars().count();
    let no_marks = Vec::new();
    let marks = value["marks"].as_array().unwrap_or(&no_marks);
    let has = |name: &str| marks.iter().any(|mark| mark["type"] == name);
    for mark in marks {
        let kind = mark["type"].as_str().unwrap_or_default();
        if !MARKS.contains(&kind) || (kind == "link" && !mark["attrs"]["href"].is_string()) {
            return Err(Refused::Invalid);
        }
        if has("code") && !["code", "link"].contains(&kind) {
            return Err(Refused::Invalid);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paragraph(content: &Value) -> Value {
        json!({ "version": 1, "type": "doc", "content": [{ "type": "paragraph", "content": content }] })
    }

    #[test]
    fn what_bites_in_production_is_refused_here() {
        assert_eq!(check(&json!("plain")), Err(Refused::NoDocument));
        assert_eq!(
            check(&paragraph(&json!([{ "type": "text", "text": "" }]))),
            Err(Refused::Invalid)
        );
        assert_eq!(
            check(&paragraph(&json!([{ "type": "text", "text": "a\nb" }]))),
            Err(Refused::Invalid)
        );
        assert_eq!(
            check(&paragraph(&json!([{ "type": "blink", "text": "a" }]))),
            Err(Refused::Invalid)
        );
        assert_eq!(
            check(&paragraph(
                &json!([{ "type": "text", "text": "a", "marks": [{ "type": "link" }] }])
            )),
            Err(Refused::Invalid)
        );
        assert_eq!(
            check(&paragraph(
                &json!([{ "type": "text", "text": "x".repeat(MAX_TEXT + 1) }])
            )),
            Err(Refused::TooLong)
        );
        let nested = json!({ "version": 1, "type": "doc", "content": [{ "type": "listItem", "content": [] }] });
        assert_eq!(
            check(&nested),
            Err(Refused::Invalid),
            "a list item needs its list"
        );
    }

    #[test]
    fn ordinary_documents_are_taken() {
        assert_eq!(check(&paragraph(&json!([]))), Ok(()));
        assert_eq!(check(&from_text("One\ntwo\n\nthree")), Ok(()));
        let code = json!({ "version": 1, "type": "doc", "content": [{ "type": "codeBlock", "content": [{ "type": "text", "text": "a\nb" }] }] });
        assert_eq!(check(&code), Ok(()));
    }

    #[test]
    fn a_document_made_of_text_reads_as_that_text() {
        assert_eq!(
            to_text(&from_text("One\ntwo\n\nthree")),
            "One\ntwo\n\nthree"
        );
    }

    #[test]
    fn a_script_address_never_becomes_a_link() {
        let sly = paragraph(
            &json!([{ "type": "text", "text": "<b>", "marks": [{ "type": "link", "attrs": { "href": "javascript:alert(1)" } }] }]),
        );
        assert_eq!(to_html(&sly), "<p>&lt;b&gt;</p>");
    }
}
