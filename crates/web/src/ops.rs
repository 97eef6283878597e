//! For whoever runs this: `/healthz`, `/readyz`, `/metrics`.

use std::sync::{Arc, PoisonError, RwLock};

use axum::{
    Router,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use upvow_app::health;
use upvow_domain::secret::ApiSecret;
use upvow_events::Event;

use crate::{Web, address, failure::Failure};

pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// The process answers, and so do its databases.
async fn ready(State(web): State<Web>) -> Result<&'static str, Failure> {
    match health::ready(&web.app).await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            let failure = Failure::from(error);
            // Whatever the reason: not now.
            Err(Failure {
                status: StatusCode::SERVICE_UNAVAILABLE,
                ..failure
            })
        }
    }
}

async fn metrics(State(web): State<Web>, _: MayMeasure) -> Result<Response, Failure> {
    let Some(metrics) = &web.metrics else {
        return Err(Failure::of_status(StatusCode::NOT_FOUND));
    };
    if health::measure(&web.app).await.is_err() {
        // The figures that are counted as things happen are true all the same.
        Event::FiguresUnread {}.log();
    }
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((kind, metrics.render()).into_response())
}

/// What `/metrics` asks for: the token, and while it is being replaced the one before as well.
#[derive(Clone, Default)]
pub struct MetricsTokens(Arc<RwLock<Vec<ApiSecret>>>);

impl MetricsTokens {
    /// From now on these are good, and no others.
    pub fn set(&self, tokens: Vec<ApiSecret>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    fn lets_in(&self, sent: &str) -> bool {
        let tokens = self.0.read().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().any(|token| {
            aws_lc_rs::constant_time::verify_slices_are_equal(
                sent.as_bytes(),
                token.expose().as_bytes(),
            )
            .is_ok()
        })
    }
}

/// Leave to read the figures: the metrics token, or a request from this very machine that no proxy passed on.
struct MayMeasure;

impl FromRequestParts<Web> for MayMeasure {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<MayMeasure, Failure> {
        let local =
            address::peer(parts).to_canonical().is_loopback() && !is_passed_on(&parts.headers);
        let known = bearer(&parts.headers).is_some_and(|sent| web.metrics_tokens.lets_in(sent));
        if local || known {
            Ok(MayMeasure)
        } else {
            Err(Failure::of_status(StatusCode::NOT_FOUND))
        }
    }
}

/// A proxy on this machine speaks for anybody.
fn is_passed_on(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded", "via", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// The bearer token of a request, if its one `Authorization` header holds one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
