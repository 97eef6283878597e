//! The links that one cause keeps from being in step, and trying again: one, or all.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    connect::Connection,
    health::{Affected, Need, Problem, problems, retry},
};
use upvow_domain::{
    Time,
    page::{Page, PageOf},
};

use super::{base_of, connection_of, told};
use crate::{
    Ctx, PageError, Web,
    pages::{
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show},
        panel::site,
        words::{When, count},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/p/{project}/settings/connections/{id}/problems/{cause}",
            get(read),
        )
        .route(
            "/p/{project}/settings/connections/{id}/problems/{cause}/retry",
            post(try_again),
        )
}

#[derive(Template)]
#[template(path = "health_problem.html")]
struct OneProblem {
    frame: Frame,
    base: String,
    connection: Connection,
    code: String,
    /// Nothing if it is cured.
    problem: Option<Problem>,
    affected: Page<Affected>,
    now: Time,
}

impl OneProblem {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn site(&self) -> String {
        site(&self.connection)
    }

    fn need(&self, problem: &Problem) -> Option<&'static str> {
        told::need(problem.need)
    }

    fn needs_consent(&self, problem: &Problem) -> bool {
        problem.need == Need::Reconnect
    }

    fn links(&self, problem: &Problem) -> String {
        count(problem.links, "link")
    }
}

/// A cause's code; what is none leads nowhere.
fn code(text: String) -> Result<String, PageError> {
    let is_code = (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_code {
        Ok(text)
    } else {
        Err(PageError(upvow_app::AppError::NotFound))
    }
}

async fn read(
    ctx: Ctx,
    Path((_, connection, cause)): Path<(String, String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    let cause = code(cause)?;
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (app, caller) = (&ctx.app, &ctx.caller);
    let page = PageOf {
        limit: Some(50),
        after: asked.0.some("after"),
    };
    let problem = problems::list(app, caller, connection.id)
        .await?
        .into_iter()
        .find(|problem| problem.code == cause);
    let affected = problems::affected(app, caller, connection.id, &cause, &page).await?;
    let title = problem
        .as_ref()
        .map_or("Nothing is left of it", |problem| problem.title);
    show(&OneProblem {
        frame: Frame::of(&ctx, Part::Settings, title).with_notice(&asked),
        base: base_of(&ctx, &connection),
        connection,
        code: cause,
        problem,
        affected,
        now: app.now(),
    })
}

/// All of the cause, or the one link that is named.
async fn try_again(
    ctx: Ctx,
    Path((_, connection, cause)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let cause = code(cause)?;
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let base = base_of(&ctx, &connection);
    let (app, caller, id) = (&ctx.app, &ctx.caller, connection.id);
    let (tried, there) = match fields.id("link") {
        Some(link) => (
            retry::one(app, caller, id, &cause, link).await,
            format!("{base}/problems/{cause}"),
        ),
        None => (retry::all(app, caller, id, &cause).await, base),
    };
    match tried {
        // What was cured meanwhile needs no retry.
        Ok(_) | Err(upvow_app::AppError::NotFound) => {
            Ok(Redirect::to(&format!("{there}?done=retried")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
