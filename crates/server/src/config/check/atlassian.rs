//! The app at Atlassian, and where Atlassian is.

use std::path::{Path, PathBuf};

use upvow_domain::secret::ClientSecret;
use upvow_jira::Hosts;

use super::{Check, said};
use crate::config::{Given, JiraApp};

impl Check {
    pub(super) fn jira(&mut self, given: &Given) -> Option<JiraApp> {
        if !self.on_or_off("UPVOW_JIRA", given.jira.as_ref(), true) {
            return None;
        }
        let client_id = said(given.atlassian_client_id.as_ref());
        if client_id.is_none() {
            self.refuse(
                "UPVOW_ATLASSIAN_CLIENT_ID is not set. Make an OAuth 2.0 app at https://developer.atlassian.com/console/myapps and copy its client id, or set UPVOW_JIRA=off to run the board alone.",
            );
        }
        let is_empty = given
            .atlassian_client_secret
            .as_ref()
            .is_some_and(|text| text.trim().is_empty());
        let before = self.0.len();
        let secret = self.secret(
            "UPVOW_ATLASSIAN_CLIENT_SECRET",
            given.atlassian_client_secret.as_ref(),
            given.atlassian_client_secret_file.as_ref(),
        );
        if is_empty {
            self.refuse("UPVOW_ATLASSIAN_CLIENT_SECRET is empty: with an empty secret anybody could sign webhooks. Copy the secret from Atlassian's developer console.");
        } else if secret.is_none() && self.0.len() == before {
            self.refuse(
                "UPVOW_ATLASSIAN_CLIENT_SECRET is not set. Copy the app's secret from Atlassian's developer console, best into a file named by UPVOW_ATLASSIAN_CLIENT_SECRET_FILE.",
            );
        }
        let previous = self.secret(
            "UPVOW_ATLASSIAN_PREVIOUS_SECRET",
            given.atlassian_previous_secret.as_ref(),
            given.atlassian_previous_secret_file.as_ref(),
        );
        let secret_file = said(given.atlassian_client_secret_file.as_ref()).map(PathBuf::from);
        let previous_file = said(given.atlassian_previous_secret_file.as_ref())
            .map(PathBuf::from)
            .or_else(|| secret_file.as_deref().map(beside));
        // The one beside the secret's own file is there after `upvow keys rotate client-secret`.
        let previous = previous.or_else(|| {
            let text = std::fs::read_to_string(previous_file.as_ref()?).ok()?;
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            (!text.trim().is_empty()).then_some(text)
        });
        let hosts = self.hosts(given);
        Some(JiraApp {
            client_id: client_id?.to_owned(),
            client_secret: ClientSecret::new(secret?),
            previous_secret: previous.map(ClientSecret::new),
            secret_file,
            previous_file,
            hosts: hosts?,
        })
    }

    fn hosts(&mut self, given: &Given) -> Option<Hosts> {
        let auth = said(given.atlassian_auth_url.as_ref()).unwrap_or("https://auth.atlassian.com");
        let api = said(given.atlassian_api_url.as_ref()).unwrap_or("https://api.atlassian.com");
        // Each by itself, so that both problems are named.
        for (auth, api) in [
            (auth, "https://api.atlassian.com"),
            ("https://auth.atlassian.com", api),
        ] {
            if let Err(error) = Hosts::parse(auth, api) {
                self.refuse(format!(
                    "UPVOW_{}: {}.",
                    error.field.to_uppercase(),
                    error.message
                ));
            }
        }
        Hosts::parse(auth, api).ok()
    }
}

/// Where the secret before is kept, if nothing else is said.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".previous");
    name.into()
}
