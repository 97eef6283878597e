//! Step 3: which of the site's projects.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::connect::{
    ConnectedProject, Connection,
    wizard::{self, ProjectChoice, ProjectChoices},
};
use upvow_domain::jira::JiraProjectId;

use super::{Step, Way, with_site};
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
        "/p/{project}/settings/connections/{id}/projects",
        get(ask).post(choose),
    )
}

#[derive(Template)]
#[template(path = "connect_projects.html")]
struct Page {
    frame: Frame,
    way: Way,
    query: String,
    choices: ProjectChoices,
    /// Connected already, and not among those on this page: they stay chosen.
    elsewhere: Vec<ConnectedProject>,
    ticked: Option<Vec<JiraProjectId>>,
    errors: Errors,
}

impl Page {
    fn is_ticked(&self, choice: &ProjectChoice) -> bool {
        match &self.ticked {
            Some(ticked) => ticked.contains(&choice.id),
            None => choice.chosen,
        }
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_site(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, &connection, None, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    ticked: Option<Vec<JiraProjectId>>,
    mut errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let query = asked.0.some("q");
    let start = asked.0.get("start").parse().unwrap_or(0);
    let (app, caller) = (&ctx.app, &ctx.caller);
    let choices = match wizard::projects(app, caller, connection.id, query.as_deref(), start).await
    {
        Ok(choices) => choices,
        Err(error) => {
            errors = Errors::of(error)?;
            ProjectChoices {
                items: Vec::new(),
                next: None,
            }
        }
    };
    let shown = |id: &JiraProjectId| choices.items.iter().any(|choice| choice.id == *id);
    let elsewhere = connection
        .projects
        .iter()
        .filter(|project| !shown(&project.id))
        .cloned()
        .collect();
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Choose the projects").with_notice(asked),
        way: Way::of(ctx, connection, Step::Projects),
        query: query.unwrap_or_default(),
        choices,
        elsewhere,
        ticked,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn choose(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_site(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let projects: Vec<_> = fields
        .all("jira_project")
        .filter_map(|text| JiraProjectId::parse(text).ok())
        .collect();
    let tried = if projects.is_empty() {
        Err(Errors::field("projects", "choose at least one project"))
    } else {
        match wizard::choose_projects(&ctx.app, &ctx.caller, connection.id, &projects).await {
            Ok(()) => Ok(()),
            Err(error) => Err(Errors::of(error)?),
        }
    };
    match tried {
        Ok(()) => Ok(Way::of(&ctx, &connection, Step::Projects).on()),
        Err(errors) => page(&ctx, &connection, Some(projects), errors, &Asked(fields)).await,
    }
}
