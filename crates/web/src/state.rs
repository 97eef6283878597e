//! What every handler shares.

use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use upvow_app::App;

use crate::{MetricsTokens, address::Proxies, middleware::limits::Limits};

/// The state of the HTTP layer.
#[derive(Clone)]
pub struct Web {
    /// The product.
    pub app: App,
    /// Renders `/metrics`; `None` when nothing is recorded.
    pub metrics: Option<PrometheusHandle>,
    /// Who may read `/metrics` from elsewhere than this machine; without any, nobody.
    pub metrics_tokens: MetricsTokens,
    /// Whether people reach us by https: cookies are `Secure` then, and browsers are told to stay with it.
    pub secure: bool,
    /// The origin of Atlassian's authorisation page, `https://auth.atlassian.com`: the one place outside that a form
    /// of ours leads to.
    pub auth_origin: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Proxies,
    /// How often one caller or address may do what.
    pub limits: Arc<Limits>,
    /// Cancelled when the program stops: endless answers end then.
    pub stop: CancellationToken,
}

impl Web {
    /// The state with its defaults; `auth_url` is any address at Atlassian's authorisation server.
    pub fn new(app: App, auth_url: &url::Url) -> Web {
        Web {
            secure: app.settings.public_url.scheme() == "https",
            metrics: None,
            metrics_tokens: MetricsTokens::default(),
            auth_origin: auth_url.origin().ascii_serialization(),
            trusted_proxies: Proxies::default(),
            limits: Arc::default(),
            stop: CancellationToken::new(),
            app,
        }
    }
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> App {
        web.app.clone()
    }
}
