//! The one place that reads the clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use upvow_domain::Time;

/// Time as a value: the system's, or one that tests move.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The system's time.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands at `time` until it is moved.
    pub fn at(time: Time) -> Clock {
        Clock(Source::Set(Arc::new(AtomicI64::new(time.0))))
    }

    /// Now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    pub fn now(&self) -> Time {
        match &self.0 {
            Source::System => {
                let now = std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap_or_default();
                Time(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Set(at) => Time(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a standing clock; the system's cannot be moved.
    pub fn advance(&self, span: Duration) {
        if let Source::Set(at) = &self.0 {
            at.fetch_add(
                i64::try_from(span.as_millis()).unwrap_or(0),
                Ordering::SeqCst,
            );
        }
    }
}
