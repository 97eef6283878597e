//! The pages people see: consent, boards, issues, connected apps, and the page of strings to pull.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json};
use futures_util::Stream;
use serde::Deserialize;

use crate::people::{EVERYBODY, Who};
use crate::sim::Sim;
use crate::state::World;

mod apps;
mod board;
mod consent;
mod issue;
mod pictures;
mod strings;

pub(crate) use consent::{authorize_decision, authorize_page};

pub(crate) fn router(sim: Arc<Sim>) -> Router {
    Router::new()
        .route("/", get(apps::landing))
        .route(
            "/manage-profile/apps",
            get(apps::connected).post(apps::remove),
        )
        .route("/_sim/person", post(switch_person))
        .route("/_sim", get(strings::page))
        .route("/_sim/", get(strings::page))
        .route("/_sim/do", post(strings::order))
        .route("/_sim/press", post(strings::press))
        .route("/_sim/idle", get(strings::idle))
        .route("/_sim/{view}", get(strings::view))
        .route("/_sim/static/{name}", get(asset))
        .route("/_sim/type/{name}", get(pictures::kind))
        .route("/_sim/priority/{name}", get(pictures::priority))
        .route("/avatar/{name}", get(pictures::person))
        .route("/site/{site}", get(board::projects))
        .route("/site/{site}/", get(board::projects))
        .route("/site/{site}/avatar.svg", get(pictures::site))
        .route("/site/{site}/events", get(events))
        .route(
            "/site/{site}/projects/{project}/avatar.svg",
            get(pictures::project),
        )
        .route("/site/{site}/projects/{project}/board", get(board::board))
        .route(
            "/site/{site}/projects/{project}/create",
            post(board::create),
        )
        .route("/site/{site}/browse/{issue}", get(issue::page))
        .route("/site/{site}/browse/{issue}/move", post(issue::move_to))
        .route("/site/{site}/browse/{issue}/comment", post(issue::comment))
        .route("/site/{site}/browse/{issue}/rename", post(issue::rename))
        .fallback(nothing_here)
        .layer(middleware::from_fn(guarded))
        .with_state(sim)
}

/// What every page's head and bar need.
struct Chrome {
    me: Face,
    people: Vec<Face>,
    /// Where switching the person leads back to.
    here: String,
}

/// A person on a page.
#[derive(Clone)]
struct Face {
    index: usize,
    name: &'static str,
    picture: &'static str,
    current: bool,
}

impl Face {
    fn of(who: Who) -> Self {
        let index = EVERYBODY
            .iter()
            .position(|person| person.account_id == who.account_id)
            .unwrap_or(0);
        Self {
            index,
            name: who.display_name,
            picture: who.avatar,
            current: false,
        }
    }
}

/// Bar and switcher for a page of a site, where only its members can act, or of no site.
fn chrome(world: &World, headers: &HeaderMap, site: Option<usize>, here: String) -> Chrome {
    let who = acting(world, headers, site);
    let people = EVERYBODY
        .iter()
        .filter(|person| site.is_none_or(|site| world.is_member(site, person)))
        .map(|person| Face {
            current: person.account_id == who.account_id,
            ..Face::of(person)
        })
        .collect();
    Chrome {
        me: Face::of(who),
        people,
        here,
    }
}

/// Who acts on pages, by cookie. On a site they are no member of, its first member acts.
fn acting(world: &World, headers: &HeaderMap, site: Option<usize>) -> Who {
    let cookie = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let index = cookie
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix("sim_person="))
        .and_then(|index| index.parse::<usize>().ok());
    let who: Who = index
        .and_then(|index| EVERYBODY.get(index))
        .unwrap_or(&EVERYBODY[0]);
    match site {
        Some(site) if !world.is_member(site, who) => EVERYBODY
            .iter()
            .find(|person| world.is_member(site, person))
            .unwrap_or(who),
        _ => who,
    }
}

#[derive(Deserialize)]
struct Switch {
    person: usize,
    back: String,
}

async fn switch_person(Form(form): Form<Switch>) -> Response {
    let cookie = format!(
        "sim_person={}; Path=/; HttpOnly; SameSite=Lax",
        form.person.min(EVERYBODY.len() - 1)
    );
    (
        [(header::SET_COOKIE, cookie)],
        Redirect::to(&own_path(&form.back)),
    )
        .into_response()
}

/// Only addresses of our own are gone back to.
fn own_path(back: &str) -> String {
    let own =
        back.starts_with('/') && !back.starts_with("//") && !back.contains(['\\', '\r', '\n']);
    if own { back.to_owned() } else { "/".to_owned() }
}

fn page(template: &impl Template) -> Response {
    shown(StatusCode::OK, template)
}

fn shown(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    title: &'static str,
    text: String,
}

fn refused(status: StatusCode, title: &'static str, text: &str) -> Response {
    shown(
        status,
        &Message {
            title,
            text: text.to_owned(),
        },
    )
}

fn not_found() -> Response {
    refused(
        StatusCode::NOT_FOUND,
        "There is nothing here",
        "The page does not exist, or you may not see it.",
    )
}

async fn nothing_here(headers: HeaderMap) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page {
        not_found()
    } else {
        (
            StatusCode::NOT_FOUND,
            Json(serde_json::json!({ "code": 404, "message": "Not Found" })),
        )
            .into_response()
    }
}

/// Tells an open page that its site changed.
async fn events(State(sim): State<Arc<Sim>>, Path(site): Path<String>) -> Response {
    let Some(site) = sim.quietly(|world| world.site_by_slug(&site)) else {
        return not_found();
    };
    Sse::new(changes(sim, site))
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn changes(sim: Arc<Sim>, site: usize) -> impl Stream<Item = Result<Event, Infallible>> {
    let version = sim.quietly(|world| world.sites[site].version);
    let changes = sim.changes();
    futures_util::stream::unfold(
        (sim, changes, version),
        move |(sim, mut changes, version)| async move {
            loop {
                let now = sim.quietly(|world| world.sites[site].version);
                if now != version {
                    let event = Event::default().event("change").data(now.to_string());
                    return Some((Ok(event), (sim, changes, now)));
                }
                tokio::select! {
                    () = sim.stop.cancelled() => return None,
                    more = changes.changed() => more.ok()?,
                }
            }
        },
    )
}

async fn asset(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "sim.css" => ("text/css; charset=utf-8", include_str!("../static/sim.css")),
        "sim.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../static/sim.js"),
        ),
        "status.svg" => ("image/svg+xml", include_str!("../static/status.svg")),
        _ => return not_found(),
    };
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
        .into_response()
}

/// Headers of all pages. Forms may lead elsewhere: consent ends at the app's own address.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    guard(response.headers_mut());
    response
}

fn guard(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
}
