//! Round trips to Atlassian that are under way. The state is kept as a hash only.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, ConsentId, PersonId, ProjectId, SessionId, Time};

use crate::row;

row! {
    /// A round trip.
    Attempt {
        /// Whose.
        project_id: ProjectId,
        /// The browser session that began it.
        session_id: SessionId,
        /// Who began it.
        person_id: PersonId,
        /// What they agreed to.
        consent_id: ConsentId,
        /// The connection to bring back to life, if that is what it is for.
        connection_id: Option<ConnectionId>,
        /// When it ends.
        expires_at: Time,
        /// When it was used.
        used_at: Option<Time>,
    }
}

/// Adds a round trip.
pub async fn insert(tx: &mut Tx, state_hash: Vec<u8>, attempt: &Attempt, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO connect_attempts
            (state_hash, project_id, session_id, person_id, consent_id, connection_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            state_hash,
            attempt.project_id,
            attempt.session_id,
            attempt.person_id,
            attempt.consent_id,
            attempt.connection_id,
            now,
            attempt.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// The round trip of this state, used or not: the callback has one address for all projects, and the state, which
/// nobody can guess, says which one it is about.
pub async fn find(tx: &mut Tx, state_hash: Vec<u8>) -> Result<Option<Attempt>> {
    tx.one(
        "SELECT * FROM connect_attempts WHERE state_hash = $1",
        args![state_hash],
    )
    .await
}

/// Uses the round trip up. False if it was used, is over, or belongs to another session.
pub async fn use_up(
    tx: &mut Tx,
    project: ProjectId,
    session: SessionId,
    state_hash: Vec<u8>,
    now: Time,
) -> Result<bool> {
    let used = tx
        .run(
            "UPDATE connect_attempts SET used_at = $4
             WHERE state_hash = $3
               AND project_id = $1
               AND session_id = $2
               AND used_at IS NULL
               AND expires_at > $4",
            args![project, session, state_hash, now],
        )
        .await?;
    Ok(used == 1)
}

/// Deletes what ended before `before`.
pub async fn sweep(tx: &mut Tx, before: Time) -> Result<u64> {
    tx.run(
        "DELETE FROM connect_attempts WHERE expires_at < $1",
        args![before],
    )
    .await
}
