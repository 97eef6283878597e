//! Setting a connection up: site, projects, status map, where issues are made, rights, and what all
//! of it means. Each step is saved by itself.

mod fields;
mod issues;
mod map_changes;
mod rights;
mod sites;
mod status_map;
mod step_fields;
mod summary;
mod test_issues;

use utoipa_axum::router::OpenApiRouter;

use crate::Web;

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .merge(sites::router())
        .merge(status_map::router())
        .merge(map_changes::router())
        .merge(step_fields::router())
        .merge(issues::router())
        .merge(fields::router())
        .merge(rights::router())
        .merge(summary::router())
        .merge(test_issues::router())
}
