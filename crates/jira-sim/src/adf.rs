//! Atlassian documents: what Jira accepts, and what they look like as wiki text (v2) and as HTML (our pages).

use std::fmt::Write as _;

use serde_json::{Value, json};

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

/// A document out of plain text: a blank line parts paragraphs, a line end is a break.
pub(crate) fn from_text(text: &str) -> Value {
    let text = text.replace("\r\n", "\n");
    let paragraphs: Vec<Value> = text
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| {
            let mut content = Vec::new();
            for line in paragraph.split('\n') {
                if !content.is_empty() {
                    content.push(json!({ "type": "hardBreak" }));
                }
                if !line.is_empty() {
                    content.push(json!({ "type": "text", "text": line }));
                }
            }
            json!({ "type": "paragraph", "content": content })
        })
        .collect();
    json!({ "version": 1, "type": "doc", "content": paragraphs })
}

/// A document as wiki text, which is what the v2 paths and the deliveries carry.
pub(crate) fn to_text(document: &Value) -> String {
    let mut out = String::new();
    wiki(document, "", &mut out);
    out.trim_end().to_owned()
}

fn wiki(value: &Value, bullet: &str, out: &mut String) {
    let kind = value["type"].as_str().unwrap_or_default();
    let no_children = Vec::new();
    let children = value["content"].as_array().unwrap_or(&no_children);
    let inside =
        |bullet: &str, out: &mut String| children.iter().for_each(|child| wiki(child, bullet, out));
    match kind {
        "text" => out.push_str(&wiki_text(value)),
        "hardBreak" => out.push('\n'),
        "mention" => {
            let _ = write!(
                out,
                "[~accountid:{}]",
                value["attrs"]["id"].as_str().unwrap_or_default()
            );
        }
        "emoji" => out.push_str(
            value["attrs"]["text"]
                .as_str()
                .or(value["attrs"]["shortName"].as_str())
                .unwrap_or_default(),
        ),
        "inlineCard" | "blockCard" => {
            let _ = write!(
                out,
                "[{}]",
                value["attrs"]["url"].as_str().unwrap_or_default()
            );
        }
        "status" => out.push_str(value["attrs"]["text"].as_str().unwrap_or_default()),
        "rule" => out.push_str("----\n\n"),
        "heading" => {
            let _ = write!(out, "h{}. ", value["attrs"]["level"]);
            inside("", out);
            out.push_str("\n\n");
        }
        "paragraph" => {
            inside("", out);
            out.push_str(if bullet.is_empty() { "\n\n" } else { "\n" });
        }
        "codeBlock" => {
            out.push_str("{code}\n");
            inside("", out);
            out.push_str("\n{code}\n\n");
        }
        "blockquote" => {
            out.push_str("{quote}\n");
            inside("", out);
            out.truncate(out.trim_end().len());
            out.push_str("\n{quote}\n\n");
        }
        "bulletList" | "orderedList" => {
            let deeper = format!("{bullet}{}", if kind == "bulletList" { '*' } else { '#' });
            inside(&deeper, out);
            if bullet.is_empty() {
                out.push('\n');
            }
        }
        "listItem" => {
            out.push_str(bullet);
            out.push(' ');
            inside(bullet, out);
        }
        "tableRow" => {
            inside("", out);
            out.push_str("|\n");
        }
        "tableCell" | "tableHeader" => {
            out.push('|');
            let mut cell = String::new();
            inside("", &mut cell);
            out.push_str(cell.trim());
        }
        _ => inside(bullet, out),
    }
}

fn wiki_text(value: &Value) -> String {
    let mut text = value["text"].as_str().unwrap_or_default().to_owned();
    for mark in value["marks"].as_array().into_iter().flatten() {
        text = match mark["type"].as_str().unwrap_or_default() {
            "strong" => format!("*{text}*"),
            "em" => format!("_{text}_"),
            "strike" => format!("-{text}-"),
            "underline" => format!("+{text}+"),
            "code" => format!("{{{{{text}}}}}"),
            "link" => format!(
                "[{text}|{}]",
                mark["attrs"]["href"].as_str().unwrap_or_default()
            ),
            _ => text,
        };
    }
    text
}

/// A document as HTML for our own pages. Everything is escaped, and only http(s) addresses become links.
pub(crate) fn to_html(document: &Value) -> String {
    let mut out = String::new();
    html(document, &mut out);
    out
}

fn html(value: &Value, out: &mut String) {
    let kind = value["type"].as_str().unwrap_or_default();
    let level = value["attrs"]["level"].as_i64().unwrap_or(3).clamp(1, 6);
    let (open, close) = match kind {
        "paragraph" => ("<p>".to_owned(), "</p>".to_owned()),
        // The page has its own h1 and h2.
        "heading" => (
            format!("<h{}>", (level + 2).min(6)),
            format!("</h{}>", (level + 2).min(6)),
        ),
        "bulletList" | "taskList" | "decisionList" => ("<ul>".to_owned(), "</ul>".to_owned()),
        "orderedList" => ("<ol>".to_owned(), "</ol>".to_owned()),
        "listItem" | "taskItem" | "decisionItem" => ("<li>".to_owned(), "</li>".to_owned()),
        "codeBlock" => ("<pre><code>".to_owned(), "</code></pre>".to_owned()),
        "blockquote" => ("<blockquote>".to_owned(), "</blockquote>".to_owned()),
        "panel" => ("<div class=\"panel\">".to_owned(), "</div>".to_owned()),
        "table" => ("<table>".to_owned(), "</table>".to_owned()),
        "tableRow" => ("<tr>".to_owned(), "</tr>".to_owned()),
        "tableHeader" => ("<th>".to_owned(), "</th>".to_owned()),
        "tableCell" => ("<td>".to_owned(), "</td>".to_owned()),
        "rule" => ("<hr>".to_owned(), String::new()),
        "hardBreak" => ("<br>".to_owned(), String::new()),
        "text" => (html_text(value), String::new()),
        "mention" => (
            format!(
                "<span class=\"mention\">{}</span>",
                escape(value["attrs"]["text"].as_str().unwrap_or("@someone"))
            ),
            String::new(),
        ),
        "inlineCard" | "blockCard" => (
            link(value["attrs"]["url"].as_str().unwrap_or_default(), None),
            String::new(),
        ),
        "emoji" | "status" => (
            escape(value["attrs"]["text"].as_str().unwrap_or_default()),
            String::new(),
        ),
        _ => (String::new(), String::new()),
    };
    out.push_str(&open);
    for child in value["content"].as_array().into_iter().flatten() {
        html(child, out);
    }
    out.push_str(&close);
}

fn html_text(value: &Value) -> String {
    let mut text = escape(value["text"].as_str().unwrap_or_default());
    for mark in value["marks"].as_array().into_iter().flatten() {
        text = match mark["type"].as_str().unwrap_or_default() {
            "strong" => format!("<strong>{text}</strong>"),
            "em" => format!("<em>{text}</em>"),
            "strike" => format!("<s>{text}</s>"),
            "underline" => format!("<u>{text}</u>"),
            "code" => format!("<code>{text}</code>"),
            "link" => link(
                mark["attrs"]["href"].as_str().unwrap_or_default(),
                Some(&text),
            ),
            _ => text,
        };
    }
    text
}

fn link(address: &str, inner: Option<&str>) -> String {
    let shown = inner.map_or_else(|| escape(address), ToOwned::to_owned);
    if address.starts_with("https://") || address.starts_with("http://") {
        format!(
            "<a href=\"{}\" rel=\"noopener noreferrer nofollow\">{shown}</a>",
            escape(address)
        )
    } else {
        shown
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
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
