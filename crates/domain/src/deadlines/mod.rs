//! How long the law leaves for answering somebody who asks for their data or for its deletion. Everything is counted in
//! UTC from the moment of receipt; where a law can be read in two ways, the earlier end is taken.
//!
//! - [`mod@table`]: the laws and their terms, from a file that is compiled in.
//! - [`span`]: how a term is counted.

pub mod span;
pub mod table;

use std::time::Duration;

pub use span::Span;
pub use table::{Kind, Law, Term, UNKNOWN, table};

use crate::Time;

/// The clock of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// When it was received: the terms count from here, whatever was still to be found out then.
    pub received_at: Time,
    /// How long the clock stood still so far, where the law lets it.
    pub stood: Duration,
    /// Since when it stands still.
    pub paused_at: Option<Time>,
    /// The one extension was taken.
    pub extended: bool,
}

impl Clock {
    /// A clock that was just started.
    pub const fn new(received_at: Time) -> Clock {
        Clock {
            received_at,
            stood: Duration::ZERO,
            paused_at: None,
            extended: false,
        }
    }

    /// When receipt must have been confirmed, if the law asks for that.
    pub fn acknowledge_by(&self, term: &Term) -> Option<Time> {
        term.acknowledge.map(|span| span.after(self.received_at))
    }

    /// When the answer is due: `now` counts while the clock stands still.
    pub fn due_at(&self, term: &Term, now: Time) -> Time {
        let answer = term.answer.after(self.received_at);
        let end = match term.extension.filter(|_| self.extended) {
            // From the end of the first term, or months would be counted from two different days.
            Some(extension) => extension.after(answer),
            None => answer,
        };
        if !term.pauses {
            return end;
        }
        let standing = self
            .paused_at
            .map_or(Duration::ZERO, |since| now.since(since));
        end.plus(self.stood).plus(standing)
    }

    /// How much of the time is used up, in percent; more than 100 when it is over.
    pub fn used(&self, term: &Term, now: Time) -> u32 {
        share(self.received_at, self.due_at(term, now), now)
    }
}

/// How much of the time from one moment to another has passed, in whole percent.
pub fn share(from: Time, to: Time, now: Time) -> u32 {
    let whole = to.since(from).as_millis().max(1);
    let gone = now.since(from).as_millis();
    u32::try_from(gone.saturating_mul(100) / whole).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
