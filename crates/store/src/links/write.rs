//! Writing links.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, LinkId, PersonId, PostId, ProjectId, Time,
    jira::{IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId},
};

use super::Link;

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewLink<'a> {
    /// A fresh id.
    pub id: LinkId,
    /// The post.
    pub post: PostId,
    /// The connection.
    pub connection: ConnectionId,
    /// `creating`, or `active` for an issue that exists.
    pub state: &'a str,
    /// Where the issue is, or is to be made.
    pub jira_project: Option<&'a JiraProjectId>,
    /// Of which type.
    pub issue_type: Option<&'a IssueTypeId>,
    /// The issue that exists: its number and key.
    pub issue: Option<(&'a IssueId, &'a IssueKey)>,
    /// Values for the fields of the issue that is to be made, as JSON.
    pub given: Option<&'a str>,
    /// The form's or client's own key.
    pub submit_key: Option<&'a str>,
    /// Who makes it.
    pub created_by: Option<PersonId>,
}

/// What was read of an issue.
#[derive(Debug, Clone)]
pub struct Labels<'a> {
    /// Its key.
    pub key: &'a IssueKey,
    /// Its project.
    pub jira_project: &'a JiraProjectId,
    /// Its type.
    pub issue_type: &'a IssueTypeId,
    /// Its status.
    pub status: &'a JiraStatusId,
    /// What that means, as Jira's key.
    pub category: &'a str,
    /// It has a security level.
    pub restricted: bool,
    /// Its own time of change.
    pub updated: Time,
}

/// Adds a link; the post's first one is the primary one. [`upvow_db::DbError::Duplicate`] if the issue is tied to this
/// post already, or the submit key was used.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: &NewLink<'_>, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO links
            (id, project_id, post_id, connection_id, state, jira_project_id, issue_type_id, issue_id, issue_key,
             is_restricted, is_primary, submit_key, created_by, created_at, updated_at, given)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE,
             NOT EXISTS (SELECT 1 FROM links l WHERE l.post_id = $3 AND l.is_primary AND l.state <> 'ended'),
             $10, $11, $12, $12, $13)",
        args![
            new.id,
            project,
            new.post,
            new.connection,
            new.state,
            new.jira_project.cloned(),
            new.issue_type.cloned(),
            new.issue.map(|(id, _)| id.clone()),
            new.issue.map(|(_, key)| key.clone()),
            new.submit_key,
            new.created_by,
            now,
            new.given
        ],
    )
    .await?;
    Ok(())
}

/// Notes when making the issue was begun, or that nothing was made. False if the link does not wait for one.
pub async fn set_create_tried(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    tried_at: Option<Time>,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE links SET create_tried_at = $3, updated_at = $4
             WHERE project_id = $1 AND id = $2 AND state = 'creating'",
            args![project, id, tried_at, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The issue exists: the link is in step from now on. False if the link was ended meanwhile.
pub async fn set_created(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    issue: (&IssueId, &IssueKey),
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE links
             SET state = 'active', issue_id = $3, issue_key = $4, given = NULL, problem = NULL, problem_detail = NULL,
                 updated_at = $5
             WHERE project_id = $1 AND id = $2 AND state = 'creating'",
            args![project, id, issue.0, issue.1, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes what was read of the issue; a link that was gone is back.
pub async fn set_labels(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    labels: &Labels<'_>,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links
         SET state = 'active', issue_key = $3, jira_project_id = $4, issue_type_id = $5, jira_status_id = $6,
             category = $7, is_restricted = $8, issue_updated_at = $9, synced_at = $10, updated_at = $10
         WHERE project_id = $1 AND id = $2 AND state <> 'ended'",
        args![
            project,
            id,
            labels.key,
            labels.jira_project,
            labels.issue_type,
            labels.status,
            labels.category,
            labels.restricted,
            labels.updated,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Other values for the fields of an issue that could not be made: it is to be tried again. False if it does not wait
/// for any.
pub async fn set_given(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    given: Option<&str>,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE links
             SET given = $3, state = 'creating', problem = NULL, problem_detail = NULL, updated_at = $4
             WHERE project_id = $1 AND id = $2 AND state = 'failed' AND issue_id IS NULL",
            args![project, id, given, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Moves a link that has not ended to another state.
pub async fn set_state(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    state: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links SET state = $3, updated_at = $4
         WHERE project_id = $1 AND id = $2 AND state <> 'ended'",
        args![project, id, state, now],
    )
    .await?;
    Ok(())
}

/// Says what is wrong with a link, or that nothing is.
pub async fn set_problem(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    problem: Option<(&str, &str)>,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links
         SET problem = $3, problem_detail = $4, updated_at = $5,
             problem_at = CASE WHEN $3 IS NULL THEN NULL WHEN problem = $3 THEN problem_at ELSE $5 END,
             problem_seen_at = CASE WHEN $3 IS NULL THEN NULL ELSE $5 END
         WHERE project_id = $1 AND id = $2 AND state <> 'ended'",
        args![
            project,
            id,
            problem.map(|(code, _)| code),
            problem
                .map(|(_, detail)| detail)
                .filter(|detail| !detail.is_empty()),
            now
        ],
    )
    .await?;
    Ok(())
}

/// Takes a problem away, if that is the one it has.
pub async fn clear_problem(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    problem: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links SET problem = NULL, problem_detail = NULL, updated_at = $4
         WHERE project_id = $1 AND id = $2 AND problem = $3",
        args![project, id, problem, now],
    )
    .await?;
    Ok(())
}

/// Notes what the remote link shows now.
pub async fn set_pushed(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    digest: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links SET pushed_digest = $3, pushed_at = $4, updated_at = $4 WHERE project_id = $1 AND id = $2",
        args![project, id, digest, now],
    )
    .await?;
    Ok(())
}

/// Makes this link the post's primary one, and no other.
pub async fn set_primary(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    id: LinkId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links
         SET is_primary = CASE WHEN id = $3 THEN TRUE ELSE FALSE END, updated_at = $4
         WHERE project_id = $1 AND post_id = $2",
        args![project, post, id, now],
    )
    .await?;
    Ok(())
}

/// Removes a link. If it was the primary one, the oldest that is left takes its place.
pub async fn delete(tx: &mut Tx, project: ProjectId, link: &Link, now: Time) -> Result<bool> {
    let deleted = tx
        .run(
            "DELETE FROM links WHERE project_id = $1 AND id = $2",
            args![project, link.id],
        )
        .await?;
    if deleted == 1 && link.is_primary {
        tx.run(
            "UPDATE links SET is_primary = TRUE, updated_at = $3
             WHERE id = (SELECT MIN(l.id) FROM links l
                         WHERE l.project_id = $1 AND l.post_id = $2 AND l.state <> 'ended')",
            args![project, link.post_id, now],
        )
        .await?;
    }
    Ok(deleted == 1)
}

/// Ends every link of a connection: the key stays as a label, everything else that came from Jira goes.
pub async fn end_all(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links
         SET state = 'ended', is_primary = FALSE, jira_status_id = NULL, category = NULL, issue_updated_at = NULL,
             pushed_digest = NULL, pushed_at = NULL, given = NULL, problem = NULL, problem_detail = NULL, updated_at = $3
         WHERE project_id = $1 AND connection_id = $2 AND state <> 'ended'",
        args![project, connection, now],
    )
    .await?;
    Ok(())
}
