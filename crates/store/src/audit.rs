//! Privileged acts, one line each. Details are codes and ids of ours, never text somebody wrote.

use upvow_db::{Result, Tx, args};
use upvow_domain::{AuditId, PersonId, ProjectId, Time};

use crate::row;

row! {
    /// One line.
    Entry {
        /// Its id; ids grow with time.
        id: AuditId,
        /// The project it happened in.
        project_id: Option<ProjectId>,
        /// Who did it; `None` is the program itself.
        person_id: Option<PersonId>,
        /// `session`, `token` or `program`.
        via: String,
        /// What was done: `connection.disconnected`.
        action: String,
        /// To what: an id of ours.
        subject: String,
        /// More, as codes.
        detail: String,
        /// When.
        at: Time,
    }
}

/// Adds a line.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    tx.run(
        "INSERT INTO audit (id, project_id, person_id, via, action, subject, detail, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            entry.id,
            entry.project_id,
            entry.person_id,
            entry.via.clone(),
            entry.action.clone(),
            entry.subject.clone(),
            entry.detail.clone(),
            entry.at
        ],
    )
    .await?;
    Ok(())
}

/// The newest lines of a project, before `before` if given.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    tx.all(
        "SELECT * FROM audit
         WHERE project_id = $1
           AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC
         LIMIT $3",
        args![project, before, limit],
    )
    .await
}
