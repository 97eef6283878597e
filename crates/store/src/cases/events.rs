//! What happened to a case.

use upvow_db::{Result, Tx, args};
use upvow_domain::{AuditId, CaseId, Time};

use crate::row;

row! {
    /// A line of a case's timeline.
    Event {
        /// What happened.
        code: String,
        /// An id of ours, or a code.
        detail: String,
        /// When.
        at: Time,
    }
}

/// Adds a line.
pub async fn insert(
    tx: &mut Tx,
    id: AuditId,
    case: CaseId,
    code: &str,
    detail: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO case_events (id, case_id, code, detail, at) VALUES ($1, $2, $3, $4, $5)",
        args![id, case, code, detail, now],
    )
    .await?;
    Ok(())
}

/// A case's lines, oldest first; a case has few.
pub async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<Event>> {
    tx.all(
        "SELECT code, detail, at FROM case_events
         WHERE case_id = $1
         ORDER BY at, id
         LIMIT 200",
        args![case],
    )
    .await
}
