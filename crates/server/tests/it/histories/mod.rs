//! Random histories: events doubled, reordered and lost, both sides edited, issues moved and deleted, crashes, outages and
//! disconnects, in any order. At the end of each, board and Jira agree, no issue is there twice and no change is lost.
//!
//! `UPVOW_HISTORIES=500` plays more of them than a test run does.

mod agree;
mod child;
mod day;
mod desk;
mod dice;
mod product;
mod story;
mod town;

use proptest::{prelude::*, test_runner::Config};
use story::{Act, Story};

fn histories() -> u32 {
    std::env::var("UPVOW_HISTORIES").map_or(12, |count| count.parse().expect("a number"))
}

fn act() -> impl Strategy<Value = Act> {
    let one = || 0_usize..8;
    prop_oneof![
        4 => one().prop_map(|post| Act::Create { post }),
        1 => (one(), one()).prop_map(|(post, issue)| Act::LinkTo { post, issue }),
        6 => (one(), one()).prop_map(|(issue, status)| Act::JiraMoves { issue, status }),
        6 => (one(), one()).prop_map(|(post, status)| Act::BoardMoves { post, status }),
        2 => (one(), any::<bool>()).prop_map(|(post, on)| Act::Vote { post, on }),
        1 => (one(), any::<u8>()).prop_map(|(post, number)| Act::Rename { post, number }),
        1 => one().prop_map(|issue| Act::Moved { issue }),
        1 => one().prop_map(|issue| Act::Deleted { issue }),
        1 => one().prop_map(|post| Act::Unlink { post }),
        2 => (1_u64..4).prop_map(|times| Act::Lose { times }),
        2 => (1_u64..4).prop_map(|times| Act::Double { times }),
        2 => Just(Act::HoldBack),
        3 => any::<bool>().prop_map(|newest_first| Act::LetGo { newest_first }),
        4 => (1_u64..4, 0_u64..4, one()).prop_map(|(times, after, harm)| Act::Trouble { times, after, harm }),
        1 => Just(Act::SearchLags),
        8 => Just(Act::Work),
        3 => (1_u32..60).prop_map(|steps| Act::Crash { steps }),
        3 => (1_u64..200).prop_map(|seconds| Act::Pass { seconds }),
        1 => Just(Act::TokensExpire),
        1 => Just(Act::Reconnect),
    ]
}

async fn play(chapters: Vec<Vec<Act>>, leaves: bool) {
    let mut story = Story::begin().await;
    for acts in chapters {
        for act in &acts {
            story.act(act).await;
        }
        story.quiet().await;
        story.check().await;
    }
    if leaves {
        story.leave().await;
    }
}

proptest! {
    #![proptest_config(Config { cases: histories(), failure_persistence: None, max_shrink_iters: 60, ..Config::default() })]

    #[test]
    fn any_history_ends_in_agreement(
        chapters in prop::collection::vec(prop::collection::vec(act(), 5..25), 1..4),
        leaves in any::<bool>(),
    ) {
        run(play(chapters, leaves));
    }
}

/// The moments at which the board's first order to a new issue is under way, each with a request that fails then, and
/// somebody in Jira who moves the issue back at once.
#[test]
fn an_issue_of_a_moved_post_ends_in_agreement_whatever_fails_on_the_way() {
    for (harm, after) in [4, 6]
        .into_iter()
        .flat_map(|harm| (3..7).map(move |after| (harm, after)))
    {
        let acts = vec![
            Act::BoardMoves { post: 1, status: 1 },
            Act::Work,
            Act::Trouble {
                times: 1,
                after,
                harm,
            },
            Act::Create { post: 1 },
            Act::Work,
            Act::JiraMoves {
                issue: 0,
                status: 0,
            },
            Act::Pass { seconds: 1 },
        ];
        run(play(vec![acts], false));
    }
}

fn run(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(story);
}
