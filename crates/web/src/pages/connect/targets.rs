//! Step 5: where the issues of each board are made.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    boards::{self, Board},
    connect::{
        ConnectedProject, Connection, Target,
        wizard::{self, TypeChoice, VoteField},
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
    votes: Vec<VoteField>,
    typed: Option<Fields>,
    errors: Errors,
}

impl Page {
    /// Where the board's issues are made, by this connection.
    fn target(&self, board: &Board) -> Option<&Target> {
        self.targets.iter().find(|target| target.board == board.id)
    }

    /// Why a type cannot be chosen.
    fn missing(&self, kind: &TypeChoice) -> String {
        let named: Vec<String> = kind
            .missing
            .iter()
            .map(|field| format!("“{}” {}", field.name, field.what_to_do))
            .collect();
        named.join("; ")
    }

    /// The types that cannot be chosen, with what can be done about it.
    fn closed(&self) -> Vec<(&ConnectedProject, &TypeChoice)> {
        self.places
            .iter()
            .flat_map(|(project, kinds)| kinds.iter().map(move |kind| (project, kind)))
            .filter(|(_, kind)| !kind.missing.is_empty())
            .collect()
    }

    fn is_vote_field(&self, field: &VoteField, id: &str) -> bool {
        match &self.typed {
            Some(typed) => typed.get(&format!("votes-{}", field.project)) == id,
            None => field.field.as_deref() == Some(id),
        }
    }

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
    let votes = match wizard::vote_fields(&ctx.app, &ctx.caller, connection.id).await {
        Ok(votes) => votes,
        Err(error) => {
            errors = Errors::of(error)?;
            vec![]
        }
    };
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
        votes,
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
    let mut asks = None;
    let before = wizard::targets(&ctx.app, &ctx.caller).await?;
    for (board, place) in chosen(&fields) {
        let (app, caller, id) = (&ctx.app, &ctx.caller, connection.id);
        let tried = match &place {
            Some((project, kind)) => {
                wizard::set_target(app, caller, board, id, project, kind).await
            }
            None => wizard::clear_target(app, caller, board, id)
                .await
                .map(|()| false),
        };
        match tried {
            // A place that is new and has open questions: they are shown next.
            Ok(true) if !is_there(&before, board, place.as_ref()) => asks = asks.or(Some(board)),
            Ok(_) => {}
            Err(error) => {
                let errors = Errors::of(error)?;
                return page(&ctx, &connection, Some(fields), errors, &Asked::default()).await;
            }
        }
    }
    for project in &connection.projects {
        let name = format!("votes-{}", project.id);
        if !fields.iter().any(|(one, _)| one == name) {
            continue;
        }
        let field = fields.some(&name);
        let (app, caller) = (&ctx.app, &ctx.caller);
        let tried =
            wizard::set_vote_field(app, caller, connection.id, &project.id, field.as_deref()).await;
        if let Err(error) = tried {
            let errors = Errors::of(error)?;
            return page(&ctx, &connection, Some(fields), errors, &Asked::default()).await;
        }
    }
    let way = Way::of(&ctx, &connection, Step::Issues);
    Ok(match asks {
        Some(board) => Redirect::to(&format!("{}/targets/{board}", way.base)).into_response(),
        None => way.on(),
    })
}

fn is_there(
    before: &[Target],
    board: BoardId,
    place: Option<&(JiraProjectId, IssueTypeId)>,
) -> bool {
    before.iter().any(|target| {
        let there = (&target.jira_project, &target.issue_type);
        target.board == board && place.is_some_and(|(project, kind)| there == (project, kind))
    })
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
