//! The strings to pull, over HTTP: one page for people, JSON for scripts.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Chrome, chrome, not_found};
use crate::clock::minute;
use crate::control::{Command, act, look};
use crate::faults::{Fault, Harm};
use crate::language::Language;
use crate::people::EVERYBODY;
use crate::sim::Sim;
use crate::state::World;

#[derive(Template)]
#[template(path = "strings.html")]
struct Page {
    chrome: Chrome,
    now: String,
    paused: bool,
    faults: Vec<String>,
    deliveries: Vec<Line>,
    webhooks: usize,
    admin_webhooks: usize,
    switches: Switches,
    tokens: String,
    requests: Vec<(String, u64)>,
}

/// What is on.
struct Switches {
    newest_first: bool,
    real_gaps: bool,
    budget: bool,
    date: bool,
    lag: bool,
    suspended: bool,
    german: bool,
}

impl Switches {
    fn of(world: &World) -> Self {
        Self {
            newest_first: world.webhooks.deliveries.newest_first,
            real_gaps: world.webhooks.deliveries.real_gaps,
            budget: world.limits.has_site_points(0),
            date: world.limits.retry_after_as_date,
            lag: world.sites[0].search_lag_ms > 0,
            suspended: world.sites[0].suspended,
            german: world.languages.get(EVERYBODY[0].account_id) == Some(&Language::German),
        }
    }
}

struct Line {
    number: u64,
    event: &'static str,
    issue: String,
    stage: String,
    statuses: String,
}

pub(super) async fn page(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    let page = sim.quietly(|world| {
        let deliveries = world
            .webhooks
            .deliveries
            .list()
            .iter()
            .rev()
            .take(12)
            .map(|delivery| {
                let value = delivery.to_json();
                let statuses: Vec<String> = value["statuses"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|status| {
                        if status.is_null() {
                            "no answer".to_owned()
                        } else {
                            status.to_string()
                        }
                    })
                    .collect();
                let issue = world.sites[delivery.site]
                    .issues
                    .get(&delivery.issue)
                    .map_or_else(|| delivery.issue.to_string(), |issue| issue.key.clone());
                Line {
                    number: delivery.number,
                    event: delivery.event,
                    issue,
                    stage: value["stage"].as_str().unwrap_or_default().to_owned(),
                    statuses: statuses.join(", "),
                }
            });
        let facts = world.grants.facts();
        Page {
            chrome: chrome(world, &headers, None, "/_sim".to_owned()),
            now: minute(world.now()),
            paused: world.webhooks.deliveries.paused,
            faults: world.faults.orders.iter().map(in_words).collect(),
            deliveries: deliveries.collect(),
            webhooks: world.webhooks.all().len(),
            admin_webhooks: world.webhooks.admin().len(),
            switches: Switches::of(world),
            tokens: format!(
                "Refreshed so far: {}. Grants alive: {}",
                facts["refreshes"], facts["families_alive"]
            ),
            requests: world
                .requests
                .iter()
                .map(|(endpoint, count)| (endpoint.clone(), *count))
                .collect(),
        }
    });
    super::page(&page)
}

fn in_words(fault: &Fault) -> String {
    let what = match &fault.harm {
        Harm::Status { status, .. } => format!("is answered {status}"),
        Harm::Delay { ms } => format!("takes {ms} ms longer"),
        Harm::AnswerLate { ms } => format!("is done, and answered {ms} ms late"),
        Harm::DropAfterWork => "is done, but its answer is lost".to_owned(),
        Harm::Drop => "is dropped".to_owned(),
        Harm::Html => "is answered by a proxy's page".to_owned(),
        Harm::NoEffect => "is answered 204 without effect".to_owned(),
    };
    let times = fault.times.map_or_else(
        || "Each request".to_owned(),
        |times| match times {
            1 => "The next request".to_owned(),
            _ => format!("Each of the next {times} requests"),
        },
    );
    format!(
        "{times} to {}{} {what}",
        fault
            .method
            .as_deref()
            .map(|method| format!("{method} "))
            .unwrap_or_default(),
        fault.path
    )
}

/// `POST /_sim/do` with an order in JSON. A body type a foreign page cannot send without asking is what keeps such pages out.
pub(super) async fn order(State(sim): State<Arc<Sim>>, Json(command): Json<Command>) -> Response {
    match sim.act(|world| act(world, command)) {
        Ok(answer) => Json(answer).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response(),
    }
}

/// `GET /_sim/issues?of=KITE` and the other views.
pub(super) async fn view(
    State(sim): State<Arc<Sim>>,
    Path(view): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let of = query
        .get("of")
        .or_else(|| query.get("project"))
        .map_or("", String::as_str);
    sim.quietly(|world| look(world, &view, of))
        .map_or_else(not_found, |value: Value| Json(value).into_response())
}

/// `GET /_sim/idle` answers when no delivery is pending.
pub(super) async fn idle(State(sim): State<Arc<Sim>>) -> Response {
    tokio::select! {
        () = sim.until(|world| world.webhooks.deliveries.idle()) => Json(json!({ "idle": true })).into_response(),
        () = sim.stop.cancelled() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[derive(Deserialize)]
pub(super) struct Press {
    button: String,
}

/// The buttons of the page.
pub(super) async fn press(State(sim): State<Arc<Sim>>, Form(form): Form<Press>) -> Redirect {
    const HOUR_MS: u64 = 3_600_000;
    const JIRA: &str = "/ex/jira/";
    let fault = |times, harm| Command::Fault(Fault::next(times, JIRA, harm));
    let (site, on) = sim.quietly(|world| (world.sites[0].cloud_id.clone(), Switches::of(world)));
    let no_effect = Fault::next(1, "/rest/api/3/issue", Harm::NoEffect).method("POST");
    let command = match form.button.as_str() {
        "no-effect" => Some(Command::Fault(no_effect)),
        "budget" => Some(Command::SetSiteQuota {
            site,
            points_per_hour: (!on.budget).then_some(1_000),
        }),
        "date" => Some(Command::RetryAfterAsDate { as_date: !on.date }),
        "lag" => Some(Command::SearchLag {
            ms: if on.lag { 0 } else { 60_000 },
        }),
        "suspend" => Some(Command::Suspend {
            site,
            suspended: !on.suspended,
        }),
        "german" => Some(Command::SetLanguage {
            person: EVERYBODY[0].account_id.to_owned(),
            language: (!on.german).then(|| "de".to_owned()),
        }),
        "newest-first" => Some(Command::NewestFirst {
            newest_first: !on.newest_first,
        }),
        "real-gaps" => Some(Command::RetryAsAtlassian { on: !on.real_gaps }),
        "ten-minutes" => Some(Command::AdvanceClock { ms: HOUR_MS / 6 }),
        "fail-3" => Some(fault(3, Harm::status(503))),
        "limit-3" => Some(fault(3, Harm::retry_after(429, "5"))),
        "slow-5" => Some(fault(5, Harm::Delay { ms: 3_000 })),
        "lose-answer" => Some(fault(1, Harm::DropAfterWork)),
        "html-3" => Some(fault(3, Harm::Html)),
        "clear" => Some(Command::ClearFaults),
        "pause" => Some(Command::PauseDeliveries { paused: true }),
        "go-on" => Some(Command::PauseDeliveries { paused: false }),
        "twice" => Some(Command::DuplicateDeliveries { times: 1 }),
        "lose" => Some(Command::LoseDeliveries { times: 1 }),
        "drop-webhooks" => Some(Command::DropWebhooks),
        "expire-tokens" => Some(Command::ExpireAccessTokens),
        "hour" => Some(Command::AdvanceClock { ms: HOUR_MS }),
        "day" => Some(Command::AdvanceClock { ms: 24 * HOUR_MS }),
        "month" => Some(Command::AdvanceClock {
            ms: 30 * 24 * HOUR_MS,
        }),
        _ => None,
    };
    if let Some(command) = command {
        // Buttons name nothing that could be missing.
        let _ = sim.act(|world| act(world, command));
    }
    Redirect::to("/_sim")
}
