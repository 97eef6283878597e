//! "You asked us on this day to erase what we held of your account": shown to whoever comes back from Atlassian with an
//! account that asked to be left alone. Nothing was kept of the return; only a sign-in at Atlassian once more, after
//! this page, lets us hold anything again.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    AppError,
    connect::{
        invites,
        lift::{self, Question},
    },
};

use crate::{
    PageError, Visit, Web,
    pages::{
        errors::Errors,
        fields::Fields,
        filters,
        frame::{Frame, show_as},
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/jira/asked-before/{state}", get(ask).post(answer))
}

/// Where the question of this return is.
pub(super) fn address(state: &str) -> String {
    format!("/jira/asked-before/{state}")
}

#[derive(Template)]
#[template(path = "connect_asked_before.html")]
struct Page {
    frame: Frame,
    question: Question,
    state: String,
    since: When,
    errors: Errors,
}

impl Page {
    /// What became of the tokens that this return brought.
    fn tokens(&self) -> &'static str {
        match self.question.revocation.as_str() {
            "confirmed" => {
                "Nothing was stored. What Atlassian just gave us was handed back, and Atlassian confirmed that it is void."
            }
            "accepted, not verified" => {
                "Nothing was stored. We asked Atlassian to void what it just gave us; whether it did was not seen."
            }
            _ => {
                "Nothing was stored. Atlassian did not void what it just gave us; to be certain, remove the app under your connected apps at Atlassian."
            }
        }
    }
}

async fn ask(visit: Visit, Path(state): Path<String>) -> Result<Response, PageError> {
    page(&visit, state, Errors::default()).await
}

async fn page(visit: &Visit, state: String, errors: Errors) -> Result<Response, PageError> {
    let question = lift::question(&visit.app, &state).await?;
    let page = Page {
        frame: Frame::outside(visit, "You asked us to erase this account"),
        since: When::new(question.since, visit.app.now()),
        question,
        state,
        errors,
    };
    let status = if page.errors.status() == StatusCode::OK {
        StatusCode::OK
    } else {
        page.errors.status()
    };
    show_as(status, &page)
}

async fn answer(
    visit: Visit,
    Path(state): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    if fields.get("decision") != "allow" {
        // There is nothing to undo: nothing was kept.
        return Ok(Redirect::to("/").into_response());
    }
    let question = lift::question(&visit.app, &state).await?;
    let address = if let Some(invite) = question.invite {
        let Some(browser) = &visit.guest else {
            return Err(invites::over().into());
        };
        lift::confirm_invited(&visit.app, invite, browser, &state).await
    } else {
        let caller = visit.caller(question.project).await?;
        let session = visit.session.as_ref().ok_or(AppError::SignInNeeded)?;
        lift::confirm(&visit.app, &caller, session, &state).await
    };
    match address {
        Ok(address) => Ok(Redirect::to(&address).into_response()),
        Err(error) => page(&visit, state, Errors::of(error)?).await,
    }
}
