//! Documents as HTML.

use serde_json::Value;

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
