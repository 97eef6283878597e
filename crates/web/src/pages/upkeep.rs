//! Whether a connection is in step: comparing with Jira, what waits because Jira asked for it, and the webhook that an
//! administrator of Jira makes by hand.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    connect::{
        self, Connection,
        limits::{self, Waits},
    },
    sync::{
        admin_hook::{self, AdminHook, EVENTS},
        reconcile::{self, Act, Reconcile, State},
    },
};
use upvow_domain::Time;

use super::{
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show},
    panel::site,
    settings::admins_only,
    words::{When, count},
};
use crate::{Ctx, PageError, Web};

const HERE: &str = "/p/{project}/settings/connections/{id}/upkeep";

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(HERE, get(read).post(begin))
        .route(
            "/p/{project}/settings/connections/{id}/upkeep/webhook",
            post(make),
        )
        .route(
            "/p/{project}/settings/connections/{id}/upkeep/webhook/remove",
            post(remove),
        )
        .route(
            "/p/{project}/settings/connections/{id}/upkeep/{reconcile}",
            post(act),
        )
}

#[derive(Template)]
#[template(path = "upkeep.html")]
struct Upkeep {
    frame: Frame,
    connection: Connection,
    /// The one that is not through.
    open: Option<Reconcile>,
    ended: Vec<Reconcile>,
    waits: Vec<Waits>,
    by_hand: Option<AdminHook>,
    /// Address and secret of a webhook made by hand: shown on this one answer, and nowhere again.
    made: Option<(String, String)>,
    now: Time,
}

impl Upkeep {
    fn base(&self) -> String {
        format!(
            "{}/settings/connections/{}",
            self.frame.base(),
            self.connection.id
        )
    }

    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn is_at_work(&self) -> bool {
        self.connection.state == connect::State::Active
    }

    fn is_paused(&self, one: &Reconcile) -> bool {
        one.state == State::Paused
    }

    /// `3 changed, 1 not to be seen`.
    fn found(&self, one: &Reconcile) -> String {
        let mut parts = vec![match one.changed {
            0 => "Nothing had changed".to_owned(),
            changed => format!("{changed} had changed"),
        }];
        if one.gone > 0 {
            parts.push(format!("{} cannot be seen", one.gone));
        }
        if one.failed > 0 {
            parts.push(format!("{} could not be read", one.failed));
        }
        parts.join(", ")
    }

    fn ended_words(&self, one: &Reconcile) -> &'static str {
        match one.state {
            State::Done => "Done",
            State::Cancelled => "Cancelled",
            State::Failed => "Failed",
            State::Running => "Under way",
            State::Paused => "Paused",
        }
    }

    fn ended_class(&self, one: &Reconcile) -> &'static str {
        match one.state {
            State::Done => "ok",
            State::Failed => "bad",
            _ => "plain",
        }
    }

    fn links(&self, one: &Reconcile) -> String {
        count(one.total, "link")
    }
}

/// What waits, in a sentence.
fn wait_words(waits: &Waits) -> String {
    let why = match waits.reason.as_str() {
        "app_quota" => "this app's points of the hour are used up",
        "site_quota" => "this site's points of the hour are used up",
        "burst" => "it was asked too fast",
        "issue_writes" => "one issue was written too often",
        _ => "it had enough",
    };
    if waits.background_only {
        return "Few of Jira's points are left for this hour, so comparing waits. Changes on both sides go on as ever."
            .to_owned();
    }
    let what = match waits.what {
        "app" => "All calls wait".to_owned(),
        "call" => "One kind of call waits".to_owned(),
        "issue" => "Writing to one issue waits".to_owned(),
        _ => "All calls to this site wait".to_owned(),
    };
    format!("{what}: Jira says that {why}. Nothing is lost; it goes on by itself.")
}

async fn read(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    page(&ctx, &connection, &asked, None).await
}

async fn page(
    ctx: &Ctx,
    connection: &str,
    asked: &Asked,
    made: Option<(String, String)>,
) -> Result<Response, PageError> {
    admins_only(ctx)?;
    let (app, caller) = (&ctx.app, &ctx.caller);
    let connection = connect::get(app, caller, id(connection)?).await?;
    let all = reconcile::list(app, caller, connection.id).await?;
    let (open, ended): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| matches!(one.state, State::Running | State::Paused));
    show(&Upkeep {
        frame: Frame::of(ctx, Part::Settings, site(&connection)).with_notice(asked),
        open: open.into_iter().next(),
        ended,
        waits: limits::waits(app, caller, connection.id).await?,
        by_hand: admin_hook::get(app, caller, connection.id).await?,
        made,
        connection,
        now: app.now(),
    })
}

async fn begin(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    reconcile::start(&ctx.app, &ctx.caller, id(&connection)?).await?;
    Ok(back(&project, &connection, "compares"))
}

async fn act(
    ctx: Ctx,
    Path((project, connection, one)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (act, done) = match fields.get("act") {
        "pause" => (Act::Pause, "compare_paused"),
        "resume" => (Act::Resume, "compares"),
        "cancel" => (Act::Cancel, "compare_cancelled"),
        _ => return Err(PageError(upvow_app::AppError::NotFound)),
    };
    reconcile::act(&ctx.app, &ctx.caller, id(&connection)?, id(&one)?, act).await?;
    Ok(back(&project, &connection, done))
}

async fn make(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let made = admin_hook::make(&ctx.app, &ctx.caller, id(&connection)?).await?;
    // No redirect here: the secret must be in no address and is kept sealed, so this answer is the only one.
    let made = (
        made.url.expose().to_owned(),
        made.secret.expose().to_owned(),
    );
    page(&ctx, &connection, &Asked::default(), Some(made)).await
}

async fn remove(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    admin_hook::remove(&ctx.app, &ctx.caller, id(&connection)?).await?;
    Ok(back(&project, &connection, "admin_webhook_removed"))
}

fn back(project: &str, connection: &str, done: &str) -> Response {
    let there = format!("/p/{project}/settings/connections/{connection}/upkeep?done={done}");
    Redirect::to(&there).into_response()
}
