//! Webhook doors: one per grant and site, shared by the connections that use both. The secret part of the address is
//! in the vault; here is its hash.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, GrantId, HookId, ProjectId, Time, jira::CloudId};

use crate::row;

row! {
    /// A webhook door.
    Hook {
        /// Its id.
        id: HookId,
        /// The vault's record of the authorisation.
        grant_id: GrantId,
        /// The site.
        cloud_id: CloudId,
        /// Jira's numbers of our webhooks, parted by commas.
        webhook_ids: String,
        /// The Jira projects they were registered for, parted by commas.
        watched: String,
        /// `new`, `registered`, `refused`.
        state: String,
        /// Why Jira refused.
        problem: Option<String>,
        /// Since when that is so.
        problem_at: Option<Time>,
        /// When Jira last refused.
        refused_at: Option<Time>,
        /// When they were registered.
        registered_at: Option<Time>,
        /// When Jira ends them unless renewed.
        expires_at: Option<Time>,
        /// When Jira last told us something.
        last_event_at: Option<Time>,
        /// The address, less its secret part, and the projects that Jira was last asked for.
        asked_for: Option<String>,
        /// When Jira's list was last looked at.
        looked_at: Option<Time>,
        /// The hash of the secret part of its address.
        token_hash: Vec<u8>,
        /// That of the address before, while it is taken.
        previous_hash: Option<Vec<u8>>,
        /// Jira's numbers of the webhooks that led there.
        previous_ids: Option<String>,
        /// Until when it is taken.
        previous_until: Option<Time>,
    }
}

row! {
    /// A door in use, and a project to look after it for.
    InUse {
        /// The hook.
        id: HookId,
        /// One of the projects that use it.
        project_id: ProjectId,
    }
}

/// Adds a door, unless the grant has one on this site already.
pub async fn insert(
    tx: &mut Tx,
    id: HookId,
    grant: GrantId,
    cloud: &CloudId,
    token_hash: Vec<u8>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO hooks (id, grant_id, cloud_id, token_hash, webhook_ids, watched, state, created_at)
         VALUES ($1, $2, $3, $4, '', '', 'new', $5)
         ON CONFLICT (grant_id, cloud_id) DO NOTHING",
        args![id, grant, cloud, token_hash, now],
    )
    .await?;
    Ok(())
}

/// One door.
pub async fn get(tx: &mut Tx, id: HookId) -> Result<Option<Hook>> {
    tx.one("SELECT * FROM hooks WHERE id = $1", args![id]).await
}

/// The door of a grant on a site.
pub async fn of_grant_on(tx: &mut Tx, grant: GrantId, cloud: &CloudId) -> Result<Option<Hook>> {
    tx.one(
        "SELECT * FROM hooks WHERE grant_id = $1 AND cloud_id = $2",
        args![grant, cloud],
    )
    .await
}

/// The doors of a grant, on all sites.
pub async fn of_grant(tx: &mut Tx, grant: GrantId) -> Result<Vec<Hook>> {
    tx.all(
        "SELECT * FROM hooks WHERE grant_id = $1 ORDER BY id",
        args![grant],
    )
    .await
}

/// The door behind an address, or behind the one it had before.
pub async fn of_token(tx: &mut Tx, token_hash: Vec<u8>, now: Time) -> Result<Option<Hook>> {
    let present = tx
        .one(
            "SELECT * FROM hooks WHERE token_hash = $1",
            args![token_hash.clone()],
        )
        .await?;
    if present.is_some() {
        return Ok(present);
    }
    tx.one(
        "SELECT * FROM hooks
         WHERE previous_hash = $1
           AND previous_until > $2",
        args![token_hash, now],
    )
    .await
}

/// All doors that a connection at work hears by, for the periodic pass.
pub async fn in_use(tx: &mut Tx) -> Result<Vec<InUse>> {
    tx.all(
        "SELECT h.id, MIN(c.project_id) AS project_id
         FROM hooks h
         JOIN connections c ON c.hook_id = h.id
         WHERE c.state = 'active'
         GROUP BY h.id
         ORDER BY h.id",
        vec![],
    )
    .await
}

/// Notes what Jira is about to be asked for.
pub async fn set_asked(tx: &mut Tx, id: HookId, asked_for: &str) -> Result<()> {
    tx.run(
        "UPDATE hooks SET asked_for = $2 WHERE id = $1",
        args![id, asked_for],
    )
    .await?;
    Ok(())
}

/// Gives a door another secret. What Jira sends to the address it had is taken until `until`.
pub async fn set_token(
    tx: &mut Tx,
    id: HookId,
    token_hash: Vec<u8>,
    now: Time,
    until: Time,
) -> Result<()> {
    tx.run(
        "UPDATE hooks
         SET previous_hash = token_hash, previous_ids = webhook_ids, previous_until = $4,
             token_hash = $2, token_at = $3, state = 'new'
         WHERE id = $1",
        args![id, token_hash, now, until],
    )
    .await?;
    Ok(())
}

/// Forgets the addresses that doors had before, once they are not taken any more.
pub async fn forget_previous(tx: &mut Tx, now: Time) -> Result<u64> {
    tx.run(
        "UPDATE hooks
         SET previous_hash = NULL, previous_ids = NULL, previous_until = NULL
         WHERE previous_until <= $1",
        args![now],
    )
    .await
}

/// What is registered at Jira now.
#[derive(Debug, Clone, Copy)]
pub struct Registered<'a> {
    /// Jira's numbers, parted by commas.
    pub webhook_ids: &'a str,
    /// The Jira projects, parted by commas.
    pub watched: &'a str,
    /// When it ends; none leaves what was known.
    pub expires_at: Option<Time>,
    /// It was not there before.
    pub is_new: bool,
}

/// Writes what is registered at Jira now. One that was silent stays under suspicion until something comes, unless it is
/// a new one.
pub async fn set_registered(
    tx: &mut Tx,
    id: HookId,
    registered: &Registered<'_>,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE hooks
         SET state = 'registered', webhook_ids = $2, watched = $3, expires_at = COALESCE($4, expires_at), looked_at = $6,
             problem = CASE WHEN problem = 'webhook_silent' AND NOT $5 THEN problem END,
             registered_at = CASE WHEN $5 OR registered_at IS NULL THEN $6 ELSE registered_at END
         WHERE id = $1",
        args![
            id,
            registered.webhook_ids,
            registered.watched,
            registered.expires_at,
            registered.is_new,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Notes numbers of webhooks before all is known about them, so that nothing they bring is refused.
pub async fn set_webhook_ids(tx: &mut Tx, id: HookId, webhook_ids: &str) -> Result<()> {
    tx.run(
        "UPDATE hooks SET webhook_ids = $2 WHERE id = $1",
        args![id, webhook_ids],
    )
    .await?;
    Ok(())
}

/// Jira refused to register.
pub async fn set_refused(tx: &mut Tx, id: HookId, problem: &str, now: Time) -> Result<()> {
    tx.run(
        "UPDATE hooks
         SET state = 'refused', problem = $2, refused_at = $3,
             problem_at = CASE WHEN problem = $2 THEN problem_at ELSE $3 END
         WHERE id = $1",
        args![id, problem, now],
    )
    .await?;
    Ok(())
}

/// It is registered, and yet nothing came in by it.
pub async fn set_silent(tx: &mut Tx, id: HookId) -> Result<()> {
    tx.run(
        "UPDATE hooks SET problem = 'webhook_silent' WHERE id = $1 AND state = 'registered'",
        args![id],
    )
    .await?;
    Ok(())
}

/// Something came in by this door, so it is not silent.
pub async fn set_heard(tx: &mut Tx, id: HookId, now: Time) -> Result<()> {
    tx.run(
        "UPDATE hooks
         SET last_event_at = $2, problem = CASE WHEN problem = 'webhook_silent' THEN NULL ELSE problem END
         WHERE id = $1",
        args![id, now],
    )
    .await?;
    Ok(())
}

/// Whether any connection but this one still uses a door.
pub async fn is_used(tx: &mut Tx, id: HookId, but: ConnectionId) -> Result<bool> {
    let users = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM connections
             WHERE hook_id = $1 AND id <> $2 AND state NOT IN ('disconnecting', 'invalidated')",
            args![id, but],
        )
        .await?;
    Ok(users > 0)
}

/// Closes a door for good, unless a connection has it. Its signals go with it.
pub async fn delete(tx: &mut Tx, id: HookId) -> Result<()> {
    tx.run(
        "DELETE FROM hooks
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.hook_id = $1)",
        args![id],
    )
    .await?;
    Ok(())
}
