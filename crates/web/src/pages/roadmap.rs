//! The roadmap: posts by status.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use upvow_app::{
    boards::{self, Status},
    posts::{self, Column},
};
use upvow_domain::Role;

use super::{
    fields::Asked,
    filters,
    frame::{Frame, Part, show},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/roadmap", get(page))
}

#[derive(Template)]
#[template(path = "roadmap.html")]
struct Roadmap {
    frame: Frame,
    columns: Vec<Column>,
    /// What a member can move a card to.
    statuses: Vec<Status>,
}

impl Roadmap {
    /// Whether a column has more posts than it shows.
    fn is_cut(&self, column: &Column) -> bool {
        usize::try_from(column.count).is_ok_and(|count| count > column.posts.len())
    }
}

async fn page(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    let columns = posts::roadmap(&ctx.app, &ctx.caller).await?;
    let statuses = if ctx.caller.at_least(Role::Moderator) {
        boards::statuses(&ctx.app, &ctx.caller).await?
    } else {
        Vec::new()
    };
    show(&Roadmap {
        frame: Frame::of(&ctx, Part::Roadmap, "Roadmap").with_notice(&asked),
        columns,
        statuses,
    })
}
