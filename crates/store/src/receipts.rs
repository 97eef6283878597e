//! What was said of each erasure once it was final: a signed text that names nobody.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ErasureId, Time};

use crate::row;

row! {
    /// A receipt.
    Receipt {
        /// Of which erasure.
        erasure_id: ErasureId,
        /// Why it was.
        reason: String,
        /// Since when nothing can be read any more.
        final_at: Time,
        /// The signed text.
        jws: String,
    }
}

/// Keeps a receipt. One that is there stays as it is: false.
pub async fn insert(tx: &mut Tx, receipt: &Receipt) -> Result<bool> {
    let kept = tx
        .run(
            "INSERT INTO receipts (erasure_id, reason, final_at, jws)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (erasure_id) DO NOTHING",
            args![
                receipt.erasure_id,
                receipt.reason.as_str(),
                receipt.final_at,
                receipt.jws.as_str()
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// The receipt of this erasure. Whoever asks has been told the erasure's id.
pub async fn find(tx: &mut Tx, erasure: ErasureId) -> Result<Option<Receipt>> {
    tx.one(
        "SELECT * FROM receipts WHERE erasure_id = $1",
        args![erasure],
    )
    .await
}

/// When the last one became final of which there is a receipt.
pub async fn newest(tx: &mut Tx) -> Result<Option<Time>> {
    Ok(tx
        .value::<Option<Time>>("SELECT MAX(final_at) FROM receipts", vec![])
        .await?
        .flatten())
}
