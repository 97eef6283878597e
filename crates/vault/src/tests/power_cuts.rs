//! An epoch turn that ends half-way.

use std::sync::Mutex;

use super::{
    epochs::{assert_in_order, populate},
    house::*,
};
use crate::{
    Vault, VaultError, VaultSettings,
    turn::Moment::{self, *},
};

const MOMENTS: [Moment; 6] = [Staged, Copied, Closed, Swapped, Adopted, Destroyed];

story!(a_turn_that_fails_at_any_moment_is_set_right);

async fn a_turn_that_fails_at_any_moment_is_set_right(house: House) {
    for moment in MOMENTS {
        if moment == Closed && !house.is_file() {
            continue;
        }
        let vault = Vault::start_over(house.settings(), NOON).await.unwrap();
        std::fs::remove_file(house.ledger()).ok();
        vault.close().await;
        let vault = Vault::start_over(house.settings(), NOON).await.unwrap();
        populate(&vault).await;
        let failed = vault
            .0
            .turn(NOON, &|now| {
                if now == moment {
                    Err(VaultError::Unavailable("power cut"))
                } else {
                    Ok(())
                }
            })
            .await;
        assert!(
            matches!(failed, Err(VaultError::Unavailable("power cut"))),
            "{moment:?}"
        );
        let expected = if matches!(moment, Staged | Copied | Closed) {
            1
        } else {
            2
        };
        // The same process goes on, and so does one that starts anew.
        assert_eq!(vault.epoch().await.unwrap().number, expected, "{moment:?}");
        assert_in_order(&vault).await;
        vault.close().await;
        let vault = house.open().await;
        assert_in_order(&vault).await;
        assert_eq!(
            house.key_files(),
            [format!("epoch-{expected}.key")],
            "{moment:?}"
        );
        assert_eq!(vault.turn_epoch(NOON).await.unwrap(), expected + 1);
        assert_in_order(&vault).await;
        vault.close().await;
    }
}

/// Promise 5.3.
#[tokio::test]
async fn a_power_cut_at_any_moment_leaves_a_vault_that_opens() {
    let house = House::sqlite();
    let vault = house.open().await;
    populate(&vault).await;
    let images = tempfile::tempdir().unwrap();
    let seen = Mutex::new(Vec::new());
    let photograph = |moment: Moment| {
        copy_folder(house.path(), &images.path().join(format!("{moment:?}")));
        seen.lock().unwrap().push(moment);
        Ok(())
    };
    vault.0.turn(NOON, &photograph).await.unwrap();
    vault.close().await;
    assert_eq!(*seen.lock().unwrap(), MOMENTS);
    for moment in MOMENTS {
        let image = images.path().join(format!("{moment:?}"));
        let settings = VaultSettings {
            url: format!("sqlite:{}", image.join("vault.db").display()),
            keys_dir: image.join("keys"),
            ..house.settings()
        };
        let vault = Vault::open(settings, NOON).await.unwrap();
        assert_in_order(&vault).await;
        let number = vault.epoch().await.unwrap().number;
        assert_eq!(
            number,
            if matches!(moment, Staged | Copied | Closed) {
                1
            } else {
                2
            },
            "{moment:?}"
        );
        vault.close().await;
        let files: Vec<_> = std::fs::read_dir(&image)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert!(
            !files
                .iter()
                .any(|name| name.to_string_lossy().contains(".next")),
            "{moment:?}: {files:?}"
        );
        let keys = std::fs::read_dir(image.join("keys"))
            .unwrap()
            .map(|e| e.unwrap().file_name());
        let epochs = keys
            .filter(|name| name.to_string_lossy().starts_with("epoch-"))
            .count();
        assert_eq!(epochs, 1, "{moment:?}: one epoch key is left");
    }
}
