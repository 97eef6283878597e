//! Step 3: which of the site's projects.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::connect::{
    ConnectedProject, Connection,
    wizard::{self, ProjectChoice, ProjectChoices, Removed},
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
        words::count,
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
    /// To be taken out, with links: that is asked first.
    going: Vec<Removed>,
    errors: Errors,
}

impl Page {
    fn links(&self, removed: &Removed) -> String {
        count(removed.links, "link")
    }

    /// Chosen on another page of the list, and still to be.
    fn stays(&self, project: &ConnectedProject) -> bool {
        self.ticked
            .as_ref()
            .is_none_or(|ticked| ticked.contains(&project.id))
    }

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
        Ok(connection) => {
            let errors = Errors::default();
            page(&ctx, &connection, None, vec![], errors, &asked).await
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    ticked: Option<Vec<JiraProjectId>>,
    going: Vec<Removed>,
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
        going,
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
    let (app, caller) = (&ctx.app, &ctx.caller);
    let confirmed = fields.is_on("confirmed");
    let tried = if projects.is_empty() {
        Err(Errors::field("projects", "choose at least one project"))
    } else {
        match wizard::change_projects(app, caller, connection.id, &projects, confirmed).await {
            Ok(going) => Ok(going),
            Err(error) => Err(Errors::of(error)?),
        }
    };
    let (going, errors) = match tried {
        Ok(going) if going.is_empty() => {
            return Ok(Way::of(&ctx, &connection, Step::Projects).on());
        }
        Ok(going) => (going, Errors::default()),
        Err(errors) => (vec![], errors),
    };
    let asked = Asked(fields);
    page(&ctx, &connection, Some(projects), going, errors, &asked).await
}
