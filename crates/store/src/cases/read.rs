use upvow_db::{Result, Tx, args};
use upvow_domain::{CaseId, ErasureId, ProjectId, Time};

use super::Case;
use crate::row;

/// Which cases of a desk.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Only those that are not closed (true) or that are (false).
    pub open: Option<bool>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only by this route.
    pub route: Option<String>,
}

row! {
    /// How many cases there are in a desk.
    Counts {
        /// Not closed.
        open: i64,
        /// Not closed, and past what the law gives.
        late: i64,
        /// Closed.
        closed: i64,
    }
}

/// One case of the desk.
pub async fn get(tx: &mut Tx, project: ProjectId, id: CaseId) -> Result<Option<Case>> {
    tx.one(
        "SELECT * FROM cases WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// A case of whatever desk: for work that the program does by itself.
pub async fn find(tx: &mut Tx, id: CaseId) -> Result<Option<Case>> {
    tx.one("SELECT * FROM cases WHERE id = $1", args![id]).await
}

/// The case whose link has this secret: its holder knows nothing else.
pub async fn by_secret(tx: &mut Tx, secret_hash: Vec<u8>) -> Result<Option<Case>> {
    tx.one(
        "SELECT * FROM cases WHERE secret_hash = $1",
        args![secret_hash],
    )
    .await
}

/// Cases of the desk, newest first, after `after`.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    which: &Which,
    after: Option<CaseId>,
    limit: i64,
) -> Result<Vec<Case>> {
    tx.all(
        "SELECT * FROM cases
         WHERE project_id = $1
           AND ($2 IS NULL OR id < $2)
           AND ($3 IS NULL OR (closed_at IS NULL) = $3)
           AND ($4 IS NULL OR kind = $4)
           AND ($5 IS NULL OR route = $5)
         ORDER BY id DESC
         LIMIT $6",
        args![
            project,
            after,
            which.open,
            which.kind.as_deref(),
            which.route.as_deref(),
            limit
        ],
    )
    .await
}

/// How many there are.
pub async fn counts(tx: &mut Tx, project: ProjectId, now: Time) -> Result<Counts> {
    tx.one(
        "SELECT
            CAST(COALESCE(SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS open,
            CAST(COALESCE(SUM(CASE WHEN closed_at IS NULL AND due_at < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS late,
            CAST(COALESCE(SUM(CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) AS closed
         FROM cases
         WHERE project_id = $1",
        args![project, now],
    )
    .await
    .map(|found| {
        found.unwrap_or(Counts {
            open: 0,
            late: 0,
            closed: 0,
        })
    })
}

/// Everybody's cases that are not closed, after this one, in order of their ids: for the periodic pass.
pub async fn all_open(tx: &mut Tx, after: Option<CaseId>, limit: i64) -> Result<Vec<Case>> {
    tx.all(
        "SELECT * FROM cases
         WHERE closed_at IS NULL AND ($1 IS NULL OR id > $1)
         ORDER BY id
         LIMIT $2",
        args![after, limit],
    )
    .await
}

/// The case an erasure belongs to.
pub async fn of_erasure(tx: &mut Tx, erasure: ErasureId) -> Result<Option<Case>> {
    tx.one(
        "SELECT c.* FROM cases c
         JOIN case_erasures e ON e.case_id = c.id
         WHERE e.erasure_id = $1",
        args![erasure],
    )
    .await
}

/// The project that was made first: its owner set this server up.
pub async fn first_project(tx: &mut Tx) -> Result<Option<ProjectId>> {
    tx.value("SELECT id FROM projects ORDER BY id LIMIT 1", vec![])
        .await
}
