//! What issues show of the votes of their posts, and which number field shows them.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, PostId, ProjectId, Time,
    jira::{IssueId, JiraProjectId},
};

use crate::row;

row! {
    /// The number field that shows the votes in a Jira project.
    VoteField {
        /// Of which connection.
        connection_id: ConnectionId,
        /// In which Jira project.
        jira_project_id: JiraProjectId,
        /// The field.
        field_id: String,
        /// Jira refused it; it is left alone until it is chosen anew.
        problem: Option<String>,
    }
}

row! {
    /// A post that is tied to an issue, with its votes.
    Voted {
        /// The post.
        post_id: PostId,
        /// How many voted.
        votes: i64,
        /// The Jira project that the issue is in.
        jira_project_id: Option<JiraProjectId>,
    }
}

row! {
    /// What an issue was last told.
    Told {
        /// Its property, as a digest.
        property: Option<String>,
        /// When that was written.
        property_at: Option<Time>,
        /// The field that holds the number.
        field_id: Option<String>,
        /// The number.
        number: Option<i64>,
        /// When that was written.
        number_at: Option<Time>,
    }
}

/// The posts that are tied to an issue by this connection, with their votes.
pub async fn of_issue(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    issue: &IssueId,
) -> Result<Vec<Voted>> {
    tx.all(
        "SELECT l.post_id, p.votes, l.jira_project_id
         FROM links l
         JOIN posts p ON p.id = l.post_id
         WHERE l.project_id = $1
           AND l.connection_id = $2
           AND l.issue_id = $3
           AND l.state = 'active'
         ORDER BY l.post_id",
        args![project, connection, issue],
    )
    .await
}

/// What the issue was last told. The connection is one of the caller's project.
pub async fn told(tx: &mut Tx, connection: ConnectionId, issue: &IssueId) -> Result<Option<Told>> {
    tx.one(
        "SELECT property, property_at, field_id, number, number_at
         FROM issue_votes
         WHERE connection_id = $1 AND issue_id = $2",
        args![connection, issue],
    )
    .await
}

/// Notes what the issue was told.
pub async fn set_told(
    tx: &mut Tx,
    connection: ConnectionId,
    issue: &IssueId,
    told: &Told,
) -> Result<()> {
    tx.run(
        "INSERT INTO issue_votes (connection_id, issue_id, property, property_at, field_id, number, number_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (connection_id, issue_id) DO UPDATE
         SET property = excluded.property, property_at = excluded.property_at, field_id = excluded.field_id,
             number = excluded.number, number_at = excluded.number_at",
        args![
            connection,
            issue,
            told.property.as_deref(),
            told.property_at,
            told.field_id.as_deref(),
            told.number,
            told.number_at
        ],
    )
    .await?;
    Ok(())
}

/// Forgets what an issue was told: it shows nothing of ours any more, or is to be told again.
pub async fn forget_issue(tx: &mut Tx, connection: ConnectionId, issue: &IssueId) -> Result<()> {
    tx.run(
        "DELETE FROM issue_votes WHERE connection_id = $1 AND issue_id = $2",
        args![connection, issue],
    )
    .await?;
    Ok(())
}

/// The fields of a connection, one for each Jira project that has one.
pub async fn fields(tx: &mut Tx, connection: ConnectionId) -> Result<Vec<VoteField>> {
    tx.all(
        "SELECT * FROM vote_fields WHERE connection_id = $1 ORDER BY jira_project_id",
        args![connection],
    )
    .await
}

/// The field of a Jira project.
pub async fn field(
    tx: &mut Tx,
    connection: ConnectionId,
    project: &JiraProjectId,
) -> Result<Option<VoteField>> {
    tx.one(
        "SELECT * FROM vote_fields WHERE connection_id = $1 AND jira_project_id = $2",
        args![connection, project],
    )
    .await
}

/// Chooses the field of a Jira project, or none. A choice, also the same again, has no problem yet.
pub async fn set_field(
    tx: &mut Tx,
    connection: ConnectionId,
    project: &JiraProjectId,
    field: Option<&str>,
) -> Result<()> {
    tx.run(
        "DELETE FROM vote_fields WHERE connection_id = $1 AND jira_project_id = $2",
        args![connection, project],
    )
    .await?;
    if let Some(field) = field {
        tx.run(
            "INSERT INTO vote_fields (connection_id, jira_project_id, field_id) VALUES ($1, $2, $3)",
            args![connection, project, field],
        )
        .await?;
    }
    Ok(())
}

/// Jira refused this field.
pub async fn set_field_problem(
    tx: &mut Tx,
    connection: ConnectionId,
    project: &JiraProjectId,
    field: &str,
    problem: &str,
) -> Result<()> {
    tx.run(
        "UPDATE vote_fields SET problem = $4
         WHERE connection_id = $1 AND jira_project_id = $2 AND field_id = $3",
        args![connection, project, field, problem],
    )
    .await?;
    Ok(())
}

/// Forgets all of a connection.
pub async fn forget(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM issue_votes WHERE connection_id = $1",
        args![connection],
    )
    .await?;
    tx.run(
        "DELETE FROM vote_fields WHERE connection_id = $1",
        args![connection],
    )
    .await?;
    Ok(())
}

/// Forgets the fields of Jira projects that the connection no longer has.
pub async fn forget_strays(tx: &mut Tx, connection: ConnectionId) -> Result<()> {
    tx.run(
        "DELETE FROM vote_fields
         WHERE connection_id = $1
           AND jira_project_id NOT IN
               (SELECT p.jira_project_id FROM connection_projects p WHERE p.connection_id = $1)",
        args![connection],
    )
    .await?;
    Ok(())
}
