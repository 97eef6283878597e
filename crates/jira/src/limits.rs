//! How long to wait, and what has to wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::JiraError;
use crate::endpoint::Endpoint;

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
    /// This kind of call on this site.
    Call,
    /// Writes to this issue.
    Issue,
}

impl LimitReason {
    /// All of them.
    pub const ALL: [LimitReason; 5] = [
        LimitReason::Burst,
        LimitReason::AppQuota,
        LimitReason::SiteQuota,
        LimitReason::IssueWrites,
        LimitReason::Unknown,
    ];

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
            LimitReason::SiteQuota | LimitReason::Unknown => Pause::Site,
            LimitReason::Burst => Pause::Call,
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

/// What a caller knows of limits before a call, and what the answers said of them: given to the client by
/// [`crate::OnSite::by`].
#[derive(Debug, Default)]
pub struct Road {
    holds: Vec<Hold>,
    heard: Mutex<Heard>,
}

/// Something that may not be called yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What.
    pub place: Place,
    /// For how long.
    pub wait: Duration,
    /// Because of which limit.
    pub reason: LimitReason,
}

/// What a hold is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An endpoint, by its name.
    Call(String),
    /// Writes to an issue, by its number.
    Issue(String),
}

/// What the answers said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The call that was refused last because of a limit, and the issue it was about.
    pub limited: Option<(&'static str, Option<String>)>,
    /// It was not even made, because of a hold.
    pub held: bool,
    /// Few points are left.
    pub near: Option<Near>,
}

/// A limit that is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// When the count begins anew.
    pub resets_in: Duration,
    /// It is this site's own limit, not the app's.
    pub of_site: bool,
}

impl Road {
    /// A way with these holds on it.
    pub fn new(holds: Vec<Hold>) -> Road {
        Road {
            holds,
            heard: Mutex::default(),
        }
    }

    /// What was heard so far.
    pub fn heard(&self) -> Heard {
        self.lock().clone()
    }

    /// Whether a call may be made now; if not, what Jira would say.
    pub(crate) fn admits(&self, endpoint: &Endpoint, parts: &[&str]) -> Result<(), JiraError> {
        let issue = written(endpoint, parts);
        let hold = self.holds.iter().find(|hold| match &hold.place {
            Place::Call(name) => name == endpoint.name,
            Place::Issue(id) => issue == Some(id.as_str()),
        });
        match hold {
            None => Ok(()),
            Some(hold) => {
                self.lock().held = true;
                Err(JiraError::RateLimited {
                    retry_after: Some(hold.wait),
                    reason: hold.reason,
                })
            }
        }
    }

    /// Notes what an answer says.
    pub(crate) fn note(
        &self,
        endpoint: &Endpoint,
        parts: &[&str],
        status: u16,
        headers: &HeaderMap,
    ) {
        let near = near(headers);
        if near.is_none() && status != 429 {
            return;
        }
        let mut heard = self.lock();
        heard.near = near.or(heard.near);
        if status == 429 {
            heard.limited = Some((endpoint.name, written(endpoint, parts).map(str::to_owned)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        // Nothing is half done while it is held.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The issue that a call writes to.
fn written<'a>(endpoint: &Endpoint, parts: &[&'a str]) -> Option<&'a str> {
    (endpoint.method != "GET" && endpoint.path.contains("{issue}"))
        .then(|| parts.first().copied())
        .flatten()
}

/// Reads whether few points are left: `X-RateLimit-NearLimit`, or less than a fifth in `RateLimit` by `RateLimit-Policy`
/// (both with and without `Beta-`).
pub(crate) fn near(headers: &HeaderMap) -> Option<Near> {
    for prefix in ["", "beta-"] {
        let left = text(headers, &format!("{prefix}ratelimit")).unwrap_or_default();
        let policy = text(headers, &format!("{prefix}ratelimit-policy")).unwrap_or_default();
        for (name, [remaining, seconds]) in entries(left, ["r", "t"]) {
            let quota = entries(policy, ["q", "w"]).find(|(other, _)| *other == name);
            let (Some(remaining), Some((_, [Some(quota), _]))) = (remaining, quota) else {
                continue;
            };
            if remaining.saturating_mul(5) < quota {
                return Some(Near {
                    resets_in: Duration::from_secs(seconds.unwrap_or(600)).min(LONGEST_WAIT),
                    of_site: name.contains("tenant"),
                });
            }
        }
    }
    let is_near = text(headers, "x-ratelimit-nearlimit")
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    is_near.then(|| Near {
        resets_in: to_the_hour(headers),
        of_site: false,
    })
}

/// Points come back at the top of each hour.
fn to_the_hour(headers: &HeaderMap) -> Duration {
    let reset = text(headers, "x-ratelimit-reset")
        .and_then(|value| parse_wait(value, text(headers, "date")));
    let by_date = || {
        let second = moment(text(headers, "date")?)?.as_second();
        u64::try_from(3_600 - second.rem_euclid(3_600))
            .ok()
            .map(Duration::from_secs)
    };
    reset.or_else(by_date).unwrap_or(Duration::from_mins(10))
}

/// Reads `"name";r=11000;t=600, ...`: each name with two of its numbers.
fn entries<'a>(
    text: &'a str,
    keys: [&'a str; 2],
) -> impl Iterator<Item = (&'a str, [Option<u64>; 2])> {
    text.split(',').filter_map(move |entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next()?.trim_matches('"');
        let mut numbers = [None, None];
        for part in parts {
            let (key, value) = part.split_once('=')?;
            if let Some(at) = keys.iter().position(|wanted| *wanted == key.trim()) {
                numbers[at] = value.trim().parse().ok();
            }
        }
        (!name.is_empty()).then_some((name, numbers))
    })
}
