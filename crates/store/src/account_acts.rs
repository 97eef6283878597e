//! What came of the reports to Atlassian, for each connection: answer, action, time.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, ProjectId, ReportActId, Time};

use crate::row;

/// Something that came of a report for a connection.
#[derive(Debug, Clone, Copy)]
pub struct NewAct<'a> {
    /// A fresh id.
    pub id: ReportActId,
    /// Whose.
    pub project: ProjectId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// What Atlassian answered.
    pub answer: &'a str,
    /// What was done.
    pub action: &'a str,
    /// When.
    pub at: Time,
}

row! {
    /// Something that came of a report for a connection.
    Act {
        /// Its id.
        id: ReportActId,
        /// Of which connection.
        connection_id: ConnectionId,
        /// What Atlassian answered.
        answer: String,
        /// What was done.
        action: String,
        /// When.
        at: Time,
    }
}

/// Notes what came of a report.
pub async fn insert(tx: &mut Tx, act: &NewAct<'_>) -> Result<()> {
    tx.run(
        "INSERT INTO account_acts (id, project_id, connection_id, answer, action, at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        args![
            act.id,
            act.project,
            act.connection,
            act.answer,
            act.action,
            act.at
        ],
    )
    .await?;
    Ok(())
}

/// What came of reports for a project's connections, newest first.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    before: Option<ReportActId>,
    most: i64,
) -> Result<Vec<Act>> {
    tx.all(
        "SELECT id, connection_id, answer, action, at FROM account_acts
         WHERE project_id = $1 AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC
         LIMIT $3",
        args![project, before, most],
    )
    .await
}

/// Whether a connection ended because its account was closed, and when.
pub async fn closed_at(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<Time>> {
    tx.value(
        "SELECT at FROM account_acts
         WHERE project_id = $1 AND connection_id = $2 AND answer = 'closed' AND action = 'erasing'
         ORDER BY id DESC
         LIMIT 1",
        args![project, connection],
    )
    .await
}
