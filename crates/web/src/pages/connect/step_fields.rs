//! What a step in Jira is sent along: the fields that its screen asks for.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::connect::wizard::{self, FieldKind, StepFields, StepInput};
use upvow_domain::jira::{JiraProjectId, JiraStatusId};

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
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
    step: StepFields,
    errors: Errors,
}

impl Page {
    fn is_set(&self, field: &StepInput, id: &str) -> bool {
        field.value.iter().any(|one| one == id)
    }

    fn text(&self, field: &StepInput) -> String {
        field.value.join(", ")
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Result<Response, PageError> {
    page(&ctx, &connection, &asked, Errors::default()).await
}

async fn page(
    ctx: &Ctx,
    connection: &str,
    asked: &Fields,
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
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Fields of a step"),
        way: Way::of(ctx, &connection, Step::Statuses),
        step: wizard::step_fields(app, caller, connection.id, &project, &status).await?,
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
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in fields.iter() {
        if let Some(field) = name.strip_prefix("field-") {
            let all = values.entry(field.to_owned()).or_default();
            all.push(value.to_owned());
        }
    }
    let (project, status) = (
        JiraProjectId::parse(fields.get("in"))?,
        JiraStatusId::parse(fields.get("to"))?,
    );
    let (app, caller, step) = (&ctx.app, &ctx.caller, (&project, &status));
    match wizard::set_step_fields(app, caller, found.id, step, &values).await {
        Ok(()) => {
            let way = Way::of(&ctx, &found, Step::Statuses);
            Ok(Redirect::to(&format!("{}/statuses?done=saved", way.base)).into_response())
        }
        Err(error) => page(&ctx, &connection, &fields, Errors::of(error)?).await,
    }
}
