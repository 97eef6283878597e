//! Privacy: what everybody can ask and read, and the desk of a project.
//!
//! - `keys`: the keys that receipts and copies are verified with.
//! - `inventory`: what is held in a project, the record of processing, the data map.
//! - `own_data`: one's own data: see it, take it along, delete the account.
//! - `ask`: the public page for requests, and the page of one's own request.
//! - `desk`, `case`: the requests of a project, and one of them; `here`: an admin asks for a connection.
//! - `reporting`: the reporting of personal data to Atlassian.
//! - `trust`: the public page of what is promised, with proofs, and its feed. `changes`: owners take note of changes.

mod ask;
mod case;
mod changes;
mod desk;
mod here;
mod inventory;
mod keys;
mod own_data;
mod reporting;
mod trust;
mod words;

use axum::Router;

pub(crate) use own_data::file as own_data_file;

use crate::Web;

pub(super) use ask::come_back;

pub(super) fn routes() -> Router<Web> {
    [
        keys::routes(),
        inventory::routes(),
        own_data::routes(),
        ask::routes(),
        desk::routes(),
        case::routes(),
        here::routes(),
        reporting::routes(),
        trust::routes(),
        changes::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
}
