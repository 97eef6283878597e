//! Copies that can be fetched once, for some minutes, by one browser.

use upvow_db::{Result, Tx, args};
use upvow_domain::{CaseId, Time};

use crate::row;

row! {
    /// One that waits.
    Waiting {
        /// Since when the account wants to be left alone, as was seen when it was verified.
        suppressed_at: Option<Time>,
        /// Until when it waits.
        expires_at: Time,
    }
}

/// Lets this browser fetch it.
pub async fn insert(
    tx: &mut Tx,
    case: CaseId,
    browser_hash: Vec<u8>,
    waiting: &Waiting,
) -> Result<()> {
    tx.run(
        "INSERT INTO case_exports (case_id, browser_hash, suppressed_at, expires_at)
         VALUES ($1, $2, $3, $4)",
        args![
            case,
            browser_hash,
            waiting.suppressed_at,
            waiting.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// Whether this browser can fetch it.
pub async fn find(
    tx: &mut Tx,
    case: CaseId,
    browser_hash: Vec<u8>,
    now: Time,
) -> Result<Option<Waiting>> {
    tx.one(
        "SELECT suppressed_at, expires_at FROM case_exports
         WHERE case_id = $1 AND browser_hash = $2 AND expires_at > $3",
        args![case, browser_hash, now],
    )
    .await
}

/// Takes it: nobody can a second time. False if somebody was faster.
pub async fn take(tx: &mut Tx, case: CaseId, browser_hash: Vec<u8>, now: Time) -> Result<bool> {
    let taken = tx
        .run(
            "DELETE FROM case_exports
             WHERE case_id = $1 AND browser_hash = $2 AND expires_at > $3",
            args![case, browser_hash, now],
        )
        .await?;
    Ok(taken == 1)
}

/// Whether a case still has one that waits.
pub async fn waits(tx: &mut Tx, case: CaseId, now: Time) -> Result<bool> {
    let found: Option<Time> = tx
        .value(
            "SELECT expires_at FROM case_exports WHERE case_id = $1 AND expires_at > $2",
            args![case, now],
        )
        .await?;
    Ok(found.is_some())
}
