//! The store's one row about itself: which store it is, and of which epoch.

use upvow_db::{DbError, FromRow, Row, Tx, args};
use upvow_domain::Time;

use crate::{
    Result,
    keys::{EpochKey, Keys, Place},
};

/// The store's one row about itself.
pub(crate) struct StoreRow {
    pub(crate) store_id: String,
    pub(crate) epoch: u32,
    pub(crate) key_id: String,
    pub(crate) since: Time,
    proof: Vec<u8>,
}

impl StoreRow {
    pub(crate) async fn find(tx: &mut Tx) -> Result<Option<StoreRow>> {
        Ok(tx
            .one(
                "SELECT store_id, epoch, key_id, since, proof FROM vault WHERE one = 1",
                vec![],
            )
            .await?)
    }

    /// Writes the row anew, for the epoch of `keys`.
    pub(crate) async fn insert(tx: &mut Tx, keys: &Keys) -> Result<()> {
        let EpochKey {
            number, id, since, ..
        } = &keys.epoch;
        let proof = keys.seal(PROOF, PROVEN)?;
        tx.run("DELETE FROM vault", vec![]).await?;
        tx.run(
            "INSERT INTO vault (one, store_id, epoch, key_id, since, proof)
             VALUES (1, $1, $2, $3, $4, $5)",
            args![
                keys.store.as_str(),
                i64::from(*number),
                id.as_str(),
                *since,
                proof
            ],
        )
        .await?;
        Ok(())
    }

    /// Whether these keys are the store's, seen by a value that they must open.
    pub(crate) fn is_proven(&self, keys: &Keys) -> bool {
        keys.open(PROOF, &self.proof)
            .is_ok_and(|text| *text == PROVEN)
    }
}

const PROOF: Place<'_> = Place {
    what: "vault proof",
    id: "1",
    version: 1,
};
const PROVEN: &str = "this key opens this store";

impl FromRow for StoreRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(StoreRow {
            store_id: row.get("store_id")?,
            epoch: u32::try_from(row.get::<i64>("epoch")?)
                .map_err(|_| DbError::Column("epoch".to_owned()))?,
            key_id: row.get("key_id")?,
            since: row.get("since")?,
            proof: row.get("proof")?,
        })
    }
}
