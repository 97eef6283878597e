//! Secrets read again from their files while the server runs, the OAuth app's and the token for the figures: a rotation
//! needs no restart, on no node.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use upvow_domain::secret::{ApiSecret, ClientSecret};
use upvow_events::Event;
use upvow_jira::{AppCredentials, Jira};
use upvow_web::MetricsTokens;

use crate::config::{Config, JiraApp, beside};

/// How often the files are looked at. A rotation waits a little longer than this before it says that it is through.
pub(crate) const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);

/// Looks at the files until stopped. What cannot be read or is empty changes nothing: with no secret nobody would be
/// believed, and with an empty one everybody.
pub(super) async fn watch(jira: Jira, set: JiraApp, stop: CancellationToken) {
    let Some(file) = set.secret_file else { return };
    let mut looks = tokio::time::interval(LOOKED_AT_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = looks.tick() => {}
        }
        let Some(present) = read(&file).await else {
            continue;
        };
        let had = jira.app();
        let said = match &set.previous_file {
            Some(path) => read(path).await,
            None => None,
        };
        let is_new = present.expose() != had.client_secret.expose();
        // Without a file for it, the one that was just replaced is the one before.
        let previous = said.or_else(|| {
            if is_new {
                Some(had.client_secret.clone())
            } else {
                had.previous_secret.clone()
            }
        });
        let same_previous = previous.as_ref().map(ClientSecret::expose)
            == had.previous_secret.as_ref().map(ClientSecret::expose);
        if !is_new && same_previous {
            continue;
        }
        let next = AppCredentials {
            client_id: had.client_id.clone(),
            client_secret: present,
            previous_secret: previous,
        };
        // Both were looked at above, so it is taken.
        if jira.set_app(next).is_ok() && is_new {
            Event::ClientSecretRead {}.log();
        }
    }
}

/// The tokens for the figures, as they are now: the one that is set, and the one before if it is kept.
pub(super) fn metrics_tokens(config: &Config) -> MetricsTokens {
    let tokens = MetricsTokens::default();
    let previous = config.metrics_token_file.as_deref().and_then(|file| {
        let text = std::fs::read_to_string(beside(file)).ok()?;
        line(&text).map(|text| ApiSecret::new(text.to_owned()))
    });
    tokens.set(
        config
            .metrics_token
            .clone()
            .into_iter()
            .chain(previous)
            .collect(),
    );
    tokens
}

/// Looks at the file with the token for the figures, and at the one before beside it, until stopped. What cannot be read
/// or is empty changes nothing.
pub(super) async fn watch_metrics(file: PathBuf, tokens: MetricsTokens, stop: CancellationToken) {
    let before = beside(&file);
    let mut looks = tokio::time::interval(LOOKED_AT_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = looks.tick() => {}
        }
        if let Some(present) = read(&file).await {
            let previous = read(&before).await;
            let good = [Some(present), previous].into_iter().flatten();
            tokens.set(
                good.map(|token| ApiSecret::new(token.expose().to_owned()))
                    .collect(),
            );
        }
    }
}

async fn read(path: &Path) -> Option<ClientSecret> {
    let text = tokio::fs::read_to_string(path).await.ok()?;
    line(&text).map(|text| ClientSecret::new(text.to_owned()))
}

fn line(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.trim().is_empty()).then_some(text)
}
