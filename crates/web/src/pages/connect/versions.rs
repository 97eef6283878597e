//! Earlier versions of the status map, and bringing one back.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    boards::{self, Status},
    connect::wizard::{self, MapVersion, Restored},
};
use upvow_domain::{
    StatusId, Time,
    page::{Page, PageOf},
    rule::Direction,
};

use super::{
    Step, Way,
    statuses::{rule_words, way_name},
    with_projects,
};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, Part, show, show_as},
        words::{When, count},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/p/{project}/settings/connections/{id}/statuses/history",
            get(list),
        )
        .route(
            "/p/{project}/settings/connections/{id}/statuses/history/{version}",
            get(look).post(restore),
        )
}

#[derive(Template)]
#[template(path = "map_versions.html")]
#[expect(clippy::struct_field_names, reason = "the page is of what it lists")]
struct Versions {
    frame: Frame,
    way: Way,
    versions: Page<MapVersion>,
    now: Time,
}

impl Versions {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn words(&self, version: &MapVersion) -> String {
        let rows = count(i64::try_from(version.rows.len()).unwrap_or(i64::MAX), "row");
        let changed = match version.changed {
            0 => "none changed".to_owned(),
            changed => format!("{changed} changed"),
        };
        let back = if version.restored_from.is_some() {
            " · brought back"
        } else {
            ""
        };
        format!(
            "{rows}, {changed} · {}{back}",
            rule_words(&version.combination).0
        )
    }
}

#[derive(Template)]
#[template(path = "map_version.html")]
struct One {
    frame: Frame,
    way: Way,
    told: Restored,
    statuses: Vec<Status>,
    errors: Errors,
    now: Time,
}

impl One {
    fn when(&self) -> When {
        When::new(self.told.version.saved_at, self.now)
    }

    fn name(&self, status: &StatusId) -> &str {
        let known = self.statuses.iter().find(|one| one.id == *status);
        known.map_or("A removed status", |one| one.name.as_str())
    }

    fn goes(&self, goes: Option<&(Option<StatusId>, Direction)>) -> String {
        match goes {
            None => "Not in the map".to_owned(),
            Some((None, _)) => "Not mapped".to_owned(),
            Some((Some(status), way)) => format!("{} · {}", self.name(status), way_name(way)),
        }
    }
}

async fn list(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Result<Response, PageError> {
    let connection = match with_projects(&ctx, &connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let page = PageOf {
        limit: None,
        after: asked.some("after"),
    };
    show(&Versions {
        frame: Frame::of(&ctx, Part::Settings, "Earlier versions"),
        way: Way::of(&ctx, &connection, Step::Statuses),
        versions: wizard::map_versions(&ctx.app, &ctx.caller, connection.id, &page).await?,
        now: ctx.app.now(),
    })
}

async fn look(
    ctx: Ctx,
    Path((_, connection, version)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    page(&ctx, &connection, &version, Errors::default()).await
}

async fn page(
    ctx: &Ctx,
    connection: &str,
    version: &str,
    errors: Errors,
) -> Result<Response, PageError> {
    let connection = match with_projects(ctx, connection).await? {
        Ok(connection) => connection,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let page = One {
        frame: Frame::of(ctx, Part::Settings, "An earlier version"),
        way: Way::of(ctx, &connection, Step::Statuses),
        told: wizard::map_version(&ctx.app, &ctx.caller, connection.id, id(version)?).await?,
        statuses: boards::statuses(&ctx.app, &ctx.caller).await?,
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn restore(
    ctx: Ctx,
    Path((_, connection, version)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let found = match with_projects(&ctx, &connection).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let moves = fields.is_on("move_posts");
    let (app, caller) = (&ctx.app, &ctx.caller);
    match wizard::restore_map(app, caller, found.id, id(&version)?, None, moves).await {
        Ok(_) => {
            let way = Way::of(&ctx, &found, Step::Statuses);
            Ok(Redirect::to(&format!("{}/statuses?done=saved", way.base)).into_response())
        }
        Err(error) => page(&ctx, &connection, &version, Errors::of(error)?).await,
    }
}
