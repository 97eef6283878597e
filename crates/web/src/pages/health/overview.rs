//! The overview of a connection: a verdict, four tiles, and what is wrong.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::{
    boards,
    connect::{Connection, State, Target, consent, wizard},
    health::{self, Health, Problem, Token, activity},
};
use upvow_domain::{Time, page::PageOf};

use super::{base_of, connection_of, told};
use crate::{
    Ctx, PageError, Web,
    pages::{
        connections::state_words,
        fields::Asked,
        filters,
        frame::{Frame, Part, show},
        panel::site,
        words::{When, count},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/settings/connections/{id}", get(read))
}

/// A webhook that ends within this time should have been renewed already.
const SOON: i64 = 5 * DAY;
const DAY: i64 = 24 * 3_600_000;
/// How many of the last attempts are shown.
const LAST: u32 = 6;

#[derive(Template)]
#[template(path = "connection.html")]
struct Overview {
    frame: Frame,
    base: String,
    connection: Connection,
    health: Health,
    last: Vec<activity::Attempt>,
    /// Each board's name, and where its issues are made.
    targets: Vec<(String, String)>,
    /// The version of the consent text, if it is still the one that was agreed to.
    agreed: Option<&'static str>,
    now: Time,
}

impl Overview {
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
        crate::pages::connect::next_path(&self.connection)
    }

    /// Looked at again by itself while there is work, so that the figures move.
    fn is_busy(&self) -> bool {
        self.health.queue.waiting + self.health.queue.running > 0
    }

    /// What one glance should tell: a class, a sign, words.
    fn verdict(&self) -> (&'static str, &'static str, String) {
        let problems = &self.health.problems;
        if self.is_dead() || problems.iter().any(|problem| self.is_grave(problem)) {
            return ("bad", "alert", "This connection needs you.".to_owned());
        }
        if problems.is_empty() {
            return ("ok", "check", self.calm().to_owned());
        }
        let affected: i64 = problems.iter().map(|problem| problem.links).sum();
        let words = if affected > 0 {
            let verb = if affected == 1 { "is" } else { "are" };
            format!(
                "{} {verb} not in step; everything else is.",
                count(affected, "link")
            )
        } else {
            "Something should be looked at; issues and posts are in step.".to_owned()
        };
        ("warn", "alert", words)
    }

    fn is_grave(&self, problem: &Problem) -> bool {
        problem.is_whole && problem.code != "consent_old" && problem.code != "rate_limited"
    }

    fn calm(&self) -> &'static str {
        if self.health.queue.paused_until.is_some() {
            "All is well. Work waits for Jira, and goes on by itself."
        } else if self.connection.links == 0 {
            "All is well. Nothing is linked yet."
        } else {
            "All is well: issues and posts are in step."
        }
    }

    fn state_class(&self) -> &'static str {
        match state_words(&self.connection).0 {
            "calm" => "",
            _ if self.health.authorisation.is_old => "warn",
            class => class,
        }
    }

    fn token(&self) -> &'static str {
        told::token(self.health.authorisation.token)
    }

    fn has_token(&self) -> bool {
        self.health.authorisation.token == Token::Fresh
    }

    fn consent_days(&self) -> Option<String> {
        let at = self.health.authorisation.consented_at?;
        let days = (self.now.0 - at.0).max(0) / DAY;
        Some(match days {
            0 => "today".to_owned(),
            days => format!("{} ago", count(days, "day")),
        })
    }

    fn webhook_class(&self) -> &'static str {
        match self.health.webhook.expires_at {
            _ if self.is_setup() => "",
            Some(at) if at.0 - self.now.0 > SOON => "ok",
            Some(at) if at > self.now => "warn",
            _ => "bad",
        }
    }

    /// `Expires in 21 days`.
    fn webhook_words(&self) -> String {
        match self.health.webhook.expires_at {
            None => "Not registered yet".to_owned(),
            Some(at) if at <= self.now => "Expired".to_owned(),
            Some(at) => match (at.0 - self.now.0) / DAY {
                0 => "Expires within a day".to_owned(),
                days => format!("Expires in {}", count(days, "day")),
            },
        }
    }

    fn queue_class(&self) -> &'static str {
        let is_late = self
            .health
            .problems
            .iter()
            .any(|problem| problem.is_whole && problem.jobs > 0);
        match &self.health.queue.paused_until {
            _ if is_late => "bad",
            Some(_) => "warn",
            None if self.is_setup() => "",
            None => "ok",
        }
    }

    fn queue_words(&self) -> String {
        match self.health.queue.waiting + self.health.queue.running {
            0 => "Nothing waits".to_owned(),
            jobs => format!("{} to do", count(jobs, "job")),
        }
    }

    fn flow_class(&self) -> &'static str {
        if self.health.last_event_at.is_some() || self.health.last_write_at.is_some() {
            "ok"
        } else {
            ""
        }
    }

    fn need(&self, problem: &Problem) -> Option<&'static str> {
        told::need(problem.need)
    }

    /// `3 links`, `The whole connection`.
    fn affects(&self, problem: &Problem) -> String {
        match (problem.is_whole, problem.links, problem.jobs) {
            (true, 0, 0) => "The whole connection".to_owned(),
            (true, 0, jobs) => format!("The whole connection, {}", count(jobs, "job")),
            (true, links, _) => format!("The whole connection, {}", count(links, "link")),
            (false, 0, jobs) => count(jobs, "job"),
            (false, links, 0) => count(links, "link"),
            (false, links, jobs) => format!("{}, {}", count(links, "link"), count(jobs, "job")),
        }
    }

    fn colour(&self, problem: &Problem) -> &'static str {
        if self.is_grave(problem) {
            "bad"
        } else {
            "warn"
        }
    }

    fn needs_consent(&self, problem: &Problem) -> bool {
        problem.need == health::Need::Reconnect
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
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (app, caller) = (&ctx.app, &ctx.caller);
    let health = health::read(app, caller, connection.id).await?;
    let newest = PageOf {
        limit: Some(LAST),
        after: None,
    };
    let any = activity::Filter::default();
    let last = activity::list(app, caller, connection.id, &any, &newest).await?;
    let version = consent::text(app).version;
    let targets = wizard::targets(app, caller).await?;
    let targets = boards::list(app, caller)
        .await?
        .into_iter()
        .map(|board| {
            let target = targets.iter().find(|target| target.board == board.id);
            (board.name, target_words(target, &connection))
        })
        .collect();
    show(&Overview {
        frame: Frame::of(&ctx, Part::Settings, site(&connection)).with_notice(&asked),
        base: base_of(&ctx, &connection),
        agreed: Some(version)
            .filter(|version| health.authorisation.agreed_version.as_deref() == Some(*version)),
        health,
        last: last.items,
        targets,
        connection,
        now: app.now(),
    })
}
