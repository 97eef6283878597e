//! How much a post is wanted lately: votes that count half as much with every week that passes.
//!
//! The sum of `2^(t / half-life)` over the votes grows too large for a number, but its logarithm does not, and that
//! logarithm is all an order needs. Time passing lowers every post's sum by the same factor, so the order of two posts
//! changes only when somebody votes: a stored trend never has to be computed again because a day went by.

use std::{f64::consts::LN_2, time::Duration};

use crate::Time;

/// After this long a vote counts half.
pub const HALF_LIFE: Duration = Duration::from_hours(7 * 24);

/// 2020-01-01, near enough to keep the numbers small. Changing it would reorder what is stored.
const EPOCH: Time = Time(1_577_836_800_000);

/// What having been posted counts, in votes, as a power of two: an eighth. It orders posts without votes by age.
const POSTED: f64 = -3.0;

/// The trend of a post that nobody voted for.
pub fn of_new(created_at: Time) -> f64 {
    half_lives(created_at) + POSTED
}

/// The trend of a post with these votes.
pub fn of_votes(created_at: Time, votes: impl IntoIterator<Item = Time>) -> f64 {
    votes.into_iter().fold(of_new(created_at), with_vote)
}

/// The trend after one more vote.
pub fn with_vote(trend: f64, at: Time) -> f64 {
    let vote = half_lives(at);
    let (more, less) = if trend > vote {
        (trend, vote)
    } else {
        (vote, trend)
    };
    more + (less - more).exp2().ln_1p() / LN_2
}

/// The trend after a vote of `at` was taken back; `None` if that vote was so much of it that the difference would be
/// mostly rounding. Then the caller starts again from the votes, of which only few can matter.
pub fn without_vote(trend: f64, at: Time) -> Option<f64> {
    let part = (half_lives(at) - trend).exp2();
    (part <= 0.5).then(|| trend + (-part).ln_1p() / LN_2)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds milliseconds exactly for 285,000 years"
)]
fn half_lives(at: Time) -> f64 {
    at.0.saturating_sub(EPOCH.0) as f64 / HALF_LIFE.as_millis() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CREATED: Time = Time(1_790_000_000_000);

    fn moments() -> impl Strategy<Value = Vec<Time>> {
        let year = 365 * 24 * 3_600_000_i64;
        prop::collection::vec((0..year).prop_map(|after| Time(CREATED.0 + after)), 0..60)
    }

    #[test]
    fn a_vote_of_today_outweighs_one_of_last_week_and_two_of_last_week_equal_it() {
        let week = |n: u32| CREATED.plus(HALF_LIFE * n);
        let posted = week(0).minus(HALF_LIFE * 30);
        let today = of_votes(posted, [week(1)]);
        assert!(today > of_votes(posted, [week(0)]));
        assert!((today - of_votes(posted, [week(0), week(0)])).abs() < 1e-6);
    }

    #[test]
    fn without_votes_the_newer_post_comes_first() {
        assert!(of_new(CREATED.plus(Duration::from_millis(1))) > of_new(CREATED));
    }

    proptest! {
        #[test]
        fn more_votes_are_never_less(votes in moments(), more in moments()) {
            let trend = of_votes(CREATED, votes);
            let after = more.into_iter().fold(trend, with_vote);
            prop_assert!(after.is_finite() && after >= trend);
        }

        #[test]
        fn the_order_of_the_votes_does_not_matter(votes in moments()) {
            let forth = of_votes(CREATED, votes.iter().copied());
            let back = of_votes(CREATED, votes.iter().rev().copied());
            prop_assert!((forth - back).abs() < 1e-9);
        }

        #[test]
        fn taking_back_is_as_if_it_had_never_been(votes in moments(), at in 0..365_i64) {
            let at = CREATED.plus(Duration::from_hours(24) * u32::try_from(at).unwrap());
            let before = of_votes(CREATED, votes.iter().copied());
            if let Some(after) = without_vote(with_vote(before, at), at) {
                prop_assert!((after - before).abs() < 1e-9);
            } else {
                // Refused only where the vote was more than half of everything.
                prop_assert!(half_lives(at) > before);
            }
        }
    }
}
