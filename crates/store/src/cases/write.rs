use upvow_db::{Result, Tx, args};
use upvow_domain::{
    CaseId, ConnectionId, GrantId, PersonId, ProjectId, Time, jira::CloudId, secret::Email,
};

/// A case that is opened.
#[derive(Debug)]
pub struct NewCase<'a> {
    /// A fresh id.
    pub id: CaseId,
    /// `export` or `deletion`.
    pub kind: &'a str,
    /// How it came.
    pub route: &'a str,
    /// The law.
    pub law: &'a str,
    /// `open` or `verified`.
    pub state: &'a str,
    /// The connection it is about.
    pub connection: Option<ConnectionId>,
    /// The vault's record it is about.
    pub grant: Option<GrantId>,
    /// The site it is about.
    pub cloud: Option<&'a CloudId>,
    /// The member who opened it.
    pub person: Option<PersonId>,
    /// The hash of the secret of its link.
    pub secret_hash: Option<Vec<u8>>,
    /// Where letters go.
    pub email: Option<&'a Email>,
    /// When it was received.
    pub received_at: Time,
    /// When the answer is due.
    pub due_at: Time,
    /// When receipt must be confirmed.
    pub acknowledge_by: Option<Time>,
    /// When it was shown who asks.
    pub verified_at: Option<Time>,
    /// When we want to be through.
    pub ceiling_at: Option<Time>,
}

/// Opens a case.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: &NewCase<'_>) -> Result<()> {
    tx.run(
        "INSERT INTO cases
            (id, project_id, kind, route, law, state, connection_id, grant_id, person_id, secret_hash,
             email, received_at, due_at, acknowledge_by, verified_at, ceiling_at, cloud_id, stood)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0)",
        args![
            new.id,
            project,
            new.kind,
            new.route,
            new.law,
            new.state,
            new.connection,
            new.grant,
            new.person,
            new.secret_hash.clone(),
            new.email.map(Email::expose),
            new.received_at,
            new.due_at,
            new.acknowledge_by,
            new.verified_at,
            new.ceiling_at,
            new.cloud.cloned()
        ],
    )
    .await?;
    Ok(())
}

/// It was shown who asks. False if it was shown before, or the case is closed.
pub async fn verify(
    tx: &mut Tx,
    id: CaseId,
    (grant, cloud): (Option<GrantId>, Option<&CloudId>),
    ceiling_at: Time,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases
             SET state = 'verified', grant_id = $2, ceiling_at = $3, verified_at = $4, cloud_id = $5
             WHERE id = $1 AND state = 'open'",
            args![id, grant, ceiling_at, now, cloud.cloned()],
        )
        .await?;
    Ok(changed == 1)
}

/// Moves a case from one state to another. False if it was in another one.
pub async fn move_on(tx: &mut Tx, id: CaseId, from: &str, to: &str) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases SET state = $3 WHERE id = $1 AND state = $2",
            args![id, from, to],
        )
        .await?;
    Ok(changed == 1)
}

/// Closes a case: from now on it names no record of the vault. False if it was closed before.
pub async fn close(
    tx: &mut Tx,
    id: CaseId,
    state: &str,
    reason: Option<&str>,
    result: Option<&str>,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases
             SET state = $2, reason = $3, result = $4, closed_at = $5, grant_id = NULL, paused_at = NULL
             WHERE id = $1 AND closed_at IS NULL",
            args![id, state, reason, result, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Receipt was confirmed.
pub async fn acknowledge(tx: &mut Tx, id: CaseId, now: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases SET acknowledged_at = $2 WHERE id = $1 AND acknowledged_at IS NULL",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The clock stands still. False if it did, or the case is closed.
pub async fn pause(tx: &mut Tx, id: CaseId, now: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases SET paused_at = $2
             WHERE id = $1 AND paused_at IS NULL AND closed_at IS NULL",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The clock goes on, with the new end. False if it did not stand still.
pub async fn resume(tx: &mut Tx, id: CaseId, stood: i64, due_at: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases SET paused_at = NULL, stood = $2, due_at = $3
             WHERE id = $1 AND paused_at IS NOT NULL AND closed_at IS NULL",
            args![id, stood, due_at],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes the one extension. False if it was taken, or the case is closed.
pub async fn extend(tx: &mut Tx, id: CaseId, due_at: Time, now: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE cases SET extended_at = $3, due_at = $2
             WHERE id = $1 AND extended_at IS NULL AND closed_at IS NULL",
            args![id, due_at, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a case's link another secret: from now on the old one is nobody's.
pub async fn set_secret(tx: &mut Tx, id: CaseId, secret_hash: Vec<u8>) -> Result<()> {
    tx.run(
        "UPDATE cases SET secret_hash = $2 WHERE id = $1",
        args![id, secret_hash],
    )
    .await?;
    Ok(())
}
