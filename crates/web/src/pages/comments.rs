//! Comments of a post: adding, changing, removing.

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::post,
};
use upvow_app::{
    AppError,
    comments::{self, NewComment},
};
use upvow_domain::CommentId;

use super::{
    carry::Carry,
    errors::Errors,
    fields::{Asked, Fields, id},
    post::{Typed, page},
    sign_in,
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/posts/{id}/comments", post(add))
        .route("/p/{project}/posts/{id}/comments/{comment}", post(edit))
        .route(
            "/p/{project}/posts/{id}/comments/{comment}/delete",
            post(delete),
        )
}

async fn add(
    ctx: Ctx,
    Path((project, post)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let new = NewComment {
        body: fields.get("body").to_owned(),
        is_internal: fields.is_on("internal"),
        is_official: fields.is_on("official"),
        submit_key: fields.some("submit_key"),
    };
    let there = format!("/p/{project}/posts/{post}");
    match comments::add(&ctx.app, &ctx.caller, post, &new).await {
        Ok(comment) => {
            Ok(Redirect::to(&format!("{there}?done=commented#{}", comment.id)).into_response())
        }
        Err(AppError::SignInNeeded) => {
            let carry = Carry::of_form(&format!("{there}/comments"), &fields);
            sign_in::first(&ctx, &there, carry)
        }
        Err(error) => {
            let typed = Typed {
                comment: new.body,
                comment_errors: Errors::of(error)?,
                is_internal: new.is_internal,
                is_official: new.is_official,
                submit_key: new.submit_key,
                ..Typed::default()
            };
            page(&ctx, post, typed, &Asked::default()).await
        }
    }
}

async fn edit(
    ctx: Ctx,
    Path((project, post, comment)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let comment: CommentId = id(&comment)?;
    let body = fields.get("body");
    match comments::edit(&ctx.app, &ctx.caller, comment, body).await {
        Ok(_) => Ok(
            Redirect::to(&format!("/p/{project}/posts/{post}?done=saved#{comment}"))
                .into_response(),
        ),
        Err(error) => {
            // The refused text goes into the comment box, where it can be mended or copied.
            let typed = Typed {
                comment: body.to_owned(),
                comment_errors: Errors::of(error)?,
                ..Typed::default()
            };
            page(&ctx, post, typed, &Asked::default()).await
        }
    }
}

async fn delete(
    ctx: Ctx,
    Path((project, post, comment)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    comments::delete(&ctx.app, &ctx.caller, id(&comment)?).await?;
    Ok(Redirect::to(&format!(
        "/p/{project}/posts/{post}?done=comment_removed#comments"
    ))
    .into_response())
}
