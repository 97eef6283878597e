//! The personal data reporting API: who was asked about when, and what is said of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use upvow_app::{Clock, Time};

/// What the interface knows.
#[derive(Default)]
pub(crate) struct Reports {
    /// By it the times are read; none are kept without.
    pub(crate) clock: Option<Clock>,
    /// Accounts that are to be named, and as what.
    pub(crate) says: BTreeMap<String, &'static str>,
    /// Accounts that it names though nobody asked.
    pub(crate) foreign: Vec<(&'static str, &'static str)>,
    /// An account that it refuses to be asked about.
    pub(crate) refuses: BTreeSet<String>,
    /// The header `Cycle-Period`.
    pub(crate) cycle: Option<&'static str>,
    /// Tokens of other people that may report.
    pub(crate) guests: Vec<&'static str>,
    /// How large each batch was that it took, in order.
    pub(crate) batches: Vec<usize>,
    /// When it was asked about each account, and how old the account's data were said to be.
    pub(crate) asked: BTreeMap<String, Vec<(Time, String)>>,
}

impl Reports {
    pub(super) fn lets_in(&self, bearer: &str) -> bool {
        let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
        self.guests.contains(&token)
    }

    pub(super) fn headers(&self, line: &str) -> Vec<(&'static str, String)> {
        let said = self.cycle.filter(|_| line.contains("/app/report-accounts"));
        said.map(|cycle| ("cycle-period", cycle.to_owned()))
            .into_iter()
            .collect()
    }

    /// How often it was asked about an account.
    pub(crate) fn times(&self, account: &str) -> usize {
        self.asked.get(account).map_or(0, Vec::len)
    }
}

pub(super) fn report(reports: &mut Reports, body: &Value) -> (u16, Value) {
    let bad = || {
        (
            400,
            json!({"errorType": "BAD_REQUEST", "errorMessage": "no"}),
        )
    };
    let Some(accounts) = body["accounts"].as_array() else {
        return bad();
    };
    if accounts.is_empty() || accounts.len() > 90 {
        return bad();
    }
    let ids: Vec<String> = accounts
        .iter()
        .map(|account| account["accountId"].as_str().unwrap_or_default().to_owned())
        .collect();
    if ids
        .iter()
        .any(|id| id.is_empty() || reports.refuses.contains(id))
    {
        return bad();
    }
    let now = reports.clock.as_ref().map_or(Time(0), Clock::now);
    reports.batches.push(ids.len());
    for (id, account) in ids.iter().zip(accounts) {
        let updated = account["updatedAt"].as_str().unwrap_or_default().to_owned();
        reports
            .asked
            .entry(id.clone())
            .or_default()
            .push((now, updated));
    }
    let mut named: Vec<Value> = ids
        .iter()
        .filter_map(|id| Some(json!({"accountId": id, "status": reports.says.get(id)?})))
        .collect();
    let foreign = reports.foreign.iter();
    named.extend(foreign.map(|(id, status)| json!({"accountId": id, "status": status})));
    if named.is_empty() {
        return (204, Value::Null);
    }
    (200, json!({"accounts": named}))
}
