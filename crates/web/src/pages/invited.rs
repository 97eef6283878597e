//! What somebody without an account here sees who was asked for an authorisation: what it is, Atlassian, the site, thanks.
//! The browser is known again by a cookie of its own, which signs nobody in.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use upvow_app::{
    AppError,
    connect::{
        consent::{self, Consent},
        invites::{self, Left, Request},
        oauth::Answer,
        wizard::SiteChoice,
    },
};
use upvow_domain::{InviteId, jira::CloudId, secret::LinkSecret};

use super::{
    connect,
    errors::Errors,
    fields::{Fields, id},
    filters,
    frame::{Frame, show_as},
};
use crate::{PageError, Visit, Web, cookie};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/invited/{link}", get(ask).post(agree))
        .route("/invited/{link}/site", get(site).post(choose))
}

#[derive(Template)]
#[template(path = "invited.html")]
struct Page {
    frame: Frame,
    request: Request,
    consent: Consent,
    action: String,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "invited_site.html")]
struct Site {
    frame: Frame,
    request: Request,
    sites: Vec<SiteChoice>,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "invited_done.html")]
struct Done {
    frame: Frame,
    request: Request,
    asks: bool,
}

#[derive(Template)]
#[template(path = "invited_over.html")]
struct Over {
    frame: Frame,
    title: &'static str,
    text: String,
    again: bool,
}

fn secret(link: &str) -> LinkSecret {
    LinkSecret::new(link.to_owned())
}

async fn ask(visit: Visit, Path(link): Path<String>) -> Result<Response, PageError> {
    page(&visit, &link, Errors::default()).await
}

async fn page(visit: &Visit, link: &str, errors: Errors) -> Result<Response, PageError> {
    match invites::look(&visit.app, &secret(link)).await {
        Ok(request) => {
            let page = Page {
                frame: Frame::outside(visit, "Connect Jira"),
                request,
                consent: consent::text(&visit.app),
                action: format!("/invited/{link}"),
                errors,
            };
            show_as(page.errors.status(), &page)
        }
        Err(error) => refused(visit, error, false),
    }
}

async fn agree(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    Path(link): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let agreed = fields.get("agreed");
    if agreed.is_empty() {
        let errors = Errors::field(
            "agreed",
            "tick the box to go on; without your consent nothing is connected",
        );
        return page(&visit, &link, errors).await;
    }
    let browser = visit.guest.clone().unwrap_or_else(invites::new_browser);
    match invites::agree(&visit.app, &secret(&link), &browser, agreed).await {
        Ok(address) => {
            let jar = jar.add(cookie::guest_cookie(&web, &browser));
            Ok((jar, Redirect::to(&address)).into_response())
        }
        Err(AppError::Conflict {
            code: "consent_changed",
            message,
        }) => page(&visit, &link, Errors::field("agreed", &message)).await,
        Err(error) => refused(&visit, error, false),
    }
}

/// The browser is back from Atlassian.
pub(super) async fn come_back(
    visit: &Visit,
    invite: InviteId,
    state: &str,
    answer: Answer,
) -> Result<Response, PageError> {
    let Some(browser) = &visit.guest else {
        return refused(visit, invites::over(), false);
    };
    match invites::finish(&visit.app, invite, browser, state, answer).await {
        Ok(()) => Ok(Redirect::to(&format!("/invited/{invite}/site")).into_response()),
        Err(AppError::Conflict {
            code: "suppressed", ..
        }) => Ok(Redirect::to(&connect::asked_before(state)).into_response()),
        Err(error) => refused(visit, error, true),
    }
}

async fn site(visit: Visit, Path(link): Path<String>) -> Result<Response, PageError> {
    rest(&visit, id(&link)?, Errors::default()).await
}

/// Whatever is left to do for this browser.
async fn rest(visit: &Visit, invite: InviteId, errors: Errors) -> Result<Response, PageError> {
    let Some(browser) = &visit.guest else {
        return refused(visit, invites::over(), false);
    };
    let left = match invites::left(&visit.app, invite, browser).await {
        Ok(left) => left,
        Err(error) => return refused(visit, error, false),
    };
    let done = |request, asks| Done {
        frame: Frame::outside(visit, "Thank you"),
        request,
        asks,
    };
    match left {
        Left::Site(request, sites) => {
            let page = Site {
                frame: Frame::outside(visit, "Choose the Jira site"),
                request,
                sites,
                errors,
            };
            show_as(page.errors.status(), &page)
        }
        Left::OtherAccount(request) => show_as(StatusCode::OK, &done(request, true)),
        Left::Nothing(request) => show_as(StatusCode::OK, &done(request, false)),
    }
}

async fn choose(
    visit: Visit,
    Path(link): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let invite = id(&link)?;
    let Some(browser) = &visit.guest else {
        return refused(&visit, invites::over(), false);
    };
    let Ok(cloud) = CloudId::parse(fields.get("site")) else {
        return rest(&visit, invite, Errors::field("site", "choose a site")).await;
    };
    match invites::choose_site(&visit.app, invite, browser, &cloud).await {
        Ok(()) => Ok(Redirect::to(&format!("/invited/{invite}/site")).into_response()),
        Err(error) => rest(&visit, invite, Errors::of(error)?).await,
    }
}

/// A refusal as a page of its own. Nothing else here is for whoever holds a link.
fn refused(visit: &Visit, error: AppError, again: bool) -> Result<Response, PageError> {
    let (title, status) = match &error {
        AppError::Conflict { code, .. } if *code == "link_over" => {
            ("This link is over", StatusCode::GONE)
        }
        AppError::Conflict { .. } | AppError::Jira(_) | AppError::TooMany { .. } => {
            ("Jira was not connected", StatusCode::CONFLICT)
        }
        _ => return Err(PageError(error)),
    };
    let again = again && status == StatusCode::CONFLICT;
    let page = Over {
        frame: Frame::outside(visit, title),
        title,
        text: error.to_string(),
        again,
    };
    show_as(status, &page)
}
