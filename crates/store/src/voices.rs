//! What linked issues say to their posts: each link that is at work, with the row of the status map it stands in.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, LinkId, PostId, ProjectId, StatusId,
    jira::{IssueId, IssueKey, JiraProjectId, JiraStatusId},
};

use crate::row;

row! {
    /// A linked issue and what it says.
    Voice {
        /// The link.
        link_id: LinkId,
        /// Its post.
        post_id: PostId,
        /// Its connection.
        connection_id: ConnectionId,
        /// The issue.
        issue_id: IssueId,
        /// Its key, a label.
        issue_key: Option<IssueKey>,
        /// The Jira project it is in.
        jira_project_id: Option<JiraProjectId>,
        /// The status it had when last read.
        jira_status_id: Option<JiraStatusId>,
        /// What that means, as Jira's key.
        category: Option<String>,
        /// The one that counts where only one can.
        is_primary: bool,
        /// A code of what is wrong.
        problem: Option<String>,
        /// That status's name, if the map has it.
        jira_status_name: Option<String>,
        /// The board status it goes with.
        status_id: Option<StatusId>,
        /// Who follows whom.
        direction: Option<String>,
    }
}

/// The links of a post that have an issue and are at work, in no order.
pub async fn of_post(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Vec<Voice>> {
    tx.all(
        "SELECT l.id AS link_id, l.post_id, l.connection_id, l.issue_id, l.issue_key, l.jira_project_id,
                l.jira_status_id, l.category, l.is_primary, l.problem, r.jira_status_name, r.status_id, r.direction
         FROM links l
         LEFT JOIN rules r ON r.connection_id = l.connection_id
             AND r.jira_project_id = l.jira_project_id
             AND r.jira_status_id = l.jira_status_id
         WHERE l.project_id = $1
           AND l.post_id = $2
           AND l.state = 'active'
           AND l.issue_id IS NOT NULL",
        args![project, post],
    )
    .await
}

row! {
    /// A post and where it stands.
    Standing {
        /// The post.
        post_id: PostId,
        /// Its title.
        title: String,
        /// Its status.
        status_id: StatusId,
        /// How many voted.
        votes: i64,
    }
}

/// The posts that have an issue at work, by this connection if given or by any; after that post, if given.
pub async fn posts_linked(
    tx: &mut Tx,
    project: ProjectId,
    connection: Option<ConnectionId>,
    after: Option<PostId>,
    limit: i64,
) -> Result<Vec<Standing>> {
    tx.all(
        "SELECT p.id AS post_id, p.title, p.status_id, p.votes
         FROM posts p
         WHERE p.project_id = $1
           AND ($3 IS NULL OR p.id > $3)
           AND EXISTS (SELECT 1 FROM links l
                       WHERE l.post_id = p.id
                         AND ($2 IS NULL OR l.connection_id = $2)
                         AND l.state = 'active'
                         AND l.issue_id IS NOT NULL)
         ORDER BY p.id
         LIMIT $4",
        args![project, connection, after, limit],
    )
    .await
}

/// One post and where it stands.
pub async fn standing(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Option<Standing>> {
    tx.one(
        "SELECT id AS post_id, title, status_id, votes FROM posts WHERE project_id = $1 AND id = $2",
        args![project, post],
    )
    .await
}

row! {
    /// An issue that a post is tied to.
    Tied {
        /// The link.
        link_id: LinkId,
        /// The post.
        post_id: PostId,
        /// The Jira project the issue is in.
        jira_project_id: Option<JiraProjectId>,
    }
}

/// The links at work to the issue with this key, by this connection.
pub async fn of_key(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    key: &IssueKey,
) -> Result<Vec<Tied>> {
    tx.all(
        "SELECT id AS link_id, post_id, jira_project_id FROM links
         WHERE project_id = $1
           AND connection_id = $2
           AND issue_key = $3
           AND state = 'active'
           AND issue_id IS NOT NULL
         ORDER BY id",
        args![project, connection, key],
    )
    .await
}

row! {
    /// A linked issue in a status that is not mapped.
    Astray {
        /// The link.
        link_id: LinkId,
        /// Its post.
        post_id: PostId,
        /// The post's title.
        title: String,
        /// The issue's key.
        issue_key: Option<IssueKey>,
        /// Its Jira project.
        jira_project_id: JiraProjectId,
        /// Its status.
        jira_status_id: JiraStatusId,
    }
}

/// Linked issues of a connection that stand in a status with no row, or with a row that maps it to nothing.
pub async fn astray(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Vec<Astray>> {
    tx.all(
        "SELECT l.id AS link_id, l.post_id, p.title, l.issue_key, l.jira_project_id, l.jira_status_id
         FROM links l
         JOIN posts p ON p.id = l.post_id
         WHERE l.project_id = $1
           AND l.connection_id = $2
           AND l.state = 'active'
           AND l.issue_id IS NOT NULL
           AND l.jira_status_id IS NOT NULL
           AND l.jira_project_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM rules r
                           WHERE r.connection_id = l.connection_id
                             AND r.jira_project_id = l.jira_project_id
                             AND r.jira_status_id = l.jira_status_id
                             AND r.status_id IS NOT NULL)
         ORDER BY l.id
         LIMIT 1000",
        args![project, connection],
    )
    .await
}

/// The board asks the issues of a post to go with this status, or takes that back.
pub async fn set_order(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    status: Option<StatusId>,
) -> Result<()> {
    tx.run(
        "UPDATE links SET ordered_status_id = $3
         WHERE project_id = $1 AND post_id = $2 AND state = 'active'",
        args![project, post, status],
    )
    .await?;
    Ok(())
}

/// The issue goes with the status it was asked for, or moved by itself since.
pub async fn clear_order(tx: &mut Tx, project: ProjectId, link: LinkId) -> Result<()> {
    tx.run(
        "UPDATE links SET ordered_status_id = NULL WHERE project_id = $1 AND id = $2",
        args![project, link],
    )
    .await?;
    Ok(())
}

/// The issue goes with that status now; a later order stays.
pub async fn settle_order(
    tx: &mut Tx,
    project: ProjectId,
    link: LinkId,
    status: StatusId,
) -> Result<()> {
    tx.run(
        "UPDATE links SET ordered_status_id = NULL
         WHERE project_id = $1 AND id = $2 AND ordered_status_id = $3",
        args![project, link, status],
    )
    .await?;
    Ok(())
}

/// Which status the board asked this issue to go with.
pub async fn order_of(tx: &mut Tx, project: ProjectId, link: LinkId) -> Result<Option<StatusId>> {
    tx.value(
        "SELECT ordered_status_id FROM links WHERE project_id = $1 AND id = $2",
        args![project, link],
    )
    .await
}
