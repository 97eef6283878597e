//! Links that ask a Jira admin, who needs no account here, to authorise. Of their secret only its hash is here.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, InviteId, PersonId, ProjectId, Time};

use crate::row;

row! {
    /// A link.
    Invite {
        /// Its id.
        id: InviteId,
        /// For which project.
        project_id: ProjectId,
        /// Who asks.
        invited_by: PersonId,
        /// `open`, `begun`, `authorised`, `done`, `revoked`.
        state: String,
        /// Whether it is to bring a connection back to life.
        reconnects: bool,
        /// That connection, or the one it made.
        connection_id: Option<ConnectionId>,
        /// When it was made.
        created_at: Time,
        /// When its holder agreed first.
        begun_at: Option<Time>,
        /// When it was used up or revoked.
        ended_at: Option<Time>,
        /// Until when it works.
        expires_at: Time,
    }
}

/// A link to be made.
#[derive(Debug)]
pub struct NewInvite {
    /// A fresh id.
    pub id: InviteId,
    /// Who asks.
    pub by: PersonId,
    /// The hash of its secret.
    pub secret_hash: Vec<u8>,
    /// The connection to bring back to life, if that is what it is for.
    pub reconnect: Option<ConnectionId>,
    /// Until when it works.
    pub expires_at: Time,
}

/// Adds a link.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: NewInvite, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO connect_invites
            (id, project_id, invited_by, secret_hash, state, reconnects, connection_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8)",
        args![
            new.id,
            project,
            new.by,
            new.secret_hash,
            new.reconnect.is_some(),
            new.reconnect,
            now,
            new.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// The project's newest links that have not expired before `since`.
pub async fn list(tx: &mut Tx, project: ProjectId, since: Time, limit: i64) -> Result<Vec<Invite>> {
    tx.all(
        "SELECT * FROM connect_invites
         WHERE project_id = $1 AND expires_at > $2
         ORDER BY id DESC
         LIMIT $3",
        args![project, since, limit],
    )
    .await
}

/// One link of the project.
pub async fn get(tx: &mut Tx, project: ProjectId, id: InviteId) -> Result<Option<Invite>> {
    tx.one(
        "SELECT * FROM connect_invites WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// The link with this secret: its holder knows nothing else.
pub async fn by_secret(tx: &mut Tx, secret_hash: Vec<u8>) -> Result<Option<Invite>> {
    tx.one(
        "SELECT * FROM connect_invites WHERE secret_hash = $1",
        args![secret_hash],
    )
    .await
}

/// The link that this browser, and no other, went on with.
pub async fn by_browser(
    tx: &mut Tx,
    id: InviteId,
    browser_hash: Vec<u8>,
) -> Result<Option<Invite>> {
    tx.one(
        "SELECT * FROM connect_invites WHERE id = $1 AND browser_hash = $2",
        args![id, browser_hash],
    )
    .await
}

/// Its holder agreed, in this browser. False if it is over, or was begun in another browser.
pub async fn begin(tx: &mut Tx, id: InviteId, browser_hash: Vec<u8>, now: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connect_invites
             SET state = 'begun', browser_hash = $2, begun_at = $3
             WHERE id = $1
               AND state IN ('open', 'begun')
               AND (browser_hash IS NULL OR browser_hash = $2)
               AND expires_at > $3",
            args![id, browser_hash, now],
        )
        .await?;
    Ok(changed == 1)
}

/// It led to this connection, and is used up. False if it was revoked meanwhile, or is over.
pub async fn set_authorised(
    tx: &mut Tx,
    id: InviteId,
    connection: ConnectionId,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connect_invites
             SET state = 'authorised', connection_id = $2, ended_at = $3
             WHERE id = $1 AND state = 'begun' AND expires_at > $3",
            args![id, connection, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Its holder has nothing left to do.
pub async fn set_done(tx: &mut Tx, id: InviteId) -> Result<()> {
    tx.run(
        "UPDATE connect_invites SET state = 'done' WHERE id = $1 AND state = 'authorised'",
        args![id],
    )
    .await?;
    Ok(())
}

/// Ends a link. False if it was over.
pub async fn revoke(tx: &mut Tx, project: ProjectId, id: InviteId, now: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connect_invites
             SET state = 'revoked', ended_at = $3
             WHERE project_id = $1 AND id = $2 AND state IN ('open', 'begun', 'authorised')",
            args![project, id, now],
        )
        .await?;
    Ok(changed == 1)
}
