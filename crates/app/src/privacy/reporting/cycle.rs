//! The rules of the cycle.

use std::time::Duration;

use upvow_domain::Time;

/// How often, unless Atlassian says otherwise.
pub const USUAL: Duration = Duration::from_hours(7 * 24);
/// A cycle outside these bounds is not believed: it is more likely a mistake than an order.
const SHORTEST: Duration = Duration::from_hours(1);
const LONGEST: Duration = Duration::from_hours(60 * 24);
/// The breaker: more closed accounts than this...
const MANY: i64 = 20;
/// ...and more than this part of all, in per cent, want a person.
const PART: i64 = 5;

/// The cycle that Atlassian asks for, if it can be believed.
pub fn believed(said: Duration) -> Option<Duration> {
    (SHORTEST..=LONGEST).contains(&said).then_some(said)
}

/// Clocks differ between nodes, and an answer comes later than its question: nobody is asked about before this much
/// more than a cycle. An hour of a week.
pub fn margin(cycle: Duration) -> Duration {
    cycle / 168
}

/// How long after it may be asked about an account is, at most: six hours of a week.
pub fn spread(cycle: Duration) -> Duration {
    cycle / 28
}

/// When an account that was asked about (or fetched) at `last` is due. `draw`, a random number, spreads accounts over
/// some hours, so that an installation does not come at the same minute every week, nor all installations at once.
pub fn due(last: Time, cycle: Duration, draw: u32) -> Time {
    let jitter = spread(cycle).mul_f64(f64::from(draw) / f64::from(u32::MAX));
    last.plus(cycle + margin(cycle) + jitter)
}

/// Whoever was last asked about no later than this may be asked about now.
pub fn ready_before(now: Time, cycle: Duration) -> Time {
    now.minus(cycle + margin(cycle))
}

/// An account that was due before this was forgotten, or nobody can ask.
pub fn late_before(now: Time, cycle: Duration) -> Time {
    now.minus(cycle * 2 / 7)
}

/// An account of which nothing was known since this has had two cycles without an answer.
pub fn unknown_before(now: Time, cycle: Duration) -> Time {
    now.minus(cycle * 2 + cycle / 7)
}

/// Whether so many accounts are closed at once that it may be a mistake, of Atlassian or of ours.
pub fn is_too_many(closed: i64, all: i64) -> bool {
    closed > MANY && closed.saturating_mul(100) > all.saturating_mul(PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_due_after_its_cycle_and_hours_later_at_most() {
        let last = Time(1_790_000_000_000);
        for draw in [0, 1, u32::MAX / 2, u32::MAX] {
            let due = due(last, USUAL, draw);
            let after = due.since(last);
            assert!(after > USUAL && after <= USUAL + Duration::from_hours(7));
            assert!(
                ready_before(due, USUAL) >= last,
                "who is due may be asked about"
            );
        }
        assert!(ready_before(last.plus(USUAL), USUAL) < last);
    }

    #[test]
    fn the_breaker_wants_both_a_number_and_a_part() {
        assert!(!is_too_many(20, 20));
        assert!(is_too_many(21, 21));
        assert!(is_too_many(21, 419));
        assert!(!is_too_many(21, 420), "five per cent is not more than that");
        assert!(!is_too_many(0, 0));
    }

    #[test]
    fn a_cycle_of_seconds_or_of_years_is_not_believed() {
        assert_eq!(believed(USUAL), Some(USUAL));
        assert_eq!(believed(Duration::from_secs(1)), None);
        assert_eq!(believed(Duration::from_hours(24 * 365)), None);
    }
}
