//! Posts.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::{
    notices::Tell,
    posts::{self, Cause, Filter, NewPost},
};
use upvow_domain::{BoardId, Invalid, PostId, StatusId, post::Sort};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::statuses::Status;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, SubmitKey, page},
        output::{Answer, Created, DONE, Done, List, paged, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_posts, submit_post))
        .routes(routes!(get_post, edit_post, delete_post))
        .routes(routes!(set_post_status))
        .routes(routes!(set_post_board))
        .routes(routes!(list_post_history))
        .routes(routes!(find_similar))
}

/// A post in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct PostRow {
    #[schema(value_type = words::PostIdWord)]
    id: String,
    #[schema(value_type = words::BoardIdWord)]
    board_id: String,
    board_slug: String,
    board_name: String,
    #[schema(example = "Dark mode")]
    title: String,
    /// The first part of its text, as plain text of at most 200 characters.
    excerpt: String,
    status: Status,
    /// How many voted.
    votes: i64,
    /// Whether you did.
    voted: bool,
    /// How many comments you can see.
    comments: i64,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
}

impl From<posts::PostRow> for PostRow {
    fn from(row: posts::PostRow) -> PostRow {
        PostRow {
            id: row.id.to_string(),
            board_id: row.board_id.to_string(),
            board_slug: row.board_slug,
            board_name: row.board_name,
            title: row.title,
            excerpt: row.excerpt,
            status: row.status.into(),
            votes: row.votes,
            voted: row.voted,
            comments: row.comments,
            created_at: row.created_at.rfc3339(),
        }
    }
}

/// A post.
#[derive(Serialize, ToSchema)]
struct Post {
    #[serde(flatten)]
    row: PostRow,
    /// Its text, as Markdown.
    body: String,
    /// Who posted it; null if they were erased.
    #[schema(value_type = Option<words::PersonIdWord>)]
    author_id: Option<String>,
    author_name: Option<String>,
    /// When anything of it last changed.
    #[schema(value_type = words::TimeWord)]
    updated_at: String,
    /// When its status last changed.
    #[schema(value_type = words::TimeWord)]
    status_at: String,
    /// Whether you may change its text.
    may_edit: bool,
    /// Whether you may change its status.
    may_triage: bool,
}

impl From<posts::Post> for Post {
    fn from(post: posts::Post) -> Post {
        Post {
            row: post.row.into(),
            body: post.body,
            author_id: post.author_id.map(|id| id.to_string()),
            author_name: post.author_name,
            updated_at: post.updated_at.rfc3339(),
            status_at: post.status_at.rfc3339(),
            may_edit: post.may_edit,
            may_triage: post.may_triage,
        }
    }
}

/// A line of a post's history.
#[derive(Serialize, ToSchema)]
struct HistoryLine {
    /// `submitted`, `status`, `edited`, `board`, `linked`, `unlinked`.
    #[schema(example = "status")]
    what: String,
    /// What it was, as text.
    from: Option<String>,
    /// What it became.
    to: Option<String>,
    /// Who did it on the board; null for Jira and the program.
    by: Option<String>,
    /// `page`, `api`, `jira` or `program`.
    #[schema(example = "jira")]
    cause: String,
    #[schema(value_type = words::TimeWord)]
    at: String,
}

impl From<posts::HistoryLine> for HistoryLine {
    fn from(line: posts::HistoryLine) -> HistoryLine {
        HistoryLine {
            what: line.what,
            from: line.from,
            to: line.to,
            by: line.by,
            cause: line.cause,
            at: line.at.rfc3339(),
        }
    }
}

/// Which posts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// On this board only.
    #[param(value_type = Option<words::BoardIdWord>, nullable = false)]
    board: Option<BoardId>,
    /// In one of these statuses: ids, separated by commas.
    #[param(nullable = false, example = "status_0199f3a1b2c37d4e8f90a1b2c3d4e5f6")]
    status: Option<String>,
    /// With these words.
    #[param(nullable = false)]
    query: Option<String>,
    /// Only your own.
    #[serde(default)]
    #[param(required = false)]
    mine: bool,
    /// In which order; `trending` if left out.
    #[serde(default)]
    #[param(value_type = words::SortWord, required = false)]
    sort: Sort,
    /// How many, 25 if left out.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

/// A page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// How many, 25 if left out.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    pub(super) limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    pub(super) after: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Like {
    /// A title, or the beginning of one.
    text: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OnePost {
    /// The post's id.
    #[param(value_type = words::PostIdWord)]
    pub(super) id: PostId,
}

/// An idea to be posted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostInput {
    /// On which board.
    #[schema(value_type = words::BoardIdWord)]
    board_id: BoardId,
    #[schema(min_length = 3, max_length = 140, example = "Dark mode")]
    title: String,
    /// Markdown.
    #[serde(default)]
    #[schema(max_length = 20_000, example = "My eyes hurt **at night**.")]
    body: String,
}

/// A post's text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostText {
    #[schema(min_length = 3, max_length = 140, example = "Dark mode")]
    title: String,
    /// Markdown.
    #[schema(max_length = 20_000)]
    body: String,
}

/// Where a post is to stand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusChoice {
    #[schema(value_type = words::StatusIdWord)]
    status_id: StatusId,
    /// Tell the voters now, or not this time. Without it the status's own setting counts.
    tell: Option<bool>,
    /// What you add to it, as plain text.
    #[schema(max_length = 1_000)]
    tell_words: Option<String>,
}

/// On which board a post is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BoardChoice {
    #[schema(value_type = words::BoardIdWord)]
    board_id: BoardId,
}

/// List posts. Those on boards that you may see.
#[utoipa::path(get, path = "/posts", tag = "posts", params(Which), responses((status = 200, body = List<PostRow>)))]
async fn list_posts(asked: Asked, Params(which): Params<Which>) -> Answer<List<PostRow>> {
    let statuses = which
        .status
        .iter()
        .flat_map(|ids| ids.split(','))
        .filter(|id| !id.is_empty())
        .map(|id| {
            id.parse().map_err(|_| {
                Invalid::new(
                    "status",
                    "send ids that start with `status_`, separated by commas",
                )
            })
        })
        .collect::<Result<Vec<StatusId>, _>>()?;
    let filter = Filter {
        board: which.board,
        statuses,
        query: which.query.unwrap_or_default(),
        mine: which.mine,
        sort: which.sort,
    };
    let page = page(which.limit, which.after)?;
    Ok(paged(
        posts::list(&asked.app, &asked.caller, &filter, &page).await?,
    ))
}

/// Post an idea. Your vote is on it. Needs somebody signed in, or the scope `posts:write`.
#[utoipa::path(
    post, path = "/posts", tag = "posts", request_body = PostInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same post.", nullable = false)),
    responses((status = 201, body = Post, headers(("Location" = String, description = "Its address."))))
)]
async fn submit_post(
    asked: Asked,
    SubmitKey(submit_key): SubmitKey,
    Sent(input): Sent<PostInput>,
) -> Result<Created<Post>, Failure> {
    let new = NewPost {
        board: input.board_id,
        title: input.title,
        body: input.body,
        submit_key,
    };
    let post = posts::submit(&asked.app, &asked.caller, &new).await?;
    Ok(Created(
        asked.address(&format!("/posts/{}", post.row.id)),
        post.into(),
    ))
}

/// Read a post.
#[utoipa::path(get, path = "/posts/{id}", tag = "posts", params(OnePost), responses((status = 200, body = Post)))]
async fn get_post(asked: Asked, At(at): At<OnePost>) -> Answer<Post> {
    let post = posts::get(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(post.into()))
}

/// Change a post's title and text. For its author, and for moderators.
#[utoipa::path(
    put, path = "/posts/{id}", tag = "posts", params(OnePost), request_body = PostText,
    responses((status = 200, body = Post))
)]
async fn edit_post(asked: Asked, At(at): At<OnePost>, Sent(text): Sent<PostText>) -> Answer<Post> {
    let post = posts::edit(&asked.app, &asked.caller, at.id, &text.title, &text.body).await?;
    Ok(Json(post.into()))
}

/// Remove a post with its votes and comments. Needs a moderator. A linked one must be unlinked first.
#[utoipa::path(
    delete, path = "/posts/{id}", tag = "posts", params(OnePost),
    responses((status = 204, description = "It is gone."))
)]
async fn delete_post(asked: Asked, At(at): At<OnePost>) -> Done {
    posts::delete(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Give a post another status. Needs a moderator. Linked Jira issues follow, as the status map says.
#[utoipa::path(
    put, path = "/posts/{id}/status", tag = "posts", params(OnePost), request_body = StatusChoice,
    responses((status = 200, body = Post))
)]
async fn set_post_status(
    asked: Asked,
    At(at): At<OnePost>,
    Sent(choice): Sent<StatusChoice>,
) -> Answer<Post> {
    let to = (choice.status_id, Cause::Api);
    let tell = match choice.tell {
        Some(true) => Tell::Yes(choice.tell_words.unwrap_or_default()),
        Some(false) => Tell::No,
        None => Tell::AsSet,
    };
    let post = posts::set_status_telling(&asked.app, &asked.caller, at.id, to, &tell).await?;
    Ok(Json(post.into()))
}

/// Move a post to another board. Needs a moderator.
#[utoipa::path(
    put, path = "/posts/{id}/board", tag = "posts", params(OnePost), request_body = BoardChoice,
    responses((status = 200, body = Post))
)]
async fn set_post_board(
    asked: Asked,
    At(at): At<OnePost>,
    Sent(choice): Sent<BoardChoice>,
) -> Answer<Post> {
    let post = posts::move_to_board(&asked.app, &asked.caller, at.id, choice.board_id).await?;
    Ok(Json(post.into()))
}

/// Read what happened to a post, newest first.
#[utoipa::path(
    get, path = "/posts/{id}/history", tag = "posts", params(OnePost, Paging),
    responses((status = 200, body = List<HistoryLine>))
)]
async fn list_post_history(
    asked: Asked,
    At(at): At<OnePost>,
    Params(paging): Params<Paging>,
) -> Answer<List<HistoryLine>> {
    let page = page(paging.limit, paging.after)?;
    Ok(paged(
        posts::history(&asked.app, &asked.caller, at.id, &page).await?,
    ))
}

/// Find posts that say something similar, best first, at most five.
#[utoipa::path(get, path = "/similar", tag = "posts", params(Like), responses((status = 200, body = List<PostRow>)))]
async fn find_similar(asked: Asked, Params(like): Params<Like>) -> Answer<List<PostRow>> {
    Ok(whole(
        posts::similar(&asked.app, &asked.caller, &like.text).await?,
    ))
}
