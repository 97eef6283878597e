//! Issues that a set-up made in Jira to try the rights, and what became of them.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, PersonId, ProjectId, TestIssueId, Time,
    jira::{IssueId, IssueKey, JiraProjectId},
};

use crate::row;

row! {
    /// A test issue.
    TestIssue {
        /// Its id, which the issue in Jira carries as a property.
        id: TestIssueId,
        /// Whose.
        project_id: ProjectId,
        /// By which connection.
        connection_id: ConnectionId,
        /// In which Jira project.
        jira_project_id: JiraProjectId,
        /// `waiting`, `made`, `removed`, `left`, `failed`.
        state: String,
        /// When making it was begun: from then on it may exist.
        tried_at: Option<Time>,
        /// The issue, once known.
        issue_id: Option<IssueId>,
        /// Its key, a label.
        issue_key: Option<IssueKey>,
        /// One that is left was closed at least.
        is_closed: bool,
        /// A code of what went wrong.
        problem: Option<String>,
        /// When it was asked for.
        created_at: Time,
        /// When it last changed.
        updated_at: Time,
    }
}

/// Adds one that is to be made.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    id: TestIssueId,
    connection: ConnectionId,
    jira_project: &JiraProjectId,
    by: Option<PersonId>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO test_issues
            (id, project_id, connection_id, jira_project_id, state, is_closed, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $7)",
        args![id, project, connection, jira_project, false, by, now],
    )
    .await?;
    Ok(())
}

/// One.
pub async fn get(tx: &mut Tx, project: ProjectId, id: TestIssueId) -> Result<Option<TestIssue>> {
    tx.one(
        "SELECT * FROM test_issues WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// A connection's, newest first.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    limit: i64,
) -> Result<Vec<TestIssue>> {
    tx.all(
        "SELECT * FROM test_issues
         WHERE project_id = $1 AND connection_id = $2
         ORDER BY id DESC
         LIMIT $3",
        args![project, connection, limit],
    )
    .await
}

/// Notes, before anything is sent, that it may exist from now on; or, with `None`, that it surely does not. False if that
/// was noted before.
pub async fn set_tried(
    tx: &mut Tx,
    id: TestIssueId,
    tried_at: Option<Time>,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE test_issues SET tried_at = $2, updated_at = $3
             WHERE id = $1
               AND state = 'waiting'
               AND (tried_at IS NULL) <> ($2 IS NULL)",
            args![id, tried_at, now],
        )
        .await?;
    Ok(changed == 1)
}

/// It exists.
pub async fn set_made(
    tx: &mut Tx,
    id: TestIssueId,
    issue: (&IssueId, &IssueKey),
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE test_issues
         SET state = 'made', issue_id = $2, issue_key = $3, updated_at = $4
         WHERE id = $1 AND state = 'waiting'",
        args![id, issue.0, issue.1, now],
    )
    .await?;
    Ok(())
}

/// What became of it in the end.
pub async fn set_end(
    tx: &mut Tx,
    id: TestIssueId,
    state: &str,
    problem: Option<&str>,
    is_closed: bool,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE test_issues
         SET state = $2, problem = $3, is_closed = $4, updated_at = $5
         WHERE id = $1 AND state IN ('waiting', 'made', 'left')",
        args![id, state, problem, is_closed, now],
    )
    .await?;
    Ok(())
}

/// Everybody's that exist, or may exist, without anybody at work on them, for the periodic pass.
pub async fn unfinished(tx: &mut Tx) -> Result<Vec<TestIssue>> {
    tx.all(
        "SELECT t.*
         FROM test_issues t
         JOIN connections c ON c.id = t.connection_id
         WHERE t.state IN ('waiting', 'made')
           AND c.state IN ('setup', 'active')
         ORDER BY t.id",
        vec![],
    )
    .await
}
