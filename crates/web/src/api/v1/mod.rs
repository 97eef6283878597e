//! The operations, one file per family.

mod activity;
mod audit;
mod automations;
mod boards;
mod comments;
mod connections;
mod health;
mod invites;
mod issue_fields;
mod links;
mod many_links;
mod notices;
mod people;
mod posts;
mod privacy;
mod project;
mod reconcile;
mod roadmap;
mod statuses;
mod tokens;
mod votes;
mod wizard;

use utoipa_axum::router::OpenApiRouter;

use crate::Web;

/// Everything of one project.
pub(crate) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .merge(project::router())
        .merge(boards::router())
        .merge(statuses::router())
        .merge(posts::router())
        .merge(votes::router())
        .merge(comments::router())
        .merge(roadmap::router())
        .merge(people::router())
        .merge(tokens::router())
        .merge(connections::router())
        .merge(reconcile::router())
        .merge(invites::router())
        .merge(health::router())
        .merge(activity::router())
        .merge(wizard::router())
        .merge(links::router())
        .merge(many_links::router())
        .merge(automations::router())
        .merge(notices::router())
        .merge(audit::router())
        .merge(privacy::router())
}
