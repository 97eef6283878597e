//! Comparisons of all linked issues of a connection with Jira: one row per comparison, and what it reads of links.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, LinkId, ProjectId, ReconcileId, Time,
    jira::{IssueId, IssueKey, IssueTypeId, JiraProjectId, JiraStatusId},
};

use crate::row;

row! {
    /// A comparison.
    Reconcile {
        /// Its id.
        id: ReconcileId,
        /// Whose.
        project_id: ProjectId,
        /// Of which connection.
        connection_id: ConnectionId,
        /// Why it was begun.
        cause: String,
        /// The rules are applied to issues that did not change, too.
        applies: bool,
        /// `running`, `paused`, `done`, `cancelled`, `failed`.
        state: String,
        /// The last link that was compared; empty before the first.
        after_link: String,
        /// How many links there were when it began.
        total: i64,
        /// How many were compared.
        compared: i64,
        /// How many of them had changed in Jira without our knowing.
        changed: i64,
        /// How many of them cannot be seen in Jira.
        gone: i64,
        /// How many of them could not be read.
        failed: i64,
        /// A code of why it failed.
        problem: Option<String>,
        /// When it was begun or last resumed...
        resumed_at: Time,
        /// ...and how many were compared then.
        resumed_from: i64,
        /// When it was begun.
        created_at: Time,
        /// When it last moved on.
        updated_at: Time,
        /// When it ended.
        ended_at: Option<Time>,
    }
}

row! {
    /// A link as a comparison looks at it.
    Compared {
        /// Its id.
        id: LinkId,
        /// `creating`, `active`, `failed`, `gone`.
        state: String,
        /// Its issue, once there is one.
        issue_id: Option<IssueId>,
        /// The key we know.
        issue_key: Option<IssueKey>,
        /// The Jira project we know.
        jira_project_id: Option<JiraProjectId>,
        /// The type we know.
        issue_type_id: Option<IssueTypeId>,
        /// The status we know.
        jira_status_id: Option<JiraStatusId>,
        /// What we know it means.
        category: Option<String>,
        /// Whether we know of a security level.
        is_restricted: bool,
        /// The time of change we know.
        issue_updated_at: Option<Time>,
        /// When it was last compared.
        synced_at: Option<Time>,
        /// What is wrong with it.
        problem: Option<String>,
        /// When its post got the status it has.
        status_at: Time,
    }
}

/// Begins a comparison. [`upvow_db::DbError::Duplicate`] if the connection has one that is not through.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    id: ReconcileId,
    connection: ConnectionId,
    cause: &str,
    applies: bool,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO reconciles
            (id, project_id, connection_id, cause, applies, state, after_link, total, compared, changed, gone, failed,
             resumed_at, resumed_from, created_at, updated_at)
         SELECT $1, $2, $3, $4, $5, 'running', '', CAST(COUNT(l.id) AS BIGINT), 0, 0, 0, 0, $6, 0, $6, $6
         FROM connections c
         LEFT JOIN links l ON l.connection_id = c.id AND l.state <> 'ended'
         WHERE c.project_id = $2 AND c.id = $3
         GROUP BY c.id",
        args![id, project, connection, cause, applies, now],
    )
    .await?;
    Ok(())
}

/// One comparison.
pub async fn get(tx: &mut Tx, project: ProjectId, id: ReconcileId) -> Result<Option<Reconcile>> {
    tx.one(
        "SELECT * FROM reconciles WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// The comparison of a connection that is not through.
pub async fn open(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<Reconcile>> {
    tx.one(
        "SELECT * FROM reconciles
         WHERE project_id = $1 AND connection_id = $2 AND state IN ('running', 'paused')",
        args![project, connection],
    )
    .await
}

/// The latest comparisons of a connection, newest first.
pub async fn latest(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    most: i64,
) -> Result<Vec<Reconcile>> {
    tx.all(
        "SELECT * FROM reconciles
         WHERE project_id = $1 AND connection_id = $2
         ORDER BY id DESC
         LIMIT $3",
        args![project, connection, most],
    )
    .await
}

/// Begins an open comparison anew: something happened since that it may have passed already. A paused one stays so.
pub async fn restart(
    tx: &mut Tx,
    project: ProjectId,
    id: ReconcileId,
    cause: &str,
    applies: bool,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE reconciles
         SET cause = $3, applies = (applies OR $4), after_link = '', compared = 0, changed = 0, gone = 0, failed = 0,
             total = (SELECT CAST(COUNT(*) AS BIGINT) FROM links l
                      WHERE l.connection_id = reconciles.connection_id AND l.state <> 'ended'),
             resumed_at = $5, resumed_from = 0, updated_at = $5
         WHERE project_id = $1 AND id = $2 AND state IN ('running', 'paused')",
        args![project, id, cause, applies, now],
    )
    .await?;
    Ok(())
}

/// What one step of a comparison found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Links looked at.
    pub compared: i64,
    /// Changed without our knowing.
    pub changed: i64,
    /// Not to be seen.
    pub gone: i64,
    /// Not to be read.
    pub failed: i64,
}

/// Moves a running comparison on to behind `last`. False if it is not where it was: paused, begun anew, over.
pub async fn advance(
    tx: &mut Tx,
    was: &Reconcile,
    last: LinkId,
    found: Found,
    now: Time,
) -> Result<bool> {
    let moved = tx
        .run(
            "UPDATE reconciles
             SET after_link = $4, compared = compared + $5, changed = changed + $6, gone = gone + $7,
                 failed = failed + $8, updated_at = $9
             WHERE project_id = $1 AND id = $2 AND state = 'running' AND after_link = $3",
            args![
                was.project_id,
                was.id,
                was.after_link.as_str(),
                last,
                found.compared,
                found.changed,
                found.gone,
                found.failed,
                now
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// Ends an open comparison as `done`, `cancelled` or `failed`. False if it had ended.
pub async fn end(
    tx: &mut Tx,
    project: ProjectId,
    id: ReconcileId,
    state: &str,
    problem: Option<&str>,
    now: Time,
) -> Result<bool> {
    let ended = tx
        .run(
            "UPDATE reconciles SET state = $3, problem = $4, ended_at = $5, updated_at = $5
             WHERE project_id = $1 AND id = $2 AND state IN ('running', 'paused')",
            args![project, id, state, problem, now],
        )
        .await?;
    Ok(ended == 1)
}

/// Pauses a running comparison. False if it was not running.
pub async fn pause(tx: &mut Tx, project: ProjectId, id: ReconcileId, now: Time) -> Result<bool> {
    let paused = tx
        .run(
            "UPDATE reconciles SET state = 'paused', updated_at = $3
             WHERE project_id = $1 AND id = $2 AND state = 'running'",
            args![project, id, now],
        )
        .await?;
    Ok(paused == 1)
}

/// Lets a paused comparison go on. False if it was not paused.
pub async fn resume(tx: &mut Tx, project: ProjectId, id: ReconcileId, now: Time) -> Result<bool> {
    let resumed = tx
        .run(
            "UPDATE reconciles
             SET state = 'running', resumed_at = $3, resumed_from = compared, updated_at = $3
             WHERE project_id = $1 AND id = $2 AND state = 'paused'",
            args![project, id, now],
        )
        .await?;
    Ok(resumed == 1)
}

/// Ends what is open of connections that ended.
pub async fn end_strays(tx: &mut Tx, now: Time) -> Result<()> {
    tx.run(
        "UPDATE reconciles SET state = 'cancelled', ended_at = $1, updated_at = $1
         WHERE state IN ('running', 'paused')
           AND EXISTS (SELECT 1 FROM connections c
                       WHERE c.id = reconciles.connection_id AND c.state IN ('disconnecting', 'invalidated'))",
        args![now],
    )
    .await?;
    Ok(())
}

row! {
    /// A connection at work, and when it was last compared.
    Due {
        /// The connection.
        id: ConnectionId,
        /// Whose.
        project_id: ProjectId,
        /// When it was begun.
        created_at: Time,
        /// When its latest comparison began.
        compared_at: Option<Time>,
    }
}

/// Everybody's connections at work, with the time of their latest comparison, for the periodic pass.
pub async fn at_work(tx: &mut Tx) -> Result<Vec<Due>> {
    tx.all(
        "SELECT c.id, c.project_id, c.created_at,
                (SELECT MAX(r.created_at) FROM reconciles r WHERE r.connection_id = c.id) AS compared_at
         FROM connections c
         WHERE c.state = 'active' AND c.cloud_id IS NOT NULL
         ORDER BY c.id",
        vec![],
    )
    .await
}

/// The next links to compare, in the order of their ids.
pub async fn links(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    after: &str,
    most: i64,
) -> Result<Vec<Compared>> {
    tx.all(
        "SELECT l.id, l.state, l.issue_id, l.issue_key, l.jira_project_id, l.issue_type_id, l.jira_status_id, l.category,
                l.is_restricted, l.issue_updated_at, l.synced_at, l.problem, p.status_at
         FROM links l
         JOIN posts p ON p.id = l.post_id
         WHERE l.project_id = $1
           AND l.connection_id = $2
           AND l.state <> 'ended'
           AND l.id > $3
         ORDER BY l.id
         LIMIT $4",
        args![project, connection, after, most],
    )
    .await
}

/// Links up to `last` that are in step were looked at now.
pub async fn set_compared(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    after: &str,
    last: LinkId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE links SET synced_at = $5
         WHERE project_id = $1
           AND connection_id = $2
           AND id > $3
           AND id <= $4
           AND state = 'active'
           AND problem IS NULL
           AND jira_status_id IS NOT NULL",
        args![project, connection, after, last, now],
    )
    .await?;
    Ok(())
}

/// Forgets the status that was last read, so that the next look is like the first: the rules are applied to it.
pub async fn forget_status(tx: &mut Tx, project: ProjectId, id: LinkId) -> Result<()> {
    tx.run(
        "UPDATE links SET jira_status_id = NULL
         WHERE project_id = $1 AND id = $2 AND state <> 'ended'",
        args![project, id],
    )
    .await?;
    Ok(())
}

/// Notes that a node is at work; gives when one last was, if ever.
pub async fn beat(tx: &mut Tx, now: Time) -> Result<Option<Time>> {
    let before: Option<Option<Time>> = tx
        .value("SELECT at FROM pulse WHERE one = 1", vec![])
        .await?;
    tx.run(
        "INSERT INTO pulse (one, at) VALUES (1, $1)
         ON CONFLICT (one) DO UPDATE SET at = excluded.at",
        args![now],
    )
    .await?;
    Ok(before.flatten())
}
