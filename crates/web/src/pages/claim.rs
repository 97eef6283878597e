//! The first owner comes, by the one-time link that the program printed at its first start.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use axum_extra::extract::CookieJar;
use upvow_app::sign_in;
use upvow_domain::secret::LinkSecret;

use super::{
    errors::Errors,
    fields::Fields,
    filters,
    frame::{Frame, show_as},
    sign_in::{device, enter},
};
use crate::{PageError, Visit, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/claim/{secret}", get(form).post(claim))
}

#[derive(Template)]
#[template(path = "claim.html")]
struct Claim {
    frame: Frame,
    secret: String,
    project: String,
    email: String,
    name: String,
    errors: Errors,
}

async fn form(visit: Visit, Path(secret): Path<String>) -> Result<Response, PageError> {
    page(&visit, secret, &Fields::default(), Errors::default())
}

async fn claim(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    headers: HeaderMap,
    Path(secret): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let claimed = sign_in::claim(
        &visit.app,
        &LinkSecret::new(secret.clone()),
        fields.get("project"),
        fields.get("email"),
        fields.get("name"),
        fields.get("password").to_owned(),
        &device(&headers),
    )
    .await;
    match claimed {
        Ok(signed) => Ok(enter(&web, jar, &signed.secret, &signed.next)),
        Err(error) => page(&visit, secret, &fields, Errors::of(error)?),
    }
}

fn page(
    visit: &Visit,
    secret: String,
    fields: &Fields,
    errors: Errors,
) -> Result<Response, PageError> {
    let status = errors.status();
    let page = Claim {
        frame: Frame::outside(visit, "Make this board yours"),
        secret,
        project: fields.get("project").to_owned(),
        email: fields.get("email").to_owned(),
        name: fields.get("name").to_owned(),
        errors,
    };
    show_as(status, &page)
}
