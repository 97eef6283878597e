//! One's own account: name, password, sessions.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    people::{self, Me, Session},
    projects, sign_in,
};
use upvow_domain::Time;

use super::{
    errors::Errors,
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show_as},
    words::When,
};
use crate::{Ctx, PageError, Visit, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/account", get(read))
        .route("/account/name", post(rename))
        .route("/account/password", post(set_password))
        .route("/account/sessions/{id}/end", post(end_session))
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    frame: Frame,
    me: Me,
    name: String,
    sessions: Vec<Session>,
    name_errors: Errors,
    password_errors: Errors,
    now: Time,
}

impl Account {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn device<'a>(&self, session: &'a Session) -> &'a str {
        if session.device.is_empty() {
            "A browser"
        } else {
            &session.device
        }
    }
}

/// An account is seen from the first project: a role belongs to a project, the account to all.
async fn enter(visit: Visit) -> Result<(Ctx, Me), PageError> {
    let project = projects::first(&visit.app)
        .await?
        .ok_or(AppError::SignInNeeded)?;
    let ctx = visit.enter(project).await?;
    let me = ctx.me.clone().ok_or(AppError::SignInNeeded)?;
    Ok((ctx, me))
}

async fn read(visit: Visit, asked: Asked) -> Result<Response, PageError> {
    let (ctx, me) = enter(visit).await?;
    let name = me.name.clone();
    page(&ctx, me, name, Errors::default(), Errors::default(), &asked).await
}

async fn page(
    ctx: &Ctx,
    me: Me,
    name: String,
    name_errors: Errors,
    password_errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let sessions = people::sessions(&ctx.app, &ctx.caller).await?;
    let status = if name_errors.status().is_success() {
        password_errors.status()
    } else {
        name_errors.status()
    };
    let page = Account {
        frame: Frame::of(ctx, Part::Other, "Your account").with_notice(asked),
        me,
        name,
        sessions,
        name_errors,
        password_errors,
        now: ctx.app.now(),
    };
    show_as(status, &page)
}

async fn rename(visit: Visit, fields: Fields) -> Result<Response, PageError> {
    let (ctx, me) = enter(visit).await?;
    let name = fields.get("name");
    match people::rename(&ctx.app, &ctx.caller, name).await {
        Ok(_) => Ok(Redirect::to("/account?done=saved").into_response()),
        Err(error) => {
            let errors = Errors::of(error)?;
            page(
                &ctx,
                me,
                name.to_owned(),
                errors,
                Errors::default(),
                &Asked::default(),
            )
            .await
        }
    }
}

async fn set_password(visit: Visit, fields: Fields) -> Result<Response, PageError> {
    let (ctx, me) = enter(visit).await?;
    let (current, new) = (fields.some("current"), fields.get("password").to_owned());
    match sign_in::set_password(&ctx.app, &ctx.caller, current, new).await {
        Ok(()) => Ok(Redirect::to("/account?done=password").into_response()),
        Err(error) => {
            let (name, errors) = (me.name.clone(), Errors::of(error)?);
            page(&ctx, me, name, Errors::default(), errors, &Asked::default()).await
        }
    }
}

async fn end_session(visit: Visit, Path(session): Path<String>) -> Result<Response, PageError> {
    let (ctx, _) = enter(visit).await?;
    people::end_session(&ctx.app, &ctx.caller, id(&session)?).await?;
    Ok(Redirect::to("/account?done=session_ended#sessions").into_response())
}
