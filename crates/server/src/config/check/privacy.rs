//! People's requests, reporting, who else gets data, and how long it stays.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use upvow_app::privacy::{promises::Subprocessors, reporting::relay::Sender, retention::Terms};
use upvow_domain::{ConnectionId, secret::Email};

use super::{Check, said};
use crate::config::Given;

impl Check {
    pub(super) fn contact(&mut self, given: &Given) -> Option<String> {
        let email = Email::parse(said(given.contact.as_ref())?);
        match email {
            Ok(email) => Some(email.expose().to_owned()),
            Err(error) => {
                self.refuse(format!("UPVOW_CONTACT: {}.", error.message));
                None
            }
        }
    }

    /// A whole number of a unit, 1 to 1000, or the default.
    pub(super) fn whole(
        &mut self,
        given: Option<&String>,
        (env, unit, default): (&str, &str, u64),
        span: fn(u64) -> Duration,
    ) -> Duration {
        let Some(text) = said(given) else {
            return span(default);
        };
        let number = text.trim().parse().ok();
        let number = number.filter(|number| (1..=1_000).contains(number));
        if number.is_none() {
            self.refuse(format!(
                "{env} is to be a whole number of {unit}, 1 to 1000."
            ));
        }
        span(number.unwrap_or(default))
    }

    pub(super) fn reporter(&mut self, given: &Given) -> Option<ConnectionId> {
        let id = said(given.reporter.as_ref())?.parse();
        if id.is_err() {
            self.refuse("UPVOW_REPORTER_CONNECTION is not the id of a connection. It is in the address of the connection's page, like connection_0199...");
        }
        id.ok()
    }

    pub(super) fn relay(&mut self, given: &Given) -> Vec<Sender> {
        if !self.on_or_off("UPVOW_PDR_RELAY", given.pdr_relay.as_ref(), false) {
            return Vec::new();
        }
        let list = said(given.pdr_senders.as_ref()).unwrap_or_default();
        let senders: Option<Vec<Sender>> = list.split(',').map(Sender::parse).collect();
        senders.unwrap_or_else(|| {
            self.refuse("UPVOW_PDR_RELAY is on, and UPVOW_PDR_SENDERS does not say whose requests to take. Write it like key1@relay.example=BASE64, the key an Ed25519 public key of 32 bytes.");
            Vec::new()
        })
    }

    pub(super) fn subprocessors(&mut self, given: &Given, data_dir: &Path) -> Subprocessors {
        let named = said(given.subprocessors.as_ref()).map(PathBuf::from);
        let own = data_dir.join("subprocessors.toml");
        let Some(path) = named.or_else(|| own.exists().then_some(own)) else {
            return Subprocessors::default();
        };
        let read = std::fs::read_to_string(&path)
            .map_err(|error| format!("it cannot be read ({})", error.kind()))
            .and_then(|text| Subprocessors::with(&text));
        read.unwrap_or_else(|problem| {
            self.refuse(format!(
                "UPVOW_SUBPROCESSORS, {}: {problem}.",
                path.display()
            ));
            Subprocessors::default()
        })
    }

    pub(super) fn retention(&mut self, given: &Given) -> Terms {
        let text = said(given.retention.as_ref()).unwrap_or_default();
        Terms::parse(text).unwrap_or_else(|problems| {
            for problem in problems {
                self.refuse(format!("UPVOW_RETENTION: {problem}."));
            }
            Terms::default()
        })
    }
}
