//! Links: posts tied to Jira issues. Identity is (connection, issue id); the rest are labels that follow Jira.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, HookId, LinkId, PersonId, PostId, ProjectId, StatusId, Time,
    jira::{CloudId, IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId},
};

use crate::row;

row! {
    /// A link.
    Link {
        /// Its id.
        id: LinkId,
        /// Whose.
        project_id: ProjectId,
        /// The post.
        post_id: PostId,
        /// The connection it works by.
        connection_id: ConnectionId,
        /// `creating`, `active`, `failed`, `gone`, `ended`.
        state: String,
        /// The Jira project: where the issue is to be made, later where it is.
        jira_project_id: Option<JiraProjectId>,
        /// The issue's type.
        issue_type_id: Option<IssueTypeId>,
        /// The issue, once it exists.
        issue_id: Option<IssueId>,
        /// Its key, a label.
        issue_key: Option<IssueKey>,
        /// The status it had when last read.
        jira_status_id: Option<JiraStatusId>,
        /// What that status means, as Jira's key.
        category: Option<String>,
        /// It has a security level: nothing of it shows on public pages.
        is_restricted: bool,
        /// The one that counts where only one can.
        is_primary: bool,
        /// The issue's own time of change when last read: what orders two reads.
        issue_updated_at: Option<Time>,
        /// When it was last compared.
        synced_at: Option<Time>,
        /// What the remote link last showed, as a digest.
        pushed_digest: Option<String>,
        /// When making the issue was last begun: from then on it may exist, whatever we heard.
        create_tried_at: Option<Time>,
        /// A code of what is wrong.
        problem: Option<String>,
        /// Names of statuses or field ids that belong to the problem.
        problem_detail: Option<String>,
        /// Who made it on the board.
        created_by: Option<PersonId>,
        /// When it was made.
        created_at: Time,
    }
}

row! {
    /// A link with what jobs about it need to be enqueued.
    Followed {
        /// The link.
        id: LinkId,
        /// Its connection.
        connection_id: ConnectionId,
        /// Its site.
        cloud_id: CloudId,
        /// Its issue.
        issue_id: IssueId,
    }
}

row! {
    /// What Jira is shown of a post, and what decides which status its issues should have.
    Shown {
        /// Its title.
        title: String,
        /// Its Markdown text.
        body: String,
        /// How many voted.
        votes: i64,
        /// Its status.
        status_id: StatusId,
        /// That status's name.
        status_name: String,
        /// What it means.
        status_kind: String,
        /// The project's part of the address.
        project_slug: String,
    }
}

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
             is_restricted, is_primary, submit_key, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE,
             NOT EXISTS (SELECT 1 FROM links l WHERE l.post_id = $3 AND l.is_primary AND l.state <> 'ended'),
             $10, $11, $12, $12)",
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
            now
        ],
    )
    .await?;
    Ok(())
}

/// One link.
pub async fn get(tx: &mut Tx, project: ProjectId, id: LinkId) -> Result<Option<Link>> {
    tx.one(
        "SELECT * FROM links WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// The links of a post, oldest first.
pub async fn list(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Vec<Link>> {
    tx.all(
        "SELECT * FROM links WHERE project_id = $1 AND post_id = $2 ORDER BY id",
        args![project, post],
    )
    .await
}

/// The link that was made with this submit key.
pub async fn of_submit_key(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    key: &str,
) -> Result<Option<Link>> {
    tx.one(
        "SELECT * FROM links WHERE project_id = $1 AND post_id = $2 AND submit_key = $3",
        args![project, post, key],
    )
    .await
}

/// The link of a post to this issue by this connection.
pub async fn of_issue(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    connection: ConnectionId,
    issue: &IssueId,
) -> Result<Option<Link>> {
    tx.one(
        "SELECT * FROM links
         WHERE project_id = $1 AND post_id = $2 AND connection_id = $3 AND issue_id = $4",
        args![project, post, connection, issue],
    )
    .await
}

/// The post's links that are in step, with what jobs about them need.
pub async fn followed(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Vec<Followed>> {
    tx.all(
        "SELECT l.id, l.connection_id, c.cloud_id, l.issue_id
         FROM links l
         JOIN connections c ON c.id = l.connection_id
         WHERE l.project_id = $1
           AND l.post_id = $2
           AND l.state = 'active'
           AND l.issue_id IS NOT NULL
           AND c.cloud_id IS NOT NULL
           AND c.state = 'active'
         ORDER BY l.id",
        args![project, post],
    )
    .await
}

/// Whether any post is tied to this issue by a connection of this hook that is at work.
pub async fn watched(tx: &mut Tx, hook: HookId, issue: &IssueId) -> Result<bool> {
    let found = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n
             FROM links l
             JOIN connections c ON c.id = l.connection_id
             WHERE l.issue_id = $2
               AND l.state <> 'ended'
               AND c.hook_id = $1
               AND c.state = 'active'",
            args![hook, issue],
        )
        .await?;
    Ok(found > 0)
}

/// The links to this issue by connections of this hook that are at work, of all projects: for the job that reads the
/// issue once for all of them.
pub async fn of_hook_issue(tx: &mut Tx, hook: HookId, issue: &IssueId) -> Result<Vec<Link>> {
    tx.all(
        "SELECT l.*
         FROM links l
         JOIN connections c ON c.id = l.connection_id
         WHERE l.issue_id = $2
           AND l.state <> 'ended'
           AND c.hook_id = $1
           AND c.state = 'active'
         ORDER BY l.id",
        args![hook, issue],
    )
    .await
}

/// The connection's links that have not ended, for setting all of them right after a gap.
pub async fn of_connection(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Vec<Link>> {
    tx.all(
        "SELECT * FROM links
         WHERE project_id = $1 AND connection_id = $2 AND state <> 'ended'
         ORDER BY id",
        args![project, connection],
    )
    .await
}

/// How many links a connection carries.
pub async fn count(tx: &mut Tx, project: ProjectId, connection: ConnectionId) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM links
         WHERE project_id = $1 AND connection_id = $2 AND state <> 'ended'",
        args![project, connection],
    )
    .await
}

/// What Jira is shown of a post.
pub async fn shown(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Option<Shown>> {
    tx.one(
        "SELECT p.title, p.body, p.votes, p.status_id, s.name AS status_name, s.kind AS status_kind,
                pr.slug AS project_slug
         FROM posts p
         JOIN statuses s ON s.id = p.status_id
         JOIN projects pr ON pr.id = p.project_id
         WHERE p.project_id = $1 AND p.id = $2",
        args![project, post],
    )
    .await
}

/// The post's board, for telling pages.
pub async fn board_of(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
) -> Result<Option<upvow_domain::BoardId>> {
    tx.value(
        "SELECT board_id FROM posts WHERE project_id = $1 AND id = $2",
        args![project, post],
    )
    .await
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
             SET state = 'active', issue_id = $3, issue_key = $4, problem = NULL, problem_detail = NULL, updated_at = $5
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

/// Notes that the link was compared and nothing newer was found.
pub async fn set_synced(tx: &mut Tx, project: ProjectId, id: LinkId, now: Time) -> Result<()> {
    tx.run(
        "UPDATE links SET synced_at = $3, updated_at = $3 WHERE project_id = $1 AND id = $2",
        args![project, id, now],
    )
    .await?;
    Ok(())
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
        "UPDATE links SET problem = $3, problem_detail = $4, updated_at = $5
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

/// Notes what the remote link shows now.
pub async fn set_pushed(
    tx: &mut Tx,
    project: ProjectId,
    id: LinkId,
    digest: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links SET pushed_digest = $3, updated_at = $4 WHERE project_id = $1 AND id = $2",
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
             pushed_digest = NULL, problem = NULL, problem_detail = NULL, updated_at = $3
         WHERE project_id = $1 AND connection_id = $2 AND state <> 'ended'",
        args![project, connection, now],
    )
    .await?;
    Ok(())
}

/// How often Jira moved this post since `since`: a post that flips and flips again is stopped.
pub async fn moved_by_jira(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    since: Time,
) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM post_changes
         WHERE project_id = $1 AND post_id = $2 AND what = 'status' AND cause = 'jira' AND at > $3",
        args![project, post, since],
    )
    .await
}
