//! "You authorised as another Atlassian account than before: use it instead?" No name is shown, because none is known here.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::connect::{self, Connection};
use upvow_domain::Time;

use super::connection_of;
use crate::{
    Ctx, PageError, Web,
    pages::{
        connections::keys,
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
        panel::site,
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/account",
        get(ask).post(decide),
    )
}

#[derive(Template)]
#[template(path = "connect_account.html")]
struct Page {
    frame: Frame,
    connection: Connection,
    errors: Errors,
    now: Time,
}

impl Page {
    fn base(&self) -> String {
        let (base, id) = (self.frame.base(), self.connection.id);
        format!("{base}/settings/connections/{id}")
    }

    fn site(&self) -> String {
        site(&self.connection)
    }

    fn keys(&self) -> String {
        keys(&self.connection)
    }

    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match connection_of(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, connection, Errors::default(), &asked),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn page(
    ctx: &Ctx,
    connection: Connection,
    errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Another Atlassian account").with_notice(asked),
        connection,
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn decide(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let use_it = match fields.get("decision") {
        "use" => true,
        "keep" => false,
        _ => {
            let errors = Errors::field("decision", "choose one of the two");
            return page(&ctx, connection, errors, &Asked::default());
        }
    };
    let id = connection.id;
    match connect::decide(&ctx.app, &ctx.caller, id, use_it).await {
        Ok(()) => {
            let done = if use_it {
                "account_changed"
            } else {
                "account_kept"
            };
            let there = format!(
                "/p/{}/settings/connections/{id}?done={done}",
                ctx.project.slug
            );
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => {
            let connection = connect::get(&ctx.app, &ctx.caller, id).await?;
            page(&ctx, connection, Errors::of(error)?, &Asked::default())
        }
    }
}
