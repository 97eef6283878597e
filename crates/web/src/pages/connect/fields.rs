//! What goes into the fields of the issues of one board.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    AppError,
    boards::{self, Board},
    connect::{Connection, Step, Target, wizard},
};
use upvow_domain::BoardId;

use super::{Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Fields, id},
        filters,
        frame::{Frame, Part, show_as},
        issue_fields::{Shown, texts},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/targets/{board}",
        get(ask).post(save),
    )
}

#[derive(Template)]
#[template(path = "connect_fields.html")]
struct Page {
    frame: Frame,
    way: Way,
    board: Board,
    target: Target,
    project_key: String,
    needed: Vec<Shown>,
    optional: Vec<Shown>,
    ask: Vec<String>,
    errors: Errors,
}

impl Page {
    fn is_asked(&self, shown: &Shown) -> bool {
        self.ask.contains(&shown.field.id)
    }

    /// Whether the fields that Jira can do without are open at once.
    fn is_open(&self) -> bool {
        self.optional
            .iter()
            .any(|shown| !shown.value.is_empty() || !shown.wrong.is_empty() || self.is_asked(shown))
    }

    /// Refusals that stand beside no field.
    fn loose(&self) -> Vec<&str> {
        Shown::loose(self.needed.iter().chain(&self.optional), &self.errors)
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection, board)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, &connection, id(&board)?, None, Errors::default()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    board: BoardId,
    typed: Option<&Fields>,
    mut errors: Errors,
) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    let none = || PageError(AppError::NotFound);
    let target = wizard::targets(app, caller).await?;
    let target = target
        .into_iter()
        .find(|target| target.board == board && target.connection == connection.id)
        .ok_or_else(none)?;
    let board = boards::list(app, caller).await?.into_iter();
    let board = board
        .into_iter()
        .find(|one| one.id == target.board)
        .ok_or_else(none)?;
    let form = match wizard::target_fields(app, caller, board.id, connection.id).await {
        Ok(form) => form,
        Err(error) => {
            errors = Errors::of(error)?;
            vec![]
        }
    };
    let ask = match typed {
        Some(typed) => typed.all("ask").map(str::to_owned).collect(),
        None => form
            .iter()
            .filter(|field| field.asked)
            .map(|field| field.id.clone())
            .collect(),
    };
    let (needed, optional) = Shown::all(form, typed, &errors)
        .into_iter()
        .partition(|shown| shown.field.needed);
    let project = connection
        .projects
        .iter()
        .find(|one| one.id == target.jira_project);
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Fields of new issues"),
        way: Way::of(ctx, connection, Step::Issues),
        project_key: project.map_or_else(String::new, |one| one.key.to_string()),
        board,
        target,
        needed,
        optional,
        ask,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn save(
    ctx: Ctx,
    Path((_, connection, board)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let board = id(&board)?;
    let ask: Vec<String> = fields.all("ask").map(str::to_owned).collect();
    let (app, caller) = (&ctx.app, &ctx.caller);
    let given = texts(&fields);
    match wizard::set_target_fields(app, caller, board, connection.id, &given, &ask).await {
        Ok(()) => {
            let base = Way::of(&ctx, &connection, Step::Issues).base;
            Ok(Redirect::to(&format!("{base}/targets?done=saved")).into_response())
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            page(&ctx, &connection, board, Some(&fields), errors).await
        }
    }
}
