//! A project's connections to Jira: the list, and how each one is.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    boards,
    connect::{
        self, Connection, State, Step, Target,
        invites::{self, Invite, InviteState},
        oauth::{self, Away},
        wizard,
    },
};
use upvow_domain::Time;

use super::{
    fields::{Asked, id},
    filters,
    frame::{Frame, Part, show},
    panel::site,
    settings::admins_only,
    words::{When, count},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/connections", get(list))
        .route("/p/{project}/settings/connections/{id}", get(read))
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

#[derive(Template)]
#[template(path = "connection.html")]
struct Health {
    frame: Frame,
    connection: Connection,
    /// Each board's name, and where its issues are made.
    targets: Vec<(String, String)>,
    now: Time,
}

/// A webhook that ends within this time should have been renewed already.
const SOON: i64 = 5 * 24 * 3_600_000;

impl Health {
    fn base(&self) -> String {
        format!(
            "{}/settings/connections/{}",
            self.frame.base(),
            self.connection.id
        )
    }

    fn state_class(&self) -> &'static str {
        match state_words(&self.connection).0 {
            "calm" => "",
            class => class,
        }
    }

    fn webhook_class(&self) -> &'static str {
        match self.connection.webhook_expires_at {
            Some(at) if at.0 - self.now.0 > SOON => "ok",
            Some(_) => "warn",
            None if self.connection.state == State::Active => "warn",
            None => "",
        }
    }

    /// `expires in 21 days`.
    fn webhook_words(&self) -> String {
        match self.connection.webhook_expires_at {
            None => "Not registered yet".to_owned(),
            Some(at) if at <= self.now => "Expired".to_owned(),
            Some(at) => {
                let days = (at.0 - self.now.0) / (24 * 3_600_000);
                if days == 0 {
                    "Expires within a day".to_owned()
                } else {
                    format!("Expires in {}", count(days, "day"))
                }
            }
        }
    }

    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn is_setup(&self) -> bool {
        self.connection.state == State::Setup
    }

    fn is_dead(&self) -> bool {
        self.connection.state == State::NeedsReconnect
    }

    /// The step of the wizard to go on with.
    fn next_step(&self) -> &'static str {
        super::connect::next_path(&self.connection)
    }
}

/// `Story in DEMO`: where the issues of a board are made.
fn target_words(target: Option<&Target>, connection: &Connection) -> String {
    let Some(target) = target else {
        return "Asked each time".to_owned();
    };
    let key = connection
        .projects
        .iter()
        .find(|project| project.id == target.jira_project)
        .map_or("another connection", |project| project.key.as_str());
    format!("{} in {key}", target.issue_type_name)
}

async fn read(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let connection = connect::get(&ctx.app, &ctx.caller, id(&connection)?).await?;
    if matches!(connection.state, State::Disconnecting | State::Invalidated) {
        let there = format!(
            "/p/{project}/settings/connections/{}/goodbye",
            connection.id
        );
        return Ok(Redirect::to(&there).into_response());
    }
    let targets = wizard::targets(&ctx.app, &ctx.caller).await?;
    let targets = boards::list(&ctx.app, &ctx.caller)
        .await?
        .into_iter()
        .map(|board| {
            let target = targets.iter().find(|target| target.board == board.id);
            (board.name, target_words(target, &connection))
        })
        .collect();
    show(&Health {
        frame: Frame::of(&ctx, Part::Settings, site(&connection)).with_notice(&asked),
        connection,
        targets,
        now: ctx.app.now(),
    })
}
