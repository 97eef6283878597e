//! The page where anybody asks for a copy of their data in Jira or for its deletion, and the page of their request. The
//! contact form answers everybody with the same page.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use upvow_app::{
    AppError,
    connect::{invites, oauth::Answer},
    privacy::requests::{
        self, Kind, copy,
        public::{self, Contact, Look},
        trip::{self, Wish},
    },
};
use upvow_domain::{ErasureId, Time, deadlines, secret::LinkSecret};

use super::words;
use crate::{
    PageError, Visit, Web, cookie,
    pages::{
        errors::Errors,
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, show, show_as},
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/privacy/request", get(form))
        .route("/privacy/request/atlassian", post(sign_in))
        .route("/privacy/request/letter", post(letter))
        .route("/privacy/request/sent", get(sent))
        .route("/privacy/request/{secret}", get(look))
        .route("/privacy/request/{secret}/show", post(show_who))
        .route("/privacy/request/{secret}/copy", post(fetch))
        .route("/privacy/request/{secret}/receipts/{erasure}", get(receipt))
        .route("/trust/schemas/export.json", get(schema))
}

#[derive(Template)]
#[template(path = "privacy_request.html")]
struct Form {
    frame: Frame,
    typed: Fields,
    /// Which of the forms was refused: `person`, `site` or `letter`.
    which: &'static str,
    errors: Errors,
    none: Errors,
    has_jira: bool,
    laws: Vec<(&'static str, &'static str)>,
    target: String,
    ceiling: String,
}

impl Form {
    fn of(&self, which: &str) -> &Errors {
        if self.which == which {
            &self.errors
        } else {
            &self.none
        }
    }

    fn is_law(&self, which: &str, code: &str) -> bool {
        self.which == which && self.typed.get("law") == code
    }

    fn is_kind(&self, which: &str, kind: &str) -> bool {
        self.which == which && self.typed.get("kind") == kind
    }

    fn value(&self, which: &str, name: &str) -> &str {
        if self.which == which {
            self.typed.get(name)
        } else {
            ""
        }
    }
}

async fn form(visit: Visit, asked: Asked) -> Result<Response, PageError> {
    page(&visit, asked.0, "", Errors::default())
}

fn page(
    visit: &Visit,
    typed: Fields,
    which: &'static str,
    errors: Errors,
) -> Result<Response, PageError> {
    let settings = &visit.app.settings;
    let form = Form {
        frame: Frame::outside(visit, "Your data from Jira"),
        typed,
        which,
        errors,
        none: Errors::default(),
        has_jira: visit.app.jira.is_some(),
        laws: deadlines::table()
            .laws
            .iter()
            .map(|law| (law.code.as_str(), law.name.as_str()))
            .collect(),
        target: span(settings.requests_target),
        ceiling: span(settings.requests_ceiling),
    };
    show_as(form.errors.status(), &form)
}

/// `15 minutes`, `48 hours`.
fn span(span: std::time::Duration) -> String {
    let minutes = span.as_secs() / 60;
    if minutes.is_multiple_of(60) && minutes > 0 {
        crate::pages::words::count(i64::try_from(minutes / 60).unwrap_or(0), "hour")
    } else {
        crate::pages::words::count(i64::try_from(minutes).unwrap_or(0), "minute")
    }
}

/// To Atlassian, to show who is asking.
async fn sign_in(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, PageError> {
    let of_site = fields.get("whose") == "site";
    let wish = Wish {
        kind: fields.get("kind").to_owned(),
        law: fields.get("law").to_owned(),
        project: fields.some("project"),
        site: of_site.then(|| fields.get("site").to_owned()),
    };
    let browser = visit.guest.clone().unwrap_or_else(invites::new_browser);
    match trip::begin(&visit.app, &browser, &wish, &visit.client.key()).await {
        Ok(address) => {
            let jar = jar.add(cookie::guest_cookie(&web, &browser));
            Ok((jar, Redirect::to(&address)).into_response())
        }
        Err(error) => {
            let which = if of_site { "site" } else { "person" };
            page(&visit, fields, which, Errors::of(error)?)
        }
    }
}

/// The browser is back from Atlassian.
pub(in crate::pages) async fn come_back(
    visit: &Visit,
    state: &str,
    answer: Answer,
) -> Result<Response, PageError> {
    let Some(browser) = &visit.guest else {
        return refused(
            visit,
            AppError::Conflict {
                code: "state_refused",
                message: "This browser did not begin a request. Start again.".to_owned(),
            },
        );
    };
    match trip::finish(&visit.app, browser, state, answer).await {
        Ok(secret) => {
            let there = format!("/privacy/request/{}", secret.expose());
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => refused(visit, error),
    }
}

/// Opens a case and mails its link; the answer is the same for everybody.
async fn letter(visit: Visit, fields: Fields) -> Result<Response, PageError> {
    let contact = Contact {
        kind: fields.get("kind").to_owned(),
        law: fields.get("law").to_owned(),
        email: fields.get("email").to_owned(),
        project: fields.some("project"),
    };
    match public::ask(&visit.app, &contact, &visit.client.key()).await {
        Ok(()) => Ok(Redirect::to("/privacy/request/sent").into_response()),
        Err(error) => page(&visit, fields, "letter", Errors::of(error)?),
    }
}

#[derive(Template)]
#[template(path = "privacy_sent.html")]
struct Sent {
    frame: Frame,
}

async fn sent(visit: Visit) -> Result<Response, PageError> {
    show(&Sent {
        frame: Frame::outside(&visit, "Check your mail"),
    })
}

#[derive(Template)]
#[template(path = "privacy_case.html")]
struct CasePage {
    frame: Frame,
    look: Look,
    link: String,
    errors: Errors,
    now: Time,
}

impl CasePage {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn kind(&self) -> &'static str {
        match self.look.case.kind {
            Kind::Export => "A copy of your data",
            Kind::Deletion => "Deletion of your data",
        }
    }

    fn state(&self) -> &'static str {
        words::state(self.look.case.state).0
    }

    fn is_open(&self) -> bool {
        self.look.case.state == requests::State::Open
    }

    fn is_working(&self) -> bool {
        self.look.case.state == requests::State::Working
    }

    fn outcome(&self) -> Option<&'static str> {
        let case = &self.look.case;
        case.reason
            .map(words::reason)
            .or_else(|| case.result.as_deref().map(words::result))
    }

    fn left(&self) -> String {
        words::left(self.look.case.due_at, self.now)
    }
}

async fn look(visit: Visit, Path(link): Path<String>) -> Result<Response, PageError> {
    case_page(&visit, &link, Errors::default()).await
}

async fn case_page(visit: &Visit, link: &str, errors: Errors) -> Result<Response, PageError> {
    let secret = LinkSecret::new(link.to_owned());
    match public::look(&visit.app, &secret, visit.guest.as_ref()).await {
        Ok(look) => {
            let page = CasePage {
                frame: Frame::outside(visit, "Your request"),
                look,
                link: link.to_owned(),
                errors,
                now: visit.app.now(),
            };
            show_as(page.errors.status(), &page)
        }
        Err(error) => refused(visit, error),
    }
}

/// Whoever has the link of a letter goes to Atlassian to show who they are.
async fn show_who(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    Path(link): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let secret = LinkSecret::new(link.clone());
    let browser = visit.guest.clone().unwrap_or_else(invites::new_browser);
    match trip::begin_for(&visit.app, &browser, &secret, &visit.client.key()).await {
        Ok(address) => {
            let jar = jar.add(cookie::guest_cookie(&web, &browser));
            Ok((jar, Redirect::to(&address)).into_response())
        }
        Err(error) => refused(&visit, error),
    }
}

async fn fetch(visit: Visit, Path(link): Path<String>, _: Fields) -> Result<Response, PageError> {
    let secret = LinkSecret::new(link.clone());
    let browser = visit.guest.clone().unwrap_or_else(invites::new_browser);
    match copy::fetch(&visit.app, &secret, &browser).await {
        Ok(made) => Ok(file(made)),
        Err(error) => case_page(&visit, &link, Errors::of(error)?).await,
    }
}

/// The receipt of an erasure: signed text that says nothing about whom.
async fn receipt(
    visit: Visit,
    Path((link, erasure)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let erasure: ErasureId = id(&erasure)?;
    let text = public::receipt(&visit.app, &LinkSecret::new(link), erasure).await?;
    Ok(signed(erasure, text))
}

/// A receipt as a file to be saved.
pub(super) fn signed(erasure: ErasureId, text: String) -> Response {
    let name = format!(r#"attachment; filename="{erasure}.jws""#);
    (
        [
            (header::CONTENT_TYPE, "application/jose".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        text,
    )
        .into_response()
}

/// A copy as a file to be saved.
pub(super) fn file(made: copy::Copy) -> Response {
    let name = format!(r#"attachment; filename="{}""#, made.name);
    (
        [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        made.json,
    )
        .into_response()
}

async fn schema() -> Response {
    (
        [(header::CONTENT_TYPE, "application/schema+json")],
        copy::SCHEMA,
    )
        .into_response()
}

#[derive(Template)]
#[template(path = "privacy_over.html")]
struct Over {
    frame: Frame,
    title: &'static str,
    text: String,
}

/// A refusal as a page of its own.
fn refused(visit: &Visit, error: AppError) -> Result<Response, PageError> {
    let (title, status) = match &error {
        AppError::Conflict { code, .. } if *code == "link_over" => {
            ("This link is over", StatusCode::GONE)
        }
        AppError::Conflict { .. } | AppError::Jira(_) | AppError::TooMany { .. } => {
            ("Nothing was done", StatusCode::CONFLICT)
        }
        _ => return Err(PageError(error)),
    };
    let page = Over {
        frame: Frame::outside(visit, title),
        title,
        text: error.to_string(),
    };
    show_as(status, &page)
}
