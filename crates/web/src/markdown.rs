//! Markdown as people wrote it, to HTML that cannot harm who reads it.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::Builder;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// What may stay. Headings become small ones: the page has its own.
const TAGS: [&str; 24] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow ugc noopener"));
    cleaner
});

/// The HTML of a text. HTML in it is shown as text, pictures become links to them: a reader's browser asks no stranger
/// for anything.
pub fn html(text: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut written = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut written, Plain(Parser::new_ext(text, options)));
    CLEANER.clean(&written).to_string()
}

/// The events of a text, with what we do not show turned into what we do.
struct Plain<'a>(Parser<'a>);

impl<'a> Iterator for Plain<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        Some(match self.0.next()? {
            Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            }) => Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }),
            Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
            Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
                level: lowered(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
            // A line break is what its author typed, as in a letter.
            Event::SoftBreak => Event::HardBreak,
            Event::FootnoteReference(name) => Event::Text(CowStr::from(format!("[{name}]"))),
            other => other,
        })
    }
}

fn lowered(level: pulldown_cmark::HeadingLevel) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H1, H2, H3, H4, H5, H6};
    match level {
        H1 | H2 | H3 => H4,
        H4 => H5,
        H5 | H6 => H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_looks_as_they_mean_it() {
        assert_eq!(
            html("# Why\n**bold** and `code`\nnext line\n\n- one\n- two"),
            "<h4>Why</h4>\n<p><strong>bold</strong> and <code>code</code><br>\nnext line</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
        );
    }

    #[test]
    fn links_are_marked_as_strangers() {
        assert_eq!(
            html("[Jira](https://example.com/a?b=c&d=e)"),
            "<p><a href=\"https://example.com/a?b=c&amp;d=e\" rel=\"nofollow ugc noopener\">Jira</a></p>\n"
        );
    }

    #[test]
    fn a_picture_is_a_link_and_loads_nothing() {
        let shown = html("![a cat](https://tracker.example/cat.png)");
        assert!(!shown.contains("<img"), "{shown}");
        assert!(shown.contains(">a cat</a>"), "{shown}");
    }

    /// Each of these runs a script, loads something or leaves the page's frame if it gets through.
    const ATTACKS: [&str; 24] = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<iframe src=\"javascript:alert(1)\"></iframe>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox(1))",
        "[x](//evil.example)",
        "![x](javascript:alert(1))",
        "![x\" onerror=\"alert(1)](https://e.example)",
        "<https://e.example/\"onmouseover=alert(1)>",
        "[x](https://e.example \"t\\\" onmouseover=\\\"alert(1)\")",
        "<style>*{display:none}</style>",
        "<form action=https://evil.example><button>go</button></form>",
        "<base href=https://evil.example>",
        "<meta http-equiv=refresh content=0;url=https://evil.example>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "</article></main><script>alert(1)</script>",
        "```<script>\n<img src=x onerror=alert(1)>\n```",
        "<p style=\"position:fixed\" class=\"top\" id=\"main\">x</p>",
    ];

    #[test]
    fn nothing_that_acts_gets_through() {
        for attack in ATTACKS {
            let shown = html(attack).to_lowercase();
            for tag in shown.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                let name = tag
                    .trim_start_matches('/')
                    .split([' ', '/'])
                    .next()
                    .unwrap_or_default();
                assert!(TAGS.contains(&name), "<{name}> in {shown}");
                for odd in [
                    "onerror=",
                    "onload=",
                    "onmouseover=",
                    "style=",
                    "class=",
                    "id=",
                    "src=",
                ] {
                    // What stands inside a quoted href is an address, not an attribute.
                    let outside: String = tag.split('"').step_by(2).collect();
                    assert!(!outside.contains(odd), "{odd} in {shown}");
                }
                if let Some((_, address)) = tag.split_once("href=\"") {
                    assert!(
                        ["http://", "https://", "mailto:"]
                            .iter()
                            .any(|scheme| address.starts_with(scheme)),
                        "{address}"
                    );
                }
            }
        }
    }
}
