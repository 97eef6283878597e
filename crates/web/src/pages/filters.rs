//! What templates can apply to a value with `|`.
#![expect(
    unreachable_pub,
    clippy::inline_always,
    clippy::unnecessary_wraps,
    reason = "askama's macro asks for a Result and writes public, inlined items of its own"
)]

use std::fmt;

use askama::filters::HtmlSafe;

/// Text that is HTML already: made by this crate, never by a person.
pub(crate) struct Markup(pub(crate) String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// `{{ "search"|icon }}`: a drawing of 24 by 24 that takes the colour of its text. It says nothing to a screen reader;
/// the text beside it does.
#[askama::filter_fn]
pub(crate) fn icon(name: &str, _: &dyn askama::Values) -> askama::Result<Markup> {
    Ok(Markup(format!(
        r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>"#,
        drawing(name)
    )))
}

fn drawing(name: &str) -> &'static str {
    match name {
        "up" => r#"<path d="M6 15l6-6 6 6"/>"#,
        "search" => r#"<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>"#,
        "plus" => r#"<path d="M12 5v14M5 12h14"/>"#,
        "x" => r#"<path d="M6 6l12 12M18 6L6 18"/>"#,
        "check" => r#"<path d="M5 12.5l4.5 4.5L19 7.5"/>"#,
        "chevron" => r#"<path d="M9 6l6 6-6 6"/>"#,
        "comment" => r#"<path d="M20 12a7.5 7.5 0 0 1-11 6.6L4 20l1.4-4.5A7.5 7.5 0 1 1 20 12z"/>"#,
        "lock" => {
            r#"<rect x="5" y="11" width="14" height="9" rx="2.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#
        }
        "link" => {
            r#"<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"/>"#
        }
        "sun" => {
            r#"<circle cx="12" cy="12" r="4"/><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1"/>"#
        }
        "user" => r#"<circle cx="12" cy="8.5" r="3.5"/><path d="M5 19.5a7 7 0 0 1 14 0"/>"#,
        "people" => {
            r#"<circle cx="9" cy="9" r="3.25"/><path d="M3 19a6 6 0 0 1 12 0M15.5 6a3.25 3.25 0 0 1 0 6M17.5 14a6 6 0 0 1 3.5 5"/>"#
        }
        "sliders" => {
            r#"<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>"#
        }
        "key" => r#"<circle cx="8" cy="15" r="4"/><path d="M11 12l8-8M16 7l3 3M13.5 9.5l2 2"/>"#,
        "plug" => r#"<path d="M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4"/>"#,
        "mail" => {
            r#"<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="M4 8l8 5.5L20 8"/>"#
        }
        "clock" => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>"#,
        "alert" => r#"<path d="M12 4l9 15.5H3zM12 10v4M12 16.8v.2"/>"#,
        "info" => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 7.8V8"/>"#,
        "refresh" => {
            r#"<path d="M19.5 11A7.5 7.5 0 0 0 6 7.5L4 9.5M4 5v4.5h4.5M4.5 13A7.5 7.5 0 0 0 18 16.5l2-2M20 19v-4.5h-4.5"/>"#
        }
        "star" => {
            r#"<path d="M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8L7 19l1.1-5.5L4 9.7 9.6 9z"/>"#
        }
        "trash" => r#"<path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5"/>"#,
        "pencil" => {
            r#"<path d="M5 19l.8-3.6L16 5.2a1.8 1.8 0 0 1 2.6 0l.2.2a1.8 1.8 0 0 1 0 2.6L8.6 18.2zM14.5 6.7l2.8 2.8"/>"#
        }
        "both" => r#"<path d="M3.5 12h17M7 8l-3.5 4L7 16M17 8l3.5 4L17 16"/>"#,
        "right" => r#"<path d="M4 12h16M15 7l5 5-5 5"/>"#,
        "left" => r#"<path d="M20 12H4M9 7l-5 5 5 5"/>"#,
        "off" => r#"<circle cx="12" cy="12" r="7.5"/><path d="M6.7 6.7l10.6 10.6"/>"#,
        "dots" => {
            r#"<circle cx="6" cy="12" r=".8"/><circle cx="12" cy="12" r=".8"/><circle cx="18" cy="12" r=".8"/>"#
        }
        "out" => r#"<path d="M9 5H5v14h14v-4M13 5h6v6M19 5l-8.5 8.5"/>"#,
        "copy" => {
            r#"<rect x="8.5" y="8.5" width="11" height="11" rx="2.5"/><path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2"/>"#
        }
        "list" => r#"<path d="M8.5 7H20M8.5 12H20M8.5 17H20M4.5 7h.1M4.5 12h.1M4.5 17h.1"/>"#,
        "board" => {
            r#"<rect x="4" y="5" width="4.5" height="14" rx="1.5"/><rect x="10.5" y="5" width="4.5" height="9" rx="1.5"/><rect x="17" y="5" width="3.5" height="11.5" rx="1.5"/>"#
        }
        "shield" => {
            r#"<path d="M12 3.5l7 2.5v5.5c0 4.3-2.9 7.4-7 9-4.1-1.6-7-4.7-7-9V6zM9 12l2.2 2.2L15.2 10"/>"#
        }
        "eye" => {
            r#"<path d="M3 12s3.2-6 9-6 9 6 9 6-3.2 6-9 6-9-6-9-6z"/><circle cx="12" cy="12" r="2.6"/>"#
        }
        "store" => {
            r#"<ellipse cx="12" cy="6.5" rx="7" ry="2.8"/><path d="M5 6.5v11c0 1.5 3.1 2.8 7 2.8s7-1.300 7-2.800v-11M5 12c0 1.500 3.100 2.800 7 2.800s7-1.300 7-2.800"/>"#
        }
        "leave" => r#"<path d="M10 5H5v14h5M14 8l4 4-4 4M18 12H9.500"/>"#,
        "inbox" => {
            r#"<path d="M4 13l2.500-7.500h11L20 13v6H4zM4 13h4.500l1.500 2.500h4l1.500-2.500H20"/>"#
        }
        "heart" => {
            r#"<path d="M12 19.500S4.500 15 4.500 9.700A3.900 3.900 0 0 1 12 8.200a3.900 3.900 0 0 1 7.500 1.500c0 5.300-7.500 9.800-7.500 9.800z"/>"#
        }
        // The kinds of status: how far the ring is filled says the same as the colour.
        "open" => r#"<circle cx="12" cy="12" r="7.500" stroke-dasharray="3.200 3"/>"#,
        "planned" => r#"<circle cx="12" cy="12" r="7.500"/>"#,
        "started" => {
            r#"<circle cx="12" cy="12" r="7.500"/><path d="M12 7.500a4.500 4.500 0 0 1 0 9z" fill="currentColor" stroke="none"/>"#
        }
        "done" => {
            r#"<circle cx="12" cy="12" r="7.500"/><path d="M8.800 12.200l2.200 2.200 4.200-4.600"/>"#
        }
        "closed" => {
            r#"<circle cx="12" cy="12" r="7.500"/><path d="M9.400 9.400l5.200 5.200M14.600 9.400l-5.200 5.200"/>"#
        }
        _ => "",
    }
}

/// `{{ 2|votes }}`: `2 votes`.
#[askama::filter_fn]
pub(crate) fn votes(number: &i64, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(super::words::count(*number, "vote"))
}
