//! Boards.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::boards::{self, BoardForm};
use upvow_domain::{BoardId, board::Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, Created, List, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_boards, create_board))
        .routes(routes!(get_board, edit_board))
}

/// A board.
#[derive(Serialize, ToSchema)]
struct Board {
    #[schema(value_type = words::BoardIdWord)]
    id: String,
    /// Its part of the address.
    #[schema(example = "ideas")]
    slug: String,
    #[schema(example = "Ideas")]
    name: String,
    /// What it is for; plain text.
    description: String,
    #[schema(value_type = words::VisibilityWord)]
    visibility: &'static str,
    /// How many posts it has.
    posts: i64,
}

impl From<boards::Board> for Board {
    fn from(board: boards::Board) -> Board {
        Board {
            id: board.id.to_string(),
            slug: board.slug,
            name: board.name,
            description: board.description,
            visibility: board.visibility.name(),
            posts: board.posts,
        }
    }
}

/// A board to be made or changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BoardInput {
    #[schema(min_length = 1, max_length = 60, example = "Ideas")]
    name: String,
    /// Made from the name if left out.
    #[serde(default)]
    #[schema(pattern = "^([a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)?$", example = "ideas")]
    slug: String,
    /// What it is for; plain text.
    #[serde(default)]
    description: String,
    /// Who sees it: everybody, members, or whoever has its address.
    #[serde(default = "public")]
    #[schema(value_type = words::VisibilityWord, required = false)]
    visibility: String,
}

fn public() -> String {
    Visibility::Public.name().to_owned()
}

impl From<BoardInput> for BoardForm {
    fn from(input: BoardInput) -> BoardForm {
        BoardForm {
            name: input.name,
            slug: input.slug,
            description: input.description,
            visibility: input.visibility,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneBoard {
    /// The board's id.
    #[param(value_type = words::BoardIdWord)]
    id: BoardId,
}

/// List the boards. Those that you may see: the public ones, and for members all.
#[utoipa::path(get, path = "/boards", tag = "boards", responses((status = 200, body = List<Board>)))]
async fn list_boards(asked: Asked) -> Answer<List<Board>> {
    Ok(whole(boards::list(&asked.app, &asked.caller).await?))
}

/// Make a board. Needs an admin.
#[utoipa::path(
    post, path = "/boards", tag = "boards", request_body = BoardInput,
    responses((status = 201, body = Board, headers(("Location" = String, description = "Its address."))))
)]
async fn create_board(
    asked: Asked,
    Sent(input): Sent<BoardInput>,
) -> Result<Created<Board>, Failure> {
    let board = boards::create(&asked.app, &asked.caller, &input.into()).await?;
    Ok(Created(
        asked.address(&format!("/boards/{}", board.id)),
        board.into(),
    ))
}

/// Read a board.
#[utoipa::path(get, path = "/boards/{id}", tag = "boards", params(OneBoard), responses((status = 200, body = Board)))]
async fn get_board(asked: Asked, At(at): At<OneBoard>) -> Answer<Board> {
    let board = boards::get(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(board.into()))
}

/// Change a board. Needs an admin. What is left out takes its default, so send the whole board.
#[utoipa::path(
    put, path = "/boards/{id}", tag = "boards", params(OneBoard), request_body = BoardInput,
    responses((status = 200, body = Board))
)]
async fn edit_board(
    asked: Asked,
    At(at): At<OneBoard>,
    Sent(input): Sent<BoardInput>,
) -> Answer<Board> {
    let board = boards::edit(&asked.app, &asked.caller, at.id, &input.into()).await?;
    Ok(Json(board.into()))
}
