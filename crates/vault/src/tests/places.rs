//! Every sealed value opens at its own place only. The places are taken from the schema: a column of bytes that is
//! added is tried here by itself.

use upvow_db::{Db, FromRow, Row, Tuning};
use upvow_domain::secret::{CodeVerifier, WebhookToken};

use super::house::*;
use crate::{ErasureReason, Vault};

/// Columns of bytes that hold nothing sealed, and why. Any other must be tried.
const NOT_SEALED: &[(&str, &str)] = &[
    // Keyed hashes: they are compared, never opened.
    ("grants", "account_hash"),
    ("tombstones", "hash"),
];

struct Name(String);

impl FromRow for Name {
    fn from_row(row: &Row) -> upvow_db::Result<Self> {
        row.get("name").map(Name)
    }
}

/// The columns of bytes that the live schema has, as `(table, column)`.
async fn columns_of_bytes(house: &House) -> Vec<(String, String)> {
    let sqlite = "SELECT m.name || '.' || c.name AS name
                  FROM sqlite_master m
                  JOIN pragma_table_info(m.name) c
                  WHERE m.type = 'table' AND UPPER(c.type) IN ('BYTEA', 'BLOB')
                  ORDER BY 1";
    let postgres = "SELECT CAST(table_name || '.' || column_name AS TEXT) AS name
                    FROM information_schema.columns
                    WHERE table_schema = 'public' AND data_type = 'bytea'
                    ORDER BY 1";
    let db = Db::connect(&house.settings().url, Tuning::default())
        .await
        .unwrap();
    let mut tx = db.read().await.unwrap();
    let sql = tx.pick(sqlite, postgres);
    let names = tx.all::<Name>(sql, vec![]).await.unwrap();
    drop(tx);
    db.close().await;
    let split = |Name(name): Name| {
        let (table, column) = name.split_once('.').unwrap();
        (table.to_owned(), column.to_owned())
    };
    names.into_iter().map(split).collect()
}

/// A sealed value and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spot {
    table: String,
    column: String,
    key: String,
}

impl Spot {
    fn key_column(&self) -> &'static str {
        match self.table.as_str() {
            "vault" => "one",
            "verifiers" => "trip",
            _ => "id",
        }
    }

    fn get(&self) -> String {
        let Spot { table, column, key } = self;
        format!(
            "SELECT {column} FROM {table} WHERE CAST({} AS TEXT) = '{key}'",
            self.key_column()
        )
    }

    fn put(&self) -> String {
        let Spot { table, column, key } = self;
        format!(
            "UPDATE {table} SET {column} = $1 WHERE CAST({} AS TEXT) = '{key}'",
            self.key_column()
        )
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may leak: the text is as old as the test"
)]
async fn keys_of(house: &House, table: &str, column: &str) -> Vec<String> {
    let spot = Spot {
        table: table.to_owned(),
        column: column.to_owned(),
        key: String::new(),
    };
    let sql = format!(
        "SELECT CAST({} AS TEXT) AS name FROM {table} WHERE {column} IS NOT NULL ORDER BY 1",
        spot.key_column()
    );
    let db = Db::connect(&house.settings().url, Tuning::default())
        .await
        .unwrap();
    let mut tx = db.read().await.unwrap();
    let found = tx
        .all::<Name>(Box::leak(sql.into_boxed_str()), vec![])
        .await;
    drop(tx);
    db.close().await;
    found.unwrap().into_iter().map(|Name(name)| name).collect()
}

/// Two rows of everything there is, one of them being erased.
async fn furnish(vault: &Vault) {
    connect(vault, &["ana", "ben", "cid", "dot"]).await;
    for n in [3, 4] {
        vault
            .begin_erasure(erasure_id(n), grant_id(n), ErasureReason::Disconnect, NOON)
            .await
            .unwrap();
        let token = WebhookToken::new(format!("hook-{n}"));
        vault.keep_hook(hook_id(n), &token, NOON).await.unwrap();
        let verifier = CodeVerifier::new(format!("verifier-{n}"));
        vault
            .keep_verifier(&format!("trip-{n}"), &verifier, NOON.plus(HOUR))
            .await
            .unwrap();
    }
}

async fn spots(house: &House) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (table, column) in columns_of_bytes(house).await {
        if NOT_SEALED.contains(&(table.as_str(), column.as_str())) {
            continue;
        }
        let keys = keys_of(house, &table, &column).await;
        assert!(
            !keys.is_empty(),
            "{table}.{column} is a column of bytes that no row of this story fills: fill it, or say that it is not sealed"
        );
        spots.extend(keys.into_iter().map(|key| Spot {
            table: table.clone(),
            column: column.clone(),
            key,
        }));
    }
    spots
}

story!(f10_no_sealed_value_opens_anywhere_else);

/// Promise 9.1, 9.2.
async fn f10_no_sealed_value_opens_anywhere_else(house: House) {
    let vault = house.open().await;
    furnish(&vault).await;
    let spots = spots(&house).await;
    assert!(spots.len() >= 13, "{}", spots.len());
    let mut values = Vec::new();
    for spot in &spots {
        values.push(house.blob(&spot.get()).await.unwrap());
    }
    assert_eq!(vault.check().await.unwrap(), vec![]);
    let mut moved = 0;
    // The proof of the store itself is not opened by `check`: a vault with a foreign one does not open at all.
    let records = |spot: &&Spot| spot.table != "vault";
    for (own, spot) in spots.iter().enumerate().filter(|(_, spot)| records(spot)) {
        for (from, value) in values.iter().enumerate().filter(|(from, _)| *from != own) {
            house
                .meddle(&spot.put(), upvow_db::args![value.clone()])
                .await;
            let broken = vault.check().await.unwrap();
            assert_eq!(broken.len(), 1, "{:?} at {spot:?}: {broken:?}", spots[from]);
            moved += 1;
        }
        house
            .meddle(&spot.put(), upvow_db::args![values[own].clone()])
            .await;
    }
    assert!(moved >= 12 * 12, "{moved}");
    assert_eq!(vault.check().await.unwrap(), vec![]);

    // Nor at its own place in another epoch.
    vault.turn_epoch(NOON).await.unwrap();
    for (own, spot) in spots.iter().enumerate().filter(|(_, spot)| records(spot)) {
        let present = house.blob(&spot.get()).await.unwrap();
        assert_ne!(present, values[own], "{spot:?} was sealed anew");
        house
            .meddle(&spot.put(), upvow_db::args![values[own].clone()])
            .await;
        let broken = vault.check().await.unwrap();
        assert_eq!(broken.len(), 1, "{spot:?}: {broken:?}");
        house.meddle(&spot.put(), upvow_db::args![present]).await;
    }
    assert_eq!(vault.check().await.unwrap(), vec![]);

    // The store's own proof, of another epoch or another place.
    vault.close().await;
    let proof = spots.iter().position(|spot| spot.table == "vault").unwrap();
    let present = house.blob(&spots[proof].get()).await.unwrap();
    for value in [&values[proof], &values[0]] {
        house
            .meddle(&spots[proof].put(), upvow_db::args![value.clone()])
            .await;
        super::opening::refusal(house.settings()).await;
    }
    house
        .meddle(&spots[proof].put(), upvow_db::args![present])
        .await;
    house.open().await.close().await;
}
