//! Webhooks that an administrator of Jira makes by hand: one per connection at most. The secret is in the vault; here is
//! the hash of the address.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, HookId, ProjectId, Time};

use crate::row;

row! {
    /// The door of such a webhook.
    AdminHook {
        /// Its id, which also names the secret in the vault.
        id: HookId,
        /// Whose.
        project_id: ProjectId,
        /// For which connection.
        connection_id: ConnectionId,
        /// When its address and secret were made.
        made_at: Time,
        /// When something last came in by it.
        last_event_at: Option<Time>,
    }
}

/// Makes the door of a connection, or gives it another address.
pub async fn set(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    id: HookId,
    token_hash: Vec<u8>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO admin_hooks (id, project_id, connection_id, token_hash, made_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (connection_id) DO UPDATE
         SET token_hash = excluded.token_hash, made_at = excluded.made_at, last_event_at = NULL",
        args![id, project, connection, token_hash, now],
    )
    .await?;
    Ok(())
}

/// The door of a connection.
pub async fn get(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<AdminHook>> {
    tx.one(
        "SELECT * FROM admin_hooks WHERE project_id = $1 AND connection_id = $2",
        args![project, connection],
    )
    .await
}

/// The door behind an address.
pub async fn of_token(tx: &mut Tx, token_hash: Vec<u8>) -> Result<Option<AdminHook>> {
    tx.one(
        "SELECT * FROM admin_hooks WHERE token_hash = $1",
        args![token_hash],
    )
    .await
}

/// Something came in by this door.
pub async fn set_heard(tx: &mut Tx, id: HookId, now: Time) -> Result<()> {
    tx.run(
        "UPDATE admin_hooks SET last_event_at = $2 WHERE id = $1",
        args![id, now],
    )
    .await?;
    Ok(())
}

/// Closes the door of a connection. False if there was none.
pub async fn delete(tx: &mut Tx, project: ProjectId, connection: ConnectionId) -> Result<bool> {
    let gone = tx
        .run(
            "DELETE FROM admin_hooks WHERE project_id = $1 AND connection_id = $2",
            args![project, connection],
        )
        .await?;
    Ok(gone > 0)
}
