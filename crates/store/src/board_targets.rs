//! Where issues of a board's posts are made, unless asked otherwise.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    BoardId, ConnectionId, ProjectId,
    jira::{IssueTypeId, JiraProjectId},
};

use crate::row;

row! {
    /// A target.
    Target {
        /// The board.
        board_id: BoardId,
        /// By which connection.
        connection_id: ConnectionId,
        /// In which Jira project.
        jira_project_id: JiraProjectId,
        /// As which type.
        issue_type_id: IssueTypeId,
        /// The type's name, a label.
        issue_type_name: String,
        /// What goes into the fields of its issues, as JSON of ids and values.
        fields: Option<String>,
    }
}

/// The project's targets.
pub async fn list(tx: &mut Tx, project: ProjectId) -> Result<Vec<Target>> {
    tx.all(
        "SELECT t.*
         FROM board_targets t
         JOIN boards b ON b.id = t.board_id
         WHERE b.project_id = $1
         ORDER BY b.position, b.id",
        args![project],
    )
    .await
}

/// The target of one board.
pub async fn of(tx: &mut Tx, project: ProjectId, board: BoardId) -> Result<Option<Target>> {
    tx.one(
        "SELECT t.*
         FROM board_targets t
         JOIN boards b ON b.id = t.board_id
         WHERE b.project_id = $1
           AND t.board_id = $2",
        args![project, board],
    )
    .await
}

/// Whether the project has this board.
pub async fn is_board(tx: &mut Tx, project: ProjectId, board: BoardId) -> Result<bool> {
    let found: Option<BoardId> = tx
        .value(
            "SELECT id FROM boards WHERE project_id = $1 AND id = $2",
            args![project, board],
        )
        .await?;
    Ok(found.is_some())
}

/// Sets a board's target.
pub async fn set(tx: &mut Tx, target: &Target) -> Result<()> {
    tx.run(
        "INSERT INTO board_targets (board_id, connection_id, jira_project_id, issue_type_id, issue_type_name, fields)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (board_id) DO UPDATE
         SET connection_id = excluded.connection_id, jira_project_id = excluded.jira_project_id,
             issue_type_id = excluded.issue_type_id, issue_type_name = excluded.issue_type_name,
             fields = excluded.fields",
        args![
            target.board_id,
            target.connection_id,
            &target.jira_project_id,
            &target.issue_type_id,
            target.issue_type_name.as_str(),
            target.fields.as_deref()
        ],
    )
    .await?;
    Ok(())
}

/// Forgets a board's target, if it is one of this connection; gives whether there was one.
pub async fn clear(tx: &mut Tx, board: BoardId, connection: ConnectionId) -> Result<bool> {
    let cleared = tx
        .run(
            "DELETE FROM board_targets WHERE board_id = $1 AND connection_id = $2",
            args![board, connection],
        )
        .await?;
    Ok(cleared == 1)
}

/// Removes the targets of a connection.
pub async fn delete(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM board_targets WHERE connection_id = $1",
        args![connection],
    )
    .await?;
    Ok(())
}

/// Removes the targets in Jira projects that the connection no longer has.
pub async fn delete_strays(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM board_targets
         WHERE connection_id = $1
           AND jira_project_id NOT IN
               (SELECT p.jira_project_id FROM connection_projects p WHERE p.connection_id = $1)",
        args![connection],
    )
    .await?;
    Ok(())
}
