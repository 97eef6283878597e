//! The webhook door. Written next.

use axum::Router;

use crate::Web;

/// Its one route.
pub(crate) const ROUTE: &str = "/hooks/jira/{token}";

pub(crate) fn router() -> Router<Web> {
    Router::new()
}
