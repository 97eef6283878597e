//! The workers, by themselves and beside those of other nodes.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use upvow_app::{connect::wizard, jobs, sync::links::LinkState};
use upvow_domain::{
    GrantId,
    board::StatusKind,
    secret::{AccessToken, RefreshToken},
};
use upvow_vault::NewTokens;

use crate::{
    atlassian::DOING,
    town::{Town, issue_number},
};

#[tokio::test]
async fn they_do_what_is_asked_without_being_told_to_look() {
    let (town, by) = Town::connected().await;
    let stop = CancellationToken::new();
    let workers = tokio::spawn(jobs::work(town.app().clone(), stop.clone()));
    let mut changes = town.app().live.hear();
    let post = town.post("Dark mode, please").await;
    town.create(post, by).await;
    let story = async {
        while town.link(post).await.state != LinkState::Active {
            changes.recv().await.unwrap();
        }
        let issue = issue_number(&town.link(post).await);
        town.atlassian.move_issue(issue, DOING);
        town.ring(issue, "d").await;
        while town.kind(post).await != StatusKind::Started {
            changes.recv().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), story)
        .await
        .expect("it happens by itself");
    stop.cancel();
    workers.await.unwrap();
}

#[tokio::test]
async fn f02_who_finds_another_node_refreshing_uses_what_it_brings() {
    let (town, by) = Town::connected().await;
    let (vault, clock) = (&town.app().vault, &town.app().clock);
    let mut tx = town.app().db.read().await.unwrap();
    let grant: GrantId = tx
        .value("SELECT grant_id FROM connections", vec![])
        .await
        .unwrap()
        .unwrap();
    drop(tx);
    town.wait(7_200);
    let lease = Duration::from_secs(30);
    let other = vault
        .lease_refresh(grant, lease, clock.now())
        .await
        .unwrap()
        .unwrap();
    let before = town.atlassian.count("/oauth/token");

    let waits = wizard::projects(town.app(), town.owner(), by, None, 0);
    let brings = async {
        // The other node asks Atlassian and writes, while the call waits.
        let pair = {
            let mut world = town.atlassian.world();
            world.pair += 1;
            world.rotated = world.pair;
            world.pair
        };
        let tokens = NewTokens {
            access: AccessToken::new(format!("access-{pair}")),
            refresh: Some(RefreshToken::new(format!("refresh-{pair}"))),
            expires_at: clock.now().plus(Duration::from_hours(1)),
            scopes: vec![],
        };
        let version = vault.open_grant(grant).await.unwrap().unwrap().version;
        vault
            .rotate(grant, other, version, tokens, clock.now())
            .await
            .unwrap()
    };
    let (answer, written) = tokio::join!(waits, brings);
    assert!(written);
    assert_eq!(answer.unwrap().items.len(), 2);
    assert_eq!(
        town.atlassian.count("/oauth/token"),
        before,
        "nobody asked twice"
    );
}
