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
