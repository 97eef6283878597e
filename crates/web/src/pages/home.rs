//! The first address: to the first project, or to the welcome of a program that nobody owns yet.

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::projects;

use super::{
    filters,
    frame::{Frame, show},
};
use crate::{PageError, Visit, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(start))
        .route("/welcome", get(welcome))
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    frame: Frame,
}

async fn start(visit: Visit) -> Result<Response, PageError> {
    let there = match projects::first(&visit.app).await? {
        Some(project) => format!("/p/{}", project.slug),
        None => "/welcome".to_owned(),
    };
    Ok(Redirect::to(&there).into_response())
}

async fn welcome(visit: Visit) -> Result<Response, PageError> {
    if projects::first(&visit.app).await?.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    show(&Welcome {
        frame: Frame::outside(&visit, "Welcome"),
    })
}
