//! Step 2: which of the sites the authorisation reaches. Never chosen for the admin, even if there is one only.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use upvow_app::connect::{
    Connection,
    wizard::{self, SiteChoice},
};
use upvow_domain::jira::CloudId;

use super::{Step, Way, connection_of};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route(
        "/p/{project}/settings/connections/{id}/site",
        get(ask).post(choose),
    )
}

#[derive(Template)]
#[template(path = "connect_site.html")]
struct Page {
    frame: Frame,
    way: Way,
    sites: Vec<SiteChoice>,
    chosen: Option<CloudId>,
    errors: Errors,
}

impl Page {
    fn is_chosen(&self, site: &SiteChoice) -> bool {
        self.chosen.as_ref() == Some(&site.cloud_id)
    }
}

async fn ask(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    match connection_of(&ctx, &connection).await? {
        Ok(connection) => page(&ctx, &connection, Errors::default(), &asked).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(
    ctx: &Ctx,
    connection: &Connection,
    mut errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let sites = match wizard::sites(&ctx.app, &ctx.caller, connection.id).await {
        Ok(sites) => sites,
        Err(error) => {
            errors = Errors::of(error)?;
            Vec::new()
        }
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Choose the Jira site").with_notice(asked),
        way: Way::of(ctx, connection, Step::Site),
        sites,
        chosen: connection.cloud_id.clone(),
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn choose(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let connection = match connection_of(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Ok(site) = CloudId::parse(fields.get("site")) else {
        let errors = Errors::field("site", "choose a site");
        return page(&ctx, &connection, errors, &Asked::default()).await;
    };
    match wizard::choose_site(&ctx.app, &ctx.caller, connection.id, &site).await {
        Ok(()) => Ok(Way::of(&ctx, &connection, Step::Site).on()),
        Err(error) => page(&ctx, &connection, Errors::of(error)?, &Asked::default()).await,
    }
}
