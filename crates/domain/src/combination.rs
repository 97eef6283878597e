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
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn place(kind: StatusKind) -> Place {
        let position = i64::try_from(
            StatusKind::ALL
                .iter()
                .position(|one| *one == kind)
                .unwrap_or_default(),
        )
        .unwrap();
        at(kind, position)
    }

    fn at(kind: StatusKind, position: i64) -> Place {
        let id = 1_000 + u128::try_from(position).unwrap();
        Place {
            kind,
            position,
            status: StatusId::new(Uuid::from_u128(id)),
        }
    }

    fn voice(link: u128, says: Says) -> Voice {
        Voice {
            link: LinkId::new(Uuid::from_u128(link)),
            is_primary: link == 1,
            says,
        }
    }

    fn says(kind: StatusKind) -> Says {
        Says::At {
            place: place(kind),
            moves: true,
        }
    }

    /// What the post becomes when its issues say this, by each rule in the order of [`Combination::ALL`].
    fn all(voices: &[Says]) -> [Option<StatusKind>; 4] {
        let voices: Vec<Voice> = (1..)
            .zip(voices)
            .map(|(link, says)| voice(link, *says))
            .collect();
        Combination::ALL.map(|rule| {
            combine(rule, &voices, Some(place(StatusKind::Started)))
                .to
                .map(|place| place.kind)
        })
    }

    #[test]
    fn each_rule_says_what_its_name_says() {
        use StatusKind::{Closed, Done, Open, Planned, Started};
        let unmapped = Says::Unmapped { is_done: false };
        let told = Says::Unmapped { is_done: true };
        for (voices, wanted) in [
            // By the primary one; all done; furthest ahead; furthest behind.
            (vec![], [None; 4]),
            (vec![says(Planned)], [Some(Planned); 4]),
            (vec![says(Done)], [Some(Done); 4]),
            (
                vec![says(Planned), says(Started)],
                [Some(Planned), Some(Started), Some(Started), Some(Planned)],
            ),
            (
                vec![says(Done), says(Planned)],
                [Some(Done), Some(Started), Some(Done), Some(Planned)],
            ),
            (vec![says(Done), says(Done)], [Some(Done); 4]),
            (
                vec![says(Open), says(Closed)],
                [Some(Open), Some(Open), Some(Open), Some(Open)],
            ),
            (
                vec![says(Closed), says(Started)],
                [Some(Closed), Some(Started), Some(Started), Some(Started)],
            ),
            (vec![says(Done), says(Closed)], [Some(Done); 4]),
            (vec![says(Closed), says(Closed)], [Some(Closed); 4]),
            // What is not mapped has no say, but nobody says that all is done meanwhile.
            (
                vec![unmapped, says(Started)],
                [None, Some(Started), Some(Started), Some(Started)],
            ),
            (
                vec![unmapped, says(Done)],
                [None, Some(Started), Some(Done), None],
            ),
            (
                vec![told, says(Done)],
                [None, Some(Done), Some(Done), Some(Done)],
            ),
            (vec![unmapped, says(Closed)], [None, None, None, None]),
            (
                vec![told, says(Closed)],
                [None, Some(Closed), Some(Closed), Some(Closed)],
            ),
            // What was not read yet may be anywhere.
            (
                vec![Says::Unread, says(Started)],
                [None, Some(Started), Some(Started), None],
            ),
            (
                vec![Says::Unread, says(Done)],
                [None, Some(Started), Some(Done), None],
            ),
        ] {
            assert_eq!(all(&voices), wanted, "{voices:?}");
        }
    }

    #[test]
    fn a_row_by_which_the_board_leads_is_compared_and_moves_nothing() {
        let jira_follows = Says::At {
            place: place(StatusKind::Started),
            moves: false,
        };
        let voices = [voice(1, says(StatusKind::Done)), voice(2, jira_follows)];
        let verdict = combine(Combination::FurthestBehind, &voices, None);
        assert_eq!((verdict.to, verdict.why), (None, Why::BoardLeads));
        assert_eq!(verdict.leader, Some(voices[1].link));
    }

    #[test]
    fn where_the_primary_one_is_gone_the_oldest_leads() {
        let voices = [
            voice(3, says(StatusKind::Done)),
            voice(2, says(StatusKind::Started)),
        ];
        let verdict = combine(Combination::Primary, &voices, None);
        assert_eq!(verdict.leader, Some(voices[1].link));
    }

    #[test]
    fn statuses_of_a_kind_go_by_the_order_of_the_board() {
        let one = |position| Says::At {
            place: at(StatusKind::Started, position),
            moves: true,
        };
        let voices = [voice(1, one(8)), voice(2, one(7))];
        let to = |rule| combine(rule, &voices, None).to.unwrap().position;
        assert_eq!(to(Combination::FurthestAhead), 8);
        assert_eq!(to(Combination::FurthestBehind), 7);
    }

    fn any_says() -> impl Strategy<Value = Says> {
        let kind = prop::sample::select(StatusKind::ALL.to_vec());
        prop_oneof![
            6 => (kind, 0..3_i64, prop::bool::weighted(0.9)).prop_map(|(kind, position, moves)| Says::At {
                place: at(kind, 10 * i64::from(kind as u8) + position),
                moves,
            }),
            1 => any::<bool>().prop_map(|is_done| Says::Unmapped { is_done }),
            1 => Just(Says::Unread),
        ]
    }

    fn any_voices() -> impl Strategy<Value = Vec<Voice>> {
        prop::collection::vec(any_says(), 0..6).prop_map(|all| {
            (1..)
                .zip(all)
                .map(|(link, says)| voice(link, says))
                .collect()
        })
    }

    fn any_rule() -> impl Strategy<Value = Combination> {
        prop::sample::select(Combination::ALL.to_vec())
    }

    #[expect(clippy::unnecessary_wraps, reason = "as the place of a post is given")]
    fn begun() -> Option<Place> {
        Some(at(StatusKind::Started, 20))
    }

    proptest! {
        #[test]
        fn the_order_of_the_issues_does_not_matter(rule in any_rule(), voices in any_voices(), seed in any::<u64>()) {
            let wanted = combine(rule, &voices, begun());
            let mut shuffled = voices.clone();
            let turns = usize::try_from(seed % 7).unwrap();
            shuffled.rotate_left(turns.min(voices.len()));
            if seed % 2 == 0 {
                shuffled.reverse();
            }
            prop_assert_eq!(combine(rule, &shuffled, begun()), wanted);
        }

        #[test]
        fn the_post_goes_only_where_an_issue_is_or_where_work_begins(rule in any_rule(), voices in any_voices()) {
            let verdict = combine(rule, &voices, begun());
            if let Some(to) = verdict.to {
                let is_somewhere = voices.iter().any(|one| one.says == Says::At { place: to, moves: true });
                prop_assert!(is_somewhere || (rule == Combination::AllDone && Some(to) == begun()));
            }
        }

        #[test]
        fn nothing_is_finished_before_everything_is(voices in any_voices()) {
            let finished = |one: &Voice| match one.says {
                Says::At { place, .. } => place.kind.is_resolved(),
                Says::Unmapped { is_done } => is_done,
                Says::Unread => false,
            };
            for rule in [Combination::AllDone, Combination::FurthestBehind] {
                let verdict = combine(rule, &voices, begun());
                if verdict.to.is_some_and(|to| to.kind.is_resolved()) {
                    prop_assert!(voices.iter().all(finished), "{:?}", rule);
                }
            }
            for rule in [Combination::AllDone, Combination::FurthestAhead, Combination::FurthestBehind] {
                let verdict = combine(rule, &voices, begun());
                if verdict.to.is_some_and(|to| to.kind == StatusKind::Closed) {
                    prop_assert!(voices.iter().all(finished), "{:?}", rule);
                }
            }
        }

        /// An issue that goes on never takes its post back. (By the primary rule only the primary one counts; "all
        /// done" keeps this between kinds, as an issue that is done counts as merely begun.)
        #[test]
        fn an_issue_that_goes_on_takes_no_post_back(
            kinds in prop::collection::vec((0..4_usize, 0..3_i64), 1..6),
            which in any::<prop::sample::Index>(),
            further in (0..4_usize, 0..3_i64),
        ) {
            let place_of = |(kind, position): (usize, i64)| {
                at(StatusKind::ALL[kind], 10 * i64::try_from(kind).unwrap() + position)
            };
            let says_of = |place| Says::At { place, moves: true };
            let before: Vec<Voice> = (1..).zip(&kinds).map(|(link, one)| voice(link, says_of(place_of(*one)))).collect();
            let mut after = before.clone();
            let moved = which.index(after.len());
            let next = place_of(further).max(place_of(kinds[moved]));
            after[moved].says = says_of(next);
            for rule in Combination::ALL {
                let was = combine(rule, &before, begun()).to.unwrap();
                let is = combine(rule, &after, begun()).to.unwrap();
                prop_assert!(is.kind >= was.kind, "{:?}", rule);
                if rule != Combination::AllDone {
                    prop_assert!(is >= was, "{:?}", rule);
                }
            }
        }
    }
}
