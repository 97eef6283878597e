//! How often somebody may try. Counted in this process and in memory only: nobody's address is kept, not even hashed,
//! only when its bucket is empty again. Several addresses can fall into one bucket; then they share it.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use upvow_domain::Time;

use crate::{AppError, Result};

/// So many buckets, and never more: half a megabyte, whatever happens at the door.
const BUCKETS: usize = 1 << 16;

/// A limit: so many at once, and then one in each span.
pub(crate) struct Limit {
    /// Which limit; the same key has a bucket of its own in each.
    pub name: &'static str,
    /// At once.
    pub burst: u32,
    /// And then one per this span.
    pub every: Duration,
}

/// Leaky buckets, each as the moment when it will have run dry.
pub(crate) struct Throttle {
    /// Drawn at start, so that nobody can choose whose bucket they share.
    hasher: RandomState,
    dry_at: Mutex<Vec<i64>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Throttle {
            hasher: RandomState::new(),
            dry_at: Mutex::new(vec![i64::MIN; BUCKETS]),
        }
    }
}

impl Throttle {
    /// Takes one try out of `key`'s bucket, or says when there will be one.
    pub(crate) fn take(&self, limit: &Limit, key: &str, now: Time) -> Result<()> {
        let hash = self.hasher.hash_one((limit.name, key));
        let at = usize::try_from(hash % BUCKETS as u64).unwrap_or(0);
        let every = i64::try_from(limit.every.as_millis()).unwrap_or(i64::MAX);
        let room = every.saturating_mul(i64::from(limit.burst));

        let mut dry_at = self.dry_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = dry_at[at].max(now.0).saturating_add(every);
        let over = full_at.saturating_sub(now.0).saturating_sub(room);
        if over > 0 {
            return Err(AppError::TooMany {
                retry_after: Duration::from_millis(over.unsigned_abs()),
            });
        }
        dry_at[at] = full_at;
        Ok(())
    }
}

/// The part of a network address that one household or host has: all of an IPv4, the first half of an IPv6, of which
/// anybody has as many as they like.
pub(crate) fn network(from: &str) -> String {
    match from.trim().parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIES: Limit = Limit {
        name: "tries",
        burst: 3,
        every: Duration::from_mins(1),
    };

    #[test]
    fn three_at_once_and_then_one_a_minute() {
        let throttle = Throttle::default();
        let start = Time(1_790_000_000_000);
        for _ in 0..3 {
            throttle.take(&TRIES, "ana", start).unwrap();
        }
        let AppError::TooMany { retry_after } = throttle.take(&TRIES, "ana", start).unwrap_err()
        else {
            panic!("the fourth must be refused");
        };
        assert_eq!(retry_after, Duration::from_mins(1));
        throttle
            .take(&TRIES, "ana", start.plus(retry_after))
            .unwrap();
        assert!(
            throttle
                .take(&TRIES, "ana", start.plus(retry_after))
                .is_err()
        );
        // A day later the bucket is as it was at first, no fuller.
        let later = start.plus(Duration::from_hours(24));
        for _ in 0..3 {
            throttle.take(&TRIES, "ana", later).unwrap();
        }
        assert!(throttle.take(&TRIES, "ana", later).is_err());
    }

    #[test]
    fn one_network_is_one_key() {
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("nonsense\0"), network(""));
    }
}
