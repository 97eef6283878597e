//! Comments, internal notes, the official answer.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::comments::{self, NewComment};
use upvow_domain::CommentId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::posts::{OnePost, Paging};
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, SubmitKey, page},
        output::{Answer, Created, DONE, Done, List, moment, paged},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_comments, add_comment))
        .routes(routes!(edit_comment, delete_comment))
}

/// A comment.
#[derive(Serialize, ToSchema)]
struct Comment {
    #[schema(value_type = words::CommentIdWord)]
    id: String,
    /// Who wrote it; null if they were erased.
    #[schema(value_type = Option<words::PersonIdWord>)]
    author_id: Option<String>,
    author_name: Option<String>,
    /// Whether they are a member of the project.
    by_member: bool,
    /// Markdown.
    body: String,
    /// Only members see it.
    is_internal: bool,
    /// The team's answer.
    is_official: bool,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
    #[schema(value_type = Option<words::TimeWord>)]
    edited_at: Option<String>,
    /// Whether you may change or remove it.
    may_edit: bool,
}

impl From<comments::Comment> for Comment {
    fn from(comment: comments::Comment) -> Comment {
        Comment {
            id: comment.id.to_string(),
            author_id: comment.author_id.map(|id| id.to_string()),
            author_name: comment.author_name,
            by_member: comment.by_member,
            body: comment.body,
            is_internal: comment.is_internal,
            is_official: comment.is_official,
            created_at: comment.created_at.rfc3339(),
            edited_at: moment(comment.edited_at),
            may_edit: comment.may_edit,
        }
    }
}

/// A comment to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommentInput {
    /// Markdown.
    #[schema(
        min_length = 1,
        max_length = 20_000,
        example = "This would help us, too."
    )]
    body: String,
    /// Only for members. Needs a moderator.
    #[serde(default)]
    is_internal: bool,
    /// The team's answer; there is one at a time. Needs a moderator.
    #[serde(default)]
    is_official: bool,
}

/// A comment's text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommentText {
    /// Markdown.
    #[schema(min_length = 1, max_length = 20_000)]
    body: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneComment {
    /// The comment's id.
    #[param(value_type = words::CommentIdWord)]
    id: CommentId,
}

/// List a post's comments that you may see, oldest first.
#[utoipa::path(
    get, path = "/posts/{id}/comments", tag = "comments", params(OnePost, Paging),
    responses((status = 200, body = List<Comment>))
)]
async fn list_comments(
    asked: Asked,
    At(at): At<OnePost>,
    Params(paging): Params<Paging>,
) -> Answer<List<Comment>> {
    let page = page(paging.limit, paging.after)?;
    Ok(paged(
        comments::list(&asked.app, &asked.caller, at.id, &page).await?,
    ))
}

/// Add a comment. Needs somebody signed in, or the scope `posts:write`.
#[utoipa::path(
    post, path = "/posts/{id}/comments", tag = "comments", request_body = CommentInput,
    params(
        OnePost,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same comment.", nullable = false)
    ),
    responses((status = 201, body = Comment, headers(("Location" = String, description = "Its address."))))
)]
async fn add_comment(
    asked: Asked,
    At(at): At<OnePost>,
    SubmitKey(submit_key): SubmitKey,
    Sent(input): Sent<CommentInput>,
) -> Result<Created<Comment>, Failure> {
    let new = NewComment {
        body: input.body,
        is_internal: input.is_internal,
        is_official: input.is_official,
        submit_key,
    };
    let comment = comments::add(&asked.app, &asked.caller, at.id, &new).await?;
    Ok(Created(
        asked.address(&format!("/comments/{}", comment.id)),
        comment.into(),
    ))
}

/// Change a comment's text. For its author, and for moderators.
#[utoipa::path(
    put, path = "/comments/{id}", tag = "comments", params(OneComment), request_body = CommentText,
    responses((status = 200, body = Comment))
)]
async fn edit_comment(
    asked: Asked,
    At(at): At<OneComment>,
    Sent(text): Sent<CommentText>,
) -> Answer<Comment> {
    let comment = comments::edit(&asked.app, &asked.caller, at.id, &text.body).await?;
    Ok(Json(comment.into()))
}

/// Remove a comment. For its author, and for moderators.
#[utoipa::path(
    delete, path = "/comments/{id}", tag = "comments", params(OneComment),
    responses((status = 204, description = "It is gone."))
)]
async fn delete_comment(asked: Asked, At(at): At<OneComment>) -> Done {
    comments::delete(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}
