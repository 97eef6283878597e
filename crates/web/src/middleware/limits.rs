//! How often one caller or one address may do something: a token bucket per key in its short form (GCRA), which
//! remembers one time per key. Memory is bounded; each node counts for itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use upvow_app::Time;

use crate::{ClientAddr, Web, failure::Failure};

/// The limits of this process.
#[derive(Debug)]
pub struct Limits {
    /// Writes of one address, over pages and API.
    pub writes: Limit,
    /// Requests of any kind that came with a bad token, by address: guessing is slow.
    pub bad_tokens: Limit,
    /// Webhook deliveries of one address. Jira sends many issues' events from few addresses.
    pub hooks: Limit,
    /// Live updates that are open.
    pub streams: Arc<Open>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            writes: Limit::new(120, Duration::from_millis(200)),
            bad_tokens: Limit::new(30, Duration::from_secs(2)),
            hooks: Limit::new(2000, Duration::from_millis(5)),
            streams: Arc::new(Open::new(4000, 60)),
        }
    }
}

/// One limit.
#[derive(Debug)]
pub struct Limit {
    /// How many at once.
    burst: u32,
    /// After which span one more.
    every: Duration,
    /// When the bucket of a key will be full again, in milliseconds.
    full_at: Mutex<HashMap<String, i64>>,
}

/// The most keys one limit remembers: about 10 MB.
const MOST_KEYS: usize = 100_000;

impl Limit {
    /// `burst` at once, and one more after each `every`.
    pub fn new(burst: u32, every: Duration) -> Limit {
        Limit {
            burst,
            every,
            full_at: Mutex::default(),
        }
    }

    /// Counts one for `key`; or says how long to wait.
    pub fn take(&self, key: &str, now: Time) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let every = millis(self.every);
        let room = every.saturating_mul(i64::from(self.burst));
        if full_at.len() >= MOST_KEYS && !full_at.contains_key(key) {
            full_at.retain(|_, at| *at > now.0);
            if full_at.len() >= MOST_KEYS {
                // So many addresses at once are an attack; strangers wait, those who are known go on.
                return Err(self.every.max(Duration::from_secs(1)));
            }
        }
        let full = full_at.entry(key.to_owned()).or_insert(now.0);
        // Between now and a full burst ahead: a clock that was set back must not lock anybody out for longer.
        *full = (*full).clamp(now.0, now.0.saturating_add(room));
        let wait = *full + every - now.0 - room;
        if wait > 0 {
            return Err(Duration::from_millis(u64::try_from(wait).unwrap_or(1000)));
        }
        *full += every;
        Ok(())
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// How much of something is open at once, in all and per key.
#[derive(Debug)]
pub struct Open {
    most: usize,
    most_per_key: usize,
    now: Mutex<HashMap<String, usize>>,
}

/// One that is open; dropping it closes it.
#[derive(Debug)]
pub struct Opened(Arc<Open>, String);

impl Open {
    /// At most this many at once, and this many for one key.
    pub fn new(most: usize, most_per_key: usize) -> Open {
        Open {
            most,
            most_per_key,
            now: Mutex::default(),
        }
    }

    /// Opens one for `key`, if there is room.
    pub fn open(self: &Arc<Open>, key: String) -> Option<Opened> {
        let mut now = self.lock();
        let of_key = now.get(&key).copied().unwrap_or(0);
        if of_key >= self.most_per_key || now.values().sum::<usize>() >= self.most {
            return None;
        }
        now.insert(key.clone(), of_key + 1);
        drop(now);
        Some(Opened(Arc::clone(self), key))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut now = self.0.lock();
        if let Some(count) = now.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                now.remove(&self.1);
            }
        }
    }
}

/// Middleware: writes are counted by address.
pub(crate) async fn writes(State(web): State<Web>, request: Request, next: Next) -> Response {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(client) = ClientAddr::from_request_parts(&mut parts, &web).await;
    if let Err(wait) = web.limits.writes.take(&client.key(), web.app.now()) {
        return too_many(wait).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The refusal of a limit.
pub(crate) fn too_many(wait: Duration) -> Failure {
    Failure {
        retry_after: Some(wait),
        ..Failure::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "That was too often; try again later.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_per_span() {
        let limit = Limit::new(3, Duration::from_secs(10));
        let now = Time(1_000_000);
        for _ in 0..3 {
            assert_eq!(limit.take("a", now), Ok(()));
        }
        assert_eq!(limit.take("a", now), Err(Duration::from_secs(10)));
        assert_eq!(limit.take("b", now), Ok(()), "others are not held up");
        assert_eq!(limit.take("a", now.plus(Duration::from_secs(10))), Ok(()));
        assert!(limit.take("a", now.plus(Duration::from_secs(10))).is_err());
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let limit = Limit::new(2, Duration::from_secs(1));
        let late = Time(10_000_000);
        assert_eq!(limit.take("a", late), Ok(()));
        let early = late.minus(Duration::from_hours(24));
        assert_eq!(limit.take("a", early), Err(Duration::from_secs(1)));
        assert_eq!(limit.take("a", early.plus(Duration::from_secs(1))), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let limit = Limit::new(1, Duration::from_secs(1));
        for n in 0..MOST_KEYS {
            assert_eq!(limit.take(&n.to_string(), Time(0)), Ok(()));
        }
        assert!(limit.take("one more", Time(0)).is_err());
        assert_eq!(limit.take("one more", Time(1001)), Ok(()), "idle keys went");
    }

    #[test]
    fn what_is_closed_makes_room() {
        let open = Arc::new(Open::new(3, 2));
        let first = open.open("a".into());
        let second = open.open("a".into());
        assert!(first.is_some() && second.is_some());
        assert!(open.open("a".into()).is_none(), "two per key");
        let third = open.open("b".into());
        assert!(third.is_some());
        assert!(open.open("c".into()).is_none(), "three in all");
        drop(first);
        assert!(open.open("c".into()).is_some());
    }
}
