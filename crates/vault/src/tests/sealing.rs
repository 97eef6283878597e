//! A sealed value opens where it belongs and nowhere else.

use proptest::prelude::*;

use super::house::*;
use crate::{VaultError, seal};

const KEY: [u8; 32] = [7; 32];

fn place(parts: [&str; 5]) -> Vec<u8> {
    seal::context(&parts.map(str::as_bytes))
}

/// Promise 9.2.
#[test]
fn a_value_opens_only_at_its_own_place() {
    // store, field, record, epoch, version: the same words in every place, so that only the encoding keeps them apart
    let mut places = Vec::new();
    for at in 0..5 {
        for word in ["", "a", "ab", "b"] {
            let mut parts = ["a", "b", "ab", "", "a"];
            parts[at] = word;
            places.push(place(parts));
        }
    }
    places.sort();
    places.dedup();
    assert!(places.len() > 12, "the places differ: {}", places.len());
    for (i, here) in places.iter().enumerate() {
        let sealed = seal::seal(&KEY, here, b"secret").unwrap();
        for (j, there) in places.iter().enumerate() {
            let opened = seal::open(&KEY, there, &sealed);
            assert_eq!(
                opened.is_ok_and(|plain| *plain == b"secret"),
                i == j,
                "{i} at {j}"
            );
        }
    }
}

/// Promise 9.2.
#[test]
fn f10_a_changed_byte_or_a_cut_end_or_another_key_does_not_open() {
    let here = place(["s", "access", "g", "1", "1"]);
    let sealed = seal::seal(&KEY, &here, b"a token").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(seal::open(&KEY, &here, &changed).is_err(), "byte {at}");
        assert!(
            seal::open(&KEY, &here, &sealed[..at]).is_err(),
            "cut at {at}"
        );
    }
    assert!(seal::open(&[8; 32], &here, &sealed).is_err());
    assert!(seal::open(&KEY, &here, &sealed).is_ok());
}

#[test]
fn the_same_text_never_looks_the_same() {
    let here = place(["s", "access", "g", "1", "1"]);
    let one = seal::seal(&KEY, &here, b"a token").unwrap();
    let two = seal::seal(&KEY, &here, b"a token").unwrap();
    assert_ne!(one[1..33], two[1..33], "salt");
    assert_ne!(one[33..65], two[33..65], "commitment");
    assert_ne!(one[65..], two[65..], "ciphertext");
}

proptest! {
    #[test]
    fn different_parts_have_different_contexts(
        a in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
        b in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4),
    ) {
        let encode = |parts: &Vec<Vec<u8>>| seal::context(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(a == b, encode(&a) == encode(&b));
    }

    #[test]
    fn hexadecimal_digits_read_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(seal::unhex(&seal::hex(&bytes)), Some(bytes));
    }
}

const FIELDS: [&str; 3] = ["account", "access", "refresh"];

story!(f10_fields_swapped_in_the_store_do_not_open);

async fn f10_fields_swapped_in_the_store_do_not_open(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana", "ben"]).await;
    let mut sealed = Vec::new();
    for row in [1, 2] {
        for field in FIELDS {
            let value = house
                .blob(&format!(
                    "SELECT {field} FROM grants WHERE id = '{row:032x}'"
                ))
                .await;
            sealed.push((row, field, value.unwrap()));
        }
    }
    assert_eq!(vault.check().await.unwrap(), vec![]);
    for (row, field, own) in &sealed {
        let put = format!("UPDATE grants SET {field} = $1 WHERE id = '{row:032x}'");
        for (from_row, from_field, foreign) in &sealed {
            house.meddle(&put, upvow_db::args![foreign.clone()]).await;
            let broken = vault.check().await.unwrap();
            if (from_row, from_field) == (row, field) {
                assert_eq!(broken, vec![]);
                continue;
            }
            assert_eq!(
                broken.len(),
                1,
                "{from_field} of {from_row} as {field} of {row}"
            );
            assert_eq!(broken[0].id, format!("{row:032x}"));
            assert_eq!(broken[0].what, format!("grant {field}"));
        }
        house.meddle(&put, upvow_db::args![own.clone()]).await;
    }
    vault.close().await;
}

story!(f10_an_older_version_put_back_does_not_open);

async fn f10_an_older_version_put_back_does_not_open(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let old = house.blob("SELECT access FROM grants").await.unwrap();
    let fence = lease(&vault, grant_id(1)).await;
    assert!(
        vault
            .rotate(grant_id(1), fence, 1, new_tokens("second"), NOON)
            .await
            .unwrap()
    );
    house
        .meddle(
            "UPDATE grants SET access = $1",
            upvow_db::args![old.clone()],
        )
        .await;
    assert!(matches!(
        vault.open_grant(grant_id(1)).await,
        Err(VaultError::Broken {
            what: "grant access"
        })
    ));
    // Not even with the version column set back: the account is of the new version.
    house.meddle("UPDATE grants SET version = 1", vec![]).await;
    assert!(!vault.check().await.unwrap().is_empty());
    vault.close().await;
}

story!(a_value_of_an_earlier_epoch_does_not_open);

async fn a_value_of_an_earlier_epoch_does_not_open(house: House) {
    let vault = house.open().await;
    connect(&vault, &["ana"]).await;
    let old = house.blob("SELECT access FROM grants").await.unwrap();
    let old_hash = house.blob("SELECT account_hash FROM grants").await.unwrap();
    vault.turn_epoch(NOON).await.unwrap();
    assert_ne!(
        house.blob("SELECT account_hash FROM grants").await.unwrap(),
        old_hash
    );
    assert_eq!(
        access(&vault, grant_id(1)).await.unwrap(),
        "access-canary-ana"
    );
    // The epoch is turned by file, so the vault notices and the meddling goes to the new file.
    house
        .meddle("UPDATE grants SET access = $1", upvow_db::args![old])
        .await;
    assert!(matches!(
        vault.open_grant(grant_id(1)).await,
        Err(VaultError::Broken { .. })
    ));
    vault.close().await;
}
