//! What the owners of a connected project were told ahead, and taking note of it.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    privacy::promises::{
        Day,
        notices::{self, Taken, Told},
    },
};
use upvow_domain::{Role, Time};

use super::super::{
    fields::Asked,
    filters,
    frame::{Frame, Part, show},
    words::When,
};
use crate::{Ctx, PageError, Web};

const HERE: &str = "/p/{project}/settings/privacy/changes";

pub(super) fn routes() -> Router<Web> {
    Router::new().route(HERE, get(read)).route(
        "/p/{project}/settings/privacy/changes/{id}",
        post(take_note),
    )
}

#[derive(Template)]
#[template(path = "privacy_changes.html")]
struct Changes {
    frame: Frame,
    mine: Vec<Told>,
    taken: Vec<Taken>,
    now: Time,
}

impl Changes {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn day(&self, at: &Time) -> Day {
        Day::of(*at)
    }

    fn is_ahead(&self, told: &Told) -> bool {
        told.effective_at > self.now
    }

    /// Who has and who has not taken note of this one.
    fn of<'a>(&'a self, told: &Told) -> Vec<&'a Taken> {
        let is_it = |taken: &&Taken| taken.announcement_id == told.announcement_id;
        self.taken.iter().filter(is_it).collect()
    }
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    if ctx.caller.person.is_none() {
        return Err(PageError(AppError::SignInNeeded));
    }
    if !ctx.caller.at_least(Role::Owner) {
        return Err(PageError(AppError::Forbidden {
            needs: "the role owner".to_owned(),
        }));
    }
    show(&Changes {
        frame: Frame::of(&ctx, Part::Settings, "Changes of the privacy addendum")
            .with_notice(&asked),
        mine: notices::mine(&ctx.app, &ctx.caller).await?,
        taken: notices::taken(&ctx.app, &ctx.caller).await?,
        now: ctx.app.now(),
    })
}

async fn take_note(
    ctx: Ctx,
    Path((project, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    notices::acknowledge(&ctx.app, &ctx.caller, &id).await?;
    let there = format!("/p/{project}/settings/privacy/changes?done=noted");
    Ok(Redirect::to(&there).into_response())
}
