//! How one connection is: the screen that an admin looks at every morning.
//!
//! - `overview`: verdict, tiles, problems. `problems`: the links of one cause, and trying again.
//! - `activity`: what the jobs did, with the timeline of a link. `told`: codes in words.

mod activity;
mod overview;
mod problems;
pub(super) mod told;

pub(crate) use activity::csv as activity_csv;
use axum::{
    Router,
    response::{IntoResponse as _, Redirect, Response},
};
use upvow_app::connect::{self, Connection, State};

use super::{fields::id, settings::admins_only};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    [overview::routes(), problems::routes(), activity::routes()]
        .into_iter()
        .fold(Router::new(), Router::merge)
}

/// Where the pages of a connection are.
fn base_of(ctx: &Ctx, connection: &Connection) -> String {
    format!(
        "/p/{}/settings/connections/{}",
        ctx.project.slug, connection.id
    )
}

/// The connection of a page. One that said goodbye tells its goodbye instead.
async fn connection_of(ctx: &Ctx, text: &str) -> Result<Result<Connection, Response>, PageError> {
    admins_only(ctx)?;
    let connection = connect::get(&ctx.app, &ctx.caller, id(text)?).await?;
    if matches!(connection.state, State::Disconnecting | State::Invalidated) {
        let there = format!("{}/goodbye", base_of(ctx, &connection));
        return Ok(Err(Redirect::to(&there).into_response()));
    }
    Ok(Ok(connection))
}
