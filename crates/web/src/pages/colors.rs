//! The colours of a project's statuses, as a stylesheet: pages carry no style of their own.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_app::boards::{self, Status};

use crate::{Ctx, PageError, Web, assets};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/colors.css", get(sheet))
}

async fn sheet(ctx: Ctx, headers: HeaderMap) -> Result<Response, PageError> {
    let statuses = boards::statuses(&ctx.app, &ctx.caller).await?;
    let sheet = written(&statuses);
    let etag = etag(&sheet);
    let about = [
        (header::CONTENT_TYPE, assets::CSS.to_owned()),
        // It may be kept, and is asked for again each time: a new colour shows at once.
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, etag.clone()),
    ];
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(&etag));
    Ok(if known {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, sheet).into_response()
    })
}

fn etag(sheet: &str) -> String {
    let hash = digest::digest(&digest::SHA256, sheet.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..9]))
}

fn written(statuses: &[Status]) -> String {
    let mut sheet = String::new();
    for status in statuses {
        // What is not exactly a colour writes no rule, whatever the database holds.
        if let Ok(color) = upvow_domain::board::color(&status.color) {
            let _ = writeln!(sheet, ".status-{}{{--c:{color}}}", status.id.stored());
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use upvow_domain::{StatusId, board::StatusKind};

    use super::*;

    fn status(color: &str) -> Status {
        Status {
            id: "status_00000000000000000000000000000001"
                .parse::<StatusId>()
                .unwrap(),
            name: "Planned".to_owned(),
            kind: StatusKind::Planned,
            color: color.to_owned(),
            is_default: false,
            on_roadmap: true,
        }
    }

    #[test]
    fn only_colours_are_written() {
        assert_eq!(
            written(&[status("#2F6FE0")]),
            ".status-00000000000000000000000000000001{--c:#2f6fe0}\n"
        );
        assert_eq!(written(&[status("red}body{display:none")]), "");
    }
}
