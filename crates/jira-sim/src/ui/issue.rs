//! An issue's page.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::board::{Move, moves};
use super::{Chrome, Face, acting, chrome, not_found, own_path, refused};
use crate::adf;
use crate::clock::{day, minute};
use crate::control::{Command, act};
use crate::sim::Sim;
use crate::state::{Issue, Item, RemoteLink};

#[derive(Template)]
#[template(path = "issue.html")]
struct Page {
    chrome: Chrome,
    slug: String,
    site: String,
    project_key: String,
    project: &'static str,
    key: String,
    summary: String,
    kind: &'static str,
    icon: &'static str,
    /// Built here from a checked document, every text escaped.
    description: String,
    status: String,
    category: &'static str,
    resolution: Option<&'static str>,
    priority: &'static str,
    priority_id: u64,
    labels: Vec<String>,
    assignee: Option<Face>,
    reporter: Face,
    created: String,
    updated: String,
    security: Option<String>,
    moves: Vec<Move>,
    links: Vec<Link>,
    activity: Vec<Activity>,
    may_comment: bool,
    may_edit: bool,
}

struct Link {
    title: String,
    url: String,
    summary: Option<String>,
    application: Option<String>,
    resolved: bool,
    status: Option<String>,
}

struct Activity {
    at: i64,
    when: String,
    who: Face,
    /// A comment's text in HTML, built here and escaped.
    comment: Option<String>,
    changes: Vec<String>,
}

pub(super) async fn page(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let found = sim.quietly(|world| {
        let at = world.site_by_slug(&slug)?;
        let site = &world.sites[at];
        let who = acting(world, &headers, Some(at));
        let issue = site
            .find_issue(&key)
            .filter(|issue| site.may_see(who, issue))?;
        let (kind, priority, status, project) = (
            site.kind(issue.kind),
            site.priority(issue.priority),
            site.status(issue.status),
            site.project(issue.project),
        );
        Some(Page {
            chrome: chrome(
                world,
                &headers,
                Some(at),
                format!("/site/{slug}/browse/{}", issue.key),
            ),
            slug: site.slug.clone(),
            site: site.name.clone(),
            project_key: project.key.clone(),
            project: project.name,
            key: issue.key.clone(),
            summary: issue.summary.clone(),
            kind: kind.name,
            icon: kind.icon,
            description: issue
                .description
                .as_ref()
                .map(adf::to_html)
                .unwrap_or_default(),
            status: status.name.clone(),
            category: status.category.key(),
            resolution: issue
                .resolution
                .and_then(|id| site.resolutions.iter().find(|known| known.id == id))
                .map(|known| known.name),
            priority: priority.name,
            priority_id: priority.id,
            labels: issue.labels.clone(),
            assignee: issue.assignee.map(Face::of),
            reporter: Face::of(issue.reporter),
            created: day(issue.created_at),
            updated: minute(issue.updated_at),
            security: issue.security.clone(),
            moves: moves(site, issue, who),
            links: issue.remote_links.iter().map(link).collect(),
            activity: activity(issue),
            may_comment: site.may(who, issue.project, "ADD_COMMENTS"),
            may_edit: site.may(who, issue.project, "EDIT_ISSUES"),
        })
    });
    found.map_or_else(not_found, |found| super::page(&found))
}

fn link(link: &RemoteLink) -> Link {
    let object = &link.sent["object"];
    let text = |value: &serde_json::Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(ToOwned::to_owned)
    };
    let url = text(&object["url"]).unwrap_or_default();
    Link {
        title: text(&object["title"]).unwrap_or_default(),
        // Whatever is no web address is shown and leads nowhere.
        url: if url.starts_with("https://") || url.starts_with("http://") {
            url
        } else {
            String::new()
        },
        summary: text(&object["summary"]),
        application: text(&link.sent["application"]["name"]),
        resolved: object["status"]["resolved"] == true,
        status: text(&object["status"]["icon"]["title"]),
    }
}

/// Comments and changes, newest first.
fn activity(issue: &Issue) -> Vec<Activity> {
    let comments = issue.comments.iter().map(|comment| Activity {
        at: comment.at,
        when: minute(comment.at),
        who: Face::of(comment.author),
        comment: Some(adf::to_html(&comment.body)),
        changes: Vec::new(),
    });
    let changes = issue.history.iter().map(|change| Activity {
        at: change.at,
        when: minute(change.at),
        who: Face::of(change.author),
        comment: None,
        changes: change.items.iter().map(in_words).collect(),
    });
    let created = std::iter::once(Activity {
        at: issue.created_at,
        when: minute(issue.created_at),
        who: Face::of(issue.creator),
        comment: None,
        changes: vec!["created the issue".to_owned()],
    });
    let mut all: Vec<Activity> = comments.chain(changes).chain(created).collect();
    all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    all
}

fn in_words(item: &Item) -> String {
    let field = item.field.to_lowercase();
    match (
        item.from_text.as_deref().filter(|text| !text.is_empty()),
        item.to_text.as_deref().filter(|text| !text.is_empty()),
    ) {
        (Some(_), Some(_)) if field == "description" => "changed the description".to_owned(),
        (Some(from), Some(to)) => format!("changed the {field} from {from} to {to}"),
        (None, Some(_)) if field == "description" => "wrote the description".to_owned(),
        (None, Some(to)) => format!("set the {field} to {to}"),
        _ => format!("cleared the {field}"),
    }
}

#[derive(Deserialize)]
pub(super) struct MoveForm {
    status: String,
    #[serde(default)]
    back: String,
}

#[derive(Deserialize)]
pub(super) struct TextForm {
    text: String,
}

pub(super) async fn move_to(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<MoveForm>,
) -> Response {
    let issue = key.clone();
    let back = if form.back.is_empty() {
        format!("/site/{slug}/browse/{key}")
    } else {
        own_path(&form.back)
    };
    let order = |person| Command::MoveIssue {
        issue,
        status: form.status,
        person,
    };
    by_hand(
        &sim,
        &slug,
        &key,
        "TRANSITION_ISSUES",
        &headers,
        &back,
        order,
    )
}

pub(super) async fn comment(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<TextForm>,
) -> Response {
    let issue = key.clone();
    let back = format!("/site/{slug}/browse/{key}");
    by_hand(
        &sim,
        &slug,
        &key,
        "ADD_COMMENTS",
        &headers,
        &back,
        |person| Command::Comment {
            issue,
            text: form.text,
            person,
        },
    )
}

pub(super) async fn rename(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<TextForm>,
) -> Response {
    let summary = form.text.trim().to_owned();
    if summary.is_empty() || summary.chars().count() > 255 {
        return refused(
            StatusCode::BAD_REQUEST,
            "The summary was not changed",
            "A summary has between 1 and 255 characters.",
        );
    }
    let issue = key.clone();
    let back = format!("/site/{slug}/browse/{key}");
    by_hand(
        &sim,
        &slug,
        &key,
        "EDIT_ISSUES",
        &headers,
        &back,
        |person| Command::EditSummary {
            issue,
            summary,
            person,
        },
    )
}

/// Somebody does something to an issue on its page: if they may.
fn by_hand(
    sim: &Sim,
    slug: &str,
    key: &str,
    right: &str,
    headers: &HeaderMap,
    back: &str,
    order: impl FnOnce(Option<String>) -> Command,
) -> Response {
    let done = sim.act(|world| {
        let at = world.site_by_slug(slug)?;
        let who = acting(world, headers, Some(at));
        let site = &world.sites[at];
        let issue = site
            .find_issue(key)
            .filter(|issue| site.may_see(who, issue))?;
        if !site.may(who, issue.project, right) {
            return Some(Err("You do not have the permission for this.".to_owned()));
        }
        Some(act(world, order(Some(who.account_id.to_owned()))))
    });
    match done {
        None => not_found(),
        Some(Ok(_)) => Redirect::to(back).into_response(),
        Some(Err(text)) => refused(StatusCode::CONFLICT, "That did not work", &text),
    }
}
