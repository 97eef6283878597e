//! Statuses of posts.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PostId, ProjectId, StatusId, Time};

use crate::row;

row! {
    /// A status posts can have.
    Status {
        /// Its id.
        id: StatusId,
        /// Its name.
        name: String,
        /// A name of `StatusKind`.
        kind: String,
        /// `#rrggbb`.
        color: String,
        /// New posts get this one.
        is_default: bool,
        /// A column of the roadmap.
        on_roadmap: bool,
    }
}

/// Adds a status at the end. `Duplicate` if the name is taken.
pub async fn insert(tx: &mut Tx, project: ProjectId, status: &Status) -> Result<()> {
    tx.run(
        "INSERT INTO statuses (id, project_id, name, kind, color, position, is_default, on_roadmap)
         SELECT $1, $2, $3, $4, $5, COALESCE(MAX(position), 0) + 1, $6, $7
         FROM statuses
         WHERE project_id = $2",
        args![
            status.id,
            project,
            status.name.clone(),
            status.kind.clone(),
            status.color.clone(),
            status.is_default,
            status.on_roadmap
        ],
    )
    .await?;
    Ok(())
}

/// Every status, in order.
pub async fn list(tx: &mut Tx, project: ProjectId) -> Result<Vec<Status>> {
    tx.all(
        "SELECT * FROM statuses WHERE project_id = $1 ORDER BY position, id",
        args![project],
    )
    .await
}

/// The status with this id.
pub async fn find(tx: &mut Tx, project: ProjectId, id: StatusId) -> Result<Option<Status>> {
    tx.one(
        "SELECT * FROM statuses WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// What new posts get.
pub async fn find_default(tx: &mut Tx, project: ProjectId) -> Result<Option<Status>> {
    tx.one(
        "SELECT * FROM statuses
         WHERE project_id = $1
           AND is_default
         ORDER BY position
         LIMIT 1",
        args![project],
    )
    .await
}

/// Writes everything but `is_default`. `Duplicate` if the name is taken.
pub async fn update(tx: &mut Tx, project: ProjectId, status: &Status) -> Result<()> {
    tx.run(
        "UPDATE statuses
         SET name = $3, kind = $4, color = $5, on_roadmap = $6
         WHERE project_id = $1
           AND id = $2",
        args![
            project,
            status.id,
            status.name.clone(),
            status.kind.clone(),
            status.color.clone(),
            status.on_roadmap
        ],
    )
    .await?;
    Ok(())
}

row! {
    /// A post's id.
    Moved {
        /// The post.
        id: PostId,
    }
}

/// The posts of a status that have links: their issues have to follow when the status goes.
pub async fn linked_posts(tx: &mut Tx, project: ProjectId, id: StatusId) -> Result<Vec<Moved>> {
    tx.all(
        "SELECT DISTINCT p.id
         FROM links l
         JOIN posts p ON p.id = l.post_id
         WHERE l.project_id = $1
           AND p.status_id = $2",
        args![project, id],
    )
    .await
}

/// Takes a status away: its posts and its rows of the status map get `to`. Histories keep its name in place of its id.
pub async fn delete(
    tx: &mut Tx,
    project: ProjectId,
    status: &Status,
    to: StatusId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE posts
         SET status_id = $3, status_at = $4, updated_at = $4
         WHERE project_id = $1
           AND status_id = $2",
        args![project, status.id, to, now],
    )
    .await?;
    tx.run(
        "UPDATE rules
         SET status_id = $3
         WHERE status_id = $2
           AND connection_id IN (SELECT id FROM connections WHERE project_id = $1)",
        args![project, status.id, to],
    )
    .await?;
    tx.run(
        "UPDATE post_changes
         SET from_value = CASE WHEN from_value = $2 THEN $3 ELSE from_value END,
             to_value = CASE WHEN to_value = $2 THEN $3 ELSE to_value END
         WHERE project_id = $1
           AND what = 'status'
           AND (from_value = $2 OR to_value = $2)",
        args![project, status.id, status.name.clone()],
    )
    .await?;
    tx.run(
        "DELETE FROM statuses WHERE project_id = $1 AND id = $2",
        args![project, status.id],
    )
    .await?;
    Ok(())
}
