//! Faults on order: what the next requests to some path shall suffer instead of, or besides, being answered.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What happens to a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Harm {
    /// Answered with this status and nothing done.
    Status {
        /// The HTTP status.
        status: u16,
        /// The `Retry-After` header, as it stands.
        #[serde(default)]
        retry_after: Option<String>,
        /// The `RateLimit-Reason` header.
        #[serde(default)]
        reason: Option<String>,
        /// The body; without it, what Atlassian would send with that status.
        #[serde(default)]
        body: Option<String>,
    },
    /// Answered late by this many milliseconds of real time, otherwise as usual.
    Delay {
        /// How late.
        ms: u64,
    },
    /// The work is done at once, and answered late by this many milliseconds of real time.
    AnswerLate {
        /// How late.
        ms: u64,
    },
    /// The work is done, then the connection is dropped without an answer.
    DropAfterWork,
    /// The connection is dropped and nothing is done.
    Drop,
    /// Answered with 503 and the HTML page of a proxy.
    Html,
    /// Answered as if done (204), and nothing done.
    NoEffect,
}

/// A standing order for faults.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// Requests whose path starts with this are meant. For Jira's own paths, the part behind the cloud id is compared too,
    /// so `/rest/api/3/issue` means every site.
    pub path: String,
    /// Only this method; `None` means all.
    #[serde(default)]
    pub method: Option<String>,
    /// How many requests; `None` means all until the faults are cleared.
    #[serde(default)]
    pub times: Option<u64>,
    /// Leaves this many matching requests alone first.
    #[serde(default)]
    pub after: u64,
    /// What happens.
    #[serde(flatten)]
    pub harm: Harm,
}

impl Fault {
    /// The next `times` requests to `path` suffer `harm`.
    pub fn next(times: u64, path: &str, harm: Harm) -> Self {
        Self {
            path: path.to_owned(),
            method: None,
            times: Some(times),
            after: 0,
            harm,
        }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Leaves the first `count` matching requests alone.
    #[must_use]
    pub fn after(mut self, count: u64) -> Self {
        self.after = count;
        self
    }
}

impl Harm {
    /// A plain status.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after: None,
            reason: None,
            body: None,
        }
    }

    /// A status with a `Retry-After` header.
    pub fn retry_after(status: u16, retry_after: &str) -> Self {
        Self::Status {
            status,
            retry_after: Some(retry_after.to_owned()),
            reason: None,
            body: None,
        }
    }

    pub(crate) fn delay(&self) -> Option<Duration> {
        match self {
            Self::Delay { ms } | Self::AnswerLate { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        }
    }
}

/// The orders in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) orders: Vec<Fault>,
    /// How many requests suffered.
    pub(crate) struck: u64,
}

impl Faults {
    /// Does a fault strike this request? The first order that fits decides.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<Harm> {
        let behind_cloud_id = path
            .strip_prefix("/ex/jira/")
            .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        let at = self.orders.iter_mut().position(|order| {
            let meant = order
                .method
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && (path.starts_with(&order.path)
                    || behind_cloud_id.is_some_and(|path| path.starts_with(&order.path)));
            if meant && order.after > 0 {
                order.after -= 1;
                return false;
            }
            meant
        })?;
        let harm = self.orders[at].harm.clone();
        if let Some(times) = &mut self.orders[at].times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.orders.remove(at);
            }
        }
        self.struck += 1;
        Some(harm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_ordered_and_only_where_ordered() {
        let mut faults = Faults::default();
        faults.orders.push(
            Fault::next(2, "/rest/api/3/issue", Harm::status(503))
                .method("POST")
                .after(1),
        );
        let path = "/ex/jira/cloud/rest/api/3/issue";
        assert!(faults.strike("GET", path).is_none());
        assert!(
            faults.strike("POST", path).is_none(),
            "the first is left alone"
        );
        assert!(faults.strike("POST", path).is_some());
        assert!(faults.strike("POST", "/oauth/token").is_none());
        assert!(faults.strike("POST", path).is_some());
        assert!(faults.strike("POST", path).is_none());
        assert_eq!(faults.struck, 2);
    }
}
