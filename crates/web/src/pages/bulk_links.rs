//! Links of many posts at once: from the list, and as CSV out and in.

use askama::Template;
use axum::{
    Router,
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use futures_util::stream;
use upvow_app::{
    App, Caller,
    boards::{self, Board},
    sync::links::{self, Fate, Line, Outcome, SheetLine},
};
use upvow_domain::{BoardId, Invalid, LinkId, PostId, Role};

use super::{
    errors::Errors,
    fields::{Asked, Fields},
    filters,
    frame::{Frame, Part, show, show_as},
    words::count,
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/links/bulk", post(bulk))
        .route("/p/{project}/links.csv", get(export))
        .route("/p/{project}/links", get(sheet).post(import))
}

fn members_only(ctx: &Ctx) -> Result<(), PageError> {
    if ctx.caller.at_least(Role::Moderator) {
        return Ok(());
    }
    Err(PageError(if ctx.caller.person.is_none() {
        upvow_app::AppError::SignInNeeded
    } else {
        upvow_app::AppError::Forbidden {
            needs: "the role moderator".to_owned(),
        }
    }))
}

#[derive(Template)]
#[template(path = "bulk_links.html")]
struct BulkPage {
    frame: Frame,
    lines: Vec<Line>,
    errors: Errors,
    back: String,
}

impl BulkPage {
    fn done(&self) -> String {
        let done = self
            .lines
            .iter()
            .filter(|line| matches!(line.outcome, Outcome::Done(_)));
        count(i64::try_from(done.count()).unwrap_or(i64::MAX), "post")
    }

    /// What became of a post: a class, and words.
    fn fate(&self, line: &Line) -> (&'static str, String) {
        let key = |link: &links::Link| {
            link.key
                .as_ref()
                .map_or_else(|| "its issue".to_owned(), ToString::to_string)
        };
        match &line.outcome {
            Outcome::Done(made) if made.key.is_none() => {
                ("ok", "Its issue is being made".to_owned())
            }
            Outcome::Done(made) => ("ok", format!("Linked to {}", key(made))),
            Outcome::WasThere(there) => ("plain", format!("Was linked to {} before", key(there))),
            Outcome::Failed(why) => ("bad", format!("Not linked: {why}")),
        }
    }
}

async fn bulk(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    members_only(&ctx)?;
    let (app, caller) = (&ctx.app, &ctx.caller);
    let posts: Vec<PostId> = fields
        .all("post")
        .filter_map(|id| id.parse().ok())
        .collect();
    let tried = if fields.get("act") == "create" {
        links::create_many(app, caller, &posts, fields.get("submit_key")).await
    } else {
        match fields.id("connection") {
            Some(connection) => {
                links::link_many(app, caller, &posts, connection, fields.get("issue")).await
            }
            None => Err(Invalid::new("connection", "choose a Jira site").into()),
        }
    };
    let (lines, errors) = match tried {
        Ok(lines) => (lines, Errors::default()),
        Err(error) => (vec![], Errors::of(error)?),
    };
    let page = BulkPage {
        frame: Frame::of(&ctx, Part::Posts, "Link posts to Jira"),
        lines,
        errors,
        back: super::fields::back(fields.get("back"), &format!("/p/{}", ctx.project.slug)),
    };
    show_as(page.errors.status(), &page)
}

#[derive(Template)]
#[template(path = "links_sheet.html")]
struct SheetPage {
    frame: Frame,
    boards: Vec<Board>,
    csv: String,
    lines: Vec<SheetLine>,
    applied: bool,
    errors: Errors,
}

impl SheetPage {
    /// Whether anything would be done by going on.
    fn may_apply(&self) -> bool {
        !self.applied && self.lines.iter().any(|line| line.fate == Fate::WillLink)
    }

    fn fate<'a>(&self, line: &'a SheetLine) -> (&'static str, &'a str) {
        match &line.fate {
            Fate::WillLink => ("ok", "Will be linked"),
            Fate::Linked => ("ok", "Linked"),
            Fate::WasThere => ("plain", "Linked before"),
            Fate::Refused(why) => ("bad", why),
        }
    }
}

async fn sheet(ctx: Ctx) -> Result<Response, PageError> {
    members_only(&ctx)?;
    show(&SheetPage {
        frame: Frame::of(&ctx, Part::Posts, "Links as a table"),
        boards: boards::list(&ctx.app, &ctx.caller).await?,
        csv: String::new(),
        lines: vec![],
        applied: false,
        errors: Errors::default(),
    })
}

async fn import(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    members_only(&ctx)?;
    let apply = fields.is_on("apply");
    let csv = fields.get("csv");
    let (lines, errors) = match links::import(&ctx.app, &ctx.caller, csv, apply).await {
        Ok(lines) => (lines, Errors::default()),
        Err(error) => (vec![], Errors::of(error)?),
    };
    let page = SheetPage {
        frame: Frame::of(&ctx, Part::Posts, "Links as a table"),
        boards: boards::list(&ctx.app, &ctx.caller).await?,
        csv: csv.to_owned(),
        lines,
        applied: apply,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn export(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    let board = match asked.0.some("board") {
        Some(slug) => Some(boards::by_slug(&ctx.app, &ctx.caller, &slug).await?.id),
        None => None,
    };
    Ok(stream_of(ctx.app, ctx.caller, board).await?)
}

/// The links as a file that is written while it is read: however many there are, few are in memory. What can be refused
/// is refused before the first byte.
pub(crate) async fn stream_of(
    app: App,
    caller: Caller,
    board: Option<BoardId>,
) -> upvow_app::Result<Response> {
    let (first, next) = links::export(&app, &caller, board, None).await?;
    let rest = stream::try_unfold(next, move |after: Option<LinkId>| {
        let (app, caller) = (app.clone(), caller.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            match links::export(&app, &caller, board, Some(after)).await {
                Ok((text, next)) => Ok(Some((text, next))),
                // The file breaks off, so that nobody takes it for whole.
                Err(_) => Err(std::io::Error::other("the database went away")),
            }
        }
    });
    let body = stream::StreamExt::chain(stream::once(std::future::ready(Ok(first))), rest);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"links.csv\"",
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}
