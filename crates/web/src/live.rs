//! Written next.

use axum::Router;

use crate::Web;

pub(crate) fn router() -> Router<Web> {
    Router::new()
}
