//! The files under `/static`: held in the program, named with a hash of their content so that browsers may keep them
//! for ever.

use std::{collections::HashMap, sync::LazyLock};

use aws_lc_rs::digest;
use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::failure::Failure;

/// Stylesheets.
pub const CSS: &str = "text/css; charset=utf-8";
/// ES modules.
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Pictures.
pub const SVG: &str = "image/svg+xml";

/// Takes files from `crates/web/static` into the program.
macro_rules! files {
    ($($name:literal $kind:ident;)*) => {
        /// Name, content type and content of every file.
        pub static FILES: &[(&str, &str, &[u8])] = &[
            $((
                $name,
                $kind,
                include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/", $name)),
            ),)*
        ];
    };
}

// A new file is one line here: `"app.css" CSS;`.
files! {
    "app.css" CSS;
    "app.js" SCRIPT;
    "bars.js" SCRIPT;
    "copy.js" SCRIPT;
    "draft.js" SCRIPT;
    "links.js" SCRIPT;
    "live.js" SCRIPT;
    "mark.svg" SVG;
    "menu.js" SCRIPT;
    "more.js" SCRIPT;
    "page.js" SCRIPT;
    "roadmap.js" SCRIPT;
    "similar.js" SCRIPT;
    "theme.js" SCRIPT;
    "vote.js" SCRIPT;
    "ways.js" SCRIPT;
}

/// A hash per file, short enough for an address.
static HASHES: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, _, content)| (*name, hash(content)))
        .collect()
});

fn hash(content: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, content);
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..9])
}

/// The `ETag` of a content.
pub fn etag(content: &[u8]) -> String {
    format!("\"{}\"", hash(content))
}

/// The address of a file, for templates: `/static/app.css?v=<hash>`.
pub fn url(name: &str) -> String {
    match HASHES.get(name) {
        Some(hash) => format!("/static/{name}?v={hash}"),
        None => format!("/static/{name}"),
    }
}

/// `GET /static/{file}`.
pub(crate) async fn serve(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (name, kind, content) = FILES
        .iter()
        .find(|(known, ..)| *known == name)
        .ok_or_else(|| Failure::of_status(StatusCode::NOT_FOUND))?;
    let hash = &HASHES[name];
    let etag = format!("\"{hash}\"");
    // Only an address that names this very content may be kept; a bare one is asked for again.
    let named = query.and_then(|query| query.strip_prefix("v=").map(|v| v == hash));
    let keep = match named {
        Some(true) => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(&etag));
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (
            header::ETAG,
            HeaderValue::from_str(&etag).expect("base64 is a header value"),
        ),
    ];
    Ok(if known {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, *content).into_response()
    })
}
