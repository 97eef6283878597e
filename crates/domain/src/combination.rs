//! What several linked issues say together: the one status their post follows.
//!
//! Each issue is a [`Voice`]: what its Jira status goes with on the board, by ids. Statuses of different Jira projects
//! are compared by where the board statuses stand on the way: first by kind, then in the board's own order.
//!
//! Who is not heard: an issue that was deleted, whose connection ended or that does not exist yet is no voice at all. An
//! issue that cannot be seen right now, or has a security level, counts with what was last read. An issue in a status
//! that is not mapped, or mapped and switched off, has no say; but while it is not done by Jira's own reckoning, nobody
//! says that everything is. A post is closed only when every issue is.

use crate::{LinkId, StatusId, board::StatusKind};

/// How several linked issues move their post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// The primary issue's status counts, and the other issues follow the post.
    Primary,
    /// The post is done when every issue is. Until then it follows the issue furthest ahead that is not done, and an
    /// issue that is done counts as begun.
    AllDone,
    /// The issue that is furthest ahead counts.
    FurthestAhead,
    /// The issue that is furthest behind counts.
    FurthestBehind,
}

impl Combination {
    /// Every rule, the usual one first.
    pub const ALL: [Combination; 4] = [
        Combination::Primary,
        Combination::AllDone,
        Combination::FurthestAhead,
        Combination::FurthestBehind,
    ];

    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Combination::Primary => "primary",
            Combination::AllDone => "all_done",
            Combination::FurthestAhead => "furthest_ahead",
            Combination::FurthestBehind => "furthest_behind",
        }
    }

    /// The rule of that name.
    pub fn named(name: &str) -> Option<Combination> {
        Combination::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Where a board status stands on the way. Places are ordered as the way goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What the status means: decides first.
    pub kind: StatusKind,
    /// Its position on the board: decides among those of a kind.
    pub position: i64,
    /// The status.
    pub status: StatusId,
}

/// What an issue's status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It goes with this status of the board.
    At {
        /// That status.
        place: Place,
        /// The row's direction lets Jira move the board.
        moves: bool,
    },
    /// It is not mapped, or its row is off.
    Unmapped {
        /// Jira's own category says that it is done.
        is_done: bool,
    },
    /// The issue was not read yet.
    Unread,
}

/// One linked issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    /// Its link.
    pub link: LinkId,
    /// The one that counts where only one can.
    pub is_primary: bool,
    /// What it says.
    pub says: Says,
}

/// What the issues say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The issue that decides, or that keeps the others from deciding.
    pub leader: Option<LinkId>,
    /// Where the post is to be; `None` leaves it where it is.
    pub to: Option<Place>,
    /// Why.
    pub why: Why,
}

/// Why a post is moved, or left where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It follows the leader.
    Follows,
    /// The leader is done and others are not: that counts as begun.
    CountsAsBegun,
    /// The leader's row lets the board lead: it moves no post.
    BoardLeads,
    /// The leader stands in a status that is not mapped.
    Unmapped,
    /// The leader was not read yet.
    Unread,
    /// There is no issue to follow.
    Nobody,
}

/// What the issues say together. The order of `voices` does not matter. `begun` is the board's first status of work
/// that has begun, if it has one.
pub fn combine(rule: Combination, voices: &[Voice], begun: Option<Place>) -> Verdict {
    let mut sorted = voices.to_vec();
    // Of those that say the same, the primary one leads, then the oldest.
    sorted.sort_by_key(|voice| (!voice.is_primary, voice.link));
    let all = Choir { voices: &sorted };
    match rule {
        Combination::Primary => all.primary(),
        Combination::FurthestAhead => all.furthest_ahead(),
        Combination::FurthestBehind => all.furthest_behind(),
        Combination::AllDone => all.all_done(begun),
    }
}

/// A voice that goes with a status of the board.
#[derive(Clone, Copy)]
struct Placed {
    link: LinkId,
    place: Place,
    moves: bool,
}

/// The voices, primary first, then oldest first.
struct Choir<'a> {
    voices: &'a [Voice],
}

impl Choir<'_> {
    fn primary(&self) -> Verdict {
        match self.voices.first() {
            Some(voice) => verdict_of(voice),
            None => NOBODY,
        }
    }

    fn furthest_ahead(&self) -> Verdict {
        let ahead = self.in_play().fold(None, ahead);
        ahead.map_or_else(|| self.all_closed(), follow)
    }

    fn furthest_behind(&self) -> Verdict {
        if let Some(unread) = self.first(|says| says == Says::Unread) {
            return held(unread);
        }
        let behind = self.in_play().fold(None, behind);
        match (behind, self.unfinished()) {
            // It may well be the one that is furthest behind.
            (Some(placed), Some(unfinished)) if placed.place.kind.is_resolved() => held(unfinished),
            (Some(placed), _) => follow(placed),
            (None, _) => self.all_closed(),
        }
    }

    fn all_done(&self, begun: Option<Place>) -> Verdict {
        let mut done = self.in_play().filter(|one| one.place.kind.is_resolved());
        let first_done = done.next();
        let not_done = self.in_play().filter(|one| !one.place.kind.is_resolved());
        let furthest = not_done.fold(None, ahead);
        match (first_done, furthest) {
            (Some(first), None) if self.unfinished().is_none() => {
                follow(done.fold(Some(first), behind).unwrap_or(first))
            }
            // Some are done and some are not: work has begun, whatever the others say.
            (Some(done), furthest) => match (begun, furthest) {
                (Some(begun), Some(other)) if other.place >= begun => follow(other),
                (Some(begun), _) if done.moves => Verdict {
                    leader: Some(done.link),
                    to: Some(begun),
                    why: Why::CountsAsBegun,
                },
                (_, Some(other)) => follow(other),
                (_, None) => self.unfinished().map_or_else(|| follow(done), held),
            },
            (None, Some(other)) => follow(other),
            (None, None) => self.all_closed(),
        }
    }

    /// Those that are mapped and were not given up.
    fn in_play(&self) -> impl Iterator<Item = Placed> {
        self.placed()
            .filter(|one| one.place.kind != StatusKind::Closed)
    }

    fn placed(&self) -> impl Iterator<Item = Placed> {
        self.voices.iter().filter_map(|voice| match voice.says {
            Says::At { place, moves } => Some(Placed {
                link: voice.link,
                place,
                moves,
            }),
            Says::Unmapped { .. } | Says::Unread => None,
        })
    }

    /// Nobody is in play: closed, if that is what every issue is.
    fn all_closed(&self) -> Verdict {
        match (self.unfinished(), self.placed().fold(None, behind)) {
            (Some(unfinished), _) => held(unfinished),
            (None, Some(closed)) => follow(closed),
            (None, None) => self.primary(),
        }
    }

    /// One of which nobody can say that it is finished: not read, or in a status that is not mapped and not done.
    fn unfinished(&self) -> Option<&Voice> {
        self.first(|says| matches!(says, Says::Unread | Says::Unmapped { is_done: false }))
    }

    fn first(&self, is: impl Fn(Says) -> bool) -> Option<&Voice> {
        self.voices.iter().find(|voice| is(voice.says))
    }
}

const NOBODY: Verdict = Verdict {
    leader: None,
    to: None,
    why: Why::Nobody,
};

#[expect(clippy::unnecessary_wraps, reason = "a fold takes what it gives")]
fn ahead(best: Option<Placed>, one: Placed) -> Option<Placed> {
    Some(best.filter(|best| best.place >= one.place).unwrap_or(one))
}

#[expect(clippy::unnecessary_wraps, reason = "a fold takes what it gives")]
fn behind(best: Option<Placed>, one: Placed) -> Option<Placed> {
    Some(best.filter(|best| best.place <= one.place).unwrap_or(one))
}

fn follow(placed: Placed) -> Verdict {
    Verdict {
        leader: Some(placed.link),
        to: placed.moves.then_some(placed.place),
        why: if placed.moves {
            Why::Follows
        } else {
            Why::BoardLeads
        },
    }
}

fn held(voice: &Voice) -> Verdict {
    Verdict {
        leader: Some(voice.link),
        to: None,
        why: match voice.says {
            Says::Unread => Why::Unread,
            Says::At { .. } | Says::Unmapped { .. } => Why::Unmapped,
        },
    }
}

fn verdict_of(voice: &Voice) -> Verdict {
    match voice.says {
        Says::At { place, moves } => follow(Placed {
            link: voice.link,
            place,
            moves,
        }),
        Says::Unmapped { .. } | Says::Unread => held(voice),
    }
}

#[cfg(test)]
mod tests;
