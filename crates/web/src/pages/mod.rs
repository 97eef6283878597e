//! The pages.

pub mod error;

use axum::Router;

use crate::Web;

/// Every page.
pub fn router() -> Router<Web> {
    Router::new()
}
