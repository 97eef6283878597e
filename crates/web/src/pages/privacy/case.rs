//! One request in the desk: its clock, what happened, what was erased, and what an admin can do about it.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::privacy::requests::{
    Case, Grounds, Reason, State, copy,
    desk::{self, Alarm, Detail, Event},
    public::Receipt,
};
use upvow_domain::{CaseId, ErasureId, Invalid, Time};

use super::{
    ask::{file, signed},
    words,
};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, Part, show_as},
        settings::admins_only,
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    let base = "/p/{project}/settings/privacy/requests/{id}";
    Router::new()
        .route(base, get(read).post(act))
        .route(&format!("{base}/copy"), post(fetch))
        .route(&format!("{base}/receipts/{{erasure}}"), get(receipt))
}

#[derive(Template)]
#[template(path = "privacy_request_case.html")]
struct Page {
    frame: Frame,
    detail: Detail,
    copy_until: Option<Time>,
    errors: Errors,
    now: Time,
}

impl Page {
    fn case(&self) -> &Case {
        &self.detail.case
    }

    fn base(&self) -> String {
        format!(
            "{}/settings/privacy/requests/{}",
            self.frame.base(),
            self.detail.case.id
        )
    }

    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn kind(&self) -> &'static str {
        words::kind(self.case().kind)
    }

    fn route(&self) -> &'static str {
        words::route(self.case().route)
    }

    fn state(&self) -> &'static str {
        words::state(self.case().state).0
    }

    fn icon(&self) -> &'static str {
        words::state(self.case().state).1
    }

    fn left(&self) -> String {
        words::left(self.case().due_at, self.now)
    }

    fn line(&self, event: &Event) -> String {
        words::event(&event.code, &event.detail)
    }

    fn gravest(&self) -> Option<&Alarm> {
        self.detail
            .alarms
            .last()
            .filter(|_| self.case().closed_at.is_none())
    }

    fn clock(&self, alarm: &Alarm) -> &'static str {
        if alarm.clock == "law" {
            "the law’s time"
        } else {
            "our own time"
        }
    }

    fn outcome(&self) -> Option<&'static str> {
        let case = self.case();
        case.reason
            .map(words::reason)
            .or_else(|| case.result.as_deref().map(words::result))
    }

    fn can_deny(&self) -> bool {
        self.case().state == State::Open
    }

    fn reasons(&self) -> Vec<(&'static str, &'static str)> {
        Reason::ALL
            .iter()
            .map(|one| (one.name(), words::reason(*one)))
            .collect()
    }

    /// What is known of the revocation, and no more.
    fn revocation(&self, receipt: &Receipt) -> &'static str {
        use upvow_app::privacy::requests::public::Revocation;
        match receipt.revocation {
            None => "not done yet",
            Some(Revocation::AcceptedNotVerified) => "accepted at Atlassian, not verified",
            Some(Revocation::ConfirmedByProbe) => "confirmed: a later use was refused",
            Some(Revocation::PersonMustRemove | Revocation::NothingToRevoke) => {
                "not confirmed: the person must remove the app at Atlassian"
            }
        }
    }
}

async fn read(
    ctx: Ctx,
    Path((_, case)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    page(&ctx, id(&case)?, Errors::default(), &asked).await
}

async fn page(
    ctx: &Ctx,
    case: CaseId,
    errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let detail = desk::get(&ctx.app, &ctx.caller, case).await?;
    let copy_until = match &ctx.session {
        Some(session) => copy::waits_here(&ctx.app, &ctx.caller, session, case).await?,
        None => None,
    };
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Privacy request").with_notice(asked),
        detail,
        copy_until,
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn act(
    ctx: Ctx,
    Path((project, case)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let case: CaseId = id(&case)?;
    let (app, caller) = (&ctx.app, &ctx.caller);
    let choose = |field: &'static str| Invalid::new(field, "choose one of the list");
    let done = match fields.get("act") {
        "pause" => desk::pause(app, caller, case).await,
        "resume" => desk::resume(app, caller, case).await,
        "extend" => match Grounds::named(fields.get("grounds")) {
            Some(grounds) => desk::extend(app, caller, case, grounds).await,
            None => Err(choose("grounds").into()),
        },
        "deny" => match Reason::named(fields.get("reason")) {
            Some(reason) => desk::deny(app, caller, case, reason).await,
            None => Err(choose("reason").into()),
        },
        _ => Err(choose("act").into()),
    };
    match done {
        Ok(()) => {
            let there = format!("/p/{project}/settings/privacy/requests/{case}?done=saved");
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => page(&ctx, case, Errors::of(error)?, &Asked::default()).await,
    }
}

async fn fetch(
    ctx: Ctx,
    Path((_, case)): Path<(String, String)>,
    _: Fields,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let case: CaseId = id(&case)?;
    let session = ctx
        .session
        .as_ref()
        .ok_or(upvow_app::AppError::SignInNeeded)?;
    match copy::fetch_here(&ctx.app, &ctx.caller, session, case).await {
        Ok(made) => Ok(file(made)),
        Err(error) => page(&ctx, case, Errors::of(error)?, &Asked::default()).await,
    }
}

/// The receipt of an erasure of the case, as a file: signed text that says nothing about whom.
async fn receipt(
    ctx: Ctx,
    Path((_, case, erasure)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let (case, erasure): (CaseId, ErasureId) = (id(&case)?, id(&erasure)?);
    let text = desk::receipt(&ctx.app, &ctx.caller, case, erasure).await?;
    Ok(signed(erasure, text))
}
