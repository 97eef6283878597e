//! What a step in Jira is sent along: the fields that its screen asks for.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{connect::wizard, sync::fields::Unfillable};
use upvow_domain::jira::{IssueKey, JiraProjectId, JiraStatusId};

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
        issue_fields::{Shown, texts},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/statuses/fields",
        get(ask).post(save),
    )
}

#[derive(Template)]
#[template(path = "step_fields.html")]
struct Page {
    frame: Frame,
    way: Way,
    project: JiraProjectId,
    status: JiraStatusId,
    name: String,
    /// The issue whose step was read.
    seen_on: Option<IssueKey>,
    fields: Vec<Shown>,
    unfillable: Vec<Unfillable>,
    errors: Errors,
}

impl Page {
    /// Refusals that stand beside no field.
    fn loose(&self) -> Vec<&str> {
        Shown::loose(&self.fields, &self.errors)
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Result<Response, PageError> {
    page(&ctx, &connection, &asked, None, Errors::default()).await
}

async fn page(
    ctx: &Ctx,
    connection: &str,
    asked: &Fields,
    typed: Option<&Fields>,
    errors: Errors,
) -> Result<Response, PageError> {
    let connection = match with_projects(ctx, connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (project, status) = (
        JiraProjectId::parse(asked.get("in"))?,
        JiraStatusId::parse(asked.get("to"))?,
    );
    let (app, caller) = (&ctx.app, &ctx.caller);
    let step = wizard::step_fields(app, caller, connection.id, &project, &status).await?;
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Fields of a step"),
        way: Way::of(ctx, &connection, Step::Statuses),
        name: step.jira_status_name,
        seen_on: step.seen_on,
        fields: Shown::all(step.fields, typed, &errors),
        unfillable: step.unfillable,
        project,
        status,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn save(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let found = match with_projects(&ctx, &connection).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (project, status) = (
        JiraProjectId::parse(fields.get("in"))?,
        JiraStatusId::parse(fields.get("to"))?,
    );
    let (app, caller, step) = (&ctx.app, &ctx.caller, (&project, &status));
    match wizard::set_step_fields(app, caller, found.id, step, &texts(&fields)).await {
        Ok(()) => {
            let way = Way::of(&ctx, &found, Step::Statuses);
            Ok(Redirect::to(&format!("{}/statuses?done=saved", way.base)).into_response())
        }
        Err(error) => {
            page(
                &ctx,
                &connection,
                &fields,
                Some(&fields),
                Errors::of(error)?,
            )
            .await
        }
    }
}
