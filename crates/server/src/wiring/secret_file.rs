//! The OAuth app's secret, read again from its file while the server runs: a rotation needs no restart, on no node.

use std::{path::Path, time::Duration};

use tokio_util::sync::CancellationToken;
use upvow_domain::secret::ClientSecret;
use upvow_events::Event;
use upvow_jira::{AppCredentials, Jira};

use crate::config::JiraApp;

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

async fn read(path: &Path) -> Option<ClientSecret> {
    let text = tokio::fs::read_to_string(path).await.ok()?;
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.trim().is_empty()).then(|| ClientSecret::new(text.to_owned()))
}
