//! What the operator set, as far as use cases need it.

use std::{path::PathBuf, time::Duration};

use upvow_domain::{ConnectionId, outgoing::Gate};
use url::Url;

use crate::privacy::{
    promises::Subprocessors,
    reporting::{self, relay::Sender},
    retention::{Kind, Terms},
};

/// Operator settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach us, without a trailing slash.
    pub public_url: Url,
    /// Who runs this, as named on the consent page and in mails.
    pub operator: String,
    /// Where privacy requests go.
    pub contact: String,
    /// How long a one-time sign-in link can be used.
    pub link_for: Duration,
    /// How long after an erasure the epoch turns at the latest.
    pub epoch_turn_within: Duration,
    /// Whether a token is presented again on purpose, so that Atlassian ends all that was made from it.
    pub revoke_by_reuse: bool,
    /// How long everything is kept.
    pub retention: Terms,
    /// When linked issues are compared with Jira every night; never if none.
    pub compare_at: Option<Night>,
    /// How soon we want to be through with a request about somebody's data, once it is known who asks.
    pub requests_target: Duration,
    /// How long that takes at the most.
    pub requests_ceiling: Duration,
    /// How often each account is reported to Atlassian, until Atlassian asks for another cycle.
    pub reporting_cycle: Duration,
    /// The connection whose authorisation reports all accounts, if the operator named one.
    pub reporter: Option<ConnectionId>,
    /// Whose signed requests the relay takes; there is no relay if nobody's.
    pub relay: Vec<Sender>,
    /// Who handles data on the operator's behalf.
    pub subprocessors: Subprocessors,
    /// The mail server, if letters go out.
    pub smtp_host: Option<String>,
    /// The gate before everything that goes out; client and mail share it.
    pub gate: Gate,
    /// Where things are on this machine, for those who check them.
    pub place: Place,
}

/// Where things are on this machine. What is empty is elsewhere, in a database server for example.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The folder of the log files.
    pub logs: Option<PathBuf>,
    /// The main database, with what stands beside it.
    pub database_files: Vec<PathBuf>,
    /// The vault, with what stands beside it.
    pub vault_files: Vec<PathBuf>,
    /// Files that hold a key or a secret, and their folders.
    pub secret_files: Vec<PathBuf>,
}

/// A part of the day, in whole hours of UTC: from one to another, over midnight if the second is the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// The first hour.
    pub from: u8,
    /// The hour at which it is over.
    pub to: u8,
}

impl Night {
    /// Reads `22-4`; `None` if it is not two different hours.
    pub fn parse(text: &str) -> Option<Night> {
        let (from, to) = text.trim().split_once('-')?;
        let hour = |text: &str| text.trim().parse::<u8>().ok().filter(|hour| *hour < 24);
        let night = Night {
            from: hour(from)?,
            to: hour(to)?,
        };
        (night.from != night.to).then_some(night)
    }
}

impl Settings {
    /// The defaults for this address.
    pub fn new(public_url: Url) -> Settings {
        Settings {
            public_url,
            operator: "Upvow".to_owned(),
            contact: "privacy@localhost".to_owned(),
            link_for: Duration::from_mins(20),
            epoch_turn_within: Duration::from_hours(1),
            revoke_by_reuse: false,
            retention: Terms::default(),
            compare_at: Some(Night { from: 1, to: 5 }),
            requests_target: Duration::from_mins(15),
            requests_ceiling: Duration::from_hours(48),
            reporting_cycle: reporting::cycle::USUAL,
            reporter: None,
            relay: Vec::new(),
            subprocessors: Subprocessors::default(),
            smtp_host: None,
            gate: Gate::default(),
            place: Place::default(),
        }
    }

    /// How long a session lasts without use.
    pub fn session_for(&self) -> Duration {
        self.retention.of(Kind::Sessions)
    }

    /// A full address of ours: `path` starts with a slash.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
