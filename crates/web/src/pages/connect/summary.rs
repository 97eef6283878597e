//! The last step: what this connection reads, writes and keeps, as it is set; and off it goes. Later the same page tells
//! it again.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::connect::{
    Connection,
    wizard::{self, StatusLine, Summary},
};
use upvow_domain::rule::Direction;

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::Asked,
        filters,
        frame::{Frame, Part, show_as},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/summary",
        get(ask).post(start),
    )
}

#[derive(Template)]
#[template(path = "connect_summary.html")]
struct Page {
    frame: Frame,
    way: Way,
    summary: Summary,
    errors: Errors,
}

impl Page {
    /// Where the map has nothing to say, there is nothing to start with.
    fn is_ready(&self) -> bool {
        self.way.next >= Step::Rights
    }
}

fn arrow(line: &StatusLine) -> (&'static str, &'static str) {
    match line.direction {
        _ if line.board_status.is_none() => ("off", "leaves the post alone"),
        Direction::Both => ("both", "both follow each other"),
        Direction::ToBoard => ("right", "the board follows"),
        Direction::ToJira => ("left", "Jira follows"),
        Direction::Off => ("off", "neither follows"),
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, &connection, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "What is read, written and kept").with_notice(asked),
        way: Way::of(ctx, connection, Step::Summary),
        summary: wizard::summary(&ctx.app, &ctx.caller, connection.id).await?,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn start(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match wizard::activate(&ctx.app, &ctx.caller, connection.id).await {
        Ok(()) => {
            let way = Way::of(&ctx, &connection, Step::Summary);
            Ok(Redirect::to(&format!("{}?done=syncing", way.base)).into_response())
        }
        Err(error) => page(&ctx, &connection, Errors::of(error)?, &Asked::default()).await,
    }
}
