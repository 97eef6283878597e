//! What is held in a project: kinds of records with their number, age and term; the data map; the record of processing.

use askama::Template;
use axum::{
    Router,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use upvow_app::privacy::registry::{
    inventory::{self, Held, TermOf},
    map,
    ropa::{self, Record},
};
use upvow_domain::Time;

use super::super::{
    filters,
    frame::{Frame, Part, show},
    settings::admins_only,
    words::When,
};
use crate::{Ctx, PageError, Web};

const BASE: &str = "/p/{project}/settings/privacy/inventory";

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(BASE, get(read))
        .route(&format!("{BASE}/record.md"), get(record))
        .route(&format!("{BASE}/map.svg"), get(drawn))
}

#[derive(Template)]
#[template(path = "privacy_inventory.html")]
struct Inventory {
    frame: Frame,
    held: Vec<Held>,
    terms: Vec<TermOf>,
    record: Record,
    map: String,
    now: Time,
}

impl Inventory {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    /// What the project has of its own.
    fn of_project(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.rows.is_some())
    }

    /// What the server holds as a whole.
    fn of_server(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.rows.is_none())
    }
}

async fn read(ctx: Ctx) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    show(&Inventory {
        frame: Frame::of(&ctx, Part::Settings, "What is held"),
        held: inventory::of_project(&ctx.app, &ctx.caller).await?,
        terms: inventory::terms(&ctx.app),
        record: ropa::record(&ctx.app),
        map: map::svg(),
        now: ctx.app.now(),
    })
}

async fn record(ctx: Ctx) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let heads = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"record-of-processing.md\"",
        ),
    ];
    Ok((heads, ropa::record(&ctx.app).markdown()).into_response())
}

async fn drawn(ctx: Ctx) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let heads = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"data-map.svg\"",
        ),
    ];
    Ok((heads, map::standalone()).into_response())
}
