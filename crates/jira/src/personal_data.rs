//! The personal data report: Atlassian tells which of the accounts that an app holds were closed or changed. One report
//! is for the whole app, whichever token it is sent with.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use upvow_domain::Time;
use upvow_domain::secret::{AccessToken, AccountId};

use crate::call::{Request, body};
use crate::oauth::{account_id, is_account_id};
use crate::{Jira, JiraError, endpoint};

/// No more accounts than this in one report.
pub const LARGEST_BATCH: usize = 90;

/// One account that we hold.
#[derive(Debug, Clone)]
pub struct AccountReport {
    /// Whose data.
    pub account: AccountId,
    /// When the oldest stored datum of that person was fetched.
    pub updated_at: Time,
}

/// What has to happen to an account's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Erase everything.
    Closed,
    /// Erase, or fetch again.
    Updated,
    /// A word that we do not know: nothing is done, and somebody should look.
    Other,
}

/// Atlassian's answer to a report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Only accounts that need something done.
    pub accounts: Vec<(AccountId, Standing)>,
    /// How often to report, if Atlassian asks for another cycle than seven days.
    pub cycle: Option<Duration>,
}

impl Jira {
    /// Reports at most [`LARGEST_BATCH`] accounts. What cannot be an account id is not sent.
    pub async fn report_accounts(
        &self,
        access: &AccessToken,
        batch: &[AccountReport],
    ) -> Result<Report, JiraError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Line<'a> {
            account_id: &'a str,
            updated_at: String,
        }
        #[derive(Serialize)]
        struct Lines<'a> {
            accounts: Vec<Line<'a>>,
        }
        let accounts: Vec<_> = batch
            .iter()
            .filter(|line| is_account_id(line.account.expose()))
            .map(|line| Line {
                account_id: line.account.expose(),
                updated_at: line.updated_at.rfc3339(),
            })
            .collect();
        if accounts.len() > LARGEST_BATCH {
            return Err(JiraError::refused_here("accounts"));
        }
        if accounts.is_empty() {
            return Ok(Report {
                accounts: Vec::new(),
                cycle: None,
            });
        }
        let request = Request {
            access: Some(access),
            body: Some(body(&Lines { accounts })?),
            ..Request::default()
        };
        let reply = self.call(&endpoint::REPORT_ACCOUNTS, request).await?.ok()?;
        let cycle = cycle(&reply.headers);
        if reply.status == 204 || reply.body.is_empty() {
            return Ok(Report {
                accounts: Vec::new(),
                cycle,
            });
        }
        let answer: Answer = reply.json()?;
        Ok(Report {
            accounts: answer
                .accounts
                .into_iter()
                .map(|line| {
                    let standing = match line.status.as_str() {
                        "closed" => Standing::Closed,
                        "updated" => Standing::Updated,
                        _ => Standing::Other,
                    };
                    (line.account_id, standing)
                })
                .collect(),
            cycle,
        })
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    accounts: Vec<AnswerLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerLine {
    #[serde(deserialize_with = "account_id")]
    account_id: AccountId,
    #[serde(default)]
    status: String,
}

/// `Cycle-Period`: its form is not documented; seconds and ISO 8601 durations have been seen.
fn cycle(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("cycle-period")?.to_str().ok()?.trim();
    let span = if text.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(text.parse().ok()?)
    } else {
        let span: jiff::Span = text.parse().ok()?;
        let relative = jiff::SpanRelativeTo::days_are_24_hours();
        Duration::try_from(span.to_duration(relative).ok()?).ok()?
    };
    (!span.is_zero()).then_some(span)
}
