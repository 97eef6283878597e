//! Signed-in browsers. Of the cookie's secret only its hash is here.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PersonId, ProjectId, SessionId, Time};

use crate::row;

/// A session that begins.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// The hash of its secret.
    pub secret_hash: &'a [u8],
    /// What browser it is, as far as it says.
    pub device: &'a str,
    /// When it ends without use.
    pub expires_at: Time,
}

row! {
    /// A session as its owner sees it.
    Session {
        /// Its id.
        id: SessionId,
        /// What browser it is.
        device: String,
        /// When it began.
        created_at: Time,
        /// When it was last used.
        seen_at: Time,
    }
}

row! {
    /// A session with the role its person has in one project.
    Known {
        /// Its id.
        id: SessionId,
        /// Whose.
        person_id: PersonId,
        /// A name of `Role`; `None` is a voter.
        role: Option<String>,
        /// When its use was last noted.
        seen_at: Time,
    }
}

/// Begins a session; the person's sessions that are over go away with it.
pub async fn insert(tx: &mut Tx, new: &NewSession<'_>, now: Time) -> Result<()> {
    tx.run(
        "DELETE FROM sessions WHERE person_id = $1 AND expires_at <= $2",
        args![new.person, now],
    )
    .await?;
    tx.run(
        "INSERT INTO sessions (id, person_id, secret_hash, device, created_at, authenticated_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, $5, $6)",
        args![new.id, new.person, new.secret_hash, new.device, now, new.expires_at],
    )
    .await?;
    Ok(())
}

/// The living session with this secret, and what its person is in the project.
pub async fn by_secret(
    tx: &mut Tx,
    project: ProjectId,
    secret_hash: &[u8],
    now: Time,
) -> Result<Option<Known>> {
    tx.one(
        "SELECT s.id, s.person_id, m.role, s.seen_at
         FROM sessions s
         LEFT JOIN members m ON m.project_id = $1 AND m.person_id = s.person_id
         WHERE (s.secret_hash = $2 OR (s.previous_hash = $2 AND s.previous_until > $3))
           AND s.expires_at > $3",
        args![project, secret_hash, now],
    )
    .await
}

/// Notes a use, which puts the end off.
pub async fn touch(tx: &mut Tx, id: SessionId, now: Time, expires_at: Time) -> Result<()> {
    tx.run(
        "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE id = $1",
        args![id, now, expires_at],
    )
    .await?;
    Ok(())
}

/// Gives a session another secret, if it has this one and secrets were replaced since it got it. The old one is taken until
/// `until`. False if there was nothing to do.
pub async fn renew(
    tx: &mut Tx,
    old_hash: &[u8],
    new_hash: &[u8],
    now: Time,
    until: Time,
) -> Result<bool> {
    let renewed = tx
        .run(
            "UPDATE sessions
             SET previous_hash = secret_hash, previous_until = $4, secret_hash = $2, secret_at = $3
             WHERE secret_hash = $1
               AND COALESCE(secret_at, created_at) <= (SELECT at FROM key_changes WHERE name = 'sessions')",
            args![old_hash, new_hash, now, until],
        )
        .await?;
    Ok(renewed > 0)
}

/// Whether a session has this secret and is to get another one.
pub async fn is_stale(tx: &mut Tx, secret_hash: &[u8]) -> Result<bool> {
    let stale = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM sessions
             WHERE secret_hash = $1
               AND COALESCE(secret_at, created_at) <= (SELECT at FROM key_changes WHERE name = 'sessions')",
            args![secret_hash],
        )
        .await?;
    Ok(stale > 0)
}

/// When the person last proved who they are in this session.
pub async fn authenticated_at(
    tx: &mut Tx,
    person: PersonId,
    id: SessionId,
) -> Result<Option<Time>> {
    tx.value(
        "SELECT authenticated_at FROM sessions WHERE person_id = $1 AND id = $2",
        args![person, id],
    )
    .await
}

/// The person proved again who they are.
pub async fn set_authenticated(
    tx: &mut Tx,
    person: PersonId,
    id: SessionId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE sessions SET authenticated_at = $3 WHERE person_id = $1 AND id = $2",
        args![person, id, now],
    )
    .await?;
    Ok(())
}

/// A person's living sessions, newest use first, at most a hundred.
pub async fn list(tx: &mut Tx, person: PersonId, now: Time) -> Result<Vec<Session>> {
    tx.all(
        "SELECT id, device, created_at, seen_at FROM sessions
         WHERE person_id = $1
           AND expires_at > $2
         ORDER BY seen_at DESC, id DESC
         LIMIT 100",
        args![person, now],
    )
    .await
}

/// Ends one of a person's sessions; false if there is none.
pub async fn delete(tx: &mut Tx, person: PersonId, id: SessionId) -> Result<bool> {
    let ended = tx
        .run(
            "DELETE FROM sessions WHERE person_id = $1 AND id = $2",
            args![person, id],
        )
        .await?;
    Ok(ended > 0)
}

/// Ends the session with this secret.
pub async fn delete_by_secret(tx: &mut Tx, secret_hash: &[u8]) -> Result<()> {
    tx.run(
        "DELETE FROM sessions WHERE secret_hash = $1 OR previous_hash = $1",
        args![secret_hash],
    )
    .await?;
    Ok(())
}

/// Ends all of a person's sessions but one.
pub async fn delete_others(tx: &mut Tx, person: PersonId, keep: Option<SessionId>) -> Result<()> {
    tx.run(
        "DELETE FROM sessions WHERE person_id = $1 AND ($2 IS NULL OR id <> $2)",
        args![person, keep],
    )
    .await?;
    Ok(())
}
