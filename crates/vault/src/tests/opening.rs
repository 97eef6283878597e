//! What the vault refuses to open, and the drill for when it is lost.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::house::*;
use crate::{ErasureReason, Revocation, RootKey, Vault, VaultError, VaultSettings};

async fn refusal(settings: VaultSettings) -> VaultError {
    match Vault::open(settings, NOON).await {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

#[test]
fn a_root_key_is_thirty_two_random_bytes() {
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    let counting: Vec<u8> = (0..32).collect();
    let halves = [*b"\x01\xfe\x9aQ8s\x00\xe3l\x81\x12\xffn\xd0W5"; 2].concat();
    for weak in [
        base64(&[0; 32]),
        base64(&[0xff; 32]),
        base64(&counting),
        base64(b"0123456789abcdef0123456789abcdef"),
        base64(b"change me change me change me !!"),
        base64(&halves),
    ] {
        assert!(
            matches!(RootKey::from_text(&weak), Err(VaultError::RootKeyWeak)),
            "{weak}"
        );
    }
    for malformed in [
        String::new(),
        "not base64!".into(),
        base64(&[9; 31]),
        base64(&[9; 33]),
    ] {
        assert!(
            matches!(
                RootKey::from_text(&malformed),
                Err(VaultError::RootKeyMalformed)
            ),
            "{malformed}"
        );
    }
}

#[test]
fn a_root_key_file_is_made_once_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    assert!(matches!(
        RootKey::from_file(&path),
        Err(VaultError::RootKeyMissing)
    ));
    let made = RootKey::create_file(&path).unwrap();
    assert_eq!(RootKey::from_file(&path).unwrap().bytes(), made.bytes());
    assert!(matches!(
        RootKey::create_file(&path),
        Err(VaultError::RootKeyExists)
    ));
    assert_eq!(format!("{made:?}"), "RootKey(..)");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let set_mode =
            |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        for open in [0o640, 0o604, 0o660, 0o644] {
            set_mode(open);
            assert!(
                matches!(RootKey::from_file(&path), Err(VaultError::RootKeyShared)),
                "{open:o}"
            );
        }
        set_mode(0o400);
        assert!(RootKey::from_file(&path).is_ok());
    }
}

story! {
    async fn another_root_key_is_refused_and_nothing_is_lost(house: House) {
        let vault = house.open().await;
        connect(&vault, &["ana"]).await;
        vault.close().await;
        let other = RootKey::create_file(&house.path().join("other.key")).unwrap();
        let settings = VaultSettings { root_key: other, ..house.settings() };
        assert!(matches!(refusal(settings).await, VaultError::WrongRootKey));
        let vault = house.open().await;
        assert_eq!(access(&vault, grant_id(1)).await.unwrap(), "access-canary-ana");
        vault.close().await;
    }
}

story! {
    async fn the_root_key_changes_while_the_vault_is_in_use(house: House) {
        let vault = house.open().await;
        let other = house.open().await;
        connect(&vault, &["ana"]).await;
        let path = house.path().join("root.key");
        let old = std::fs::read_to_string(&path).unwrap();
        vault.change_root_key().await.unwrap();
        assert_ne!(std::fs::read_to_string(&path).unwrap(), old);
        other.turn_epoch(NOON).await.unwrap();
        vault.turn_epoch(NOON).await.unwrap();
        for node in [&vault, &other] {
            assert_eq!(access(node, grant_id(1)).await.unwrap(), "access-canary-ana");
            node.close().await;
        }
        let root_key = RootKey::from_file(&path).unwrap();
        let vault = Vault::open(VaultSettings { root_key, ..house.settings() }, NOON).await.unwrap();
        assert_eq!(access(&vault, grant_id(1)).await.unwrap(), "access-canary-ana");
        vault.close().await;
        let root_key = RootKey::from_text(&old).unwrap();
        assert!(matches!(refusal(VaultSettings { root_key, ..house.settings() }).await, VaultError::WrongRootKey));
    }
}

story! {
    async fn a_root_key_change_cut_short_leaves_one_that_opens(house: House) {
        for is_replaced in [false, true] {
            let vault = Vault::start_over(house.settings(), NOON).await.unwrap();
            connect(&vault, &["ana"]).await;
            vault.close().await;
            let root = house.settings().root_key.latest();
            let draft = root.draft().unwrap();
            crate::keys::KeyFolder::at(&house.settings()).unwrap().wrap_for(&draft).unwrap();
            let loser = if is_replaced {
                root.replace_by(&draft).unwrap();
                root
            } else {
                draft
            };
            let vault = house.open().await;
            assert_eq!(access(&vault, grant_id(1)).await.unwrap(), "access-canary-ana");
            vault.turn_epoch(NOON).await.unwrap();
            vault.close().await;
            let root_key = RootKey::from_text(&STANDARD.encode(loser.bytes())).unwrap();
            assert!(matches!(refusal(VaultSettings { root_key, ..house.settings() }).await, VaultError::WrongRootKey));
            let vault = house.open().await;
            vault.change_root_key().await.unwrap();
            vault.close().await;
            house.open().await.close().await;
        }
    }
}

#[tokio::test]
async fn a_root_key_without_a_file_is_not_changed() {
    let house = House::sqlite();
    let text = std::fs::read_to_string(house.path().join("root.key")).unwrap();
    let root_key = RootKey::from_text(&text).unwrap();
    let vault = Vault::open(
        VaultSettings {
            root_key,
            ..house.settings()
        },
        NOON,
    )
    .await
    .unwrap();
    assert!(matches!(
        vault.change_root_key().await,
        Err(VaultError::RootKeyNotInFile)
    ));
    vault.close().await;
}

story! {
    async fn missing_keys_are_refused_and_start_over_is_the_way_out(house: House) {
        let vault = house.open().await;
        connect(&vault, &["ana", "ben"]).await;
        vault.begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Request, NOON).await.unwrap();
        vault.finish_erasure(erasure_id(1), Revocation::ConfirmedByProbe, NOON).await.unwrap();
        vault.begin_erasure(erasure_id(2), grant_id(2), ErasureReason::Disconnect, NOON).await.unwrap();
        vault.close().await;
        std::fs::remove_file(house.keys_dir().join("epoch-1.key")).unwrap();
        let refused = refusal(house.settings()).await;
        assert!(matches!(refused, VaultError::KeysMissing { epoch: 1 }), "{refused:?}");
        assert!(refused.to_string().contains("start over"), "{refused}");
        assert!(house.key_files().is_empty(), "no key was made in its place");

        let later = NOON.plus(HOUR);
        let vault = Vault::start_over(house.settings(), later).await.unwrap();
        assert_eq!(vault.counts().await.unwrap().grants, 0);
        assert_eq!(vault.suppressed(&account("ana"), later).await.unwrap(), Some(NOON), "Ana is still left alone");
        assert_eq!(vault.erasure(erasure_id(1)).await.unwrap().unwrap().epoch_turned_at, Some(later));
        assert_eq!(vault.open_erasures().await.unwrap().len(), 1, "Ben's goodbye goes on");
        assert!(vault.revocable(grant_id(2)).await.unwrap().is_none());
        assert!(!vault.keep_grant(grant_id(3), new_grant("ben"), later).await.unwrap().replaced);
        vault.close().await;
        house.open().await.close().await;
    }
}

story! {
    async fn a_lost_key_folder_and_root_key_still_leave_a_way(house: House) {
        let vault = house.open().await;
        connect(&vault, &["ana"]).await;
        vault.close().await;
        let root_key = RootKey::create_file(&house.path().join("other.key")).unwrap();
        let settings = VaultSettings { root_key, ..house.settings() };
        let vault = Vault::start_over(settings.clone(), NOON).await.unwrap();
        assert!(vault.open_grant(grant_id(1)).await.unwrap().is_none());
        connect(&vault, &["ana"]).await;
        vault.close().await;
        let vault = Vault::open(settings, NOON).await.unwrap();
        assert_eq!(access(&vault, grant_id(1)).await.unwrap(), "access-canary-ana");
        vault.close().await;
    }
}

story! {
    async fn keys_that_do_not_fit_are_refused_and_not_destroyed(house: House) {
        let vault = house.open().await;
        connect(&vault, &["ana"]).await;
        vault.turn_epoch(NOON).await.unwrap();
        vault.close().await;
        let key = |n: u32| house.keys_dir().join(format!("epoch-{n}.key"));
        for stranger in [3, 7] {
            std::fs::copy(key(2), key(stranger)).unwrap();
            let refused = refusal(house.settings()).await;
            assert!(matches!(refused, VaultError::EpochsDoNotFit { store: 2, keys } if keys == stranger), "{refused:?}");
            assert!(key(2).exists() && key(stranger).exists());
            std::fs::remove_file(key(stranger)).unwrap();
        }
        // A key file under another number does not open, nor a changed one.
        let good = std::fs::read(key(2)).unwrap();
        let text = String::from_utf8(good.clone()).unwrap();
        for (from, to) in [("\"number\": 2", "\"number\": 3"), ("\"created_at\": 1", "\"created_at\": 2"), ("epoch", "opech")] {
            assert!(text.contains(from), "{text}");
            std::fs::write(key(2), text.replacen(from, to, 1)).unwrap();
            assert!(matches!(refusal(house.settings()).await, VaultError::KeyDamaged));
        }
        std::fs::write(key(2), good).unwrap();
        std::fs::rename(key(2), key(1)).unwrap();
        assert!(matches!(refusal(house.settings()).await, VaultError::EpochsDoNotFit { store: 2, keys: 1 }));
        std::fs::rename(key(1), key(2)).unwrap();
        let suppression = house.keys_dir().join("suppression.key");
        let stone = std::fs::read(&suppression).unwrap();
        std::fs::remove_file(&suppression).unwrap();
        assert!(matches!(refusal(house.settings()).await, VaultError::SuppressionKeyMissing));
        std::fs::write(&suppression, stone).unwrap();
        house.open().await.close().await;
    }
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
