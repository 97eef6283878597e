//! Round trips to Atlassian that are under way. The state is kept as a hash only.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, ConsentId, ErasureId, InviteId, PersonId, ProjectId, SessionId, Time,
};

use crate::row;

row! {
    /// A round trip.
    Attempt {
        /// Whose.
        project_id: ProjectId,
        /// The browser session that began it, if somebody signed in did.
        session_id: Option<SessionId>,
        /// Who that is.
        person_id: Option<PersonId>,
        /// The link whose holder began it, if nobody signed in did.
        invite_id: Option<InviteId>,
        /// What they agreed to.
        consent_id: ConsentId,
        /// The connection to bring back to life, if that is what it is for.
        connection_id: Option<ConnectionId>,
        /// When it was begun.
        created_at: Time,
        /// When it ends.
        expires_at: Time,
        /// When it was used.
        used_at: Option<Time>,
        /// The erasure whose tombstone the person means to take away by coming back.
        lifts_erasure: Option<ErasureId>,
        /// The erasure whose tombstone stood in the way.
        met_erasure: Option<ErasureId>,
        /// Why that was.
        met_reason: Option<String>,
        /// When it was asked.
        met_since: Option<Time>,
        /// What became of the tokens that came along.
        met_revocation: Option<String>,
    }
}

/// A tombstone that stood in the way of somebody's return.
#[derive(Debug)]
pub struct Met<'a> {
    /// The erasure it stands for.
    pub erasure: ErasureId,
    /// Why that was.
    pub reason: &'a str,
    /// When it was asked.
    pub since: Time,
    /// What became of the tokens that came along.
    pub revocation: &'a str,
}

/// Notes on a used round trip what stood in its way.
pub async fn set_met(tx: &mut Tx, state_hash: Vec<u8>, met: &Met<'_>) -> Result<()> {
    tx.run(
        "UPDATE connect_attempts
         SET met_erasure = $2, met_reason = $3, met_since = $4, met_revocation = $5
         WHERE state_hash = $1 AND used_at IS NOT NULL",
        args![
            state_hash,
            met.erasure,
            met.reason,
            met.since,
            met.revocation
        ],
    )
    .await?;
    Ok(())
}

/// Adds a round trip.
pub async fn insert(tx: &mut Tx, state_hash: Vec<u8>, attempt: &Attempt) -> Result<()> {
    tx.run(
        "INSERT INTO connect_attempts
            (state_hash, project_id, session_id, person_id, invite_id, consent_id, connection_id, created_at, expires_at,
             lifts_erasure)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            state_hash,
            attempt.project_id,
            attempt.session_id,
            attempt.person_id,
            attempt.invite_id,
            attempt.consent_id,
            attempt.connection_id,
            attempt.created_at,
            attempt.expires_at,
            attempt.lifts_erasure
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

/// The same for the holder of a link: in the browser that began, and while the link holds.
pub async fn use_up_invited(
    tx: &mut Tx,
    invite: InviteId,
    browser_hash: Vec<u8>,
    state_hash: Vec<u8>,
    now: Time,
) -> Result<bool> {
    let used = tx
        .run(
            "UPDATE connect_attempts SET used_at = $4
             WHERE state_hash = $3
               AND invite_id = $1
               AND used_at IS NULL
               AND expires_at > $4
               AND EXISTS (
                   SELECT 1 FROM connect_invites i
                   WHERE i.id = $1
                     AND i.browser_hash = $2
                     AND i.state = 'begun'
                     AND i.expires_at > $4)",
            args![invite, browser_hash, state_hash, now],
        )
        .await?;
    Ok(used == 1)
}

/// The project's round trips begun since `since` that did not come back, newest first, and none from before one that did.
pub async fn unreturned(
    tx: &mut Tx,
    project: ProjectId,
    since: Time,
    limit: i64,
) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT a.*
         FROM connect_attempts a
         WHERE a.project_id = $1
           AND a.created_at > $2
           AND a.used_at IS NULL
           AND NOT EXISTS (
               SELECT 1 FROM connect_attempts b
               WHERE b.project_id = $1
                 AND b.used_at IS NOT NULL
                 AND b.created_at >= a.created_at)
         ORDER BY a.created_at DESC
         LIMIT $3",
        args![project, since, limit],
    )
    .await
}
