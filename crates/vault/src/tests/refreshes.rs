//! One refresh at a time, and late writes lose.

use std::time::Duration;

use super::house::*;
use crate::{ErasureReason, GrantState, Revocation};

story!(f02_twenty_callers_of_two_nodes_get_one_lease);

async fn f02_twenty_callers_of_two_nodes_get_one_lease(house: House) {
    let vault = house.open().await;
    let other_node = house.open().await;
    connect(&vault, &["ana"]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let vault = if n % 2 == 0 {
            vault.clone()
        } else {
            other_node.clone()
        };
        tasks.spawn(async move { vault.lease_refresh(grant_id(1), HOUR, NOON).await.unwrap() });
    }
    let leases = tasks.join_all().await;
    assert_eq!(leases.iter().flatten().count(), 1);
    vault.close().await;
    other_node.close().await;
}

story!(f07_a_holder_that_stalled_beyond_its_lease_is_refused);

async fn f07_a_holder_that_stalled_beyond_its_lease_is_refused(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let stalled = lease(&vault, grant_id(1)).await;
    assert_eq!(
        vault.lease_refresh(grant_id(1), HOUR, NOON).await.unwrap(),
        None
    );
    let later = NOON.plus(HOUR);
    let next = vault
        .lease_refresh(grant_id(1), HOUR, later)
        .await
        .unwrap()
        .unwrap();
    assert!(next > stalled);
    assert!(
        !vault
            .rotate(grant_id(1), stalled, 1, new_tokens("late"), later)
            .await
            .unwrap()
    );
    // Giving back a lease that is another's changes nothing.
    vault.release_refresh(grant_id(1), stalled).await.unwrap();
    assert_eq!(
        vault.lease_refresh(grant_id(1), HOUR, later).await.unwrap(),
        None
    );
    assert!(
        vault
            .rotate(grant_id(1), next, 1, new_tokens("second"), later)
            .await
            .unwrap()
    );
    assert_eq!(access(&vault, grant_id(1)).await.unwrap(), "second");
    assert!(
        !vault
            .rotate(grant_id(1), next, 1, new_tokens("twice"), later)
            .await
            .unwrap(),
        "the version has moved on"
    );
    let third = vault
        .lease_refresh(grant_id(1), HOUR, later)
        .await
        .unwrap()
        .unwrap();
    assert!(
        third > next,
        "a rotation gives the lease back, and fences only grow"
    );
    vault.release_refresh(grant_id(1), third).await.unwrap();
    assert!(
        vault
            .lease_refresh(grant_id(1), HOUR, later)
            .await
            .unwrap()
            .is_some()
    );
    vault.close().await;
}

story!(f12_a_lease_from_a_clock_that_is_ahead_is_no_lock);

async fn f12_a_lease_from_a_clock_that_is_ahead_is_no_lock(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let ahead = NOON.plus(Duration::from_mins(10));
    let (id, span) = (grant_id(1), Duration::from_secs(30));
    let fast = vault.lease_refresh(id, span, ahead).await.unwrap().unwrap();
    let nearly = ahead.minus(Duration::from_secs(20));
    assert_eq!(
        vault.lease_refresh(id, span, nearly).await.unwrap(),
        None,
        "who read the clock a little earlier does not break in"
    );
    let next = vault.lease_refresh(id, span, NOON).await.unwrap().unwrap();
    assert!(next > fast, "and the late write of the fast one is refused");
    assert!(
        !vault
            .rotate(id, fast, 1, new_tokens("fast"), ahead)
            .await
            .unwrap()
    );
    assert_eq!(vault.lease_refresh(id, span, NOON).await.unwrap(), None);
    vault.close().await;
}

story!(f04_a_rotation_without_a_refresh_token_keeps_the_old_one);

async fn f04_a_rotation_without_a_refresh_token_keeps_the_old_one(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let fence = lease(&vault, grant_id(1)).await;
    let mut tokens = new_tokens("second");
    tokens.refresh = None;
    assert!(
        vault
            .rotate(grant_id(1), fence, 1, tokens, NOON.plus(HOUR))
            .await
            .unwrap()
    );
    let grant = vault.open_grant(grant_id(1)).await.unwrap().unwrap();
    assert_eq!(grant.refresh.unwrap().expose(), "refresh-canary-ana");
    assert_eq!(
        (grant.version, grant.refreshed_at, grant.consented_at),
        (2, NOON.plus(HOUR), NOON)
    );
    vault.close().await;
}

story!(f08_an_erasure_during_a_refresh_wins);

async fn f08_an_erasure_during_a_refresh_wins(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let fence = lease(&vault, grant_id(1)).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
    for version in [1, 2] {
        assert!(
            !vault
                .rotate(grant_id(1), fence, version, new_tokens("back"), NOON)
                .await
                .unwrap()
        );
    }
    assert_eq!(
        vault
            .lease_refresh(grant_id(1), HOUR, NOON.plus(2 * HOUR))
            .await
            .unwrap(),
        None
    );
    assert!(!vault.mark_dead(grant_id(1), 2).await.unwrap());
    vault
        .finish_erasure(erasure_id(1), Revocation::PersonMustRemove, NOON)
        .await
        .unwrap();
    assert!(
        !vault
            .rotate(grant_id(1), fence, 1, new_tokens("back"), NOON)
            .await
            .unwrap()
    );
    assert!(vault.open_grant(grant_id(1)).await.unwrap().is_none());
    vault.close().await;
}

story!(a_dead_grant_loses_its_tokens_and_a_reconnect_revives_it);

/// Promise 5.1.
async fn a_dead_grant_loses_its_tokens_and_a_reconnect_revives_it(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let fence = lease(&vault, grant_id(1)).await;
    assert!(
        !vault.mark_dead(grant_id(1), 7).await.unwrap(),
        "another version"
    );
    assert!(vault.mark_dead(grant_id(1), 1).await.unwrap());
    let grant = vault.open_grant(grant_id(1)).await.unwrap().unwrap();
    assert_eq!(grant.state, GrantState::Dead);
    assert!(grant.access.is_none() && grant.refresh.is_none());
    assert_eq!(house.blob("SELECT access FROM grants").await, None);
    assert!(
        !vault
            .rotate(grant_id(1), fence, 1, new_tokens("late"), NOON)
            .await
            .unwrap()
    );
    assert_eq!(
        vault
            .lease_refresh(grant_id(1), HOUR, NOON.plus(2 * HOUR))
            .await
            .unwrap(),
        None
    );
    assert_eq!(vault.counts().await.unwrap().dead, 1);
    let kept = vault
        .keep_grant(grant_id(5), new_grant("ana"), NOON)
        .await
        .unwrap();
    assert_eq!((kept.id, kept.replaced), (grant_id(1), true));
    assert_eq!(
        vault.open_grant(grant_id(1)).await.unwrap().unwrap().state,
        GrantState::Live
    );
    vault.close().await;
}
