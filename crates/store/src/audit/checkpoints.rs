//! What was signed of a chain. A checkpoint says that the chain ended with this line then, and from which line on it
//! is kept: what is older was deleted when its term was over, up to a line that an earlier checkpoint ended with.

use upvow_db::{Result, Tx, args};
use upvow_domain::Time;

use super::End;
use crate::row;

row! {
    /// One.
    Checkpoint {
        /// The chain.
        chain: String,
        /// The last line's number.
        seq: i64,
        /// Its hash.
        hash: String,
        /// The number of the last line that was deleted when its term was over; 0 if none was.
        from_seq: i64,
        /// Its hash; empty if none was.
        from_hash: String,
        /// When it was signed.
        at: Time,
        /// All of this, signed: a compact JWS.
        signed: String,
    }
}

/// Keeps one.
pub async fn insert(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<()> {
    tx.run(
        "INSERT INTO audit_checkpoints (chain, seq, hash, from_seq, from_hash, at, signed)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (chain, seq, from_seq) DO NOTHING",
        args![
            checkpoint.chain.clone(),
            checkpoint.seq,
            checkpoint.hash.clone(),
            checkpoint.from_seq,
            checkpoint.from_hash.clone(),
            checkpoint.at,
            checkpoint.signed.clone()
        ],
    )
    .await?;
    Ok(())
}

/// All of a chain, oldest first.
pub async fn list(tx: &mut Tx, chain: &str) -> Result<Vec<Checkpoint>> {
    tx.all(
        "SELECT * FROM audit_checkpoints
         WHERE chain = $1
         ORDER BY from_seq, seq",
        args![chain],
    )
    .await
}

/// The newest of a chain.
pub async fn newest(tx: &mut Tx, chain: &str) -> Result<Option<Checkpoint>> {
    tx.one(
        "SELECT * FROM audit_checkpoints
         WHERE chain = $1
         ORDER BY from_seq DESC, seq DESC
         LIMIT 1",
        args![chain],
    )
    .await
}

/// The newest that ends with a line of before `before` and lies after what was deleted already: the whole segment up to
/// it can be deleted.
pub async fn over(tx: &mut Tx, chain: &str, before: Time) -> Result<Option<End>> {
    tx.one(
        "SELECT c.seq, c.hash
         FROM audit_checkpoints c
         JOIN audit a ON a.chain = c.chain AND a.seq = c.seq
         WHERE c.chain = $1
           AND a.at < $2
           AND NOT EXISTS (
            SELECT 1 FROM audit younger
            WHERE younger.chain = c.chain
              AND younger.seq < c.seq
              AND younger.at >= $2)
         ORDER BY c.seq DESC
         LIMIT 1",
        args![chain, before],
    )
    .await
}

/// Deletes the lines up to this one, and the checkpoints that ended before it.
pub async fn cut(tx: &mut Tx, chain: &str, up_to: i64) -> Result<u64> {
    tx.run(
        "DELETE FROM audit_checkpoints
         WHERE chain = $1
           AND seq <= $2",
        args![chain, up_to],
    )
    .await?;
    tx.run(
        "DELETE FROM audit
         WHERE chain = $1
           AND seq <= $2",
        args![chain, up_to],
    )
    .await
}
