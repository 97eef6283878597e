//! Whose turn it is to refresh a token: one at a time, whoever stalls, dies or is overtaken, and whatever the clocks say.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use upvow_app::{
    Clock,
    connect::{State, goodbye, wizard},
};
use upvow_domain::{
    ConnectionId, Time,
    secret::{AccessToken, RefreshToken},
};
use upvow_vault::NewTokens;

use crate::{
    atlassian::{Fault, Gate},
    town::{Town, never},
};

const TOKEN: &str = "POST /oauth/token";
const HOUR: u64 = 3_600;

/// Any call that needs a token.
async fn call(town: &Town, by: ConnectionId) -> upvow_app::Result<usize> {
    let found = wizard::projects(town.app(), town.owner(), by, None, 0).await?;
    Ok(found.items.len())
}

#[tokio::test]
async fn f02_two_nodes_with_an_old_token_refresh_it_once() {
    let (town, by) = Town::connected().await;
    let before = town.atlassian.count(TOKEN);
    town.wait(2 * HOUR);
    let gate = Gate::new();
    town.atlassian.fail(TOKEN, Fault::Hold(gate.clone()));
    let other = town.node(town.app().clock.clone());
    let calls = (0..20).map(|n| {
        let app = if n % 2 == 0 { town.app() } else { &other };
        wizard::projects(app, town.owner(), by, None, 0)
    });
    let opened = async {
        gate.arrived().await;
        gate.open();
    };
    let (answers, ()) = tokio::join!(join_all(calls), opened);
    for answer in answers {
        assert_eq!(answer.unwrap().items.len(), 2);
    }
    assert_eq!(town.atlassian.count(TOKEN), before + 1);
}

#[tokio::test]
async fn f03_a_node_that_died_with_the_new_pair_in_its_hands_holds_up_nobody() {
    let (town, by) = Town::connected().await;
    let id = town.grant().await;
    town.wait(2 * HOUR);
    let lease = Duration::from_secs(30);
    let now = town.app().now();
    let taken = town.app().vault.lease_refresh(id, lease, now).await;
    assert!(taken.unwrap().is_some());
    {
        let mut world = town.atlassian.world();
        world.pair += 1;
        world.rotated = world.pair;
    }
    // It never writes, and never gives its turn back.
    town.wait(31);
    call(&town, by).await.unwrap();
    assert_eq!(town.connection(by).await.state, State::Active);
    assert_eq!(town.connection(by).await.problem, None);
}

#[tokio::test]
async fn f07_who_stalls_beyond_the_lease_writes_nothing_and_goes_on_with_what_there_is() {
    let (town, by) = Town::connected().await;
    let id = town.grant().await;
    town.wait(2 * HOUR);
    let gate = Gate::new();
    town.atlassian.fail(TOKEN, Fault::Hold(gate.clone()));
    let other = town.node(town.app().clock.clone());
    let second = async {
        gate.arrived().await;
        town.wait(31);
        let answer = wizard::projects(&other, town.owner(), by, None, 0).await;
        gate.open();
        answer
    };
    let (first, second) = tokio::join!(call(&town, by), second);
    assert_eq!(second.unwrap().items.len(), 2);
    assert_eq!(first.unwrap(), 2);
    let kept = town.app().vault.open_grant(id).await.unwrap().unwrap();
    // The first one's pair was the second; its write came after that of the third.
    assert_eq!(kept.access.unwrap().expose(), "access-3");
    assert_eq!(kept.refresh.unwrap().expose(), "refresh-3");
}

#[tokio::test]
async fn f08_a_goodbye_during_a_refresh_is_final() {
    let (town, by) = Town::connected().await;
    let id = town.grant().await;
    town.wait(2 * HOUR);
    let gate = Gate::new();
    town.atlassian.fail(TOKEN, Fault::Hold(gate.clone()));
    let leaves = async {
        gate.arrived().await;
        goodbye::disconnect(town.app(), town.owner(), by)
            .await
            .unwrap();
        gate.open();
    };
    let (answer, ()) = tokio::join!(call(&town, by), leaves);
    assert!(answer.is_err(), "nobody gets a token any more");
    let vault = &town.app().vault;
    assert!(vault.open_grant(id).await.unwrap().is_none());
    assert_eq!(town.connection(by).await.state, State::Disconnecting);
    town.work().await;
    assert_eq!(town.connection(by).await.state, State::Invalidated);
    let left = vault.counts().await.unwrap();
    assert_eq!(
        (
            left.grants,
            left.revoke_only,
            left.hooks,
            left.open_erasures
        ),
        (0, 0, 0, 0)
    );
}

/// Promise 5.4, 5.7.
#[tokio::test]
async fn f08_a_write_after_the_goodbye_brings_nothing_back() {
    let (town, by) = Town::connected().await;
    let (id, vault, clock) = (town.grant().await, &town.app().vault, &town.app().clock);
    let lease = std::time::Duration::from_secs(30);
    let fence = vault
        .lease_refresh(id, lease, clock.now())
        .await
        .unwrap()
        .unwrap();
    let version = vault.open_grant(id).await.unwrap().unwrap().version;

    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    let late = NewTokens {
        access: AccessToken::new("late".to_owned()),
        refresh: Some(RefreshToken::new("late".to_owned())),
        expires_at: never(),
        scopes: vec![],
    };
    assert!(
        !vault
            .rotate(id, fence, version, late, clock.now())
            .await
            .unwrap()
    );
    assert!(vault.open_grant(id).await.unwrap().is_none());
    town.work().await;
    let counts = vault.counts().await.unwrap();
    assert_eq!(
        (
            counts.grants,
            counts.revoke_only,
            counts.hooks,
            counts.open_erasures
        ),
        (0, 0, 0, 0)
    );
}

#[tokio::test]
async fn f12_a_lifetime_that_makes_no_sense_neither_stops_nor_floods() {
    for said in [
        json!(null),
        json!(0),
        json!(-1),
        json!(60),
        json!(u64::MAX),
        json!(1e300),
        json!("soon"),
    ] {
        let (town, by) = Town::connected().await;
        let tokens = [("expires_in".to_owned(), said.clone())];
        town.atlassian.world().tokens.extend(tokens);
        town.wait(2 * HOUR);
        let before = town.atlassian.count(TOKEN);
        for _ in 0..5 {
            assert_eq!(call(&town, by).await.unwrap(), 2, "{said}");
        }
        assert_eq!(town.atlassian.count(TOKEN), before + 1, "{said}");
        // However long it was said to live, it is renewed within a day or two.
        town.wait(25 * HOUR);
        assert_eq!(call(&town, by).await.unwrap(), 2, "{said}");
        assert_eq!(town.atlassian.count(TOKEN), before + 2, "{said}");
    }
}

/// This much earlier.
fn ago(time: Time, minutes: u64) -> Time {
    time.minus(Duration::from_mins(minutes))
}

#[tokio::test]
async fn f12_clocks_ten_minutes_apart_still_agree_on_one_token() {
    let (town, by) = Town::connected().await;
    let now = town.app().now();
    let clocks = [ago(now, 10), now, now.plus(Duration::from_mins(10))];
    let nodes = clocks.map(|at| town.node(Clock::at(at)));
    let before = town.atlassian.count(TOKEN);
    let call = async |n: usize| {
        let found = wizard::projects(&nodes[n], town.owner(), by, None, 0).await;
        assert_eq!(found.unwrap().items.len(), 2);
    };
    for n in 0..3 {
        call(n).await;
    }
    assert_eq!(town.atlassian.count(TOKEN), before, "fresh for all");

    // An hour later. Whose clock is slow believes that the token is good until Jira refuses it.
    for node in &nodes {
        node.clock.advance(Duration::from_secs(HOUR));
    }
    town.atlassian.fail(
        "GET /ex/jira",
        Fault::Answer(401, json!({"message": "Unauthorized"})),
    );
    call(0).await;
    assert_eq!(town.atlassian.count(TOKEN), before + 1, "renewed once");
    for n in [1, 0, 1] {
        call(n).await;
    }
    assert_eq!(town.atlassian.count(TOKEN), before + 1, "good for the next");
    for n in [2, 1, 0, 2] {
        call(n).await;
    }
    assert!(
        town.atlassian.count(TOKEN) <= before + 2,
        "and no to and fro"
    );
}

#[tokio::test]
async fn f12_a_lease_of_a_dead_node_whose_clock_was_fast_is_no_lock() {
    let (town, by) = Town::connected().await;
    let id = town.grant().await;
    town.wait(2 * HOUR);
    let fast = town.app().now().plus(Duration::from_mins(10));
    let lease = Duration::from_secs(30);
    let taken = town.app().vault.lease_refresh(id, lease, fast).await;
    assert!(taken.unwrap().is_some());
    town.wait(31);
    assert_eq!(call(&town, by).await.unwrap(), 2);
}
