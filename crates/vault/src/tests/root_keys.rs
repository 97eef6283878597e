//! Root keys: which are taken, and how one is changed.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{house::*, opening::refusal};
use crate::{RootKey, Vault, VaultError, VaultSettings};

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

story!(f10_another_root_key_is_refused_and_nothing_is_lost);

async fn f10_another_root_key_is_refused_and_nothing_is_lost(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    vault.close().await;
    let other = RootKey::create_file(&house.path().join("other.key")).unwrap();
    let settings = VaultSettings {
        root_key: other,
        ..house.settings()
    };
    assert!(matches!(refusal(settings).await, VaultError::WrongRootKey));
    let vault = house.open().await;
    assert_eq!(
        access(&vault, grant_id(1)).await.unwrap(),
        "access-canary-ana"
    );
    vault.close().await;
}

story!(f10_the_root_key_changes_while_the_vault_is_in_use);

/// Promise 9.4.
async fn f10_the_root_key_changes_while_the_vault_is_in_use(house: House) {
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
        assert_eq!(
            access(node, grant_id(1)).await.unwrap(),
            "access-canary-ana"
        );
        node.close().await;
    }
    let root_key = RootKey::from_file(&path).unwrap();
    let vault = Vault::open(
        VaultSettings {
            root_key,
            ..house.settings()
        },
        NOON,
    )
    .await
    .unwrap();
    assert_eq!(
        access(&vault, grant_id(1)).await.unwrap(),
        "access-canary-ana"
    );
    vault.close().await;
    let root_key = RootKey::from_text(&old).unwrap();
    assert!(matches!(
        refusal(VaultSettings {
            root_key,
            ..house.settings()
        })
        .await,
        VaultError::WrongRootKey
    ));
}

story!(a_root_key_change_cut_short_leaves_one_that_opens);

async fn a_root_key_change_cut_short_leaves_one_that_opens(house: House) {
    for is_replaced in [false, true] {
        let vault = Vault::start_over(house.settings(), NOON).await.unwrap();
        connect(&vault, &["ana"]).await;
        vault.close().await;
        let root = house.settings().root_key.latest();
        let draft = root.draft().unwrap();
        crate::keys::KeyFolder::at(&house.settings())
            .unwrap()
            .wrap_for(&draft)
            .unwrap();
        let loser = if is_replaced {
            root.replace_by(&draft).unwrap();
            root
        } else {
            draft
        };
        let vault = house.open().await;
        assert_eq!(
            access(&vault, grant_id(1)).await.unwrap(),
            "access-canary-ana"
        );
        vault.turn_epoch(NOON).await.unwrap();
        vault.close().await;
        let root_key = RootKey::from_text(&STANDARD.encode(loser.bytes())).unwrap();
        assert!(matches!(
            refusal(VaultSettings {
                root_key,
                ..house.settings()
            })
            .await,
            VaultError::WrongRootKey
        ));
        let vault = house.open().await;
        vault.change_root_key().await.unwrap();
        vault.close().await;
        house.open().await.close().await;
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
