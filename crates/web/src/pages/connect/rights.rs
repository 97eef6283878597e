//! Step 6: are the rights there, what was chosen, and off it goes.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::connect::{
    Connection,
    wizard::{self, Rights},
};

use super::{Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        connections::keys,
        errors::Errors,
        fields::Asked,
        filters,
        frame::{Frame, Part, show_as},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/rights",
        get(ask).post(start),
    )
}

#[derive(Template)]
#[template(path = "connect_rights.html")]
struct Page {
    frame: Frame,
    way: Way,
    connection: Connection,
    rights: Vec<Rights>,
    errors: Errors,
}

impl Page {
    fn keys(&self) -> String {
        keys(&self.connection)
    }

    fn is_complete(&self) -> bool {
        self.rights
            .iter()
            .flat_map(|project| &project.rights)
            .all(|right| right.granted)
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, connection, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: Connection,
    mut errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let rights = match wizard::rights(&ctx.app, &ctx.caller, connection.id).await {
        Ok(rights) => rights,
        Err(error) => {
            errors = Errors::of(error)?;
            Vec::new()
        }
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Check and start").with_notice(asked),
        way: Way::of(ctx, &connection, 6),
        connection,
        rights,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn start(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match wizard::activate(&ctx.app, &ctx.caller, connection.id).await {
        Ok(()) => {
            let way = Way::of(&ctx, &connection, 6);
            Ok(Redirect::to(&format!("{}?done=syncing", way.base)).into_response())
        }
        Err(error) => page(&ctx, connection, Errors::of(error)?, &Asked::default()).await,
    }
}
