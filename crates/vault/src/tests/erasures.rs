//! Goodbye, and who may come back.

use std::time::Duration;

use super::house::*;
use crate::{Counts, ErasureReason, OpenErasure, Revocation, VaultError};

story!(a_disconnect_goes_step_by_step);

async fn a_disconnect_goes_step_by_step(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let begin = || vault.begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Disconnect, NOON);
    assert!(begin().await.unwrap());
    assert!(!begin().await.unwrap(), "twice is once");
    assert!(vault.open_grant(grant_id(1)).await.unwrap().is_none());
    assert!(vault.account_of(grant_id(1)).await.unwrap().is_none());
    assert!(
        !vault
            .account_is(grant_id(1), &account("ana"))
            .await
            .unwrap()
    );
    let revocable = vault.revocable(grant_id(1)).await.unwrap().unwrap();
    assert_eq!(revocable.access.unwrap().expose(), "access-canary-ana");
    assert_eq!(revocable.refresh.unwrap().expose(), "refresh-canary-ana");
    assert!(
        vault.revocable(grant_id(2)).await.unwrap().is_none(),
        "Ben says no goodbye"
    );
    let open = OpenErasure {
        id: erasure_id(1),
        grant: grant_id(1),
        reason: ErasureReason::Disconnect,
        begun_at: NOON,
    };
    assert_eq!(vault.open_erasures().await.unwrap(), [open]);
    let counts = Counts {
        grants: 1,
        dead: 0,
        revoke_only: 1,
        hooks: 0,
        open_erasures: 1,
    };
    assert_eq!(vault.counts().await.unwrap(), counts);

    let later = NOON.plus(HOUR);
    vault
        .finish_erasure(erasure_id(1), Revocation::AcceptedNotVerified, later)
        .await
        .unwrap();
    vault
        .finish_erasure(
            erasure_id(1),
            Revocation::ConfirmedByProbe,
            later.plus(HOUR),
        )
        .await
        .unwrap();
    vault
        .finish_erasure(erasure_id(7), Revocation::ConfirmedByProbe, later)
        .await
        .unwrap();
    assert!(vault.revocable(grant_id(1)).await.unwrap().is_none());
    assert_eq!(vault.open_erasures().await.unwrap(), []);
    let record = vault.erasure(erasure_id(1)).await.unwrap().unwrap();
    assert_eq!(
        record.revocation,
        Some(Revocation::AcceptedNotVerified),
        "the first answer counts"
    );
    assert_eq!(
        (record.finished_at, record.epoch_turned_at),
        (Some(later), None)
    );
    assert!(vault.erasure(erasure_id(7)).await.unwrap().is_none());

    let epoch = vault.epoch().await.unwrap();
    assert_eq!(
        (epoch.number, epoch.erasures_waiting, epoch.waiting_since),
        (1, 1, Some(later))
    );
    let turned = later.plus(HOUR);
    assert_eq!(vault.turn_epoch(turned).await.unwrap(), 2);
    let record = vault.erasure(erasure_id(1)).await.unwrap().unwrap();
    assert_eq!(record.epoch_turned_at, Some(turned));
    let epoch = vault.epoch().await.unwrap();
    assert_eq!(
        (
            epoch.number,
            epoch.since,
            epoch.erasures_waiting,
            epoch.waiting_since
        ),
        (2, turned, 0, None)
    );
    assert_eq!(
        access(&vault, grant_id(2)).await.unwrap(),
        "access-canary-ben"
    );
    vault.close().await;
}

story!(who_disconnected_may_connect_again_even_before_it_is_done);

async fn who_disconnected_may_connect_again_even_before_it_is_done(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
    assert_eq!(vault.suppressed(&account("ana"), NOON).await.unwrap(), None);
    let kept = vault
        .keep_grant(grant_id(2), new_grant("ana"), NOON)
        .await
        .unwrap();
    assert_eq!((kept.id, kept.replaced), (grant_id(2), false));
    vault
        .finish_erasure(erasure_id(1), Revocation::NothingToRevoke, NOON)
        .await
        .unwrap();
    assert_eq!(
        access(&vault, grant_id(2)).await.unwrap(),
        "access-canary-ana",
        "the new grant stays"
    );
    vault.close().await;
}

story!(who_asked_to_be_erased_comes_back_only_by_their_own_word);

/// Promise 5.7, 6.3.
async fn who_asked_to_be_erased_comes_back_only_by_their_own_word(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    let later = NOON.plus(HOUR);
    for turned in [false, true] {
        if turned {
            vault
                .finish_erasure(erasure_id(1), Revocation::ConfirmedByProbe, NOON)
                .await
                .unwrap();
            vault.turn_epoch(NOON).await.unwrap();
        }
        let refused = vault.keep_grant(grant_id(3), new_grant("ana"), later).await;
        assert!(
            matches!(refused, Err(VaultError::Suppressed { since: NOON })),
            "turned: {turned}"
        );
        assert_eq!(
            vault.suppressed(&account("ana"), later).await.unwrap(),
            Some(NOON)
        );
    }
    assert_eq!(
        vault.suppressed(&account("ben"), later).await.unwrap(),
        None
    );
    assert!(
        vault
            .lift_suppression(&account("ana"), later)
            .await
            .unwrap()
    );
    assert!(
        !vault
            .lift_suppression(&account("ana"), later)
            .await
            .unwrap()
    );
    assert!(
        !vault
            .keep_grant(grant_id(3), new_grant("ana"), later)
            .await
            .unwrap()
            .replaced
    );
    vault.close().await;
    // A restart replays the ledger, which knows of the tombstone and of its lifting.
    let vault = house.open().await;
    assert_eq!(
        vault.suppressed(&account("ana"), later).await.unwrap(),
        None
    );
    assert_eq!(
        access(&vault, grant_id(3)).await.unwrap(),
        "access-canary-ana"
    );
    // Asking again sets it up again.
    vault
        .begin_erasure(
            erasure_id(2),
            grant_id(3),
            ErasureReason::ClosedAccount,
            later,
        )
        .await
        .unwrap();
    vault.close().await;
    let vault = house.open().await;
    assert_eq!(
        vault.suppressed(&account("ana"), later).await.unwrap(),
        Some(later)
    );
    vault.close().await;
}

story!(a_tombstone_ends_after_four_hundred_days);

/// Promise 5.8.
async fn a_tombstone_ends_after_four_hundred_days(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .finish_erasure(erasure_id(1), Revocation::ConfirmedByProbe, NOON)
        .await
        .unwrap();
    // As the promise says it, not as the program does.
    let end = NOON.plus(Duration::from_hours(400 * 24));
    let last_day = end.minus(HOUR);
    assert_eq!(
        vault.suppressed(&account("ana"), last_day).await.unwrap(),
        Some(NOON)
    );
    assert_eq!(vault.suppressed(&account("ana"), end).await.unwrap(), None);
    assert_eq!(vault.sweep(last_day).await.unwrap(), 0);
    assert_eq!(vault.sweep(end).await.unwrap(), 1);
    assert!(
        !vault
            .keep_grant(grant_id(2), new_grant("ana"), end)
            .await
            .unwrap()
            .replaced
    );
    vault.close().await;
}

story!(a_grant_that_is_gone_is_recorded_all_the_same);

async fn a_grant_that_is_gone_is_recorded_all_the_same(house: House) {
    let vault = house.open().await;
    assert!(
        vault
            .begin_erasure(erasure_id(1), grant_id(4), ErasureReason::Retention, NOON)
            .await
            .unwrap()
    );
    assert!(vault.revocable(grant_id(4)).await.unwrap().is_none());
    vault
        .finish_erasure(erasure_id(1), Revocation::NothingToRevoke, NOON)
        .await
        .unwrap();
    let record = vault.erasure(erasure_id(1)).await.unwrap().unwrap();
    assert_eq!(
        (record.reason, record.finished_at),
        (ErasureReason::Retention, Some(NOON))
    );
    vault.close().await;
}

story!(a_request_during_a_disconnect_still_leaves_its_tombstone);

async fn a_request_during_a_disconnect_still_leaves_its_tombstone(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
    vault
        .begin_erasure(erasure_id(2), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    assert_eq!(vault.open_erasures().await.unwrap().len(), 2);
    for n in [1, 2] {
        vault
            .finish_erasure(erasure_id(n), Revocation::AcceptedNotVerified, NOON)
            .await
            .unwrap();
    }
    assert_eq!(vault.open_erasures().await.unwrap(), []);
    assert_eq!(
        vault.suppressed(&account("ana"), NOON).await.unwrap(),
        Some(NOON)
    );
    vault.close().await;
}
