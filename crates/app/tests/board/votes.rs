//! Votes and their counters.

use std::time::Duration;

use upvow_app::{
    Caller, Role,
    posts::{self, Filter},
    votes,
};
use upvow_domain::post::Sort;

use crate::{
    harness::World,
    helpers::{kind, page},
};

#[tokio::test]
async fn a_post_begins_with_its_authors_vote_and_voting_twice_is_voting_once() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let ben = world.person("ben@example.com").await;
    let post = world.post(&ana, "Dark mode").await;
    assert_eq!((post.row.votes, post.row.voted), (1, true));
    for _ in 0..2 {
        let tally = votes::vote(&world.app, &ben, post.row.id).await.unwrap();
        assert_eq!((tally.votes, tally.voted), (2, true));
    }
    for _ in 0..2 {
        let tally = votes::unvote(&world.app, &ben, post.row.id).await.unwrap();
        assert_eq!((tally.votes, tally.voted), (1, false));
    }
    let visitor = Caller::visitor(world.project.id);
    assert_eq!(
        kind(votes::vote(&world.app, &visitor, post.row.id).await),
        "sign in"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_at_the_same_moment_are_all_counted_once() {
    let world = World::start(None).await;
    let post = world.post(&world.owner, "Dark mode").await.row.id;
    let mut tasks = vec![];
    for number in 0..12 {
        let voter = world.person(&format!("voter{number}@example.com")).await;
        // Each of them twice, as a double click does.
        for _ in 0..2 {
            let (app, voter) = (world.app.clone(), voter.clone());
            tasks.push(tokio::spawn(async move {
                votes::vote(&app, &voter, post).await
            }));
        }
    }
    for task in tasks {
        assert!(task.await.unwrap().unwrap().voted);
    }
    let seen = posts::get(&world.app, &world.owner, post).await.unwrap();
    assert_eq!(seen.row.votes, 13);
    let voters = votes::voters(&world.app, &world.owner, post, &page(100, None)).await;
    assert_eq!(voters.unwrap().items.len(), 13);
}

#[tokio::test]
async fn taking_votes_back_puts_the_order_back() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let first = world.post(&ana, "Older post").await.row.id;
    world.app.clock.advance(Duration::from_hours(1));
    let second = world.post(&ana, "Newer post").await.row.id;
    let order = async || {
        let list = posts::list(&world.app, &ana, &Filter::default(), &page(2, None)).await;
        let rows = list.unwrap().items;
        [rows[0].id, rows[1].id]
    };
    assert_eq!(order().await, [second, first]);
    // A hundred weeks later one vote outweighs all there was; without it, everything is as before.
    world.app.clock.advance(Duration::from_hours(100 * 7 * 24));
    let ben = world.person("ben@example.com").await;
    votes::vote(&world.app, &ben, first).await.unwrap();
    assert_eq!(order().await, [first, second]);
    votes::unvote(&world.app, &ben, first).await.unwrap();
    assert_eq!(order().await, [second, first]);
    let top = Filter {
        sort: Sort::Top,
        ..Filter::default()
    };
    let rows = posts::list(&world.app, &ana, &top, &page(2, None))
        .await
        .unwrap();
    assert!(rows.items.iter().all(|row| row.votes == 1));
}

#[tokio::test]
async fn voters_are_for_members_and_come_newest_first() {
    let world = World::start(None).await;
    let post = world.post(&world.owner, "Dark mode").await.row.id;
    let member = world.member("mod@example.com", Role::Moderator).await;
    for number in 0..5 {
        let voter = world.person(&format!("voter{number}@example.com")).await;
        world.app.clock.advance(Duration::from_secs(1));
        votes::vote(&world.app, &voter, post).await.unwrap();
        assert_eq!(
            kind(votes::voters(&world.app, &voter, post, &page(2, None)).await),
            "forbidden"
        );
    }
    let (mut cast_at, mut after) = (vec![], None);
    loop {
        let next = votes::voters(&world.app, &member, post, &page(2, after.as_deref()))
            .await
            .unwrap();
        cast_at.extend(next.items.iter().map(|voter| voter.at));
        after = next.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(cast_at.len(), 6);
    assert!(cast_at.is_sorted_by(|a, b| a > b));
}
