//! The simulator's own time. Nothing else in this crate asks the operating system what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// A clock that either runs with the system or stands still until it is moved.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where a standing clock stands; `None` runs with the system.
    fixed: Option<i64>,
    moved_ms: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// Runs with the system clock, plus whatever it is advanced by.
    pub fn system() -> Self {
        Self::new(None)
    }

    /// Stands at `ms` milliseconds since 1970 until it is advanced.
    pub fn fixed(ms: i64) -> Self {
        Self::new(Some(ms))
    }

    fn new(fixed: Option<i64>) -> Self {
        Self(Arc::new(Inner {
            fixed,
            moved_ms: AtomicI64::new(0),
            moved: Notify::new(),
        }))
    }

    /// Milliseconds since 1970.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate that reads the clock"
    )]
    pub fn now_ms(&self) -> i64 {
        let start = self.0.fixed.unwrap_or_else(|| {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
        start + self.0.moved_ms.load(Ordering::SeqCst)
    }

    /// Moves the clock forward and wakes whoever waits for a time.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.moved_ms.fetch_add(by, Ordering::SeqCst);
        self.0.moved.notify_waiters();
    }

    /// Resolves when `at` may have come: at that time on a running clock, or when the clock was moved.
    /// The caller looks at the time again.
    pub(crate) async fn until(&self, at: i64) {
        let moved = self.0.moved.notified();
        tokio::pin!(moved);
        moved.as_mut().enable();
        let wait = at - self.now_ms();
        if wait <= 0 {
            return;
        }
        if self.0.fixed.is_some() {
            moved.await;
            return;
        }
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())) => {}
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// A moment as Jira writes it: `2026-11-23T12:14:47.000+0000`, which RFC 3339 would write with a colon.
pub(crate) fn jira_time(ms: i64) -> String {
    stamp(ms).strftime("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

/// Reads a moment as Jira writes it, or as RFC 3339 does.
pub(crate) fn read_jira_time(text: &str) -> Option<i64> {
    jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
        .and_then(|parts| parts.to_timestamp())
        .or_else(|_| text.parse())
        .map(jiff::Timestamp::as_millisecond)
        .ok()
}

/// A moment as RFC 3339 in UTC, as the rate-limit headers and the personal data API write it.
pub(crate) fn rfc3339(ms: i64) -> String {
    stamp(ms).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A moment as HTTP writes dates: `Mon, 02 Mar 2026 09:00:00 GMT`.
pub(crate) fn http_date(ms: i64) -> String {
    stamp(ms).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Only the day, for pages.
pub(crate) fn day(ms: i64) -> String {
    stamp(ms).strftime("%-d %b %Y").to_string()
}

/// Day and minute, for pages.
pub(crate) fn minute(ms: i64) -> String {
    stamp(ms).strftime("%-d %b %Y, %H:%M").to_string()
}

fn stamp(ms: i64) -> jiff::Zoned {
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jira_writes_the_offset_without_a_colon() {
        assert_eq!(jira_time(1_732_877_091_005), "2024-11-29T10:44:51.005+0000");
        for text in [
            "2024-11-29T10:44:51.005+0000",
            "2024-11-29T11:44:51.005+01:00",
        ] {
            assert_eq!(read_jira_time(text), Some(1_732_877_091_005), "{text}");
        }
        assert_eq!(read_jira_time("2024-11-29"), None);
        assert_eq!(rfc3339(1_732_877_091_005), "2024-11-29T10:44:51.005Z");
    }

    #[tokio::test]
    async fn a_standing_clock_wakes_its_waiters_only_when_moved() {
        let clock = Clock::fixed(1_000);
        let waiting = {
            let clock = clock.clone();
            tokio::spawn(async move {
                clock.until(2_000).await;
                clock.now_ms()
            })
        };
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_secs(1));
        assert_eq!(waiting.await.expect("the task ends by itself"), 2_000);
    }
}
