//! The trail of privileged acts: a list with filters in the address, and its export.

use askama::Template;
use axum::{
    Router,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use upvow_app::audit::{self, Act, Overview};
use upvow_domain::{
    PersonId, Time,
    page::{Page, PageOf},
};

use super::{
    fields::{Asked, Fields},
    filters,
    frame::{Frame, Part, show},
    settings::admins_only,
    words::{When, count},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/audit", get(read))
        .route("/p/{project}/settings/audit/export", get(export))
}

/// The spans that can be chosen: their name in the address, words, milliseconds.
const SPANS: [(&str, &str, i64); 4] = [
    ("24h", "Last 24 hours", 24 * 3_600_000),
    ("7d", "Last 7 days", 7 * 24 * 3_600_000),
    ("30d", "Last 30 days", 30 * 24 * 3_600_000),
    ("1y", "Last year", 365 * 24 * 3_600_000),
];

/// What the address asks for. What it asks for in vain is told, never ignored.
struct Look {
    asked: audit::Asked,
    action: String,
    by: String,
    since: String,
    /// Nothing can match.
    odd: Option<&'static str>,
}

impl Look {
    fn of(fields: &Fields, now: Time) -> Look {
        let (action, by, since) = (fields.get("action"), fields.get("by"), fields.get("since"));
        let person: Option<PersonId> = by.parse().ok();
        let span = SPANS.iter().find(|span| span.0 == since);
        let is_strange = action.len() > 60
            || !action
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
            || !by.is_empty() && person.is_none()
            || !since.is_empty() && span.is_none();
        Look {
            asked: audit::Asked {
                action: Some(action.to_owned()).filter(|action| !action.is_empty()),
                person,
                since: span.map(|span| Time(now.0.saturating_sub(span.2))),
                until: None,
            },
            action: action.to_owned(),
            by: by.to_owned(),
            since: since.to_owned(),
            odd: is_strange.then_some("There is no such choice; choose one of the lists."),
        }
    }

    fn is_any(&self) -> bool {
        self.action.is_empty() && self.by.is_empty() && self.since.is_empty()
    }

    /// The same filters in an address, after the `?`.
    fn query(&self, after: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("action", self.action.as_str()),
            ("by", &self.by),
            ("since", &self.since),
            ("after", after),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    frame: Frame,
    look: Look,
    overview: Overview,
    page: Page<Act>,
    now: Time,
}

impl Audit {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn spans(&self) -> &'static [(&'static str, &'static str, i64)] {
        &SPANS
    }

    /// `connection` and `connection.disconnected`, in their order, with their words.
    fn actions(&self) -> Vec<(String, String)> {
        let mut choices: Vec<(String, String)> = Vec::new();
        for action in &self.overview.actions {
            let family = action.split('.').next().unwrap_or(action);
            if choices.iter().all(|(name, _)| name != family) {
                let all = format!("{}: everything", spoken(family));
                choices.push((family.to_owned(), all));
            }
            if action != family {
                choices.push((action.clone(), words_of(action)));
            }
        }
        choices
    }

    fn words(&self, act: &Act) -> String {
        words_of(&act.action)
    }

    fn who(&self, act: &Act) -> String {
        match act.person {
            Some(person) => self
                .overview
                .actors
                .iter()
                .find(|actor| actor.id == person)
                .and_then(|actor| actor.name.clone())
                .filter(|name| !name.trim().is_empty())
                .unwrap_or_else(|| "Somebody without a name".to_owned()),
            None if act.via == "operator" => "The operator".to_owned(),
            None => "Upvow".to_owned(),
        }
    }

    fn how(&self, act: &Act) -> &'static str {
        match act.via.as_str() {
            "session" => "in the browser",
            "token" => "by an API token",
            "operator" => "on the server",
            "nobody" => "by a link",
            _ => "by itself",
        }
    }

    fn detail(&self, act: &Act) -> String {
        act.detail.replace('_', " ")
    }

    fn fingerprint<'a>(&self, act: &'a Act) -> &'a str {
        act.hash.get(..12).unwrap_or(&act.hash)
    }

    fn lines(&self) -> String {
        count(self.overview.lines, "line")
    }
}

/// `connection.disconnected` as people say it.
fn words_of(action: &str) -> String {
    let (family, rest) = action.split_once('.').unwrap_or((action, ""));
    format!("{}: {}", spoken(family), rest.replace(['_', '.'], " "))
}

fn spoken(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first
        .into_iter()
        .chain(letters)
        .collect::<String>()
        .replace('_', " ")
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let (app, caller) = (&ctx.app, &ctx.caller);
    let look = Look::of(&asked.0, app.now());
    let page = if look.odd.is_some() {
        Page {
            items: vec![],
            next: None,
        }
    } else {
        let of = PageOf {
            limit: Some(50),
            after: asked.0.some("after"),
        };
        audit::list(app, caller, &look.asked, &of).await?
    };
    show(&Audit {
        frame: Frame::of(&ctx, Part::Settings, "Audit trail").with_notice(&asked),
        look,
        overview: audit::overview(app, caller).await?,
        page,
        now: app.now(),
    })
}

async fn export(ctx: Ctx) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    Ok(file(audit::export(&ctx.app, &ctx.caller).await?))
}

/// The export as a file.
pub(crate) fn file(text: String) -> Response {
    let heads = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.jsonl\"",
        ),
    ];
    (heads, text).into_response()
}
