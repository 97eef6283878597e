//! What the operator set, as far as use cases need it.

use std::time::Duration;

use url::Url;

/// Operator settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach us, without a trailing slash.
    pub public_url: Url,
    /// Who runs this, as named on the consent page and in mails.
    pub operator: String,
    /// Where privacy requests go.
    pub contact: String,
    /// How long a session lasts without use.
    pub session_for: Duration,
    /// How long a one-time sign-in link can be used.
    pub link_for: Duration,
    /// How long after an erasure the epoch turns at the latest.
    pub epoch_turn_within: Duration,
    /// How long a Signal is kept after it was handled.
    pub signals_for: Duration,
}

impl Settings {
    /// The defaults for this address.
    pub fn new(public_url: Url) -> Settings {
        Settings {
            public_url,
            operator: "Upvow".to_owned(),
            contact: "privacy@localhost".to_owned(),
            session_for: Duration::from_hours(30 * 24),
            link_for: Duration::from_mins(20),
            epoch_turn_within: Duration::from_hours(1),
            signals_for: Duration::from_hours(7 * 24),
        }
    }

    /// A full address of ours: `path` starts with a slash.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
