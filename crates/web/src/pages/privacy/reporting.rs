//! The reporting of personal data to Atlassian: which connection's account was asked about when, what was answered, and
//! what was done.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::privacy::reporting::ledger::{self, Act, Decision, Entry};
use upvow_domain::{
    ConnectionId, Time,
    page::{Page, PageOf},
};

use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, Part, show_as},
        words::{When, count},
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/privacy/reporting", get(read))
        .route("/p/{project}/settings/privacy/reporting/{id}", post(decide))
}

#[derive(Template)]
#[template(path = "privacy_reporting.html")]
struct ReportingPage {
    frame: Frame,
    cycle: String,
    accounts: Page<Entry>,
    acts: Page<Act>,
    errors: Errors,
    now: Time,
}

impl ReportingPage {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    /// How an account stands: a class and a word.
    fn look(&self, entry: &Entry) -> (&'static str, &'static str) {
        match (entry.is_held, entry.answer) {
            (true, _) => ("bad", "Wants a decision"),
            (_, "closed") => ("warn", "Closed"),
            (_, "lost" | "refused" | "other") => ("warn", "No answer"),
            (_, "none") => ("plain", "Not due yet"),
            _ => ("ok", "In order"),
        }
    }

    /// The end of an id: enough to tell two connections of one site apart.
    fn short(&self, id: &ConnectionId) -> String {
        let text = id.to_string();
        text.get(text.len().saturating_sub(6)..)
            .unwrap_or_default()
            .to_owned()
    }
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    page(&ctx, &asked, Errors::default()).await
}

async fn page(ctx: &Ctx, asked: &Asked, errors: Errors) -> Result<Response, PageError> {
    let (app, caller) = (&ctx.app, &ctx.caller);
    let of = |name: &str| PageOf {
        limit: Some(50),
        after: asked.0.some(name),
    };
    let cycle = ledger::cycle(app, caller).await?;
    let seconds = i64::try_from(cycle.as_secs()).unwrap_or(i64::MAX);
    let page = ReportingPage {
        frame: Frame::of(ctx, Part::Settings, "Reporting to Atlassian").with_notice(asked),
        cycle: match seconds {
            ..3_600 => count(seconds, "second"),
            3_600..172_800 => count(seconds / 3_600, "hour"),
            _ => count(seconds / 86_400, "day"),
        },
        accounts: ledger::entries(app, caller, &of("accounts")).await?,
        acts: ledger::acts(app, caller, &of("after")).await?,
        errors,
        now: app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn decide(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let decision = match fields.get("decision") {
        "approve" => Decision::Approve,
        _ => Decision::Discard,
    };
    match ledger::decide(&ctx.app, &ctx.caller, id(&connection)?, decision).await {
        Ok(()) => {
            let there = format!("/p/{project}/settings/privacy/reporting?done=saved");
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => page(&ctx, &Asked::default(), Errors::of(error)?).await,
    }
}
