//! What the account may do in each project, asked of Jira each time.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::connect::{
    Connection,
    wizard::{self, Rights},
};

use super::{Step, Way, with_projects};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::Asked,
        filters,
        frame::{Frame, Part, show_as},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/settings/connections/{id}/rights", get(ask))
}

#[derive(Template)]
#[template(path = "connect_rights.html")]
struct Page {
    frame: Frame,
    way: Way,
    rights: Vec<Rights>,
    errors: Errors,
}

impl Page {
    fn is_complete(&self) -> bool {
        self.rights
            .iter()
            .flat_map(|project| &project.rights)
            .all(|right| right.granted || right.optional)
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match with_projects(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, &connection, &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(ctx: &Ctx, connection: &Connection, asked: &Asked) -> Result<Response, PageError> {
    let mut errors = Errors::default();
    let rights = match wizard::rights(&ctx.app, &ctx.caller, connection.id).await {
        Ok(rights) => rights,
        Err(error) => {
            errors = Errors::of(error)?;
            Vec::new()
        }
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Rights in Jira").with_notice(asked),
        way: Way::of(ctx, connection, Step::Rights),
        rights,
        errors,
    };
    show_as(page.errors.status(), &page)
}
