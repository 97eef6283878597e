//! Step 5: where the issues of each board are made.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::{
    boards::{self, Board},
    connect::{
        ConnectedProject, Connection, Target,
        wizard::{self, TypeChoice},
    },
};
use upvow_domain::{
    BoardId,
    jira::{IssueTypeId, JiraProjectId},
};

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
        "/p/{project}/settings/connections/{id}/targets",
        get(ask).post(save),
    )
}

#[derive(Template)]
#[template(path = "connect_targets.html")]
struct Page {
    frame: Frame,
    way: Way,
    boards: Vec<Board>,
    places: Vec<(ConnectedProject, Vec<TypeChoice>)>,
    targets: Vec<Target>,
    typed: Option<Fields>,
    errors: Errors,
}

impl Page {
    fn is_target(&self, board: &Board, project: &ConnectedProject, kind: &TypeChoice) -> bool {
        match &self.typed {
            Some(typed) => {
                typed.get(&format!("board-{}", board.id)) == format!("{} {}", project.id, kind.id)
            }
            None => self.targets.iter().any(|target| {
                target.board == board.id
                    && target.jira_project == project.id
                    && target.issue_type == kind.id
            }),
        }
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, &connection, None, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    typed: Option<Fields>,
    mut errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let mut places = Vec::new();
    for project in &connection.projects {
        match wizard::issue_types(&ctx.app, &ctx.caller, connection.id, &project.id).await {
            Ok(kinds) => places.push((project.clone(), kinds)),
            Err(error) => errors = Errors::of(error)?,
        }
    }
    let targets = wizard::targets(&ctx.app, &ctx.caller)
        .await?
        .into_iter()
        .filter(|target| target.connection == connection.id)
        .collect();
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Where issues are made").with_notice(asked),
        way: Way::of(ctx, connection, Step::Issues),
        boards: boards::list(&ctx.app, &ctx.caller).await?,
        places,
        targets,
        typed,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn save(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    for (board, place) in chosen(&fields) {
        let (app, caller, id) = (&ctx.app, &ctx.caller, connection.id);
        let tried = match place {
            Some((project, kind)) => {
                wizard::set_target(app, caller, board, id, &project, &kind).await
            }
            None => wizard::clear_target(app, caller, board, id).await,
        };
        if let Err(error) = tried {
            let errors = Errors::of(error)?;
            return page(&ctx, &connection, Some(fields), errors, &Asked::default()).await;
        }
    }
    Ok(Way::of(&ctx, &connection, Step::Issues).on())
}

/// What was chosen for each board: `board-<id>` is `<project> <type>`, or empty for asking each time.
fn chosen(fields: &Fields) -> Vec<(BoardId, Option<(JiraProjectId, IssueTypeId)>)> {
    fields
        .iter()
        .filter_map(|(name, value)| {
            let board = name.strip_prefix("board-")?.parse().ok()?;
            if value.is_empty() {
                return Some((board, None));
            }
            let (project, kind) = value.split_once(' ')?;
            let project = JiraProjectId::parse(project).ok()?;
            Some((board, Some((project, IssueTypeId::parse(kind).ok()?))))
        })
        .collect()
}
