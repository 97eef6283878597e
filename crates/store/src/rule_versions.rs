//! The status map as it was, save by save.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, PersonId, ProjectId, Time, VersionId};

use crate::row;

/// A version to be kept.
#[derive(Debug, Clone)]
pub struct NewVersion<'a> {
    /// A fresh id; ids grow with time.
    pub id: VersionId,
    /// How several issues moved their post.
    pub combination: &'a str,
    /// The rows, as JSON.
    pub rows: &'a str,
    /// How many rows differ from the version before.
    pub changed: i64,
    /// The version it brought back.
    pub restored_from: Option<VersionId>,
    /// Who saved it.
    pub saved_by: Option<PersonId>,
}

row! {
    /// A version.
    Version {
        /// Its id.
        id: VersionId,
        /// How several issues moved their post.
        combination: String,
        /// The rows, as JSON.
        rows: String,
        /// How many rows differ from the version before.
        changed: i64,
        /// The version it brought back.
        restored_from: Option<VersionId>,
        /// The name of who saved it.
        saved_by_name: Option<String>,
        /// When.
        saved_at: Time,
    }
}

/// Keeps a version.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    new: &NewVersion<'_>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO rule_versions
            (id, project_id, connection_id, combination, rows, changed, restored_from, saved_by, saved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            new.id,
            project,
            connection,
            new.combination,
            new.rows,
            new.changed,
            new.restored_from,
            new.saved_by,
            now
        ],
    )
    .await?;
    Ok(())
}

/// The versions of a connection's map, newest first; before that one, if given.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    before: Option<VersionId>,
    limit: i64,
) -> Result<Vec<Version>> {
    tx.all(
        "SELECT v.id, v.combination, v.rows, v.changed, v.restored_from, v.saved_at, a.name AS saved_by_name
         FROM rule_versions v
         LEFT JOIN people a ON a.id = v.saved_by
         WHERE v.project_id = $1
           AND v.connection_id = $2
           AND ($3 IS NULL OR v.id < $3)
         ORDER BY v.id DESC
         LIMIT $4",
        args![project, connection, before, limit],
    )
    .await
}

/// One version.
pub async fn find(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    id: VersionId,
) -> Result<Option<Version>> {
    tx.one(
        "SELECT v.id, v.combination, v.rows, v.changed, v.restored_from, v.saved_at, a.name AS saved_by_name
         FROM rule_versions v
         LEFT JOIN people a ON a.id = v.saved_by
         WHERE v.project_id = $1 AND v.connection_id = $2 AND v.id = $3",
        args![project, connection, id],
    )
    .await
}

/// The newest version's id.
pub async fn newest(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<VersionId>> {
    tx.value(
        "SELECT id FROM rule_versions
         WHERE project_id = $1 AND connection_id = $2
         ORDER BY id DESC
         LIMIT 1",
        args![project, connection],
    )
    .await
}

/// Forgets every version of a connection's map.
pub async fn delete(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM rule_versions WHERE connection_id = $1",
        args![connection],
    )
    .await?;
    Ok(())
}
