//! Connecting Jira, as numbered steps. Each step is an address of its own and is saved by itself, so the way can be left
//! and taken up again; once the connection is at work, the same pages change it.

mod consent;
mod projects;
mod rights;
mod site;
mod statuses;
mod targets;

use axum::{
    Router,
    response::{IntoResponse as _, Redirect, Response},
};
use upvow_app::connect::{self, Connection, State};

use super::{fields::id, settings::admins_only};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    [
        consent::routes(),
        site::routes(),
        projects::routes(),
        statuses::routes(),
        targets::routes(),
        rights::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}

/// Where on the way a page stands.
struct Way {
    /// `/p/acme/settings/connections/connection_...`; without the id before there is a connection.
    base: String,
    /// The step, from 1.
    step: usize,
    /// Still being set up: the steps are shown, and saving leads on to the next.
    is_setup: bool,
    /// What the connection is called.
    site: String,
    state: Option<State>,
}

/// A step as the page shows it.
struct StepWords {
    number: usize,
    name: &'static str,
    address: Option<String>,
}

const STEPS: [(&str, &str); 6] = [
    ("Consent", ""),
    ("Site", "site"),
    ("Projects", "projects"),
    ("Statuses", "statuses"),
    ("Issues", "targets"),
    ("Check", "rights"),
];

impl Way {
    fn of(ctx: &Ctx, connection: &Connection, step: usize) -> Way {
        Way {
            base: format!(
                "/p/{}/settings/connections/{}",
                ctx.project.slug, connection.id
            ),
            step,
            is_setup: connection.state == State::Setup,
            site: super::panel::site(connection),
            state: Some(connection.state),
        }
    }

    /// Every step; those behind lead back.
    fn steps(&self) -> Vec<StepWords> {
        STEPS
            .iter()
            .enumerate()
            .map(|(index, (name, path))| StepWords {
                number: index + 1,
                name,
                address: (index > 0 && index + 1 < self.step)
                    .then(|| format!("{}/{path}", self.base)),
            })
            .collect()
    }

    /// The step after this one, or the overview when the connection is at work.
    fn on(&self) -> Response {
        let there = match STEPS.get(self.step) {
            Some((_, path)) if self.is_setup => format!("{}/{path}", self.base),
            _ => format!("{}?done=saved", self.base),
        };
        Redirect::to(&there).into_response()
    }
}

/// The connection of a step. One that said goodbye tells its goodbye instead.
async fn connection_of(ctx: &Ctx, text: &str) -> Result<Result<Connection, Response>, PageError> {
    admins_only(ctx)?;
    let connection = connect::get(&ctx.app, &ctx.caller, id(text)?).await?;
    if matches!(connection.state, State::Disconnecting | State::Invalidated) {
        let there = format!(
            "/p/{}/settings/connections/{}/goodbye",
            ctx.project.slug, connection.id
        );
        return Ok(Err(Redirect::to(&there).into_response()));
    }
    Ok(Ok(connection))
}

/// The connection of a step that needs the site to be chosen: without one, that step comes first.
async fn with_site(ctx: &Ctx, text: &str) -> Result<Result<Connection, Response>, PageError> {
    Ok(match connection_of(ctx, text).await? {
        Ok(connection) if connection.cloud_id.is_none() => Err(step(ctx, &connection, "site")),
        other => other,
    })
}

/// The connection of a step that needs projects.
async fn with_projects(ctx: &Ctx, text: &str) -> Result<Result<Connection, Response>, PageError> {
    Ok(match with_site(ctx, text).await? {
        Ok(connection) if connection.projects.is_empty() => Err(step(ctx, &connection, "projects")),
        other => other,
    })
}

fn step(ctx: &Ctx, connection: &Connection, name: &str) -> Response {
    let there = format!(
        "/p/{}/settings/connections/{}/{name}",
        ctx.project.slug, connection.id
    );
    Redirect::to(&there).into_response()
}
