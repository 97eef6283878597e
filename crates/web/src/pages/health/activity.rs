//! What the jobs of a connection did: a list with filters in the address, its export, and the timeline of a link.

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use upvow_app::{
    App, AppError,
    connect::Connection,
    health::activity::{self, Attempt, Filter},
    jobs::Outcome,
};
use upvow_domain::{
    Caller, ConnectionId, LinkId, Time,
    jira::IssueKey,
    page::{Page, PageOf},
};

use super::{base_of, connection_of, told};
use crate::{
    Ctx, PageError, Web,
    pages::{
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, Part, show},
        panel::site,
        words::{When, count},
    },
};

pub(super) fn routes() -> Router<Web> {
    let base = "/p/{project}/settings/connections/{id}";
    Router::new()
        .route(&format!("{base}/activity"), get(read))
        .route(&format!("{base}/activity.csv"), get(export))
        .route(&format!("{base}/activity/{{link}}"), get(of_link))
}

/// The spans that can be chosen: their name in the address, words, milliseconds.
const SPANS: [(&str, &str, i64); 4] = [
    ("1h", "Last hour", 3_600_000),
    ("24h", "Last 24 hours", 24 * 3_600_000),
    ("7d", "Last 7 days", 7 * 24 * 3_600_000),
    ("30d", "Last 30 days", 30 * 24 * 3_600_000),
];

/// What the address asks for. What it asks for in vain is told, never ignored.
struct Look {
    filter: Filter,
    kind: String,
    outcome: String,
    issue: String,
    since: String,
    /// Nothing can match.
    odd: Option<&'static str>,
}

impl Look {
    fn of(fields: &Fields, now: Time) -> Look {
        let (kind, outcome) = (fields.get("kind"), fields.get("outcome"));
        let (issue, since) = (fields.get("issue").trim(), fields.get("since"));
        let mut filter = Filter {
            kind: activity::kind(kind),
            outcome: Outcome::named(outcome),
            ..Filter::default()
        };
        let mut odd = None;
        if let Ok(link) = issue.parse::<LinkId>() {
            filter.link = Some(link);
        } else if !issue.is_empty() {
            filter.key = IssueKey::parse(issue.to_ascii_uppercase().as_str()).ok();
            if filter.key.is_none() {
                odd = Some("An issue key looks like DEMO-12.");
            }
        }
        if !kind.is_empty() && filter.kind.is_none()
            || !outcome.is_empty() && filter.outcome.is_none()
        {
            odd = Some("There is no such kind or outcome; choose one of the list.");
        }
        let span = SPANS.iter().find(|span| span.0 == since);
        filter.since = span.map(|span| Time(now.0.saturating_sub(span.2)));
        if !since.is_empty() && span.is_none() {
            odd = Some("There is no such span; choose one of the list.");
        }
        Look {
            filter,
            kind: kind.to_owned(),
            outcome: outcome.to_owned(),
            issue: issue.to_owned(),
            since: since.to_owned(),
            odd,
        }
    }

    fn is_any(&self) -> bool {
        [&self.kind, &self.outcome, &self.issue, &self.since]
            .iter()
            .all(|text| text.is_empty())
    }

    /// The same filters in an address, after the `?`.
    fn query(&self, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("kind", self.kind.as_str()),
            ("outcome", &self.outcome),
            ("issue", &self.issue),
            ("since", &self.since),
            ("after", after.unwrap_or_default()),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

#[derive(Template)]
#[template(path = "health_activity.html")]
struct Activity {
    frame: Frame,
    base: String,
    connection: Connection,
    look: Look,
    page: Page<Attempt>,
    now: Time,
}

impl Activity {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn site(&self) -> String {
        site(&self.connection)
    }

    fn kinds(&self) -> Vec<(&'static str, String)> {
        activity::kinds()
            .into_iter()
            // About the server, or about letters: no connection has them.
            .filter(|name| {
                !matches!(
                    *name,
                    "turn_epoch" | "tell_owner" | "send_notice" | "tell_of_case" | "carry_out_case"
                )
            })
            .map(|name| (name, told::kind(name)))
            .collect()
    }

    fn outcomes(&self) -> Vec<(&'static str, &'static str)> {
        Outcome::ALL
            .into_iter()
            .map(|one| (one.name(), told::outcome(&one).0))
            .collect()
    }

    fn spans(&self) -> &'static [(&'static str, &'static str, i64)] {
        &SPANS
    }
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
        activity::list(app, caller, connection.id, &look.filter, &of).await?
    };
    show(&Activity {
        frame: Frame::of(&ctx, Part::Settings, "Activity").with_notice(&asked),
        base: base_of(&ctx, &connection),
        connection,
        look,
        page,
        now: app.now(),
    })
}

/// A job and its attempts, oldest first.
struct Story {
    kind: String,
    attempts: Vec<Attempt>,
}

#[derive(Template)]
#[template(path = "health_link.html")]
struct OfLink {
    frame: Frame,
    base: String,
    connection: Connection,
    link: LinkId,
    /// The post, if the link is still there.
    post: Option<String>,
    stories: Vec<Story>,
    next: Option<String>,
    now: Time,
}

impl OfLink {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn site(&self) -> String {
        site(&self.connection)
    }

    /// `3 calls, 1 change`.
    fn counted(&self, attempt: &Attempt) -> String {
        let (calls, changes) = (
            count(attempt.calls, "call"),
            count(attempt.writes, "change"),
        );
        format!("{calls}, {changes}")
    }

    fn tries(&self, story: &Story) -> String {
        let last = story.attempts.last().map_or(1, |attempt| attempt.number);
        count(last, "attempt")
    }
}

async fn of_link(
    ctx: Ctx,
    Path((_, connection, link)): Path<(String, String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let link: LinkId = id(&link)?;
    let (app, caller) = (&ctx.app, &ctx.caller);
    let filter = Filter {
        link: Some(link),
        ..Filter::default()
    };
    let of = PageOf {
        limit: Some(100),
        after: asked.0.some("after"),
    };
    let page = activity::list(app, caller, connection.id, &filter, &of).await?;
    if page.items.is_empty() && of.after.is_none() {
        // Never heard of, of another connection, or so quiet that its time is over.
        return Err(PageError(AppError::NotFound));
    }
    let known = page.items.iter().find(|attempt| attempt.post.is_some());
    let title = known
        .and_then(|attempt| attempt.key.as_ref())
        .map_or_else(|| "One link".to_owned(), ToString::to_string);
    show(&OfLink {
        frame: Frame::of(&ctx, Part::Settings, title),
        base: base_of(&ctx, &connection),
        connection,
        link,
        post: known
            .and_then(|attempt| attempt.post)
            .map(|post| post.to_string()),
        next: page.next,
        stories: stories(page.items),
        now: app.now(),
    })
}

/// Puts the attempts of a job together, the job that ended last first.
fn stories(attempts: Vec<Attempt>) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    for attempt in attempts {
        let of_same = stories
            .iter_mut()
            .find(|story| story.attempts.iter().any(|other| other.job == attempt.job));
        match of_same {
            Some(story) => story.attempts.insert(0, attempt),
            None => stories.push(Story {
                kind: told::kind(&attempt.kind),
                attempts: vec![attempt],
            }),
        }
    }
    stories
}

async fn export(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let look = Look::of(&asked.0, ctx.app.now());
    if look.odd.is_some() {
        return Err(PageError(AppError::NotFound));
    }
    Ok(csv(ctx.app, ctx.caller, connection.id, look.filter))
}

/// The export: read page by page while it is sent, and never more than its bound.
pub(crate) fn csv(app: App, caller: Caller, id: ConnectionId, filter: Filter) -> Response {
    let heads = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"activity.csv\"",
        ),
    ];
    (heads, Body::from_stream(lines(app, caller, id, filter))).into_response()
}

/// Where an export is.
struct Export {
    app: App,
    caller: Caller,
    id: ConnectionId,
    filter: Filter,
    after: Option<String>,
    sent: usize,
    is_over: bool,
}

fn lines(
    app: App,
    caller: Caller,
    id: ConnectionId,
    filter: Filter,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let begun = Export {
        app,
        caller,
        id,
        filter,
        after: None,
        sent: 0,
        is_over: false,
    };
    let head = stream::iter([Ok(Bytes::from_static(activity::CSV_HEAD.as_bytes()))]);
    let rest = stream::unfold(begun, |mut export| async {
        if export.is_over {
            return None;
        }
        let of = PageOf {
            limit: Some(upvow_domain::page::MOST),
            after: export.after.take(),
        };
        let Export {
            app, caller, id, ..
        } = &export;
        let Ok(page) = activity::list(app, caller, *id, &export.filter, &of).await else {
            // Half a file must not look like a whole one: the transfer breaks off.
            export.is_over = true;
            return Some((Err(std::io::Error::other("the export broke off")), export));
        };
        let mut text = String::new();
        for attempt in page
            .items
            .iter()
            .take(activity::MOST_EXPORTED - export.sent)
        {
            text.push_str(&attempt.csv());
        }
        export.sent += page.items.len();
        export.is_over = page.next.is_none() || export.sent >= activity::MOST_EXPORTED;
        export.after = page.next;
        Some((Ok(Bytes::from(text)), export))
    });
    // Whoever reads it may ask once more after the end.
    head.chain(rest).fuse()
}
