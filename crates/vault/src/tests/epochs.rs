//! The epoch turn: what it leaves, what it makes unreadable, and who may work meanwhile.

use super::house::*;
use crate::{ErasureReason, Revocation, Vault, VaultError, VaultSettings};

/// Ana stays, Ben is erased, Cleo's erasure has only begun.
pub(crate) async fn populate(vault: &Vault) {
    connect(vault, &["ana", "ben", "cleo"]).await;
    vault
        .begin_erasure(erasure_id(2), grant_id(2), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .finish_erasure(erasure_id(2), Revocation::AcceptedNotVerified, NOON)
        .await
        .unwrap();
    vault
        .begin_erasure(erasure_id(3), grant_id(3), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
}

/// Everything that must hold before and after a turn.
pub(crate) async fn assert_in_order(vault: &Vault) {
    assert_eq!(
        access(vault, grant_id(1)).await.unwrap(),
        "access-canary-ana"
    );
    assert!(
        vault
            .account_is(grant_id(1), &account("ana"))
            .await
            .unwrap()
    );
    assert!(vault.open_grant(grant_id(2)).await.unwrap().is_none());
    assert!(vault.open_grant(grant_id(3)).await.unwrap().is_none());
    let cleo = vault.revocable(grant_id(3)).await.unwrap().unwrap();
    assert_eq!(cleo.refresh.unwrap().expose(), "refresh-canary-cleo");
    assert_eq!(
        vault.suppressed(&account("ben"), NOON).await.unwrap(),
        Some(NOON)
    );
    assert_eq!(vault.open_erasures().await.unwrap().len(), 1);
    assert_eq!(vault.check().await.unwrap(), vec![]);
    let epoch = vault.epoch().await.unwrap();
    let ben = vault.erasure(erasure_id(2)).await.unwrap().unwrap();
    assert_eq!(
        ben.epoch_turned_at.is_some(),
        epoch.number > 1,
        "final exactly when the key is gone"
    );
    assert_eq!(epoch.erasures_waiting, u32::from(epoch.number == 1));
}

story!(survivors_stay_and_go_on);

async fn survivors_stay_and_go_on(house: House) {
    let vault = house.open().await;
    populate(&vault).await;
    let fence = lease(&vault, grant_id(1)).await;
    for number in 2..5 {
        assert_eq!(vault.turn_epoch(NOON).await.unwrap(), number);
        assert_eq!(house.key_files(), [format!("epoch-{number}.key")]);
        assert_in_order(&vault).await;
    }
    assert_eq!(
        vault.lease_refresh(grant_id(1), HOUR, NOON).await.unwrap(),
        None,
        "a lease outlives a turn"
    );
    assert!(
        vault
            .rotate(grant_id(1), fence, 1, new_tokens("second"), NOON)
            .await
            .unwrap()
    );
    let kept = vault
        .keep_grant(grant_id(9), new_grant("ana"), NOON)
        .await
        .unwrap();
    assert_eq!(
        (kept.id, kept.replaced),
        (grant_id(1), true),
        "the new look-up hash finds her"
    );
    vault.close().await;
}

/// Promise 5.3.
#[tokio::test]
async fn an_old_copy_of_the_vault_is_noise_after_the_turn() {
    let house = House::sqlite();
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let copy = tempfile::tempdir().unwrap();
    for (name, suffix) in [
        ("vault", ""),
        ("vault", "-wal"),
        ("kept", ""),
        ("kept", "-wal"),
    ] {
        std::fs::copy(
            house.path().join(format!("vault.db{suffix}")),
            copy.path().join(format!("{name}.db{suffix}")),
        )
        .unwrap();
    }
    let old_key = std::fs::read(house.keys_dir().join("epoch-1.key")).unwrap();
    vault
        .begin_erasure(erasure_id(2), grant_id(2), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .finish_erasure(erasure_id(2), Revocation::AcceptedNotVerified, NOON)
        .await
        .unwrap();
    vault.turn_epoch(NOON).await.unwrap();
    let present =
        ["store_id", "key_id"].map(|column| format!("SELECT CAST({column} AS BLOB) FROM vault"));
    let [store_id, key_id] = [
        house.blob(&present[0]).await.unwrap(),
        house.blob(&present[1]).await.unwrap(),
    ]
    .map(|bytes| String::from_utf8(bytes).unwrap());
    let proof = house.blob("SELECT proof FROM vault").await.unwrap();
    vault.close().await;

    // The copy holds both records (so there is something to reveal), and neither in the clear.
    let thief = VaultSettings {
        url: format!("sqlite:{}", copy.path().join("vault.db").display()),
        ..house.settings()
    };
    let refused = Vault::open(thief.clone(), NOON).await.err();
    assert!(
        matches!(
            refused,
            Some(VaultError::StoreFromThePast { store: 1, keys: 2 })
        ),
        "{refused:?}"
    );
    let none: [&std::path::Path; 0] = [];
    assert_eq!(files_with(copy.path(), &["-canary"]), none);
    // Even made to look like the present epoch's, with the ledger out of the way, nothing opens.
    let db = upvow_db::Db::connect(&thief.url, upvow_db::Tuning::default())
        .await
        .unwrap();
    let mut tx = db.write().await.unwrap();
    assert_eq!(
        tx.count("SELECT COUNT(*) FROM grants", vec![])
            .await
            .unwrap(),
        2
    );
    tx.run(
        "UPDATE vault SET epoch = 2, store_id = $1, key_id = $2, proof = $3",
        upvow_db::args![store_id, key_id, proof],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    std::fs::remove_file(house.ledger()).unwrap();
    let forged = Vault::open(thief.clone(), NOON).await.unwrap();
    for n in [1, 2] {
        assert!(matches!(
            forged.open_grant(grant_id(n)).await,
            Err(VaultError::Broken { .. })
        ));
    }
    assert_eq!(
        forged.check().await.unwrap().len(),
        6,
        "account, access and refresh of both"
    );
    forged.close().await;
    // Only the key was missing: with it, the untouched copy tells everything.
    let keys_dir = copy.path().join("keys");
    std::fs::create_dir(&keys_dir).unwrap();
    std::fs::write(keys_dir.join("epoch-1.key"), old_key).unwrap();
    std::fs::copy(
        house.keys_dir().join("suppression.key"),
        keys_dir.join("suppression.key"),
    )
    .unwrap();
    for suffix in ["", "-wal"] {
        std::fs::copy(
            copy.path().join(format!("kept.db{suffix}")),
            copy.path().join(format!("vault.db{suffix}")),
        )
        .unwrap();
    }
    let vault = Vault::open(VaultSettings { keys_dir, ..thief }, NOON)
        .await
        .unwrap();
    assert_eq!(
        access(&vault, grant_id(2)).await.unwrap(),
        "access-canary-ben"
    );
    vault.close().await;
}

story!(another_node_notices_the_turn_and_goes_on);

async fn another_node_notices_the_turn_and_goes_on(house: House) {
    let vault = house.open().await;
    let other = house.open().await;
    populate(&vault).await;
    assert_in_order(&other).await;
    vault.turn_epoch(NOON).await.unwrap();
    assert_in_order(&other).await;
    let fence = lease(&other, grant_id(1)).await;
    other.turn_epoch(NOON).await.unwrap();
    assert!(
        vault
            .rotate(grant_id(1), fence, 1, new_tokens("second"), NOON)
            .await
            .unwrap()
    );
    assert_eq!(access(&other, grant_id(1)).await.unwrap(), "second");
    assert_eq!(vault.epoch().await.unwrap().number, 3);
    vault.close().await;
    other.close().await;
}

story!(work_goes_on_while_the_epoch_turns);

/// Promise 9.4.
async fn work_goes_on_while_the_epoch_turns(house: House) {
    let vault = house.open().await;
    let other = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for node in [vault.clone(), other.clone()] {
        tasks.spawn(async move {
            for _ in 0..60 {
                assert!(
                    access(&node, grant_id(2)).await.is_some(),
                    "never gone, not for a moment"
                );
            }
        });
    }
    for (n, node) in [(0, vault.clone()), (1, other.clone())] {
        tasks.spawn(async move {
            for round in 0..20 {
                let id = hook_id(n * 100 + round);
                let token = upvow_domain::secret::WebhookToken::new(format!("{n} {round}"));
                node.keep_hook(id, &token, NOON).await.unwrap();
                assert_eq!(
                    node.open_hook(id).await.unwrap().unwrap().expose(),
                    token.expose()
                );
            }
        });
    }
    for node in [vault.clone(), other.clone()] {
        tasks.spawn(async move {
            for _ in 0..4 {
                node.turn_epoch(NOON).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(vault.counts().await.unwrap().hooks, 40, "no write was lost");
    assert_eq!(other.check().await.unwrap(), vec![]);
    assert_eq!(house.key_files().len(), 1);
    vault.close().await;
    other.close().await;
}

story!(a_record_that_does_not_open_holds_up_nobody);

async fn a_record_that_does_not_open_holds_up_nobody(house: House) {
    let vault = house.open().await;
    populate(&vault).await;
    vault
        .keep_grant(grant_id(4), new_grant("dan"), NOON)
        .await
        .unwrap();
    let foreign = house
        .blob(&format!(
            "SELECT access FROM grants WHERE id = '{:032x}'",
            1
        ))
        .await
        .unwrap();
    house
        .meddle(
            &format!("UPDATE grants SET access = $1 WHERE id = '{:032x}'", 4),
            upvow_db::args![foreign],
        )
        .await;
    assert_eq!(vault.check().await.unwrap().len(), 1);
    vault.turn_epoch(NOON).await.unwrap();
    assert_in_order(&vault).await;
    assert!(vault.open_grant(grant_id(4)).await.unwrap().is_none());
    vault.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_began_before_the_swap_does_not_see_empty_tables() {
    let Some(house) = House::postgres().await else {
        return;
    };
    let (vault, other) = (house.open().await, house.open().await);
    connect(&vault, &["ana"]).await;
    let mut reader = other.0.read().await.unwrap();
    let turn = tokio::spawn({
        let vault = vault.clone();
        async move { vault.turn_epoch(NOON).await.unwrap() }
    });
    // Until the turn waits for the reader (or, wrongly, is over).
    while !turn.is_finished()
        && house
            .number(
                "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
            .await
            == 0
    {}
    let seen = crate::grant_row::GrantRow::find(&mut reader.tx, grant_id(1))
        .await
        .unwrap();
    assert!(seen.is_some());
    drop(reader);
    assert_eq!(turn.await.unwrap(), 2);
    assert_eq!(
        access(&other, grant_id(1)).await.unwrap(),
        "access-canary-ana"
    );
    vault.close().await;
    other.close().await;
}
