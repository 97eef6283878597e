//! What became of each step of a disconnect.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, ErasureId, ProjectId, Time};

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

row! {
    /// A connection whose erasure waits to become final.
    Waiting {
        /// The connection.
        id: ConnectionId,
        /// Whose.
        project_id: ProjectId,
        /// The erasure.
        erasure_id: ErasureId,
    }
}

/// Everybody's connections whose erasure is not known to be final.
pub async fn not_final(tx: &mut Tx) -> Result<Vec<Waiting>> {
    tx.all(
        "SELECT c.id, c.project_id, c.erasure_id
         FROM connections c
         JOIN goodbye_steps s ON s.connection_id = c.id
         WHERE c.erasure_id IS NOT NULL
           AND s.step = 'key_destroyed'
           AND s.result = 'waiting'
         ORDER BY c.id",
        vec![],
    )
    .await
}
