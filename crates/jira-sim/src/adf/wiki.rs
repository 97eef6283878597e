//! Documents and wiki text: what the v2 paths and the deliveries carry.

use std::fmt::Write as _;

use serde_json::{Value, json};

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
