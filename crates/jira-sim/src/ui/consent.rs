//! The consent page. Plain HTML with hidden fields, so that a program without a browser can press its buttons too.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Face, guard, refused, shown};
use crate::oauth::{self, Ask};
use crate::people::EVERYBODY;
use crate::sim::Sim;

#[derive(Template)]
#[template(path = "authorize.html")]
struct Consent {
    app: &'static str,
    scopes: Vec<String>,
    sites: Vec<SiteChoice>,
    people: Vec<Choice>,
    hidden: Vec<(&'static str, String)>,
    /// The picture of the app: its first letter.
    letter: &'static str,
}

struct SiteChoice {
    cloud_id: String,
    name: String,
}

struct Choice {
    account_id: &'static str,
    face: Face,
}

pub(crate) async fn authorize_page(
    State(sim): State<Arc<Sim>>,
    Query(ask): Query<Ask>,
) -> Response {
    let page = sim.act(|world| {
        world.count("GET /authorize".to_owned());
        let who = oauth::authorize(world, &ask)?;
        let asked = ask.scopes();
        Ok::<_, String>(Consent {
            app: world.app.name,
            letter: &world.app.name[..1],
            scopes: oauth::in_words(&asked),
            sites: world
                .sites
                .iter()
                .map(|site| SiteChoice {
                    cloud_id: site.cloud_id.clone(),
                    name: site.name.clone(),
                })
                .collect(),
            people: EVERYBODY
                .iter()
                .map(|person| Choice {
                    account_id: person.account_id,
                    face: Face {
                        current: person.account_id == who.account_id,
                        ..Face::of(person)
                    },
                })
                .collect(),
            hidden: hidden(&ask),
        })
    });
    let mut response = match page {
        Ok(page) => shown(StatusCode::OK, &page),
        Err(reason) => cannot(&reason),
    };
    guard(response.headers_mut());
    response
}

pub(crate) async fn authorize_decision(
    State(sim): State<Arc<Sim>>,
    Form(ask): Form<Ask>,
) -> Response {
    let decided = sim.act(|world| {
        world.count("POST /authorize".to_owned());
        oauth::decide(world, &ask)
    });
    match decided {
        Ok(back) => (
            StatusCode::FOUND,
            [
                (header::LOCATION, back),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ],
        )
            .into_response(),
        Err(reason) => {
            let mut response = cannot(&reason);
            guard(response.headers_mut());
            response
        }
    }
}

fn cannot(reason: &str) -> Response {
    refused(
        StatusCode::BAD_REQUEST,
        "Something went wrong with this app's request",
        reason,
    )
}

/// What the form carries on, unchanged.
fn hidden(ask: &Ask) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("audience", ask.audience.clone()),
        ("client_id", ask.client_id.clone()),
        ("scope", ask.scope.clone()),
        ("redirect_uri", ask.redirect_uri.clone()),
        ("state", ask.state.clone()),
        ("response_type", ask.response_type.clone()),
        ("prompt", ask.prompt.clone()),
    ];
    if !ask.code_challenge.is_empty() {
        fields.push(("code_challenge", ask.code_challenge.clone()));
        fields.push(("code_challenge_method", ask.code_challenge_method.clone()));
    }
    fields
}
