//! The three rate limits of Atlassian: writes per issue (always on), bursts and hourly points (switched on by whoever wants them).

use std::collections::{BTreeMap, VecDeque};

use serde_json::json;

use crate::clock::{http_date, rfc3339};
use crate::rest::Answer;

const HOUR_MS: i64 = 3_600_000;

/// Windows of the limit on writes to one issue: length in milliseconds, writes allowed.
const PER_ISSUE: [(i64, usize); 2] = [(2_000, 20), (30_000, 100)];

#[derive(Debug, Default)]
pub(crate) struct Limits {
    writes: BTreeMap<(usize, u64), VecDeque<i64>>,
    /// Points per hour for the app, over all sites.
    pub(crate) points_per_hour: Option<u64>,
    /// Requests per second for each endpoint and method of a site.
    pub(crate) burst_per_second: Option<u64>,
    /// Points per hour for the app on one site.
    site_points: BTreeMap<usize, u64>,
    /// `Retry-After` comes as a date.
    pub(crate) retry_after_as_date: bool,
    hour: i64,
    spent: u64,
    spent_on: BTreeMap<usize, u64>,
    bursts: BTreeMap<(usize, String), (i64, u64)>,
    /// Answers 429 given so far.
    pub(crate) refused: u64,
}

impl Limits {
    /// Counts a write to an issue; the answer if it is one too many.
    pub(crate) fn write(&mut self, now: i64, site: usize, issue: u64) -> Result<(), Answer> {
        let times = self.writes.entry((site, issue)).or_default();
        while times.front().is_some_and(|at| now - at >= PER_ISSUE[1].0) {
            times.pop_front();
        }
        for (window, allowed) in PER_ISSUE {
            let inside: Vec<i64> = times
                .iter()
                .copied()
                .filter(|at| now - at < window)
                .collect();
            if inside.len() >= allowed {
                let free_at = inside[inside.len() - allowed] + window;
                return Err(self.refusal("jira-per-issue-on-write", allowed as u64, now, free_at));
            }
        }
        times.push_back(now);
        Ok(())
    }

    /// Counts a request against the burst limit of its endpoint.
    pub(crate) fn burst(&mut self, now: i64, site: usize, endpoint: &str) -> Result<(), Answer> {
        let Some(allowed) = self.burst_per_second else {
            return Ok(());
        };
        let second = now.div_euclid(1_000);
        let bucket = self
            .bursts
            .entry((site, endpoint.to_owned()))
            .or_insert((second, 0));
        if bucket.0 != second {
            *bucket = (second, 0);
        }
        if bucket.1 >= allowed {
            return Err(self.refusal("jira-burst-based", allowed, now, (second + 1) * 1_000));
        }
        bucket.1 += 1;
        Ok(())
    }

    /// Refuses when the hour's points are spent: the app's, or those it has on the site.
    pub(crate) fn quota(&mut self, now: i64, site: usize) -> Result<(), Answer> {
        let hour = now.div_euclid(HOUR_MS);
        if self.hour != hour {
            (self.hour, self.spent) = (hour, 0);
            self.spent_on.clear();
        }
        let full = |limit: Option<u64>, spent: u64| limit.filter(|limit| spent >= *limit);
        let global = full(self.points_per_hour, self.spent);
        let tenant = full(self.site_points.get(&site).copied(), self.spent_at(site));
        let (reason, limit) = match (global, tenant) {
            (Some(limit), _) => ("jira-quota-global-based", limit),
            (None, Some(limit)) => ("jira-quota-tenant-based", limit),
            (None, None) => return Ok(()),
        };
        Err(self.refusal(reason, limit, now, (hour + 1) * HOUR_MS))
    }

    /// Charges the points of an answered request and says so in its headers.
    pub(crate) fn charge(&mut self, now: i64, site: usize, points: u64, answer: &mut Answer) {
        self.spent += points;
        *self.spent_on.entry(site).or_default() += points;
        let resets = (HOUR_MS - now.rem_euclid(HOUR_MS)) / 1_000;
        let quotas = [
            ("global-app-quota", self.points_per_hour, self.spent),
            (
                "tenant-app-quota",
                self.site_points.get(&site).copied(),
                self.spent_at(site),
            ),
        ];
        let known: Vec<(&str, u64, u64)> = quotas
            .into_iter()
            .filter_map(|(name, limit, spent)| {
                limit.map(|limit| (name, limit, limit.saturating_sub(spent)))
            })
            .collect();
        let Some((_, limit, left)) = known.iter().min_by_key(|(.., left)| *left) else {
            return;
        };
        let joined = |one: &dyn Fn(&(&str, u64, u64)) -> String| {
            known.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        answer.headers.extend([
            ("X-RateLimit-Limit", limit.to_string()),
            ("X-RateLimit-Remaining", left.to_string()),
            (
                "RateLimit-Policy",
                joined(&|(name, limit, _)| format!("\"{name}\";q={limit};w=3600")),
            ),
            (
                "RateLimit",
                joined(&|(name, _, left)| format!("\"{name}\";r={left};t={resets}")),
            ),
        ]);
        if left * 5 < *limit {
            answer
                .headers
                .push(("X-RateLimit-NearLimit", "true".to_owned()));
        }
    }

    /// Sets the points of the app on a site.
    pub(crate) fn set_site_points(&mut self, site: usize, points: Option<u64>) {
        match points {
            None => _ = self.site_points.remove(&site),
            Some(points) => _ = self.site_points.insert(site, points),
        }
    }

    pub(crate) fn has_site_points(&self, site: usize) -> bool {
        self.site_points.contains_key(&site)
    }

    fn spent_at(&self, site: usize) -> u64 {
        self.spent_on.get(&site).copied().unwrap_or_default()
    }

    /// The answer 429 as Jira gives it.
    fn refusal(&mut self, reason: &'static str, limit: u64, now: i64, free_at: i64) -> Answer {
        self.refused += 1;
        let seconds = (free_at - now).max(0).unsigned_abs().div_ceil(1_000);
        let retry_after = if self.retry_after_as_date {
            http_date(now + i64::try_from(seconds).unwrap_or_default() * 1_000)
        } else {
            seconds.to_string()
        };
        let mut answer = Answer::new(
            429,
            json!({ "errorMessages": ["The request has been rate-limited. Please try again later."], "errors": {}, "status": 429 }),
        );
        answer.headers = vec![
            ("Retry-After", retry_after),
            ("X-RateLimit-Limit", limit.to_string()),
            ("X-RateLimit-Remaining", "0".to_owned()),
            ("X-RateLimit-Reset", rfc3339(free_at)),
            ("RateLimit-Reason", reason.to_owned()),
        ];
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_first_write_to_an_issue_within_two_seconds_is_refused_and_others_are_not() {
        let mut limits = Limits::default();
        for _ in 0..20 {
            limits.write(1_000, 0, 7).expect("within the limit");
        }
        let refused = limits.write(1_500, 0, 7).expect_err("one too many");
        assert_eq!(refused.status, 429);
        assert!(refused.headers.contains(&("Retry-After", "2".to_owned())));
        assert!(
            refused
                .headers
                .contains(&("RateLimit-Reason", "jira-per-issue-on-write".to_owned()))
        );
        limits.write(1_500, 0, 8).expect("within the limit");
        limits.write(3_000, 0, 7).expect("within the limit");
    }

    #[test]
    fn spent_points_come_back_at_the_full_hour() {
        let mut limits = Limits {
            points_per_hour: Some(3),
            ..Limits::default()
        };
        let mut answer = Answer::no_content();
        limits.quota(10, 0).expect("within the limit");
        limits.charge(10, 0, 3, &mut answer);
        assert!(
            answer
                .headers
                .contains(&("X-RateLimit-NearLimit", "true".to_owned()))
        );
        assert_eq!(
            limits.quota(20, 0).expect_err("one too many").headers[0],
            ("Retry-After", "3600".to_owned())
        );
        limits.quota(HOUR_MS, 0).expect("within the limit");
    }
}
