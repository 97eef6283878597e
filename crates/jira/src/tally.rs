//! What was asked of Atlassian while a piece of work was done: numbers, for the timeline that admins see.

use std::{cell::Cell, future::Future};

use crate::endpoint::Endpoint;

/// Numbers of the calls that one piece of work made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many calls were made.
    pub calls: u32,
    /// How many of them changed something in Jira and were answered well.
    pub writes: u32,
    /// The HTTP status of the last answer; none if nothing was answered.
    pub status: Option<u16>,
}

tokio::task_local! {
    static TALLY: Cell<Tally>;
}

/// Does the work and counts the calls that it makes itself; what it spawns is not counted.
pub async fn counted<Work: Future>(work: Work) -> Work::Output {
    TALLY.scope(Cell::default(), work).await
}

/// What the work at hand asked so far; nothing where nobody counts.
pub fn so_far() -> Tally {
    TALLY.try_with(Cell::get).unwrap_or_default()
}

/// Counts an answer; status 0 is none.
pub(crate) fn note(endpoint: &Endpoint, status: u16) {
    // Where nobody counts, nothing is to be noted.
    let _ = TALLY.try_with(|cell| {
        let before = cell.get();
        let wrote = endpoint.scope == "write:jira-work" && (200..300).contains(&status);
        cell.set(Tally {
            calls: before.calls.saturating_add(1),
            writes: before.writes.saturating_add(u32::from(wrote)),
            status: Some(status).filter(|status| *status != 0),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint;

    fn count(endpoint: &Endpoint, status: u16) -> Tally {
        note(endpoint, status);
        so_far()
    }

    #[tokio::test]
    async fn each_piece_of_work_has_numbers_of_its_own() {
        assert_eq!(count(&endpoint::ISSUE, 200), Tally::default());
        let work = async {
            count(&endpoint::ISSUE, 200);
            count(&endpoint::TRANSITION, 204);
            // Refused, so nothing was changed.
            count(&endpoint::TRANSITION, 400);
            count(&endpoint::ISSUE, 0)
        };
        let tally = counted(work).await;
        assert_eq!((tally.calls, tally.writes, tally.status), (4, 1, None));
        assert_eq!(so_far(), Tally::default());
    }
}
