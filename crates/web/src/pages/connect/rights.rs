//! What the account may do in each project, asked of Jira each time.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::connect::{
    Connection,
    trial::{self, Trial, TrialState},
    wizard::{self, Rights},
};
use upvow_domain::{Time, jira::JiraProjectId};

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, Part, show_as},
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/connections/{id}/rights", get(ask))
        .route(
            "/p/{project}/settings/connections/{id}/test-issues",
            post(try_it),
        )
        .route(
            "/p/{project}/settings/connections/{id}/test-issues/{test}",
            post(remove),
        )
}

#[derive(Template)]
#[template(path = "connect_rights.html")]
struct Page {
    frame: Frame,
    way: Way,
    rights: Vec<Rights>,
    connection: Connection,
    trials: Vec<Trial>,
    errors: Errors,
    now: Time,
}

impl Page {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    /// Something is still to be seen: the page looks again by itself.
    fn is_trying(&self) -> bool {
        let mut states = self.trials.iter().map(|trial| trial.state);
        states.any(|state| state == TrialState::UnderWay)
    }

    fn is_left(&self, trial: &Trial) -> bool {
        trial.state == TrialState::Left
    }

    fn is_complete(&self) -> bool {
        self.rights
            .iter()
            .flat_map(|project| &project.rights)
            .all(|right| right.granted || right.optional)
    }
}

/// How a test issue stands: a class of the dot, and an icon.
fn look(trial: &Trial) -> (&'static str, &'static str) {
    match trial.state {
        TrialState::UnderWay => ("waits", "clock"),
        TrialState::Removed => ("done", "check"),
        TrialState::Left => ("asks", "alert"),
        TrialState::Failed => ("asks", "x"),
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, connection, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: Connection,
    mut errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let rights = match wizard::rights(&ctx.app, &ctx.caller, connection.id).await {
        Ok(rights) => rights,
        Err(error) => {
            errors = Errors::of(error)?;
            Vec::new()
        }
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Rights in Jira").with_notice(asked),
        way: Way::of(ctx, &connection, Step::Rights),
        rights,
        trials: trial::list(&ctx.app, &ctx.caller, connection.id).await?,
        connection,
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn try_it(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let projects: Vec<_> = fields
        .all("jira_project")
        .filter_map(|text| JiraProjectId::parse(text).ok())
        .collect();
    match trial::begin(&ctx.app, &ctx.caller, connection.id, &projects).await {
        Ok(()) => Ok(back(&ctx, &connection)),
        Err(error) => page(&ctx, connection, Errors::of(error)?, &Asked::default()).await,
    }
}

async fn remove(
    ctx: Ctx,
    Path((_, connection, test)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    trial::remove(&ctx.app, &ctx.caller, id(&test)?).await?;
    Ok(back(&ctx, &connection))
}

fn back(ctx: &Ctx, connection: &Connection) -> Response {
    let way = Way::of(ctx, connection, Step::Rights);
    Redirect::to(&format!("{}/rights?done=trying#try", way.base)).into_response()
}
