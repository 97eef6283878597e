//! Privacy.
//!
//! - `keys`: the keys that receipts and copies are verified with.
//! - `inventory`: what is held in a project, the record of processing, the data map.
//! - `own_data`: one's own data: see it, take it along, delete the account.

mod inventory;
mod keys;
mod own_data;

use axum::Router;

pub(crate) use own_data::file as own_data_file;

use crate::Web;

pub(super) fn routes() -> Router<Web> {
    [keys::routes(), inventory::routes(), own_data::routes()]
        .into_iter()
        .fold(Router::new(), Router::merge)
}
