//! The erasures that a case began.

use upvow_db::{Result, Tx, args};
use upvow_domain::{CaseId, ErasureId};

use crate::row;

row! {
    /// One of them.
    Begun {
        /// Its number in the vault's ledger.
        erasure_id: ErasureId,
    }
}

/// Notes one; again changes nothing.
pub async fn insert(tx: &mut Tx, case: CaseId, erasure: ErasureId) -> Result<()> {
    tx.run(
        "INSERT INTO case_erasures (case_id, erasure_id) VALUES ($1, $2)
         ON CONFLICT (case_id, erasure_id) DO NOTHING",
        args![case, erasure],
    )
    .await?;
    Ok(())
}

/// Those of a case.
pub async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<ErasureId>> {
    let rows: Vec<Begun> = tx
        .all(
            "SELECT erasure_id FROM case_erasures WHERE case_id = $1 ORDER BY erasure_id",
            args![case],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.erasure_id).collect())
}
