//! What the vault refuses to open, and the drill for when it is lost.

use super::house::*;
use crate::{ErasureReason, Revocation, RootKey, Vault, VaultError, VaultSettings};

pub(crate) async fn refusal(settings: VaultSettings) -> VaultError {
    match Vault::open(settings, NOON).await {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

story!(f10_missing_keys_are_refused_and_start_over_is_the_way_out);

async fn f10_missing_keys_are_refused_and_start_over_is_the_way_out(house: House) {
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
    vault
        .begin_erasure(erasure_id(2), grant_id(2), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
    vault.close().await;
    std::fs::remove_file(house.keys_dir().join("epoch-1.key")).unwrap();
    let refused = refusal(house.settings()).await;
    assert!(
        matches!(refused, VaultError::KeysMissing { epoch: 1 }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("start over"), "{refused}");
    assert!(house.key_files().is_empty(), "no key was made in its place");

    let later = NOON.plus(HOUR);
    let vault = Vault::start_over(house.settings(), later).await.unwrap();
    assert_eq!(vault.counts().await.unwrap().grants, 0);
    assert_eq!(
        vault.suppressed(&account("ana"), later).await.unwrap(),
        Some(NOON),
        "Ana is still left alone"
    );
    assert_eq!(
        vault
            .erasure(erasure_id(1))
            .await
            .unwrap()
            .unwrap()
            .epoch_turned_at,
        Some(later)
    );
    assert_eq!(
        vault.open_erasures().await.unwrap().len(),
        1,
        "Ben's goodbye goes on"
    );
    assert!(vault.revocable(grant_id(2)).await.unwrap().is_none());
    assert!(
        !vault
            .keep_grant(grant_id(3), new_grant("ben"), later)
            .await
            .unwrap()
            .replaced
    );
    vault.close().await;
    house.open().await.close().await;
}

story!(a_lost_key_folder_and_root_key_still_leave_a_way);

async fn a_lost_key_folder_and_root_key_still_leave_a_way(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault.close().await;
    let root_key = RootKey::create_file(&house.path().join("other.key")).unwrap();
    let settings = VaultSettings {
        root_key,
        ..house.settings()
    };
    let vault = Vault::start_over(settings.clone(), NOON).await.unwrap();
    assert!(vault.open_grant(grant_id(1)).await.unwrap().is_none());
    connect(&vault, &["ana"]).await;
    vault.close().await;
    let vault = Vault::open(settings, NOON).await.unwrap();
    assert_eq!(
        access(&vault, grant_id(1)).await.unwrap(),
        "access-canary-ana"
    );
    vault.close().await;
}

story!(f10_keys_that_do_not_fit_are_refused_and_not_destroyed);

async fn f10_keys_that_do_not_fit_are_refused_and_not_destroyed(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault.turn_epoch(NOON).await.unwrap();
    vault.close().await;
    let key = |n: u32| house.keys_dir().join(format!("epoch-{n}.key"));
    for stranger in [3, 7] {
        std::fs::copy(key(2), key(stranger)).unwrap();
        let refused = refusal(house.settings()).await;
        assert!(
            matches!(refused, VaultError::EpochsDoNotFit { store: 2, keys } if keys == stranger),
            "{refused:?}"
        );
        assert!(key(2).exists() && key(stranger).exists());
        std::fs::remove_file(key(stranger)).unwrap();
    }
    // A key file under another number does not open, nor a changed one.
    let good = std::fs::read(key(2)).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    for (from, to) in [
        ("\"number\": 2", "\"number\": 3"),
        ("\"created_at\": 1", "\"created_at\": 2"),
        ("epoch", "opech"),
    ] {
        assert!(text.contains(from), "{text}");
        std::fs::write(key(2), text.replacen(from, to, 1)).unwrap();
        assert!(matches!(
            refusal(house.settings()).await,
            VaultError::KeyDamaged
        ));
    }
    std::fs::write(key(2), good).unwrap();
    std::fs::rename(key(2), key(1)).unwrap();
    assert!(matches!(
        refusal(house.settings()).await,
        VaultError::EpochsDoNotFit { store: 2, keys: 1 }
    ));
    std::fs::rename(key(1), key(2)).unwrap();
    let suppression = house.keys_dir().join("suppression.key");
    let stone = std::fs::read(&suppression).unwrap();
    std::fs::remove_file(&suppression).unwrap();
    assert!(matches!(
        refusal(house.settings()).await,
        VaultError::SuppressionKeyMissing
    ));
    std::fs::write(&suppression, stone).unwrap();
    house.open().await.close().await;
}

#[tokio::test]
async fn keys_without_their_store_are_refused() {
    let house = House::sqlite();
    house.open().await.close().await;
    std::fs::remove_file(house.path().join("vault.db")).unwrap();
    assert!(matches!(
        refusal(house.settings()).await,
        VaultError::StoreMissing
    ));
    Vault::start_over(house.settings(), NOON)
        .await
        .unwrap()
        .close()
        .await;
}

#[tokio::test]
async fn an_address_that_is_no_plain_path_is_refused() {
    let house = House::sqlite();
    for url in [
        "sqlite::memory:",
        "sqlite:",
        "sqlite:a.db?mode=ro",
        "mysql://x/y",
        "vault.db",
    ] {
        let settings = VaultSettings {
            url: url.to_owned(),
            ..house.settings()
        };
        assert!(
            matches!(refusal(settings).await, VaultError::Address),
            "{url}"
        );
    }
}

#[tokio::test]
async fn two_nodes_that_start_at_once_make_one_epoch() {
    for house in [Some(House::sqlite()), House::postgres().await]
        .into_iter()
        .flatten()
    {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let settings = house.settings();
            tasks.spawn(async move { Vault::open(settings, NOON).await.unwrap() });
        }
        let vaults = tasks.join_all().await;
        connect(&vaults[0], &["ana"]).await;
        for vault in &vaults {
            assert_eq!(
                access(vault, grant_id(1)).await.unwrap(),
                "access-canary-ana"
            );
            assert_eq!(vault.epoch().await.unwrap().number, 1);
            vault.close().await;
        }
    }
}

#[tokio::test]
async fn a_closed_vault_says_so() {
    let house = House::sqlite();
    let vault = house.open().await;
    vault.close().await;
    assert!(matches!(
        vault.counts().await,
        Err(VaultError::Unavailable("closed"))
    ));
    assert!(matches!(
        vault.turn_epoch(NOON).await,
        Err(VaultError::Unavailable("closed"))
    ));
}

/// Promise 9.1.
#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_vault_and_its_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::sqlite();
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    for turned in [false, true] {
        if turned {
            vault
                .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON)
                .await
                .unwrap();
            vault.turn_epoch(NOON).await.unwrap();
        }
        let mut seen = 0;
        for folder in [house.path().to_owned(), house.keys_dir()] {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let mode = entry.metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o077, 0, "{} {mode:o}", entry.path().display());
                seen += 1;
            }
        }
        assert!(
            seen >= 6,
            "root key, database, lock, key folder and two keys: {seen}"
        );
    }
    vault.close().await;
}
