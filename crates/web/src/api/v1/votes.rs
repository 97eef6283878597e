//! Votes.

use axum::Json;
use serde::Serialize;
use upvow_app::votes;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::posts::{OnePost, Paging};
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, page},
        output::{Answer, List, paged},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(vote, unvote))
        .routes(routes!(list_voters))
}

/// Where a post stands.
#[derive(Serialize, ToSchema)]
struct Tally {
    /// How many voted.
    votes: i64,
    /// Whether you did.
    voted: bool,
}

impl From<votes::Tally> for Tally {
    fn from(tally: votes::Tally) -> Tally {
        Tally {
            votes: tally.votes,
            voted: tally.voted,
        }
    }
}

/// Somebody who voted.
#[derive(Serialize, ToSchema)]
struct Voter {
    /// Their name on the board.
    name: String,
    #[schema(value_type = words::TimeWord)]
    at: String,
}

impl From<votes::Voter> for Voter {
    fn from(voter: votes::Voter) -> Voter {
        Voter {
            name: voter.name,
            at: voter.at.rfc3339(),
        }
    }
}

/// Vote for a post. Voting twice is voting once.
#[utoipa::path(put, path = "/posts/{id}/vote", tag = "votes", params(OnePost), responses((status = 200, body = Tally)))]
async fn vote(asked: Asked, At(at): At<OnePost>) -> Answer<Tally> {
    let tally = votes::vote(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(tally.into()))
}

/// Take your vote back. Without one it changes nothing.
#[utoipa::path(delete, path = "/posts/{id}/vote", tag = "votes", params(OnePost), responses((status = 200, body = Tally)))]
async fn unvote(asked: Asked, At(at): At<OnePost>) -> Answer<Tally> {
    let tally = votes::unvote(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(tally.into()))
}

/// List who voted, newest first. Needs a moderator.
#[utoipa::path(
    get, path = "/posts/{id}/voters", tag = "votes", params(OnePost, Paging),
    responses((status = 200, body = List<Voter>))
)]
async fn list_voters(
    asked: Asked,
    At(at): At<OnePost>,
    Params(paging): Params<Paging>,
) -> Answer<List<Voter>> {
    let page = page(paging.limit, paging.after)?;
    Ok(paged(
        votes::voters(&asked.app, &asked.caller, at.id, &page).await?,
    ))
}
