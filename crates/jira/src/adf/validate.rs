//! What Jira takes, written down a second time, from Atlassian's schema, to hold the converter against.

use serde_json::Value;

/// Panics with the place of the first thing that Jira would refuse.
pub(super) fn check(document: &Value) {
    assert_eq!(document["version"], 1);
    assert_eq!(document["type"], "doc");
    let units = document.to_string().encode_utf16().count();
    assert!(units <= 32_767, "{units} units");
    node(document, "doc", 0);
}

fn node(value: &Value, path: &str, depth: usize) {
    assert!(depth < 40, "{path}: too deep");
    let kind = value["type"]
        .as_str()
        .unwrap_or_else(|| panic!("{path}: no type"));
    let none = Vec::new();
    let content = value["content"].as_array().unwrap_or(&none);
    let blocks: &[&str] = match kind {
        "doc" => &[
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "taskList",
            "blockquote",
            "codeBlock",
            "rule",
            "table",
        ],
        "paragraph" | "heading" | "taskItem" => &["text", "hardBreak"],
        "bulletList" | "orderedList" => &["listItem"],
        "taskList" => &["taskItem"],
        "listItem" | "blockquote" => &["paragraph", "bulletList", "orderedList", "codeBlock"],
        "codeBlock" => &["text"],
        "table" => &["tableRow"],
        "tableRow" => &["tableHeader", "tableCell"],
        "tableHeader" | "tableCell" => &["paragraph"],
        "text" | "hardBreak" | "rule" => &[],
        _ => panic!("{path}: {kind} is unknown"),
    };
    for (n, child) in content.iter().enumerate() {
        let inside = child["type"].as_str().unwrap_or_default();
        assert!(blocks.contains(&inside), "{path}: {inside} in {kind}");
        node(child, &format!("{path}/{n}:{inside}"), depth + 1);
    }
    match kind {
        "heading" => assert!((1..=6).contains(&value["attrs"]["level"].as_i64().unwrap_or(0))),
        "orderedList" => assert!(value["attrs"]["order"].as_u64().is_some()),
        "taskList" => assert!(value["attrs"]["localId"].is_string()),
        "taskItem" => assert!(
            ["TODO", "DONE"]
                .iter()
                .any(|s| value["attrs"]["state"] == *s)
        ),
        "text" => text(value, path),
        _ => {}
    }
    let filled = [
        "doc",
        "heading",
        "bulletList",
        "orderedList",
        "taskList",
        "listItem",
        "blockquote",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
    ];
    assert!(
        !content.is_empty() || !filled.contains(&kind),
        "{path}: empty"
    );
    if kind == "listItem" {
        let first = &content[0]["type"];
        assert!(first == "paragraph" || first == "codeBlock", "{path}");
    }
}

fn text(value: &Value, path: &str) {
    let text = value["text"].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "{path}: empty text");
    let in_code = path.contains("codeBlock");
    for c in text.chars() {
        let line_end = matches!(c, '\n' | '\t');
        assert!(
            if line_end { in_code } else { !c.is_control() },
            "{path}: {c:?} in a text"
        );
        assert!(!matches!(c, '\u{fffe}' | '\u{ffff}'), "{path}: {c:?}");
    }
    let none = Vec::new();
    let marks = value["marks"].as_array().unwrap_or(&none);
    assert!(!in_code || marks.is_empty(), "{path}: marks in code");
    let kinds: Vec<_> = marks.iter().filter_map(|m| m["type"].as_str()).collect();
    for mark in marks {
        match mark["type"].as_str() {
            Some("strong" | "em" | "strike" | "code") => {}
            Some("link") => {
                let href = mark["attrs"]["href"].as_str().unwrap_or_default();
                assert!(
                    href.starts_with("https://") || href.starts_with("http://"),
                    "{path}: {href}"
                );
            }
            other => panic!("{path}: mark {other:?}"),
        }
    }
    let mut once = kinds.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), kinds.len(), "{path}: a mark twice");
    if kinds.contains(&"code") {
        assert!(
            kinds.iter().all(|kind| ["code", "link"].contains(kind)),
            "{path}: code stands with a link only"
        );
    }
}
