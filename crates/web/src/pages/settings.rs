//! A project's settings: its name, its boards, its statuses.

use std::borrow::Borrow;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    boards::{self, Board, BoardForm, Status, StatusForm},
    projects,
};
use upvow_domain::{
    BoardId, Role, StatusId,
    board::{StatusKind, Visibility},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show_as},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings", get(read))
        .route("/p/{project}/settings/name", post(rename))
        .route("/p/{project}/settings/boards", post(new_board))
        .route("/p/{project}/settings/boards/{id}", post(edit_board))
        .route("/p/{project}/settings/statuses", post(new_status))
        .route("/p/{project}/settings/statuses/{id}", post(edit_status))
        .route(
            "/p/{project}/settings/statuses/{id}/delete",
            post(delete_status),
        )
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    frame: Frame,
    name: String,
    boards: Vec<Board>,
    statuses: Vec<Status>,
    refused: Refused,
}

/// Which form was refused, with what was typed into it and why.
#[derive(Default)]
struct Refused {
    what: Form,
    typed: Fields,
    errors: Errors,
    none: Errors,
}

/// A form of the page.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum Form {
    /// None was sent.
    #[default]
    None,
    Name,
    NewBoard,
    Board(BoardId),
    NewStatus,
    Status(StatusId),
}

impl Refused {
    fn of(&self, form: impl Borrow<Form>) -> &Errors {
        if self.what == *form.borrow() {
            &self.errors
        } else {
            &self.none
        }
    }

    /// What to show in a field: what was typed and refused, or what is so.
    fn value<'a>(&'a self, form: impl Borrow<Form>, name: &str, otherwise: &'a str) -> &'a str {
        if self.what == *form.borrow() {
            self.typed.get(name)
        } else {
            otherwise
        }
    }
}

impl Settings {
    fn name_form(&self) -> Form {
        Form::Name
    }

    fn new_board_form(&self) -> Form {
        Form::NewBoard
    }

    fn new_status_form(&self) -> Form {
        Form::NewStatus
    }

    fn board_form(&self, board: &Board) -> Form {
        Form::Board(board.id)
    }

    fn status_form(&self, status: &Status) -> Form {
        Form::Status(status.id)
    }

    fn is_open(&self, form: impl Borrow<Form>) -> bool {
        self.refused.what == *form.borrow()
    }
}

/// What a visibility is called.
fn visibility_name(visibility: &Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "Everybody",
        Visibility::Private => "Members only",
        Visibility::LinkOnly => "People with its address",
    }
}

/// What a kind is called.
fn kind_name(kind: &StatusKind) -> &'static str {
    match kind {
        StatusKind::Open => "Waiting for an answer",
        StatusKind::Planned => "Will be done",
        StatusKind::Started => "Being done",
        StatusKind::Done => "Done",
        StatusKind::Closed => "Will not be done",
    }
}

const VISIBILITIES: [Visibility; 3] = [
    Visibility::Public,
    Visibility::Private,
    Visibility::LinkOnly,
];

/// Pages of settings are for admins; their own use cases check again.
pub(super) fn admins_only(ctx: &Ctx) -> Result<(), PageError> {
    if ctx.caller.at_least(Role::Admin) {
        return Ok(());
    }
    Err(PageError(if ctx.caller.person.is_none() {
        AppError::SignInNeeded
    } else {
        AppError::Forbidden {
            needs: "the role admin".to_owned(),
        }
    }))
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    page(&ctx, Refused::default(), &asked).await
}

async fn page(ctx: &Ctx, refused: Refused, asked: &Asked) -> Result<Response, PageError> {
    let page = Settings {
        frame: Frame::of(ctx, Part::Settings, "Settings").with_notice(asked),
        name: ctx.project.name.clone(),
        boards: boards::list(&ctx.app, &ctx.caller).await?,
        statuses: boards::statuses(&ctx.app, &ctx.caller).await?,
        refused,
    };
    show_as(page.refused.errors.status(), &page)
}

/// On with the settings, or the form again with the reason.
async fn answer<T>(
    ctx: &Ctx,
    tried: upvow_app::Result<T>,
    done: &str,
    form: Form,
    typed: Fields,
) -> Result<Response, PageError> {
    match tried {
        Ok(_) => {
            let there = format!("/p/{}/settings?done={done}", ctx.project.slug);
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => {
            let refused = Refused {
                what: form,
                typed,
                errors: Errors::of(error)?,
                none: Errors::default(),
            };
            page(ctx, refused, &Asked::default()).await
        }
    }
}

async fn rename(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let tried = projects::rename(&ctx.app, &ctx.caller, fields.get("name")).await;
    answer(&ctx, tried, "saved", Form::Name, fields).await
}

fn board_form(fields: &Fields) -> BoardForm {
    BoardForm {
        name: fields.get("name").to_owned(),
        slug: fields.get("slug").to_owned(),
        description: fields.get("description").to_owned(),
        visibility: fields.get("visibility").to_owned(),
    }
}

async fn new_board(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let tried = boards::create(&ctx.app, &ctx.caller, &board_form(&fields)).await;
    answer(&ctx, tried, "board_made", Form::NewBoard, fields).await
}

async fn edit_board(
    ctx: Ctx,
    Path((_, board)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let board = id(&board)?;
    let tried = boards::edit(&ctx.app, &ctx.caller, board, &board_form(&fields)).await;
    answer(&ctx, tried, "saved", Form::Board(board), fields).await
}

fn status_form(fields: &Fields) -> StatusForm {
    StatusForm {
        name: fields.get("name").to_owned(),
        kind: fields.get("kind").to_owned(),
        color: fields.get("color").to_owned(),
        on_roadmap: fields.is_on("on_roadmap"),
    }
}

async fn new_status(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let tried = boards::create_status(&ctx.app, &ctx.caller, &status_form(&fields)).await;
    answer(&ctx, tried, "status_made", Form::NewStatus, fields).await
}

async fn edit_status(
    ctx: Ctx,
    Path((_, status)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let status = id(&status)?;
    let tried = boards::edit_status(&ctx.app, &ctx.caller, status, &status_form(&fields)).await;
    answer(&ctx, tried, "saved", Form::Status(status), fields).await
}

async fn delete_status(
    ctx: Ctx,
    Path((_, status)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let status = id(&status)?;
    let tried = match fields.id("move_to") {
        Some(to) => boards::delete_status(&ctx.app, &ctx.caller, status, to).await,
        None => Err(upvow_domain::Invalid::new("move_to", "choose where its posts go").into()),
    };
    answer(&ctx, tried, "status_removed", Form::None, fields).await
}
