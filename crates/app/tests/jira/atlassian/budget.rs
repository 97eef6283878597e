//! The points of an hour, as Atlassian counts them for a whole app.

use serde_json::Value;
use upvow_app::Clock;

use super::World;

const HOUR: i64 = 3_600_000;

/// So many points an hour, by the story's own clock.
pub(crate) struct Budget {
    clock: Clock,
    per_hour: u64,
    hour: i64,
    spent: u64,
    /// The most that was spent in any hour.
    pub(crate) most: u64,
    /// All that was spent.
    pub(crate) total: u64,
    /// How many calls were refused.
    pub(crate) refused: u64,
}

impl Budget {
    pub(crate) fn new(clock: Clock, per_hour: u64) -> Budget {
        Budget {
            clock,
            per_hour,
            hour: 0,
            spent: 0,
            most: 0,
            total: 0,
            refused: 0,
        }
    }

    fn left_seconds(&self) -> i64 {
        (HOUR - self.clock.now().0.rem_euclid(HOUR)) / 1_000 + 1
    }
}

/// Headers of a refusal, if the hour's points are spent.
pub(super) fn refusal(world: &mut World) -> Option<Vec<(&'static str, String)>> {
    let budget = world.budget.as_mut()?;
    let hour = budget.clock.now().0.div_euclid(HOUR);
    if hour != budget.hour {
        (budget.hour, budget.spent) = (hour, 0);
    }
    if budget.spent < budget.per_hour {
        return None;
    }
    budget.refused += 1;
    Some(vec![
        ("ratelimit-reason", "jira-quota-global-based".to_owned()),
        ("retry-after", budget.left_seconds().to_string()),
    ])
}

/// Counts an answer, and gives the headers that say what is left: one for the call, and for reads one per object.
pub(super) fn charge(world: &mut World, line: &str, body: &Value) -> Vec<(&'static str, String)> {
    let Some(budget) = world.budget.as_mut() else {
        return vec![];
    };
    let is_read = line.starts_with("GET") || line.contains("bulkfetch") || line.contains("search");
    let objects = match body["issues"].as_array() {
        Some(issues) => issues.len() as u64,
        None => u64::from(is_read),
    };
    let points = 1 + if is_read { objects } else { 0 };
    budget.spent += points;
    budget.total += points;
    budget.most = budget.most.max(budget.spent);
    let left = budget.per_hour.saturating_sub(budget.spent);
    vec![
        (
            "ratelimit-policy",
            format!("\"global-app-quota\";q={};w=3600", budget.per_hour),
        ),
        (
            "ratelimit",
            format!("\"global-app-quota\";r={left};t={}", budget.left_seconds()),
        ),
    ]
}
