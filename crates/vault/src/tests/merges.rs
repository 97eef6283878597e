//! The ledger's copy in a backup, merged into the ledger that is there.

use super::house::*;
use crate::{
    ErasureReason, Revocation,
    merge::{copy_ledger, ledger_facts, merge_ledger},
};

async fn erase(vault: &crate::Vault, n: u32) {
    let reason = ErasureReason::Request;
    vault
        .begin_erasure(erasure_id(n), grant_id(n), reason, NOON)
        .await
        .unwrap();
    vault
        .finish_erasure(erasure_id(n), Revocation::ConfirmedByProbe, NOON)
        .await
        .unwrap();
}

/// Promise 5.7.
#[tokio::test]
async fn an_older_copy_takes_nothing_back_and_a_newer_one_adds_what_it_knows() {
    let house = House::sqlite();
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    erase(&vault, 1).await;
    let old = house.path().join("old.log");
    copy_ledger(&house.keys_dir(), &old).unwrap();
    vault
        .lift_suppression(&account("ana"), NOON.plus(HOUR))
        .await
        .unwrap();
    erase(&vault, 2).await;
    vault.close().await;
    let now = std::fs::read_to_string(house.ledger()).unwrap();

    // The older one: nothing is rolled back, and Ana, who took it back, is not left alone again.
    assert_eq!(merge_ledger(&house.keys_dir(), &old).unwrap(), 0);
    assert_eq!(std::fs::read_to_string(house.ledger()).unwrap(), now);

    // The newer one, where the key folder went back in time: all it knows is learned, once.
    let newer = house.path().join("newer.log");
    std::fs::write(&newer, &now).unwrap();
    std::fs::copy(&old, house.ledger()).unwrap();
    assert!(merge_ledger(&house.keys_dir(), &newer).unwrap() >= 2);
    assert_eq!(merge_ledger(&house.keys_dir(), &newer).unwrap(), 0);
    let facts = ledger_facts(&house.keys_dir()).unwrap();
    assert_eq!((facts.erasures, facts.ends_well), (2, true));
    let vault = house.open().await;
    assert!(vault.open_grant(grant_id(2)).await.unwrap().is_none());
    let later = NOON.plus(HOUR);
    assert_eq!(
        vault.suppressed(&account("ben"), later).await.unwrap(),
        Some(NOON)
    );
    // Where the two disagree, the ledger that is there has it, and that one is careful.
    assert_eq!(
        vault.suppressed(&account("ana"), later).await.unwrap(),
        Some(NOON)
    );
    vault.close().await;
}

#[tokio::test]
async fn a_line_torn_by_a_crash_is_told_and_not_copied() {
    use std::io::Write as _;
    let house = House::sqlite();
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    erase(&vault, 1).await;
    vault.close().await;
    let whole = std::fs::read(house.ledger()).unwrap();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(house.ledger())
        .unwrap();
    file.write_all(b"{\"step\":\"beg").unwrap();
    let facts = ledger_facts(&house.keys_dir()).unwrap();
    assert_eq!((facts.erasures, facts.ends_well), (1, false));
    let copy = house.path().join("copy.log");
    copy_ledger(&house.keys_dir(), &copy).unwrap();
    assert_eq!(std::fs::read(copy).unwrap(), whole);
}
