//! Signing in, by a link in a letter or by password, and out.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use upvow_app::{AppError, sign_in};
use upvow_domain::secret::{LinkSecret, SessionSecret};

use super::{
    carry::Carry,
    errors::Errors,
    fields::{Asked, Fields, back},
    filters,
    frame::{Frame, show, show_as},
};
use crate::{Ctx, PageError, Visit, Web, cookie};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(form).post(send))
        .route("/sign-in/sent", get(sent))
        .route("/sign-in/link/{secret}", get(link).post(follow))
        .route("/sign-out", post(out))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Form {
    frame: Frame,
    next: String,
    email: String,
    name: String,
    /// Which of the two ways was tried last.
    by_password: bool,
    errors: Errors,
    carry: Option<Carry>,
}

#[derive(Template)]
#[template(path = "sign_in_sent.html")]
struct Sent {
    frame: Frame,
    minutes: u64,
    carry: Option<Carry>,
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct Link {
    frame: Frame,
    secret: String,
}

#[derive(Template)]
#[template(path = "link_over.html")]
struct LinkOver {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "go_on.html")]
struct GoOn {
    frame: Frame,
    carry: Carry,
}

async fn form(visit: Visit, asked: Asked) -> Result<Response, PageError> {
    let frame = Frame::outside(&visit, "Sign in").with_notice(&asked);
    show(&Form {
        frame,
        next: back(asked.0.get("next"), "/"),
        email: String::new(),
        name: String::new(),
        by_password: false,
        errors: Errors::default(),
        carry: None,
    })
}

/// Asks somebody to sign in who has written something; what they wrote is on the page and goes along.
pub(super) fn first(ctx: &Ctx, next: &str, carry: Carry) -> Result<Response, PageError> {
    let form = Form {
        frame: Frame {
            path: next.to_owned(),
            ..Frame::of(ctx, super::frame::Part::Posts, "Sign in to post")
        },
        next: next.to_owned(),
        email: String::new(),
        name: String::new(),
        by_password: false,
        errors: Errors::default(),
        carry: Some(carry),
    };
    show_as(StatusCode::UNAUTHORIZED, &form)
}

async fn send(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, PageError> {
    let next = back(fields.get("next"), "/");
    let carry = Carry::of_sign_in(&fields);
    let by_password = fields.get("way") == "password";
    let from = visit.client.key();
    let email = fields.get("email");
    let tried = if by_password {
        let password = fields.get("password").to_owned();
        sign_in::by_password(&visit.app, email, password, &next, &device(&headers), &from)
            .await
            .map(Some)
    } else {
        sign_in::request_link(&visit.app, email, fields.get("name"), &next, &from)
            .await
            .map(|()| None)
    };
    match (tried, carry) {
        (Ok(Some(signed)), carry) => {
            let jar = jar.add(cookie::session_cookie(&web, &signed.secret));
            let Some(carry) = carry else {
                return Ok((jar, Redirect::to(&back(&signed.next, "/"))).into_response());
            };
            let frame = Frame::outside(&visit, "Signed in");
            Ok((jar, show(&GoOn { frame, carry })?).into_response())
        }
        (Ok(None), None) => Ok(Redirect::to("/sign-in/sent").into_response()),
        (Ok(None), carry) => letter_sent(&visit, carry),
        (Err(error), carry) => {
            let errors = Errors::of(error)?;
            let form = Form {
                frame: Frame::outside(&visit, "Sign in"),
                next,
                email: email.to_owned(),
                name: fields.get("name").to_owned(),
                by_password,
                errors,
                carry,
            };
            show_as(form.errors.status(), &form)
        }
    }
}

async fn sent(visit: Visit) -> Result<Response, PageError> {
    letter_sent(&visit, None)
}

fn letter_sent(visit: &Visit, carry: Option<Carry>) -> Result<Response, PageError> {
    show(&Sent {
        frame: Frame::outside(visit, "Check your mail"),
        minutes: visit.app.settings.link_for.as_secs() / 60,
        carry,
    })
}

/// Opening the letter's link does nothing yet: scanners of mail follow links, too.
async fn link(visit: Visit, Path(secret): Path<String>) -> Result<Response, PageError> {
    let frame = Frame::outside(&visit, "Sign in");
    show(&Link { frame, secret })
}

async fn follow(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let secret = LinkSecret::new(secret);
    match sign_in::finish_link(&visit.app, &secret, &device(&headers)).await {
        Ok(signed) => Ok(enter(&web, jar, &signed.secret, &signed.next)),
        Err(AppError::NotFound | AppError::Invalid(_) | AppError::Conflict { .. }) => {
            let frame = Frame::outside(&visit, "This link is over");
            show_as(StatusCode::GONE, &LinkOver { frame })
        }
        Err(other) => Err(other.into()),
    }
}

/// Sets the cookie and goes where the person wanted to go.
pub(super) fn enter(web: &Web, jar: CookieJar, secret: &SessionSecret, next: &str) -> Response {
    let jar = jar.add(cookie::session_cookie(web, secret));
    (jar, Redirect::to(&back(next, "/"))).into_response()
}

async fn out(State(web): State<Web>, visit: Visit, jar: CookieJar) -> Result<Response, PageError> {
    if let Some(secret) = &visit.session {
        sign_in::sign_out(&visit.app, secret).await?;
    }
    let jar = jar.add(cookie::clear_cookie(&web));
    Ok((jar, Redirect::to("/sign-in?done=signed_out")).into_response())
}

/// What the browser says of itself, for the list of sessions.
pub(super) fn device(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
