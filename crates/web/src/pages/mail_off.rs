//! Ending mail, from the address in a letter, without signing in. Opening it changes nothing: mail programs and virus
//! scanners open addresses by themselves. Sending does, be it this page's form or a mail program's one click (RFC 8058),
//! whatever its body says: the address says it all.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use upvow_app::notices::{self, Stop};

use super::{
    filters,
    frame::{Frame, show},
};
use crate::{PageError, Visit, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/mail-off/{token}", get(read).post(end))
        .route("/mail-off/{token}/again", post(again))
}

#[derive(Template)]
#[template(path = "mail_off.html")]
struct MailOff {
    frame: Frame,
    token: String,
    stop: Stop,
}

async fn read(visit: Visit, Path(token): Path<String>) -> Result<Response, PageError> {
    let stop = notices::stop_of(&visit.app, &token).await?;
    page(&visit, token, stop)
}

async fn end(visit: Visit, Path(token): Path<String>) -> Result<Response, PageError> {
    let stop = notices::stop(&visit.app, &token).await?;
    page(&visit, token, stop)
}

async fn again(visit: Visit, Path(token): Path<String>) -> Result<Response, PageError> {
    let stop = notices::take_back(&visit.app, &token).await?;
    page(&visit, token, stop)
}

fn page(visit: &Visit, token: String, stop: Stop) -> Result<Response, PageError> {
    let title = if stop.is_ended {
        "No more mail"
    } else {
        "End this mail?"
    };
    show(&MailOff {
        frame: Frame::outside(visit, title),
        token,
        stop,
    })
}
