//! What is shown of privacy.
//!
//! - `keys`: the keys that receipts and exports are verified with.

mod keys;

use axum::Router;

use crate::Web;

pub(super) fn routes() -> Router<Web> {
    [keys::routes()]
        .into_iter()
        .fold(Router::new(), Router::merge)
}
