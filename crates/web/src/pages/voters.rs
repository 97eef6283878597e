//! Who voted for a post, for the team.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::{
    posts,
    votes::{self, Voter},
};
use upvow_domain::{
    PostId, Time,
    page::{Page, PageOf},
};

use super::{
    fields::{Asked, id},
    filters,
    frame::{Frame, Part, show},
    words::{When, initial},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/posts/{id}/voters", get(page))
}

#[derive(Template)]
#[template(path = "voters.html")]
struct VotersPage {
    frame: Frame,
    id: PostId,
    title: String,
    voters: Page<Voter>,
    now: Time,
}

impl VotersPage {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn letter(&self, name: &str) -> String {
        initial(Some(name))
    }
}

async fn page(
    ctx: Ctx,
    Path((_, post)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Result<Response, PageError> {
    let post = id(&post)?;
    let of = PageOf {
        limit: Some(50),
        after: asked.some("after"),
    };
    let voters = votes::voters(&ctx.app, &ctx.caller, post, &of).await?;
    let post = posts::get(&ctx.app, &ctx.caller, post).await?;
    show(&VotersPage {
        frame: Frame::of(&ctx, Part::Posts, "Who voted"),
        id: post.row.id,
        title: post.row.title,
        voters,
        now: ctx.app.now(),
    })
}
