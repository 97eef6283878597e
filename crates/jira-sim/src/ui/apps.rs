//! The front door, and the page where a person removes an app from their account.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};

use super::{Chrome, acting, chrome, page};
use crate::clock::day;
use crate::oauth;
use crate::sim::Sim;

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    chrome: Chrome,
    base: String,
    sites: Vec<SiteCard>,
}

struct SiteCard {
    slug: String,
    name: String,
    projects: Vec<ProjectLine>,
}

struct ProjectLine {
    key: String,
    name: &'static str,
    style: &'static str,
    issues: usize,
}

pub(super) async fn landing(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    let landing = sim.quietly(|world| Landing {
        chrome: chrome(world, &headers, None, "/".to_owned()),
        base: world.base.clone(),
        sites: world
            .sites
            .iter()
            .map(|site| SiteCard {
                slug: site.slug.clone(),
                name: site.name.clone(),
                projects: site
                    .projects
                    .iter()
                    .map(|project| ProjectLine {
                        key: project.key.clone(),
                        name: project.name,
                        style: super::board::style(project.style),
                        issues: site
                            .issues
                            .values()
                            .filter(|issue| issue.project == project.id)
                            .count(),
                    })
                    .collect(),
            })
            .collect(),
    });
    page(&landing)
}

#[derive(Template)]
#[template(path = "apps.html")]
struct Apps {
    chrome: Chrome,
    app: &'static str,
    letter: &'static str,
    grants: Vec<GrantView>,
}

struct GrantView {
    since: String,
    sites: String,
    scopes: Vec<String>,
}

pub(super) async fn connected(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    let apps = sim.quietly(|world| {
        let who = acting(world, &headers, None);
        let grants = world
            .grants
            .consents(who)
            .map(|family| GrantView {
                since: day(family.consented_at),
                sites: family
                    .sites
                    .iter()
                    .map(|site| world.sites[*site].name.clone())
                    .collect::<Vec<_>>()
                    .join(", "),
                scopes: oauth::in_words(&family.scopes),
            })
            .collect();
        let chrome = chrome(world, &headers, None, "/manage-profile/apps".to_owned());
        Apps {
            chrome,
            app: world.app.name,
            letter: &world.app.name[..1],
            grants,
        }
    });
    page(&apps)
}

pub(super) async fn remove(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Redirect {
    sim.act(|world| {
        let who = acting(world, &headers, None);
        oauth::remove_app(world, who, "removed by the person");
    });
    Redirect::to("/manage-profile/apps")
}
