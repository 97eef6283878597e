//! HTTP: pages, JSON API, webhook door, live updates. It translates and decides nothing: a handler takes its caller and
//! its input, calls one function of `upvow_app`, and shows what came back.
//!
//! - [`state`], [`address`], [`cookie`], [`context`]: what every handler stands on.
//! - [`failure`]: the one place where a refusal becomes a status, a title and a text; [`page_error`] for pages,
//!   [`problem`] for the API, [`middleware::present`] writes either.
//! - [`middleware`]: headers, limits, logging, metrics.
//! - [`edge`]: our own door, looked at as a stranger would.
//! - [`pages`], [`api`], [`hooks`], [`live`], [`ops`], [`assets`]: the routes.

pub mod address;
pub mod api;
pub mod assets;
pub mod context;
pub mod cookie;
pub mod edge;
pub mod failure;
pub mod hooks;
pub mod live;
pub mod markdown;
pub mod middleware;
pub mod ops;
pub mod page_error;
pub mod pages;
pub mod problem;
mod relay;
mod serve;
pub mod state;

use axum::{Router, extract::DefaultBodyLimit, routing::get};

pub use address::ClientAddr;
pub use context::{Ctx, Visit};
pub use ops::MetricsTokens;
pub use page_error::PageError;
pub use serve::serve;
pub use state::Web;

/// The most bytes of a form or of an API request. A post's text of 20,000 characters needs at most 240,000 when each
/// is written as an escape.
const BODY_MOST: usize = 256 * 1024;

/// Every route, ready to be served.
pub fn router(web: Web) -> Router {
    web.app.look_at_edge_by(edge::look);
    let spoken = Router::new()
        .merge(pages::router())
        .merge(api::router())
        .merge(live::router())
        .merge(ops::router())
        .route("/static/{file}", get(assets::serve))
        .route("/problems", get(problem::page))
        .fallback(failure::no_such_page)
        .layer(DefaultBodyLimit::max(BODY_MOST));
    let spoken = middleware::around_routes(spoken, &web);
    // The webhook door and the relay have answers of their own: nothing may tell one refusal from another.
    let router = spoken.merge(hooks::router()).merge(relay::router());
    middleware::around_all(router, &web).with_state(web)
}
