use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Adf, LONGEST, validate};

fn adf(markdown: &str) -> Value {
    let document = Adf::from_markdown(markdown, None).as_value().clone();
    validate::check(&document);
    document["content"].clone()
}

fn words(value: &Value) -> String {
    match value {
        Value::Array(list) => list.iter().map(words).collect(),
        Value::Object(node) => match node.get("text").and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => node.get("content").map(words).unwrap_or_default(),
        },
        _ => String::new(),
    }
}

#[test]
fn a_post_becomes_what_jira_shows() {
    let content = adf(
        "# Dark mode\n\nPlease **add** a *dark* `theme`,\nsee [here](https://example.com/a?b=c).\n\n\
         1. one\n2. two\n   - inside\n\n> said ~~so~~\n\n```rust\nfn main() {\n}\n```\n\n---\n",
    );
    assert_eq!(
        content,
        json!([
            {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "Dark mode"}]},
            {"type": "paragraph", "content": [
                {"type": "text", "text": "Please "},
                {"type": "text", "text": "add", "marks": [{"type": "strong"}]},
                {"type": "text", "text": " a "},
                {"type": "text", "text": "dark", "marks": [{"type": "em"}]},
                {"type": "text", "text": " "},
                {"type": "text", "text": "theme", "marks": [{"type": "code"}]},
                {"type": "text", "text": ", see "},
                {"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://example.com/a?b=c"}}]},
                {"type": "text", "text": "."},
            ]},
            {"type": "orderedList", "attrs": {"order": 1}, "content": [
                {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}]},
                {"type": "listItem", "content": [
                    {"type": "paragraph", "content": [{"type": "text", "text": "two"}]},
                    {"type": "bulletList", "content": [
                        {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "inside"}]}]},
                    ]},
                ]},
            ]},
            {"type": "blockquote", "content": [{"type": "paragraph", "content": [
                {"type": "text", "text": "said "},
                {"type": "text", "text": "so", "marks": [{"type": "strike"}]},
            ]}]},
            {"type": "codeBlock", "attrs": {"language": "rust"}, "content": [{"type": "text", "text": "fn main() {\n}"}]},
            {"type": "rule"},
        ])
    );
}

#[test]
fn tables_and_tasks_have_nodes_of_their_own() {
    let content = adf("| a | b |\n|---|---|\n| 1 |   |\n\n- [ ] open\n- [x] done\n");
    assert_eq!(
        content[0]["content"][0]["content"][0]["type"],
        "tableHeader"
    );
    assert_eq!(content[0]["content"][1]["content"][0]["type"], "tableCell");
    assert_eq!(content[1]["content"][0]["attrs"]["state"], "TODO");
    assert_eq!(content[1]["content"][1]["attrs"]["state"], "DONE");
}

#[test]
fn what_jira_does_not_nest_is_kept_as_words() {
    let content = adf(
        "> # Head\n>\n> > deeper\n>\n> | a | b |\n> |---|---|\n> | c | d |\n\n- [x] task\n\n  > quoted\n",
    );
    let text = words(&content);
    for word in ["Head", "deeper", "a | b", "c | d", "☑ task", "quoted"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn f47_only_web_links_become_links() {
    for target in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "mailto:ana@example.com",
        "//example.com",
        "/relative",
    ] {
        let content = adf(&format!("[press](<{target}>) ![picture](<{target}>)"));
        assert_eq!(words(&content), "press picture", "{target}");
        assert!(!content.to_string().contains("link"), "{target}");
    }
    let image = adf("![](https://example.com/a.png)");
    assert_eq!(words(&image), "https://example.com/a.png");
}

#[test]
fn mentions_and_html_stay_text() {
    let text = words(&adf(
        "@ana [~accountid:712020:abc] <b>bold</b>\n\n<script>alert(1)</script>\n",
    ));
    assert_eq!(
        text,
        "@ana [~accountid:712020:abc] <b>bold</b><script>alert(1)</script>"
    );
}

#[test]
fn f47_odd_characters_do_not_reach_jira() {
    let text = words(&adf("a\u{0}b\u{7}c\u{ffff}d\u{2028}e 🦀"));
    assert_eq!(text, "abcd e 🦀");
}

#[test]
fn nothing_is_an_empty_paragraph() {
    assert_eq!(adf(""), json!([{"type": "paragraph", "content": []}]));
    assert_eq!(adf(" \n\n \n"), adf(""));
}

#[test]
fn f47_a_long_text_is_cut_and_says_where_the_rest_is() {
    let footer = ("Idea on the board", "https://board.example/p/1");
    for long in [
        "word ".repeat(20_000),
        "🦀\"\\ ".repeat(20_000),
        "- item\n".repeat(9_000),
        "- [ ] task\n".repeat(9_000),
        "> quote\n\n".repeat(9_000),
        format!("```\n{}\n```", "code \"line\"\n".repeat(9_000)),
        format!("| a |\n|---|\n{}", "| cell |\n".repeat(9_000)),
        format!("1. {}\n", "**b** a ".repeat(9_000)),
        "x".repeat(2_000_000),
    ] {
        let document = Adf::from_markdown(&long, Some(footer)).as_value().clone();
        validate::check(&document);
        let text = words(&document);
        let units = document.to_string().encode_utf16().count();
        assert!(units > LONGEST - 1_000, "{units} wastes room");
        assert!(text.contains("too long for Jira"));
        assert!(text.ends_with(footer.0));
        assert!(document.to_string().contains(footer.1));
    }
}

#[test]
fn a_text_that_fits_is_not_cut() {
    let markdown = "word ".repeat(6_000);
    let text = words(&adf(&markdown));
    assert_eq!(text, markdown.trim_end());
}

#[test]
fn a_footer_with_a_bad_address_is_text() {
    let document = Adf::from_markdown("a", Some(("back", "javascript:alert(1)")));
    validate::check(document.as_value());
    assert!(!document.as_value().to_string().contains("javascript"));
    assert!(words(document.as_value()).ends_with("back"));
}

#[test]
fn a_thousand_levels_are_set_flat() {
    for deep in [
        "> ".repeat(5_000),
        "- ".repeat(5_000),
        "1. > - ".repeat(2_000),
        "*a ".repeat(5_000),
    ] {
        assert!(words(&adf(&format!("{deep}word"))).contains("word"));
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_valid_document(markdown in any::<String>(), footer in any::<(String, String)>()) {
        let document = Adf::from_markdown(&markdown, Some((&footer.0, &footer.1)));
        validate::check(document.as_value());
    }

    #[test]
    fn any_markup_gives_a_valid_document(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "# ", "> ", "- ", "1. ", "999999999) ", "- [ ] ", "- [x]", "```", "~~~ a b\n", "`", "*", "**", "_", "~~",
                "[", "](", ")", "![", "<https://a.b>", "<br>", "<div>", "</div>", "| ", "|---|", "\n", "\n\n", "    ", "\t",
                "---", "===", "&amp;", "&#0;", "\\", "\u{0}", "\r", "[a]: http://x.y", "javascript:x", "http://x.y", "word",
                "é", "🦀", "\u{202e}", "<!-- ", " -->", "@ana", ":", "  \n",
            ]),
            0..60,
        )
    ) {
        let document = Adf::from_markdown(&pieces.concat(), None);
        validate::check(document.as_value());
    }
}
