//! Sharing an idea.

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    boards::{self, Board},
    posts::{self, NewPost},
};
use upvow_domain::{BoardId, PostId};

use super::{
    carry::Carry,
    errors::Errors,
    fields::{Asked, Fields},
    filters,
    frame::{Frame, Part, show_as},
    sign_in,
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/posts/new", get(form))
        .route("/p/{project}/posts", post(submit))
}

#[derive(Template)]
#[template(path = "new_post.html")]
struct Form {
    frame: Frame,
    boards: Vec<Board>,
    board: Option<BoardId>,
    title: String,
    body: String,
    submit_key: String,
    errors: Errors,
}

impl Form {
    fn is_chosen(&self, board: &Board) -> bool {
        self.board == Some(board.id)
    }
}

async fn form(ctx: Ctx, Asked(asked): Asked) -> Result<Response, PageError> {
    let wanted = asked.get("board").to_owned();
    let mut boards = boards::list(&ctx.app, &ctx.caller).await?;
    if !wanted.is_empty() && boards.iter().all(|board| board.slug != wanted) {
        // A board for those who have its address is in no list, and its posts still begin here.
        boards.push(boards::by_slug(&ctx.app, &ctx.caller, &wanted).await?);
    }
    let board = boards
        .iter()
        .find(|board| board.slug == wanted)
        .or(boards.first())
        .map(|board| board.id);
    let title = asked.get("title").to_owned();
    render(
        &ctx,
        boards,
        board,
        title,
        String::new(),
        None,
        Errors::default(),
    )
}

async fn submit(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let base = format!("/p/{}", ctx.project.slug);
    let board = fields.id("board");
    let Some(id) = board else {
        let boards = boards::list(&ctx.app, &ctx.caller).await?;
        let errors = Errors::field("board", "choose a board");
        return again(&ctx, boards, None, &fields, errors);
    };
    let new = NewPost {
        board: id,
        title: fields.get("title").to_owned(),
        body: fields.get("body").to_owned(),
        submit_key: fields.some("submit_key"),
    };
    match posts::submit(&ctx.app, &ctx.caller, &new).await {
        Ok(post) => {
            let there = format!("{base}/posts/{}?done=posted", post.row.id);
            Ok(Redirect::to(&there).into_response())
        }
        Err(AppError::SignInNeeded) => {
            let carry = Carry::of_form(&format!("{base}/posts"), &fields);
            let next = format!("{base}/posts/new");
            sign_in::first(&ctx, &next, carry)
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            let mut boards = boards::list(&ctx.app, &ctx.caller).await?;
            if boards.iter().all(|one| one.id != id) {
                boards.push(boards::get(&ctx.app, &ctx.caller, id).await?);
            }
            again(&ctx, boards, board, &fields, errors)
        }
    }
}

/// The form once more, with all that was typed and the reason.
fn again(
    ctx: &Ctx,
    boards: Vec<Board>,
    board: Option<BoardId>,
    fields: &Fields,
    errors: Errors,
) -> Result<Response, PageError> {
    let (title, body) = (
        fields.get("title").to_owned(),
        fields.get("body").to_owned(),
    );
    render(
        ctx,
        boards,
        board,
        title,
        body,
        fields.some("submit_key"),
        errors,
    )
}

fn render(
    ctx: &Ctx,
    boards: Vec<Board>,
    board: Option<BoardId>,
    title: String,
    body: String,
    submit_key: Option<String>,
    errors: Errors,
) -> Result<Response, PageError> {
    let status: StatusCode = errors.status();
    let form = Form {
        frame: Frame::of(ctx, Part::Posts, "Share an idea"),
        boards,
        board,
        title,
        body,
        submit_key: submit_key.unwrap_or_else(|| submit_key_of(ctx)),
        errors,
    };
    show_as(status, &form)
}

/// A key that makes sending a form twice the same as sending it once.
pub(super) fn submit_key_of(ctx: &Ctx) -> String {
    let id: PostId = ctx.app.fresh_id();
    id.stored()
}
