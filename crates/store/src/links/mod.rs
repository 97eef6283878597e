//! Links: posts tied to Jira issues. Identity is (connection, issue id); the rest are labels that follow Jira.

mod write;

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    BoardId, ConnectionId, HookId, LinkId, PersonId, PostId, ProjectId, StatusId, Time,
    jira::{CloudId, IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId},
};

pub use write::*;

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
        /// When it was last written.
        pushed_at: Option<Time>,
        /// Values for the fields of the issue that is to be made, as JSON.
        given: Option<String>,
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
        /// When its remote link was last written.
        pushed_at: Option<Time>,
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
        "SELECT l.id, l.connection_id, c.cloud_id, l.issue_id, l.pushed_at
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

/// The same, of those whose issue is in this Jira project.
pub async fn count_in(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    jira_project: &JiraProjectId,
) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM links
         WHERE project_id = $1 AND connection_id = $2 AND jira_project_id = $3 AND state <> 'ended'",
        args![project, connection, jira_project],
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
pub async fn board_of(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Option<BoardId>> {
    tx.value(
        "SELECT board_id FROM posts WHERE project_id = $1 AND id = $2",
        args![project, post],
    )
    .await
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

row! {
    /// A link as a line of a table.
    SheetRow {
        /// The link.
        id: LinkId,
        /// Its post.
        post_id: PostId,
        /// The post's title.
        title: String,
        /// The connected site's address.
        site_url: Option<String>,
        /// The issue's key.
        issue_key: Option<IssueKey>,
        /// The issue.
        issue_id: Option<IssueId>,
        /// The one that counts where only one can.
        is_primary: bool,
        /// Where it is in its life.
        state: String,
        /// When it was last compared.
        synced_at: Option<Time>,
    }
}

/// The links of a project or one of its boards, oldest first; after that link, if given.
pub async fn sheet(
    tx: &mut Tx,
    project: ProjectId,
    board: Option<BoardId>,
    after: Option<LinkId>,
    limit: i64,
) -> Result<Vec<SheetRow>> {
    tx.all(
        "SELECT l.id, l.post_id, p.title, c.site_url, l.issue_key, l.issue_id, l.is_primary, l.state, l.synced_at
         FROM links l
         JOIN posts p ON p.id = l.post_id
         JOIN connections c ON c.id = l.connection_id
         WHERE l.project_id = $1
           AND ($2 IS NULL OR p.board_id = $2)
           AND ($3 IS NULL OR l.id > $3)
         ORDER BY l.id
         LIMIT $4",
        args![project, board, after, limit],
    )
    .await
}
