//! Pictures, drawn here: initials, issue types, priorities, projects, sites.

use std::sync::Arc;

use axum::extract::{OriginalUri, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::not_found;
use crate::people::EVERYBODY;
use crate::sim::Sim;

/// Somebody's initials on their colour.
pub(super) async fn person(OriginalUri(uri): OriginalUri) -> Response {
    let Some(person) = EVERYBODY.iter().find(|person| person.avatar == uri.path()) else {
        return not_found();
    };
    letters(person.initials, person.color, 64)
}

pub(super) async fn site(State(sim): State<Arc<Sim>>, Path(slug): Path<String>) -> Response {
    let found = sim.quietly(|world| {
        world
            .site_by_slug(&slug)
            .map(|site| (world.sites[site].name.clone(), world.sites[site].color))
    });
    found.map_or_else(not_found, |(name, color)| letters(&name[..1], color, 14))
}

pub(super) async fn project(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
) -> Response {
    const COLORS: [&str; 5] = ["#3358d4", "#0f7b6c", "#a8327e", "#b3541e", "#5b4bc4"];
    let found = sim.quietly(|world| {
        let site = &world.sites[world.site_by_slug(&slug)?];
        let at = site
            .projects
            .iter()
            .position(|project| project.key == key)?;
        Some((site.projects[at].key.clone(), COLORS[at % COLORS.len()]))
    });
    found.map_or_else(not_found, |(key, color)| letters(&key[..1], color, 14))
}

fn letters(text: &str, color: &str, round: u8) -> Response {
    let size = if text.len() > 1 { 25 } else { 34 };
    svg(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64"><rect width="64" height="64" rx="{round}" fill="{color}"/><text x="32" y="33" fill="white" font-family="Inter,system-ui,sans-serif" font-weight="600" font-size="{size}" text-anchor="middle" dominant-baseline="central">{text}</text></svg>"#
    ))
}

/// The sign of an issue type.
pub(super) async fn kind(Path(name): Path<String>) -> Response {
    let (color, mark) = match name.as_str() {
        "story.svg" => (
            "#4a8f2f",
            r#"<path d="M5 3.5h6v9l-3-2.4-3 2.4z" fill="white"/>"#,
        ),
        "task.svg" => (
            "#2f6fdb",
            r#"<path d="M4.2 8.2l2.6 2.6 5-5.4" fill="none" stroke="white" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>"#,
        ),
        "bug.svg" => ("#d1372c", r#"<circle cx="8" cy="8" r="3.2" fill="white"/>"#),
        "epic.svg" => (
            "#8a4bd0",
            r#"<path d="M9 2.8L4.4 8.8h3L7 13.2l4.6-6h-3z" fill="white"/>"#,
        ),
        "incident.svg" => ("#c25100", r#"<path d="M8 3.4l5 9H3z" fill="white"/>"#),
        "subtask.svg" => (
            "#2f6fdb",
            r#"<path d="M4 4h5v5H4z" fill="none" stroke="white" stroke-width="1.5"/><path d="M7 7h5v5H7z" fill="white"/>"#,
        ),
        _ => return not_found(),
    };
    svg(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><rect width="16" height="16" rx="3.5" fill="{color}"/>{mark}</svg>"#
    ))
}

/// The sign of a priority.
pub(super) async fn priority(Path(name): Path<String>) -> Response {
    let (color, mark) = match name.as_str() {
        "1.svg" => (
            "#c9372c",
            r#"<path d="M3.5 8L8 4l4.5 4M3.5 12L8 8l4.5 4"/>"#,
        ),
        "2.svg" => ("#e2483d", r#"<path d="M3.5 10L8 6l4.5 4"/>"#),
        "3.svg" => ("#d97008", r#"<path d="M3.5 6.2h9M3.5 9.8h9"/>"#),
        "4.svg" => ("#2f6fdb", r#"<path d="M3.5 6L8 10l4.5-4"/>"#),
        "5.svg" => (
            "#2f6fdb",
            r#"<path d="M3.5 4L8 8l4.5-4M3.5 8L8 12l4.5-4"/>"#,
        ),
        _ => return not_found(),
    };
    svg(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><g fill="none" stroke="{color}" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">{mark}</g></svg>"#
    ))
}

fn svg(text: String) -> Response {
    (
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, "max-age=3600"),
        ],
        text,
    )
        .into_response()
}
