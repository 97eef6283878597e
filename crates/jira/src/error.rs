//! What can go wrong, as a closed set of words. Nothing that Atlassian wrote is ever kept: an error body can hold the
//! text of an issue or somebody's name.

use std::time::Duration;

use serde::Deserialize;

use crate::call::Reply;
use crate::limits::{self, LimitReason};

/// A call that failed. `Display` and `Debug` hold our own words, field ids and numbers only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum JiraError {
    /// 401: the access token is expired or withdrawn. Refresh once, try once more.
    Expired,
    /// The grant lacks a scope. No refresh cures it, only a new consent.
    ScopeMissing,
    /// 403: the person may not do this.
    Forbidden,
    /// 404: not there, or not visible to this person; Jira does not say which. A token that is past its time can also
    /// be answered so.
    NotFound,
    /// Jira understood and said no. The same request will be refused again.
    Refused {
        /// HTTP status; 0 if we refused before sending.
        status: u16,
        /// `field` or `field:reason`, where field is a Jira field id (or `other`) and reason one of `required`,
        /// `not_on_screen`, `invalid`, `too_long`, `not_adf`.
        fields: Vec<String>,
        /// What it is probably about.
        hint: Hint,
    },
    /// 410: this endpoint no longer exists.
    Gone,
    /// 409: somebody else changed the issue at the same time. Read again, try again.
    Conflict,
    /// 429.
    RateLimited {
        /// How long to wait at least.
        retry_after: Option<Duration>,
        /// Which limit, and so what has to wait.
        reason: LimitReason,
    },
    /// Not reachable, 5xx, or an answer from something that stands before Jira.
    Unavailable {
        /// HTTP status; none if no connection was made, so that nothing was sent.
        status: Option<u16>,
        /// How long to wait at least.
        retry_after: Option<Duration>,
    },
    /// No answer in time, or the connection broke: nobody knows whether it was done.
    TimedOut,
    /// An answer that is not of the documented shape.
    Malformed,
    /// `invalid_grant` at the token endpoint: this grant is over, or the code was used.
    GrantDead,
    /// `unauthorized_client` at the token endpoint: over as well, though nothing was said of the token itself.
    AppRemoved,
    /// `access_denied` or `invalid_client` at the token endpoint: our own client id or secret is wrong.
    ClientRefused,
    /// The answer is larger than we read.
    TooLarge,
}

/// What a refusal is probably about. Jira answers in the language of the token's owner, so this is a help for people
/// and never decides anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Nothing known.
    None,
    /// A required field is missing.
    MissingField,
    /// A field is not on the screen of the issue type or the transition.
    NotOnScreen,
    /// The description is not a document that Jira accepts.
    NotAdf,
    /// A filter that Jira does not accept.
    Filter,
    /// The address of the webhook is not accepted, or another is registered.
    WebhookUrl,
    /// No more webhooks for this app, person and site (5).
    WebhookLimit,
    /// No more links on this issue.
    LinkLimit,
    /// Not possible from where the issue is now.
    Transition,
    /// We refused before sending.
    NotSent,
}

impl Hint {
    /// A word for logs and problems.
    pub const fn code(self) -> &'static str {
        match self {
            Hint::None => "none",
            Hint::MissingField => "missing_field",
            Hint::NotOnScreen => "not_on_screen",
            Hint::NotAdf => "not_adf",
            Hint::Filter => "filter",
            Hint::WebhookUrl => "webhook_url",
            Hint::WebhookLimit => "webhook_limit",
            Hint::LinkLimit => "link_limit",
            Hint::Transition => "transition",
            Hint::NotSent => "not_sent",
        }
    }
}

impl JiraError {
    /// A word for logs and problems, from a closed set.
    pub const fn code(&self) -> &'static str {
        match self {
            JiraError::Expired => "jira_token_expired",
            JiraError::ScopeMissing => "jira_scope_missing",
            JiraError::Forbidden => "jira_forbidden",
            JiraError::NotFound => "jira_not_found",
            JiraError::Refused { .. } => "jira_refused",
            JiraError::Gone => "jira_gone",
            JiraError::Conflict => "jira_conflict",
            JiraError::RateLimited { .. } => "jira_rate_limited",
            JiraError::Unavailable { .. } => "jira_unavailable",
            JiraError::TimedOut => "jira_timed_out",
            JiraError::Malformed => "jira_malformed",
            JiraError::GrantDead | JiraError::AppRemoved => "jira_grant_dead",
            JiraError::ClientRefused => "jira_client_refused",
            JiraError::TooLarge => "jira_too_large",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            JiraError::Conflict
                | JiraError::RateLimited { .. }
                | JiraError::Unavailable { .. }
                | JiraError::TimedOut
                | JiraError::Malformed
        )
    }

    /// Whether a write may have happened although the call failed: look before you repeat it.
    pub const fn outcome_unknown(&self) -> bool {
        match self {
            JiraError::TimedOut | JiraError::Malformed | JiraError::TooLarge => true,
            // A gateway can give up while Jira goes on.
            JiraError::Unavailable { status, .. } => matches!(status, Some(500..)),
            _ => false,
        }
    }

    /// How long the answer asked us to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            JiraError::RateLimited { retry_after, .. }
            | JiraError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A request that we do not send, because `what` is not acceptable.
    pub(crate) fn refused_here(what: &'static str) -> JiraError {
        JiraError::Refused {
            status: 0,
            fields: vec![what.to_owned()],
            hint: Hint::NotSent,
        }
    }
}

/// Jira's own error body. Its keys and texts are looked at, never kept.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    error_messages: Vec<serde_json::Value>,
    errors: serde_json::Map<String, serde_json::Value>,
    message: serde_json::Value,
}

impl JiraError {
    /// What an answer that is not a 2xx means, anywhere but at the token endpoint.
    pub(crate) fn of(reply: &Reply) -> JiraError {
        let retry_after = || limits::retry_after(&reply.headers);
        match reply.status {
            401 | 403 if scope_missing(reply) => JiraError::ScopeMissing,
            401 => JiraError::Expired,
            400..=428 | 430..=499 if reply.is_page() => JiraError::Unavailable {
                status: Some(reply.status),
                retry_after: retry_after(),
            },
            403 => JiraError::Forbidden,
            404 => JiraError::NotFound,
            409 => JiraError::Conflict,
            410 => JiraError::Gone,
            429 => JiraError::RateLimited {
                retry_after: retry_after(),
                reason: LimitReason::of(&reply.headers),
            },
            400 | 402 | 405..=407 | 411..=424 | 426..=428 | 430..=499 => refusal(reply),
            // 408, 425, 5xx, and redirects, which nobody at Atlassian sends to a client like us.
            status => JiraError::Unavailable {
                status: Some(status),
                retry_after: retry_after(),
            },
        }
    }

    /// What an answer of the token endpoint that is not a 2xx means. The `error` code decides, not the status: statuses
    /// have changed over the years. Only a JSON refusal of the 4xx kind can end a grant.
    pub(crate) fn of_token(reply: &Reply) -> JiraError {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        if !(400..500).contains(&reply.status) || matches!(reply.status, 408 | 425 | 429) {
            return JiraError::of(reply);
        }
        match reply.json::<Refusal>().as_ref().map(|r| r.error.as_str()) {
            Ok("invalid_grant") => JiraError::GrantDead,
            Ok("unauthorized_client") => JiraError::AppRemoved,
            Ok("access_denied" | "invalid_client") => JiraError::ClientRefused,
            Ok(_) => JiraError::Refused {
                status: reply.status,
                fields: Vec::new(),
                hint: Hint::None,
            },
            // A page of something that stands before Atlassian.
            Err(_) => JiraError::Unavailable {
                status: Some(reply.status),
                retry_after: limits::retry_after(&reply.headers),
            },
        }
    }
}

fn scope_missing(reply: &Reply) -> bool {
    reply.json::<Body>().is_ok_and(|body| {
        body.message
            .as_str()
            .is_some_and(|text| text.contains("scope does not match"))
    })
}

fn refusal(reply: &Reply) -> JiraError {
    let body = reply.json::<Body>().unwrap_or_default();
    let reasons: Vec<_> = body
        .errors
        .iter()
        .map(|(field, text)| (field_id(field), reason(text)))
        .collect();
    let texts = body
        .error_messages
        .iter()
        .chain(body.errors.values())
        .filter_map(serde_json::Value::as_str);
    let hint = texts
        .map(hint)
        .find(|h| *h != Hint::None)
        .unwrap_or(Hint::None);
    let mut fields: Vec<String> = reasons
        .into_iter()
        .map(|(field, reason)| match reason {
            "" => field.to_owned(),
            _ => format!("{field}:{reason}"),
        })
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields.truncate(50);
    JiraError::Refused {
        status: reply.status,
        fields,
        hint,
    }
}

/// A field id that we know by its shape or name; anything else could be foreign text in the place of a key.
fn field_id(key: &str) -> &str {
    const SYSTEM: &[&str] = &[
        "assignee",
        "attachment",
        "comment",
        "components",
        "description",
        "duedate",
        "environment",
        "fixVersions",
        "issuelinks",
        "issuetype",
        "labels",
        "parent",
        "priority",
        "project",
        "reporter",
        "resolution",
        "security",
        "status",
        "summary",
        "timetracking",
        "versions",
        "pid",
    ];
    let custom = key
        .strip_prefix("customfield_")
        .is_some_and(|n| (1..=12).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    if custom || SYSTEM.contains(&key) {
        key
    } else {
        "other"
    }
}

fn reason(text: &serde_json::Value) -> &'static str {
    let text = text.as_str().unwrap_or_default().to_lowercase();
    if text.contains("atlassian document") {
        "not_adf"
    } else if text.contains("not on the appropriate screen") || text.contains("cannot be set") {
        "not_on_screen"
    } else if text.contains("required") || text.contains("must specify") {
        "required"
    } else if text.contains("must be less than") || text.contains("limit") {
        "too_long"
    } else if text.contains("invalid") || text.contains("not valid") {
        "invalid"
    } else {
        ""
    }
}

/// Guesses from English texts what a refusal is about.
pub(crate) fn hint(text: &str) -> Hint {
    let text = text.to_lowercase();
    let has = |needle: &str| text.contains(needle);
    if has("atlassian document") || has("invalid_input") {
        Hint::NotAdf
    } else if has("not on the appropriate screen") || has("cannot be set") {
        Hint::NotOnScreen
    } else if has("webhook") && (has("limit") || has("maximum") || has("exceed")) {
        Hint::WebhookLimit
    } else if has("jql") || has("clause") || has("operator") {
        Hint::Filter
    } else if has("transition") {
        Hint::Transition
    } else if has("required") || has("must specify") {
        Hint::MissingField
    } else if has("url") {
        // Last, because fields of other kinds can be about addresses, too.
        Hint::WebhookUrl
    } else {
        Hint::None
    }
}
