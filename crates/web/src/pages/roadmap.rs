//! The roadmap: posts by status.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use upvow_app::{
    boards::{self, Status},
    notices::{self, Tells},
    posts::{self, Column},
};
use upvow_domain::{Role, StatusId};

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
    /// Statuses that voters may hear of, for members.
    asks: Vec<StatusId>,
}

impl Roadmap {
    fn asks(&self) -> String {
        let ids: Vec<String> = self.asks.iter().map(ToString::to_string).collect();
        ids.join(" ")
    }

    /// Whether a column has more posts than it shows.
    fn is_cut(&self, column: &Column) -> bool {
        usize::try_from(column.count).is_ok_and(|count| count > column.posts.len())
    }
}

async fn page(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    let columns = posts::roadmap(&ctx.app, &ctx.caller).await?;
    let (mut statuses, mut asks) = (Vec::new(), Vec::new());
    if ctx.caller.at_least(Role::Moderator) {
        statuses = boards::statuses(&ctx.app, &ctx.caller).await?;
        let settings = notices::settings(&ctx.app, &ctx.caller).await?;
        let tell = settings
            .into_iter()
            .filter(|(_, tells)| *tells != Tells::Never);
        asks = tell.map(|(status, _)| status.id).collect();
    }
    show(&Roadmap {
        frame: Frame::of(&ctx, Part::Roadmap, "Roadmap").with_notice(&asked),
        columns,
        statuses,
        asks,
    })
}
