//! The ledger file outlives what happens to the store.

use std::io::Write as _;

use super::house::*;
use crate::{ErasureReason, Revocation, VaultError};

story!(a_restored_older_store_forgets_again);

/// Promise 5.7.
async fn a_restored_older_store_forgets_again(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben", "cleo", "dan"]).await;
    let backup = Backup::of(&house).await;
    for (n, reason) in [
        (1, ErasureReason::Request),
        (2, ErasureReason::Disconnect),
        (3, ErasureReason::Request),
    ] {
        vault
            .begin_erasure(erasure_id(n), grant_id(n), reason, NOON)
            .await
            .unwrap();
    }
    for n in [1, 2] {
        vault
            .finish_erasure(erasure_id(n), Revocation::AcceptedNotVerified, NOON)
            .await
            .unwrap();
    }
    let record = vault.erasure(erasure_id(1)).await.unwrap();
    vault.close().await;

    backup.restore(&house).await;
    let vault = house.open().await;
    for n in [1, 2, 3] {
        assert!(
            vault.open_grant(grant_id(n)).await.unwrap().is_none(),
            "grant {n}"
        );
    }
    assert!(
        vault.revocable(grant_id(1)).await.unwrap().is_none(),
        "its erasure was finished"
    );
    assert!(
        vault.revocable(grant_id(3)).await.unwrap().is_some(),
        "its erasure goes on"
    );
    assert_eq!(vault.open_erasures().await.unwrap().len(), 1);
    assert_eq!(vault.erasure(erasure_id(1)).await.unwrap(), record);
    assert_eq!(
        vault.suppressed(&account("ana"), NOON).await.unwrap(),
        Some(NOON)
    );
    assert_eq!(
        vault.suppressed(&account("cleo"), NOON).await.unwrap(),
        Some(NOON)
    );
    assert_eq!(vault.suppressed(&account("ben"), NOON).await.unwrap(), None);
    assert_eq!(
        access(&vault, grant_id(4)).await.unwrap(),
        "access-canary-dan"
    );
    assert_eq!(vault.epoch().await.unwrap().erasures_waiting, 2);
    vault.close().await;
}

story!(a_grant_put_back_beside_its_erasure_goes_again);

/// Promise 5.7.
async fn a_grant_put_back_beside_its_erasure_goes_again(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    house
        .meddle("CREATE TABLE kept AS SELECT * FROM grants", vec![])
        .await;
    for n in [1, 2] {
        vault
            .begin_erasure(erasure_id(n), grant_id(n), ErasureReason::Disconnect, NOON)
            .await
            .unwrap();
    }
    vault
        .finish_erasure(erasure_id(1), Revocation::AcceptedNotVerified, NOON)
        .await
        .unwrap();
    vault.close().await;
    house.meddle("DELETE FROM grants", vec![]).await;
    assert_eq!(
        house
            .meddle("INSERT INTO grants SELECT * FROM kept", vec![])
            .await,
        2
    );
    let vault = house.open().await;
    for n in [1, 2] {
        assert!(
            vault.open_grant(grant_id(n)).await.unwrap().is_none(),
            "grant {n}"
        );
    }
    assert!(vault.revocable(grant_id(1)).await.unwrap().is_none());
    assert!(vault.revocable(grant_id(2)).await.unwrap().is_some());
    vault.close().await;
}

story!(a_lost_ledger_file_is_written_anew_from_the_store);

async fn a_lost_ledger_file_is_written_anew_from_the_store(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .finish_erasure(erasure_id(1), Revocation::ConfirmedByProbe, NOON)
        .await
        .unwrap();
    vault.turn_epoch(NOON).await.unwrap();
    vault
        .begin_erasure(erasure_id(2), grant_id(2), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
    vault.close().await;
    let before = std::fs::read_to_string(house.ledger()).unwrap();
    assert_eq!(
        before.lines().count(),
        4,
        "begun, finished, final; begun: {before}"
    );
    std::fs::remove_file(house.ledger()).unwrap();
    house.open().await.close().await;
    assert_eq!(std::fs::read_to_string(house.ledger()).unwrap(), before);
    house.open().await.close().await;
    assert_eq!(
        std::fs::read_to_string(house.ledger()).unwrap(),
        before,
        "a second start adds nothing"
    );
}

story!(a_crash_between_ledger_and_store_is_made_good);

async fn a_crash_between_ledger_and_store_is_made_good(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    vault.close().await;
    let line = |n: u32, step: &str| {
        format!(
            r#"{{"step":"{step}","erasure":"{}","grant":"{}","reason":"disconnect","revocation":"accepted_not_verified","at":{}}}"#,
            erasure_id(n),
            grant_id(n),
            NOON.0
        )
    };
    let torn = &line(1, "finished")[..40];
    std::fs::write(
        house.ledger(),
        format!(
            "{}\n{}\n{}\n{torn}",
            line(1, "begun"),
            line(2, "begun"),
            line(2, "finished")
        ),
    )
    .unwrap();
    let vault = house.open().await;
    assert!(
        vault.revocable(grant_id(1)).await.unwrap().is_some(),
        "begun; the torn line was never confirmed"
    );
    assert!(vault.revocable(grant_id(2)).await.unwrap().is_none());
    assert!(vault.open_grant(grant_id(2)).await.unwrap().is_none());
    vault
        .finish_erasure(erasure_id(1), Revocation::NothingToRevoke, NOON)
        .await
        .unwrap();
    vault.close().await;
    let text = std::fs::read_to_string(house.ledger()).unwrap();
    assert_eq!(text.lines().count(), 4, "the torn line is gone: {text}");
    house.open().await.close().await;
}

story!(a_damaged_line_is_refused);

async fn a_damaged_line_is_refused(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault.close().await;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(house.ledger())
        .unwrap();
    file.write_all(b"not a step\n").unwrap();
    let refused = crate::Vault::open(house.settings(), NOON).await.err();
    assert!(
        matches!(refused, Some(VaultError::LedgerDamaged { line: 2 })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_ledger_names_nobody() {
    let house = House::sqlite();
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault.close().await;
    let text = std::fs::read_to_string(house.ledger()).unwrap();
    assert!(
        text.contains("tombstone") && !text.contains("canary"),
        "{text}"
    );
}

story!(a_tombstone_that_ended_leaves_the_ledger_too);

async fn a_tombstone_that_ended_leaves_the_ledger_too(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben", "cleo"]).await;
    let later = NOON.plus(HOUR);
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .begin_erasure(erasure_id(2), grant_id(2), ErasureReason::Request, NOON)
        .await
        .unwrap();
    vault
        .begin_erasure(erasure_id(3), grant_id(3), ErasureReason::Request, later)
        .await
        .unwrap();
    assert!(vault.lift_suppression(&account("ben"), NOON).await.unwrap());
    let before = std::fs::read_to_string(house.ledger()).unwrap();
    assert_eq!(
        (
            before.matches("hash").count(),
            before.matches("lifted").count()
        ),
        (3, 1),
        "{before}"
    );

    let end = NOON.plus(crate::tombstone::STANDS_FOR);
    assert_eq!(vault.sweep(end).await.unwrap(), 1);
    let after = std::fs::read_to_string(house.ledger()).unwrap();
    assert_eq!(
        (
            after.matches("hash").count(),
            after.matches("lifted").count()
        ),
        (1, 0),
        "{after}"
    );
    assert_eq!(
        after.matches("begun").count(),
        3,
        "the erasures stay on record"
    );
    vault
        .finish_erasure(erasure_id(1), Revocation::NothingToRevoke, end)
        .await
        .unwrap();
    vault.close().await;
    let vault = house.open().await;
    assert_eq!(
        vault.suppressed(&account("cleo"), end).await.unwrap(),
        Some(later)
    );
    assert_eq!(vault.open_erasures().await.unwrap().len(), 2);
    vault.close().await;
}

/// A copy of the grants and the erasures, as a database backup has it.
struct Backup(Option<Vec<u8>>);

impl Backup {
    async fn of(house: &House) -> Backup {
        if house.is_file() {
            let to = house.path().join("backup.db");
            house.meddle("SELECT 1", vec![]).await;
            for suffix in ["", "-wal"] {
                let from = house.path().join(format!("vault.db{suffix}"));
                if from.exists() {
                    std::fs::copy(from, format!("{}{suffix}", to.display())).unwrap();
                }
            }
            return Backup(Some(vec![]));
        }
        for sql in [
            "CREATE TABLE backup_grants AS SELECT * FROM grants",
            "CREATE TABLE backup_erasures AS SELECT * FROM erasures",
            "CREATE TABLE backup_tombstones AS SELECT * FROM tombstones",
        ] {
            house.meddle(sql, vec![]).await;
        }
        Backup(None)
    }

    async fn restore(self, house: &House) {
        if self.0.is_some() {
            for suffix in ["", "-wal", "-shm"] {
                let (from, to) = (
                    house.path().join(format!("backup.db{suffix}")),
                    house.path().join(format!("vault.db{suffix}")),
                );
                std::fs::remove_file(&to).ok();
                if from.exists() {
                    std::fs::rename(from, to).unwrap();
                }
            }
            return;
        }
        for table in ["grants", "erasures", "tombstones"] {
            house.meddle(&format!("DELETE FROM {table}"), vec![]).await;
            house
                .meddle(
                    &format!("INSERT INTO {table} SELECT * FROM backup_{table}"),
                    vec![],
                )
                .await;
        }
    }
}
