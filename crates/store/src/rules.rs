//! The status map: Jira project and Jira status, board status, direction. Names are for the screen.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, ProjectId, RuleId, StatusId, Time,
    jira::{JiraProjectId, JiraStatusId},
};

use crate::row;

row! {
    /// A row of the map.
    Rule {
        /// Its id.
        id: RuleId,
        /// The Jira project.
        jira_project_id: JiraProjectId,
        /// The Jira status.
        jira_status_id: JiraStatusId,
        /// Its name when the map was saved.
        jira_status_name: String,
        /// What it means, as Jira's key.
        category: String,
        /// The board status; none is not mapped.
        status_id: Option<StatusId>,
        /// Who follows whom.
        direction: String,
        /// Jira's order.
        position: i64,
        /// What a step to this status asks for: JSON of field ids and values.
        fields: Option<String>,
        /// Since when Jira does not have this status any more.
        vanished_at: Option<Time>,
    }
}

/// The map of a connection, in Jira's order.
pub async fn list(tx: &mut Tx, project: ProjectId, connection: ConnectionId) -> Result<Vec<Rule>> {
    tx.all(
        "SELECT r.*
         FROM rules r
         JOIN connections c ON c.id = r.connection_id
         WHERE c.project_id = $1 AND c.id = $2
         ORDER BY r.jira_project_id, r.position",
        args![project, connection],
    )
    .await
}

/// The rows of one Jira project.
pub async fn of_jira_project(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    jira_project: &JiraProjectId,
) -> Result<Vec<Rule>> {
    tx.all(
        "SELECT r.*
         FROM rules r
         JOIN connections c ON c.id = r.connection_id
         WHERE c.project_id = $1 AND c.id = $2 AND r.jira_project_id = $3
         ORDER BY r.position",
        args![project, connection, jira_project],
    )
    .await
}

/// Puts these rows in place of those there are.
pub async fn replace(tx: &mut Tx, connection: ConnectionId, rows: &[Rule]) -> Result<()> {
    delete(tx, connection).await?;
    for row in rows {
        tx.run(
            "INSERT INTO rules
                (id, connection_id, jira_project_id, jira_status_id, jira_status_name, category, status_id, direction,
                 position, fields, vanished_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            args![
                row.id,
                connection,
                &row.jira_project_id,
                &row.jira_status_id,
                row.jira_status_name.as_str(),
                row.category.as_str(),
                row.status_id,
                row.direction.as_str(),
                row.position,
                row.fields.as_deref(),
                row.vanished_at
            ],
        )
        .await?;
    }
    Ok(())
}

/// Writes what Jira calls a status now, and whether it is there. Rules go by id, so nothing else changes.
pub async fn set_label(
    tx: &mut Tx,
    connection: ConnectionId,
    id: RuleId,
    label: (&str, &str),
    vanished_at: Option<Time>,
) -> Result<()> {
    tx.run(
        "UPDATE rules SET jira_status_name = $3, category = $4, vanished_at = $5
         WHERE connection_id = $1 AND id = $2",
        args![connection, id, label.0, label.1, vanished_at],
    )
    .await?;
    Ok(())
}

/// Writes what a step to the row's status is sent along. False if there is no such row.
pub async fn set_fields(
    tx: &mut Tx,
    connection: ConnectionId,
    id: RuleId,
    fields: Option<&str>,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE rules SET fields = $3 WHERE connection_id = $1 AND id = $2",
            args![connection, id, fields],
        )
        .await?;
    Ok(changed == 1)
}

/// Removes the whole map of a connection.
pub async fn delete(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM rules WHERE connection_id = $1",
        args![connection],
    )
    .await?;
    Ok(())
}

/// Removes the rows of Jira projects that the connection no longer has.
pub async fn delete_strays(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM rules
         WHERE connection_id = $1
           AND jira_project_id NOT IN
               (SELECT p.jira_project_id FROM connection_projects p WHERE p.connection_id = $1)",
        args![connection],
    )
    .await?;
    Ok(())
}

row! {
    /// A board status, as the map needs it.
    BoardStatus {
        /// Its id.
        id: StatusId,
        /// Its name.
        name: String,
        /// What it means.
        kind: String,
        /// Its place in the board's order.
        position: i64,
    }
}

/// The project's board statuses in their order, to suggest from and to compare by.
pub async fn board_statuses(tx: &mut Tx, project: ProjectId) -> Result<Vec<BoardStatus>> {
    tx.all(
        "SELECT id, name, kind, position FROM statuses WHERE project_id = $1 ORDER BY position, id",
        args![project],
    )
    .await
}
