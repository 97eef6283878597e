//! Erasing by account, and what keeps an account away.

use upvow_domain::GrantId;

use super::house::*;
use crate::{ErasureReason, Revocation, RootKey, Vault, VaultSettings};

const SPARE: u32 = 99;

async fn ask(vault: &Vault, n: u32, name: &str, reason: ErasureReason) -> (u32, GrantId) {
    let begun = vault
        .begin_account_erasure(erasure_id(n), &account(name), grant_id(SPARE), reason, NOON)
        .await
        .unwrap();
    let number = (1..=9).find(|n| erasure_id(*n) == begun.id).unwrap();
    (number, begun.grant)
}

story!(an_account_is_found_whatever_became_of_its_grant);

/// Promise 5.2, 6.3.
async fn an_account_is_found_whatever_became_of_its_grant(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let reason = ErasureReason::Request;
    vault
        .begin_erasure(erasure_id(1), grant_id(1), ErasureReason::Disconnect, NOON)
        .await
        .unwrap();
    // Its hash is gone, and it is found all the same; the disconnect does not leave what a request does.
    assert!(vault.holds(&account("ana")).await.unwrap());
    assert_eq!(ask(&vault, 2, "ana", reason).await, (2, grant_id(1)));
    assert!(
        vault
            .suppressed(&account("ana"), NOON)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        ask(&vault, 3, "ana", reason).await,
        (2, grant_id(1)),
        "it is under way"
    );
    assert_eq!(vault.erasures_of(grant_id(1)).await.unwrap().len(), 2);
    // Of a stranger nothing is held, and the tombstone stands.
    assert!(!vault.holds(&account("eve")).await.unwrap());
    assert_eq!(ask(&vault, 4, "eve", reason).await, (4, grant_id(SPARE)));
    let record = vault.erasure(erasure_id(4)).await.unwrap().unwrap();
    assert!(!record.held);
    assert!(vault.erasure(erasure_id(2)).await.unwrap().unwrap().held);
    let refused = vault.keep_grant(grant_id(7), new_grant("eve"), NOON).await;
    assert!(refused.is_err());
    // Ben is nobody of these, and what the ledger says of "held" outlives turn and restart.
    vault
        .finish_erasure(erasure_id(4), Revocation::NothingToRevoke, NOON)
        .await
        .unwrap();
    vault.turn_epoch(NOON).await.unwrap();
    vault.close().await;
    let vault = house.open().await;
    assert!(!vault.erasure(erasure_id(4)).await.unwrap().unwrap().held);
    assert!(access(&vault, grant_id(2)).await.is_some());
    vault.close().await;
}

story!(a_record_put_back_by_hand_opens_for_nobody);

/// Promise 5.7. As somebody can who has the database's password and an older copy of the row, of the same epoch.
async fn a_record_put_back_by_hand_opens_for_nobody(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let mut old = Vec::new();
    for column in ["account_hash", "account", "access", "refresh"] {
        let sql = format!("SELECT {column} FROM grants WHERE id = '{:032x}'", 1);
        old.push((column, house.blob(&sql).await.unwrap()));
    }
    ask(&vault, 1, "ana", ErasureReason::Request).await;
    let back = format!(
        "UPDATE grants SET state = 'live', version = 1, revoke_access = NULL, revoke_refresh = NULL WHERE id = '{:032x}'",
        1
    );
    house.meddle(&back, vec![]).await;
    for (column, value) in old {
        let sql = format!("UPDATE grants SET {column} = $1 WHERE id = '{:032x}'", 1);
        house.meddle(&sql, upvow_db::args![value]).await;
    }
    assert_eq!(vault.check().await.unwrap(), vec![], "the row is whole");
    assert!(vault.open_grant(grant_id(1)).await.unwrap().is_none());
    assert_eq!(vault.suppressed_grants().await.unwrap(), [grant_id(1)]);
    assert!(access(&vault, grant_id(2)).await.is_some());
    vault.close().await;
}

#[tokio::test]
async fn the_key_of_mail_addresses_lies_in_the_key_folder() {
    let house = House::sqlite();
    let vault = house.open().await;
    assert!(vault.mail_keys().unwrap().is_none());
    let before = [9; 32];
    let sign =
        |key: &aws_lc_rs::hmac::Key| aws_lc_rs::hmac::sign(key, b"address").as_ref().to_vec();
    let made = vault.make_mail_keys(Some(&before), NOON).await.unwrap();
    let made = sign(&made.present);
    let old = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &before);
    assert_eq!(made, sign(&old), "addresses in old letters stay good");
    let again = vault.make_mail_keys(None, NOON).await.unwrap();
    assert_eq!(sign(&again.present), made, "it is made once");
    assert!(
        files_with(house.path(), &["\t\t\t\t\t\t\t\t\t\t\t\t"]).is_empty(),
        "wrapped"
    );
    vault.change_root_key().await.unwrap();
    let keys = || vault.mail_keys().unwrap().unwrap();
    assert_eq!(sign(&keys().present), made);
    vault.rotate_mail_key(NOON).await.unwrap();
    let other = sign(&keys().present);
    assert_ne!(other, made, "another one signs");
    assert_eq!(sign(&keys().before), made, "and what was signed stays good");
    vault.rotate_mail_key(NOON).await.unwrap();
    assert_eq!(sign(&keys().before), other, "until the next change");
    vault.close().await;
    let settings = VaultSettings {
        root_key: RootKey::create_file(&house.path().join("other.key")).unwrap(),
        ..house.settings()
    };
    let vault = Vault::start_over(settings, NOON).await.unwrap();
    assert!(
        vault.mail_keys().unwrap().is_none(),
        "nobody can open it any more"
    );
    vault.close().await;
}
