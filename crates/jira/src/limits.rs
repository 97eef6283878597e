//! How long to wait, and what has to wait.

use std::time::Duration;

use reqwest::header::HeaderMap;

/// Which limit a 429 is about (`RateLimit-Reason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitReason {
    /// `jira-burst-based`: too fast on one site and endpoint.
    Burst,
    /// `jira-quota-global-based`: the app's points of this hour are used up, on all sites.
    AppQuota,
    /// `jira-quota-tenant-based`: the points of this site are used up for this hour.
    SiteQuota,
    /// `jira-per-issue-on-write`: too many writes to one issue.
    IssueWrites,
    /// Not said, or a word that we do not know.
    Unknown,
}

/// What has to wait after a 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// All calls of the app.
    App,
    /// All calls on this site.
    Site,
    /// Writes to this issue.
    Issue,
}

impl LimitReason {
    /// A word for logs and problems.
    pub const fn code(self) -> &'static str {
        match self {
            LimitReason::Burst => "burst",
            LimitReason::AppQuota => "app_quota",
            LimitReason::SiteQuota => "site_quota",
            LimitReason::IssueWrites => "issue_writes",
            LimitReason::Unknown => "unknown",
        }
    }

    /// What has to wait.
    pub const fn pause(self) -> Pause {
        match self {
            LimitReason::AppQuota => Pause::App,
            LimitReason::Burst | LimitReason::SiteQuota | LimitReason::Unknown => Pause::Site,
            LimitReason::IssueWrites => Pause::Issue,
        }
    }

    /// Reads `RateLimit-Reason`.
    pub(crate) fn of(headers: &HeaderMap) -> LimitReason {
        match text(headers, "ratelimit-reason").unwrap_or_default() {
            "jira-burst-based" => LimitReason::Burst,
            "jira-quota-global-based" => LimitReason::AppQuota,
            "jira-quota-tenant-based" => LimitReason::SiteQuota,
            "jira-per-issue-on-write" => LimitReason::IssueWrites,
            _ => LimitReason::Unknown,
        }
    }
}

/// No answer makes us wait longer than this: a wrong header must not stop a connection for good.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Reads how long an answer asks us to wait: `Retry-After`, its beta name, or the reset time of the limit. A moment is
/// measured from the answer's own `Date`, so that a wrong clock here does no harm.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let date = text(headers, "date");
    ["retry-after", "beta-retry-after", "x-ratelimit-reset"]
        .into_iter()
        .filter_map(|name| text(headers, name))
        .find_map(|value| parse_wait(value, date))
}

/// Parses a wait: seconds (`0`, `5`), an HTTP date or an ISO 8601 moment; both moments are relative to `date`, the HTTP
/// date of the answer. At most [`LONGEST_WAIT`].
pub fn parse_wait(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = moment(value)?;
    let from = moment(date?.trim())?;
    let span = until.duration_since(from);
    Some(
        Duration::try_from(span)
            .unwrap_or(Duration::ZERO)
            .min(LONGEST_WAIT),
    )
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .map(|zoned| zoned.timestamp())
        .or_else(|_| text.parse::<jiff::Timestamp>())
        .ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
