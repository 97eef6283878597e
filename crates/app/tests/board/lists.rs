//! Pages of posts.

use std::{collections::BTreeSet, time::Duration};

use upvow_app::{
    Caller, comments,
    posts::{self, Filter, PostRow},
    votes,
};
use upvow_domain::{PostId, post::Sort};

use crate::{
    harness::World,
    helpers::{kind, page},
};

/// Forty posts whose votes, comments and ages are mixed, with many that are equal in each.
async fn busy_board(world: &World) -> Vec<Caller> {
    let mut people = vec![];
    for name in ["ana", "ben", "cem", "dora"] {
        people.push(world.person(&format!("{name}@example.com")).await);
    }
    for number in 0..40_usize {
        let post = world
            .post(&people[number % 4], &format!("Idea number {number}"))
            .await;
        for voter in &people[..number % 3] {
            votes::vote(&world.app, voter, post.row.id).await.unwrap();
        }
        for _ in 0..number % 2 {
            comment(world, &people[0], post.row.id).await;
        }
        if number % 5 == 0 {
            world.app.clock.advance(Duration::from_hours(30));
        }
    }
    people
}

async fn comment(world: &World, caller: &Caller, post: PostId) {
    let new = comments::NewComment {
        body: "Yes please".to_owned(),
        is_internal: false,
        is_official: false,
        submit_key: None,
    };
    comments::add(&world.app, caller, post, &new).await.unwrap();
}

async fn all_pages(world: &World, caller: &Caller, filter: &Filter, size: u32) -> Vec<PostRow> {
    let (mut rows, mut after) = (vec![], None);
    loop {
        let next = posts::list(&world.app, caller, filter, &page(size, after.as_deref()))
            .await
            .unwrap();
        assert!(next.items.len() <= size as usize);
        rows.extend(next.items);
        after = next.next;
        if after.is_none() {
            return rows;
        }
    }
}

fn sorted(sort: Sort) -> Filter {
    Filter {
        sort,
        ..Filter::default()
    }
}

#[tokio::test]
async fn turning_pages_neither_skips_nor_doubles_in_any_order() {
    let world = World::start(None).await;
    busy_board(&world).await;
    let board = world.features().await.id;
    for sort in Sort::ALL {
        let whole = all_pages(&world, &world.owner, &sorted(sort), 100).await;
        assert_eq!(whole.len(), 40, "{sort:?}");
        let ids: Vec<_> = whole.iter().map(|row| row.id).collect();
        for size in [1, 3, 7] {
            for board in [None, Some(board)] {
                let filter = Filter {
                    board,
                    ..sorted(sort)
                };
                let turned = all_pages(&world, &world.owner, &filter, size).await;
                let turned: Vec<_> = turned.iter().map(|row| row.id).collect();
                assert_eq!(turned, ids, "{sort:?}, pages of {size}");
            }
        }
        let ordered = match sort {
            Sort::Top => whole.is_sorted_by_key(|row| -row.votes),
            Sort::Discussed => whole.is_sorted_by_key(|row| -row.comments),
            Sort::New => whole.is_sorted_by_key(|row| -row.created_at.0),
            Sort::Trending => whole[0].created_at > whole[39].created_at,
        };
        assert!(ordered, "{sort:?}");
    }
}

#[tokio::test]
async fn a_page_stays_true_while_others_vote() {
    let world = World::start(None).await;
    let people = busy_board(&world).await;
    let first = posts::list(&world.app, &people[0], &sorted(Sort::Top), &page(10, None))
        .await
        .unwrap();
    // A post of the first page falls behind the cursor, and one of the last page rises above it.
    votes::unvote(&world.app, &people[1], first.items[0].id)
        .await
        .unwrap();
    let rest = all_pages(&world, &people[0], &sorted(Sort::Top), 100).await;
    let last = rest.last().unwrap().id;
    for voter in &people {
        votes::vote(&world.app, voter, last).await.unwrap();
    }
    let mut after = first.next;
    let mut seen: BTreeSet<_> = first.items.iter().map(|row| row.id).collect();
    while let Some(cursor) = after {
        let next = posts::list(
            &world.app,
            &people[0],
            &sorted(Sort::Top),
            &page(10, Some(&cursor)),
        )
        .await
        .unwrap();
        for row in &next.items {
            assert!(
                seen.insert(row.id) || row.id == first.items[0].id,
                "only what fell may come again"
            );
        }
        after = next.next;
    }
    // Only what rose above the cursor meanwhile can be missing.
    assert!(seen.len() >= 39, "{}", seen.len());
}

#[tokio::test]
async fn a_cursor_of_another_order_or_made_up_is_refused() {
    let world = World::start(None).await;
    busy_board(&world).await;
    let top = posts::list(&world.app, &world.owner, &sorted(Sort::Top), &page(5, None))
        .await
        .unwrap();
    let cursor = top.next.unwrap();
    for odd in [
        cursor.as_str(),
        "x",
        "🎉",
        "a\0b",
        "'; DROP TABLE posts; --",
    ] {
        let filter = sorted(Sort::New);
        let refused = posts::list(&world.app, &world.owner, &filter, &page(5, Some(odd))).await;
        assert_eq!(kind(refused), "after", "{odd:?}");
    }
}

#[tokio::test]
async fn trending_is_what_is_wanted_lately() {
    let world = World::start(None).await;
    let people = busy_board(&world).await;
    let old = world.post(&people[0], "Loved long ago").await.row.id;
    for voter in &people {
        votes::vote(&world.app, voter, old).await.unwrap();
    }
    world.app.clock.advance(Duration::from_hours(24 * 60));
    let fresh = world.post(&people[0], "Wanted now").await.row.id;
    votes::vote(&world.app, &people[1], fresh).await.unwrap();
    let list = posts::list(&world.app, &people[0], &Filter::default(), &page(2, None))
        .await
        .unwrap();
    assert_eq!(list.items[0].id, fresh);
    let top = posts::list(&world.app, &people[0], &sorted(Sort::Top), &page(2, None))
        .await
        .unwrap();
    assert_eq!(top.items[0].id, old);
}

#[tokio::test]
async fn filters_go_together() {
    let world = World::start(None).await;
    let people = busy_board(&world).await;
    let planned = world.status("Planned").await.id;
    let done = world.status("Done").await.id;
    let mine = Filter {
        mine: true,
        ..Filter::default()
    };
    let of_ana = all_pages(&world, &people[0], &mine, 4).await;
    assert_eq!(of_ana.len(), 10);
    for (row, status) in of_ana.iter().zip([planned, done, planned]) {
        posts::set_status(&world.app, &world.owner, row.id, status, posts::Cause::Page)
            .await
            .unwrap();
    }
    for sort in Sort::ALL {
        let filter = |statuses: &[_], query: &str, mine| Filter {
            statuses: statuses.to_vec(),
            query: query.to_owned(),
            mine,
            sort,
            ..Filter::default()
        };
        let count = async |filter: Filter| all_pages(&world, &people[0], &filter, 1).await.len();
        assert_eq!(count(filter(&[planned], "", false)).await, 2);
        assert_eq!(count(filter(&[planned, done], "", false)).await, 3);
        assert_eq!(count(filter(&[planned, planned], "idea", true)).await, 2);
        assert_eq!(count(filter(&[], "idea", false)).await, 40);
        assert_eq!(count(filter(&[], "IDEA num 3", false)).await, 11);
        assert_eq!(count(filter(&[done], "nowhere", false)).await, 0);
    }
    let visitor = Caller::visitor(world.project.id);
    let refused = posts::list(&world.app, &visitor, &mine, &page(5, None)).await;
    assert_eq!(kind(refused), "sign in");
}

#[tokio::test]
async fn a_row_knows_whether_the_reader_voted() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let ben = world.person("ben@example.com").await;
    let wanted = world.post(&ana, "Dark mode").await.row.id;
    world.post(&ana, "Light mode").await;
    votes::vote(&world.app, &ben, wanted).await.unwrap();
    for (caller, voted) in [
        (ana, vec![true, true]),
        (ben, vec![true, false]),
        (Caller::visitor(world.project.id), vec![false, false]),
    ] {
        let rows = all_pages(&world, &caller, &sorted(Sort::Top), 10).await;
        let seen: Vec<_> = rows.iter().map(|row| row.voted).collect();
        assert_eq!(seen, voted);
    }
}
