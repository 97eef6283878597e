//! The roadmap.

use serde::Serialize;
use upvow_app::posts;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{posts::PostRow, statuses::Status};
use crate::{
    Web,
    api::{
        asked::Asked,
        output::{Answer, List, whole},
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read_roadmap))
}

/// A column of the roadmap.
#[derive(Serialize, ToSchema)]
struct Column {
    status: Status,
    /// How many posts have it.
    count: i64,
    /// The most wanted of them, at most 20.
    posts: Vec<PostRow>,
}

impl From<posts::Column> for Column {
    fn from(column: posts::Column) -> Column {
        Column {
            status: column.status.into(),
            count: column.count,
            posts: column.posts.into_iter().map(PostRow::from).collect(),
        }
    }
}

/// Read the roadmap: one column for each status that is on it.
#[utoipa::path(get, path = "/roadmap", tag = "roadmap", responses((status = 200, body = List<Column>)))]
async fn read_roadmap(asked: Asked) -> Answer<List<Column>> {
    Ok(whole(posts::roadmap(&asked.app, &asked.caller).await?))
}
