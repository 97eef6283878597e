//! The public keys of this server, for anybody: a JWK set.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use upvow_app::privacy::receipt;

use crate::{Web, failure::Failure};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/trust/keys.json", get(read))
}

async fn read(State(web): State<Web>) -> Result<Response, Failure> {
    let keys = receipt::keys(&web.app)?;
    let text = serde_json::to_string_pretty(&keys).expect("a key set is plain strings");
    let kind = [(header::CONTENT_TYPE, "application/jwk-set+json")];
    Ok((kind, text).into_response())
}
