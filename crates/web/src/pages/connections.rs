//! A project's connections to Jira: the list. How each one is: `health`.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use upvow_app::connect::{
    self, Connection, State, Step,
    invites::{self, Invite, InviteState},
    oauth::{self, Away},
};
use upvow_domain::Time;

use super::{
    fields::Asked,
    filters,
    frame::{Frame, Part, show},
    settings::admins_only,
    words::When,
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/settings/connections", get(list))
}

/// How a state is told: a class and a word.
pub(super) fn state_words(connection: &Connection) -> (&'static str, &'static str) {
    match connection.state {
        State::Setup => ("calm", "Being set up"),
        State::Active if connection.problem.is_some() => ("warn", "Needs a look"),
        State::Active => ("ok", "At work"),
        State::NeedsReconnect => ("bad", "Needs a new sign-in"),
        State::Disconnecting => ("warn", "Saying goodbye"),
        State::Invalidated => ("plain", "Disconnected"),
    }
}

/// The projects of a connection, as keys.
pub(super) fn keys(connection: &Connection) -> String {
    let keys: Vec<_> = connection
        .projects
        .iter()
        .map(|project| project.key.as_str())
        .collect();
    keys.join(", ")
}

#[derive(Template)]
#[template(path = "connections.html")]
struct List {
    frame: Frame,
    connections: Vec<Connection>,
    invites: Vec<Invite>,
    away: Vec<Away>,
    has_jira: bool,
    now: Time,
}

impl List {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn is_setup(&self, connection: &Connection) -> bool {
        connection.state == State::Setup
    }

    /// `Step 4 of 8 is next`.
    fn place(&self, connection: &Connection) -> String {
        let step = connection.next_step.unwrap_or(Step::Summary);
        format!("step {} of {} is next", step.number(), Step::ALL.len())
    }

    /// Somebody went to Atlassian, and it is too late for them to come back.
    fn is_away(&self) -> bool {
        self.away.iter().any(|one| one.is_over)
    }

    /// How many links ask somebody to authorise.
    fn links_out(&self) -> usize {
        self.invites
            .iter()
            .filter(|invite| matches!(invite.state, InviteState::Open | InviteState::Begun))
            .count()
    }

    fn has_ended(&self, connection: &Connection) -> bool {
        matches!(connection.state, State::Disconnecting | State::Invalidated)
    }
}

async fn list(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    show(&List {
        frame: Frame::of(&ctx, Part::Settings, "Jira").with_notice(&asked),
        connections: connect::list(&ctx.app, &ctx.caller).await?,
        invites: invites::invites(&ctx.app, &ctx.caller).await?,
        away: oauth::away(&ctx.app, &ctx.caller).await?,
        has_jira: ctx.app.jira.is_some(),
        now: ctx.app.now(),
    })
}
