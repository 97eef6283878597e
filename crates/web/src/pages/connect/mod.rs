//! Connecting Jira, as numbered steps. Each step is an address of its own and is saved by itself, so the way can be left
//! and taken up again; once the connection is at work, the same pages change it.

mod account;
mod asked_before;
mod consent;
mod fields;
mod projects;
mod rights;
mod site;
mod statuses;
mod step_fields;
mod summary;
mod targets;
mod versions;
mod who;

use axum::{
    Router,
    response::{IntoResponse as _, Redirect, Response},
};
use upvow_app::connect::{self, Connection, State, Step};

use super::{fields::id, settings::admins_only};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    [
        who::routes(),
        consent::routes(),
        account::routes(),
        asked_before::routes(),
        site::routes(),
        projects::routes(),
        statuses::routes(),
        step_fields::routes(),
        versions::routes(),
        targets::routes(),
        fields::routes(),
        rights::routes(),
        summary::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}

/// Where somebody is asked whose account wanted to be left alone.
pub(super) fn asked_before(state: &str) -> String {
    asked_before::address(state)
}

/// Where on the way a page stands.
struct Way {
    /// `/p/acme/settings/connections/connection_...`; without the id before there is a connection.
    base: String,
    /// The step the page is for.
    step: Step,
    /// The first step that is not done, of a connection that is being set up.
    next: Step,
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
    /// Its page, if it can be gone to.
    address: Option<String>,
    is_here: bool,
    is_done: bool,
}

/// What a step is called, and its part of the address.
fn words(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Who => ("Who", ""),
        Step::Authorise => ("Authorise", "reconnect"),
        Step::Site => ("Site", "site"),
        Step::Projects => ("Projects", "projects"),
        Step::Issues => ("Issues", "targets"),
        Step::Statuses => ("Statuses", "statuses"),
        Step::Rights => ("Rights", "rights"),
        Step::Summary => ("Summary", "summary"),
    }
}

/// The part of the address of the step to go on with.
pub(super) fn next_path(connection: &Connection) -> &'static str {
    words(connection.next_step.unwrap_or(Step::Summary)).1
}

impl Way {
    fn of(ctx: &Ctx, connection: &Connection, step: Step) -> Way {
        Way {
            base: format!(
                "/p/{}/settings/connections/{}",
                ctx.project.slug, connection.id
            ),
            step,
            next: connection.next_step.unwrap_or(Step::Summary),
            is_setup: connection.state == State::Setup,
            site: super::panel::site(connection),
            state: Some(connection.state),
        }
    }

    /// Every step; those that were reached can be gone to, back and on.
    fn steps(&self) -> Vec<StepWords> {
        Step::ALL
            .into_iter()
            .map(|step| {
                let (name, path) = words(step);
                // With the map saved nothing is asked any more: the rest is to look at.
                let is_open = step <= self.next || self.next >= Step::Rights;
                let is_here = step == self.step;
                let address = match (step, self.state) {
                    // Before there is a connection, who authorises is asked on a page of its own.
                    (Step::Who, None) => Some(format!("{}/who", self.base)),
                    (Step::Who, Some(_)) | (_, None) => None,
                    (_, Some(_)) => Some(format!("{}/{path}", self.base)),
                };
                StepWords {
                    number: step.number(),
                    name,
                    address: address.filter(|_| is_open && !is_here),
                    is_here,
                    is_done: step < self.next.max(self.step) && !is_here,
                }
            })
            .collect()
    }

    /// `Step 3 of 8`, for where the names have no room.
    fn place(&self) -> String {
        format!("Step {} of {}", self.step.number(), Step::ALL.len())
    }

    /// The step after this one, or the overview when the connection is at work.
    fn on(&self) -> Response {
        let there = match Step::ALL.get(self.step.number()) {
            Some(next) if self.is_setup => format!("{}/{}", self.base, words(*next).1),
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
        Ok(connection) if connection.cloud_id.is_none() => Err(go_to(ctx, &connection, Step::Site)),
        other => other,
    })
}

/// The connection of a step that needs projects.
async fn with_projects(ctx: &Ctx, text: &str) -> Result<Result<Connection, Response>, PageError> {
    Ok(match with_site(ctx, text).await? {
        Ok(connection) if connection.projects.is_empty() => {
            Err(go_to(ctx, &connection, Step::Projects))
        }
        other => other,
    })
}

fn go_to(ctx: &Ctx, connection: &Connection, step: Step) -> Response {
    let there = format!(
        "/p/{}/settings/connections/{}/{}",
        ctx.project.slug,
        connection.id,
        words(step).1
    );
    Redirect::to(&there).into_response()
}
