//! A site's projects, and a project's board.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Chrome, Face, acting, chrome, not_found, page, refused};
use crate::people::Who;
use crate::rest::{self, Call, available};
use crate::sim::Sim;
use crate::state::{Issue, Site, Style, World};

#[derive(Template)]
#[template(path = "projects.html")]
struct SitePage {
    chrome: Chrome,
    slug: String,
    site: String,
    projects: Vec<ProjectCard>,
}

struct ProjectCard {
    key: String,
    name: &'static str,
    description: &'static str,
    style: &'static str,
    lead: Face,
    open: usize,
    done: usize,
}

pub(super) fn style(style: Style) -> &'static str {
    match style {
        Style::Classic => "Company-managed",
        Style::NextGen => "Team-managed",
    }
}

pub(super) async fn projects(
    State(sim): State<Arc<Sim>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = sim.quietly(|world| {
        let at = world.site_by_slug(&slug)?;
        let site = &world.sites[at];
        let who = acting(world, &headers, Some(at));
        let projects = site
            .projects
            .iter()
            .filter(|project| site.may(who, project.id, "BROWSE_PROJECTS"))
            .map(|project| {
                let issues = || {
                    site.issues
                        .values()
                        .filter(|issue| issue.project == project.id)
                };
                let done = issues().filter(|issue| issue.resolution.is_some()).count();
                ProjectCard {
                    key: project.key.clone(),
                    name: project.name,
                    description: project.description,
                    style: style(project.style),
                    lead: Face::of(project.lead),
                    open: issues().count() - done,
                    done,
                }
            })
            .collect();
        Some(SitePage {
            chrome: chrome(world, &headers, Some(at), format!("/site/{slug}/")),
            slug: site.slug.clone(),
            site: site.name.clone(),
            projects,
        })
    });
    found.map_or_else(not_found, |found| page(&found))
}

#[derive(Template)]
#[template(path = "board.html")]
struct Board {
    chrome: Chrome,
    slug: String,
    site: String,
    key: String,
    name: &'static str,
    style: &'static str,
    may_create: bool,
    columns: Vec<Column>,
    notice: Option<String>,
}

struct Column {
    id: u64,
    name: String,
    category: &'static str,
    cards: Vec<Card>,
}

struct Card {
    key: String,
    summary: String,
    kind: &'static str,
    icon: &'static str,
    priority: &'static str,
    priority_id: u64,
    assignee: Option<Face>,
    labels: Vec<String>,
    links: usize,
    done: bool,
    moves: Vec<Move>,
}

/// A way out of a column.
pub(super) struct Move {
    pub(super) status: u64,
    pub(super) name: String,
    pub(super) transition: &'static str,
    pub(super) category: &'static str,
}

#[derive(Deserialize)]
pub(super) struct Notice {
    notice: Option<String>,
}

pub(super) async fn board(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
    Query(query): Query<Notice>,
    headers: HeaderMap,
) -> Response {
    let found = sim.quietly(|world| {
        let at = world.site_by_slug(&slug)?;
        let site = &world.sites[at];
        let who = acting(world, &headers, Some(at));
        let project = site
            .find_project(&key)
            .filter(|project| site.may(who, project.id, "BROWSE_PROJECTS"))?;
        let columns = project
            .statuses
            .iter()
            .map(|id| {
                let status = site.status(*id);
                let mut issues: Vec<&Issue> = site
                    .issues
                    .values()
                    .filter(|issue| {
                        issue.project == project.id
                            && issue.status == *id
                            && site.may_see(who, issue)
                    })
                    .collect();
                issues.sort_by_key(|issue| std::cmp::Reverse((issue.updated_at, issue.id)));
                Column {
                    id: *id,
                    name: status.name.clone(),
                    category: status.category.key(),
                    cards: issues
                        .into_iter()
                        .map(|issue| card(site, issue, who))
                        .collect(),
                }
            })
            .collect();
        Some(Board {
            chrome: chrome(
                world,
                &headers,
                Some(at),
                format!("/site/{slug}/projects/{key}/board"),
            ),
            slug: site.slug.clone(),
            site: site.name.clone(),
            key: project.key.clone(),
            name: project.name,
            style: style(project.style),
            may_create: site.may(who, project.id, "CREATE_ISSUES") && !project.archived,
            columns,
            notice: query.notice,
        })
    });
    found.map_or_else(not_found, |found| page(&found))
}

fn card(site: &Site, issue: &Issue, who: Who) -> Card {
    let (kind, priority) = (site.kind(issue.kind), site.priority(issue.priority));
    Card {
        key: issue.key.clone(),
        summary: issue.summary.clone(),
        kind: kind.name,
        icon: kind.icon,
        priority: priority.name,
        priority_id: priority.id,
        assignee: issue.assignee.map(Face::of),
        labels: issue.labels.clone(),
        links: issue.remote_links.len(),
        done: issue.resolution.is_some(),
        moves: moves(site, issue, who),
    }
}

/// Where the person can move the issue.
pub(super) fn moves(site: &Site, issue: &Issue, who: Who) -> Vec<Move> {
    available(site, issue.id, who)
        .into_iter()
        .filter(|found| found.open && found.transition.to != issue.status)
        .map(|found| {
            let status = site.status(found.transition.to);
            Move {
                status: status.id,
                name: status.name.clone(),
                transition: found.transition.name,
                category: status.category.key(),
            }
        })
        .collect()
}

#[derive(Deserialize)]
pub(super) struct NewIssue {
    summary: String,
}

pub(super) async fn create(
    State(sim): State<Arc<Sim>>,
    Path((slug, key)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<NewIssue>,
) -> Response {
    let result = sim.act(|world| create_issue(world, &slug, &key, &headers, &form.summary));
    match result {
        None => not_found(),
        Some(Ok(())) => Redirect::to(&format!("/site/{slug}/projects/{key}/board")).into_response(),
        Some(Err(text)) => refused(StatusCode::BAD_REQUEST, "The issue was not created", &text),
    }
}

fn create_issue(
    world: &mut World,
    slug: &str,
    key: &str,
    headers: &HeaderMap,
    summary: &str,
) -> Option<Result<(), String>> {
    let at = world.site_by_slug(slug)?;
    let who = acting(world, headers, Some(at));
    let project = world.sites[at].find_project(key)?;
    let (project, kind) = (project.id, project.types[0]);
    let fields = json!({ "project": { "id": project }, "issuetype": { "id": kind.to_string() }, "summary": summary.trim() });
    let answer = rest::create(world, &Call::by_hand(at, who, json!({ "fields": fields })));
    Some(
        answer
            .map(drop)
            .map_err(|refusal| first_complaint(&refusal.body.unwrap_or_default())),
    )
}

/// The first thing Jira complains about, for people.
pub(super) fn first_complaint(body: &serde_json::Value) -> String {
    let message = body["errorMessages"][0].as_str();
    let field = || {
        body["errors"]
            .as_object()
            .and_then(|errors| errors.values().next())
            .and_then(serde_json::Value::as_str)
    };
    message
        .or_else(field)
        .unwrap_or("Jira did not say why.")
        .to_owned()
}
