//! Privacy, one file per family.

mod announcements;
mod inventory;
mod own_data;
mod reporting;
mod requests;

use utoipa_axum::router::OpenApiRouter;

use crate::Web;

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .merge(announcements::router())
        .merge(inventory::router())
        .merge(own_data::router())
        .merge(requests::router())
        .merge(reporting::router())
}
