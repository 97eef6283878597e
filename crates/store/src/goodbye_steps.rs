//! What became of each step of a disconnect.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, ProjectId, Time};

use crate::row;

row! {
    /// A step.
    Step {
        /// Which.
        step: String,
        /// What became of it.
        result: String,
        /// When.
        at: Time,
    }
}

/// Writes what became of a step.
pub async fn set(
    tx: &mut Tx,
    connection: ConnectionId,
    step: &str,
    result: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO goodbye_steps (connection_id, step, result, at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (connection_id, step) DO UPDATE SET result = excluded.result, at = excluded.at",
        args![connection, step, result, now],
    )
    .await?;
    Ok(())
}

/// The steps so far.
pub async fn list(tx: &mut Tx, project: ProjectId, connection: ConnectionId) -> Result<Vec<Step>> {
    tx.all(
        "SELECT s.step, s.result, s.at
         FROM goodbye_steps s
         JOIN connections c ON c.id = s.connection_id
         WHERE c.project_id = $1 AND c.id = $2
         ORDER BY s.at, s.step",
        args![project, connection],
    )
    .await
}
