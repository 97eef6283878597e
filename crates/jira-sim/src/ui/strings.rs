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
use crate::sim::Sim;

#[derive(Template)]
#[template(path = "strings.html")]
struct Page {
    chrome: Chrome,
    now: String,
    paused: bool,
    faults: Vec<String>,
    deliveries: Vec<Line>,
    webhooks: usize,
    tokens: String,
    requests: Vec<(String, u64)>,
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
        Harm::DropAfterWork => "is done, but its answer is lost".to_owned(),
        Harm::Drop => "is dropped".to_owned(),
        Harm::Html => "is answered by a proxy's page".to_owned(),
        Harm::NoEffect => "is answered 204 without effect".to_owned(),
    };
    let times = fault.times.map_or_else(
        || "Every request".to_owned(),
        |times| format!("The next {times} requests"),
    );
    format!(
        "{times} to {}{}: {what}",
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
    let command = match form.button.as_str() {
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
