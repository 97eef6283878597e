//! What is wrong on a connection, counted by code, and the work that waits for it.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, HookId, LinkId, PostId, ProjectId, Time,
    jira::{CloudId, IssueKey},
};

use crate::row;

row! {
    /// Things with the same problem.
    Group {
        /// Its code.
        problem: String,
        /// How many.
        n: i64,
        /// Since when the oldest of them has it.
        first_at: Time,
        /// When one of them last met it.
        last_at: Time,
    }
}

row! {
    /// How many of the links with a problem are being tried again.
    Trying {
        /// The problem.
        problem: String,
        /// How many links.
        n: i64,
    }
}

row! {
    /// A link with a problem.
    Affected {
        /// The link.
        id: LinkId,
        /// Its post.
        post_id: PostId,
        /// The post's title.
        title: String,
        /// The issue's key, once known.
        issue_key: Option<IssueKey>,
        /// Names of statuses or field ids that belong to the problem.
        problem_detail: Option<String>,
        /// Since when it has the problem.
        first_at: Time,
        /// When it last met it.
        last_at: Time,
        /// A job about it waits or runs.
        is_trying: bool,
    }
}

row! {
    /// The work of a connection that is not done yet.
    Queue {
        /// Jobs that wait.
        waiting: i64,
        /// Jobs that run.
        running: i64,
        /// Since when the oldest job that should have been done waits.
        oldest_at: Option<Time>,
    }
}

row! {
    /// Work that waits too long.
    Stuck {
        /// How many jobs.
        n: i64,
        /// Since when the oldest waits.
        first_at: Option<Time>,
        /// How the last attempt failed.
        last_error: Option<String>,
    }
}

row! {
    /// What Jira asked to wait.
    Paused {
        /// Which limit was met.
        reason: String,
        /// Until when.
        until_at: Time,
    }
}

row! {
    /// The webhook that an administrator of Jira made by hand.
    AdminDoor {
        /// When its address was made.
        made_at: Time,
        /// When it last brought something.
        last_event_at: Option<Time>,
    }
}

/// What of a site's calls waits longest, and why.
pub async fn paused(tx: &mut Tx, cloud: &CloudId, now: Time) -> Result<Option<Paused>> {
    tx.one(
        "SELECT reason, until_at FROM pauses
         WHERE (cloud_id IS NULL OR cloud_id = $1) AND until_at > $2 AND NOT background_only
         ORDER BY until_at DESC
         LIMIT 1",
        args![cloud, now],
    )
    .await
}

/// When Jira last listed what is registered for a door.
pub async fn verified(tx: &mut Tx, hook: HookId) -> Result<Option<Time>> {
    tx.value(
        "SELECT COALESCE(looked_at, registered_at) AS at FROM hooks WHERE id = $1",
        args![hook],
    )
    .await
    .map(Option::flatten)
}

/// The door that an administrator of Jira opened, if there is one.
pub async fn admin_door(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<AdminDoor>> {
    tx.one(
        "SELECT made_at, last_event_at FROM admin_hooks WHERE project_id = $1 AND connection_id = $2",
        args![project, connection],
    )
    .await
}

/// The problems of a connection's links.
pub async fn of_links(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Vec<Group>> {
    tx.all(
        "SELECT problem, CAST(COUNT(*) AS BIGINT) AS n,
            MIN(COALESCE(problem_at, updated_at)) AS first_at,
            MAX(COALESCE(problem_seen_at, updated_at)) AS last_at
         FROM links
         WHERE project_id = $1 AND connection_id = $2 AND problem IS NOT NULL AND state <> 'ended'
         GROUP BY problem
         ORDER BY problem",
        args![project, connection],
    )
    .await
}

/// How many links of each problem are being tried again.
pub async fn trying(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Vec<Trying>> {
    tx.all(
        "SELECT l.problem, CAST(COUNT(DISTINCT l.id) AS BIGINT) AS n
         FROM links l
         JOIN jobs j ON j.subject = l.id AND j.connection_id = l.connection_id AND j.state <> 'dead'
         WHERE l.project_id = $1 AND l.connection_id = $2 AND l.problem IS NOT NULL AND l.state <> 'ended'
         GROUP BY l.problem",
        args![project, connection],
    )
    .await
}

/// Jobs of a connection that were given up and of which no link tells.
pub async fn of_jobs(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Vec<Group>> {
    tx.all(
        "SELECT last_error AS problem, CAST(COUNT(*) AS BIGINT) AS n,
            MIN(updated_at) AS first_at, MAX(updated_at) AS last_at
         FROM jobs
         WHERE project_id = $1 AND connection_id = $2 AND state = 'dead' AND last_error IS NOT NULL
           AND kind NOT IN ('create_issue', 'pull_link', 'push_status', 'push_back_link')
         GROUP BY last_error
         ORDER BY last_error",
        args![project, connection],
    )
    .await
}

/// Links of a connection with this problem, after the one of that id.
pub async fn affected(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    problem: &str,
    after: Option<LinkId>,
    limit: i64,
) -> Result<Vec<Affected>> {
    tx.all(
        "SELECT l.id, l.post_id, p.title, l.issue_key, l.problem_detail,
            COALESCE(l.problem_at, l.updated_at) AS first_at,
            COALESCE(l.problem_seen_at, l.updated_at) AS last_at,
            EXISTS (SELECT 1 FROM jobs j
                    WHERE j.subject = l.id AND j.connection_id = l.connection_id AND j.state <> 'dead') AS is_trying
         FROM links l
         JOIN posts p ON p.id = l.post_id
         WHERE l.project_id = $1
           AND l.connection_id = $2
           AND l.problem = $3
           AND l.state <> 'ended'
           AND ($4 IS NULL OR l.id > $4)
         ORDER BY l.id
         LIMIT $5",
        args![project, connection, problem, after, limit],
    )
    .await
}

/// What waits and runs for a connection; what its door brought is counted, too.
pub async fn queue(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    hook: Option<HookId>,
    now: Time,
) -> Result<Queue> {
    let row = tx
        .one(
            "SELECT
                CAST(COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS BIGINT) AS waiting,
                CAST(COUNT(CASE WHEN state = 'running' THEN 1 END) AS BIGINT) AS running,
                MIN(CASE WHEN attempts > 0 OR run_at <= $4 THEN created_at END) AS oldest_at
             FROM jobs
             WHERE state <> 'dead'
               AND ((project_id = $1 AND connection_id = $2)
                    OR (connection_id IS NULL AND (subject LIKE $3 OR subject = $5)))",
            args![project, connection, of_door(hook), now, hook],
        )
        .await?;
    Ok(row.unwrap_or(Queue {
        waiting: 0,
        running: 0,
        oldest_at: None,
    }))
}

/// What was asked for before `before`, could have been done by then, and was not.
pub async fn stuck(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    hook: Option<HookId>,
    before: Time,
) -> Result<Option<Stuck>> {
    let found: Option<Stuck> = tx
        .one(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, MIN(created_at) AS first_at, MAX(last_error) AS last_error
             FROM jobs
             WHERE state <> 'dead'
               AND created_at < $4
               AND (attempts > 0 OR run_at < $4)
               AND ((project_id = $1 AND connection_id = $2)
                    OR (connection_id IS NULL AND subject LIKE $3))",
            args![project, connection, of_door(hook), before],
        )
        .await?;
    Ok(found.filter(|stuck| stuck.n > 0))
}

/// Has what waits for a connection done now; gives how much.
pub async fn hurry(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    hook: Option<HookId>,
    now: Time,
) -> Result<u64> {
    tx.run(
        "UPDATE jobs SET run_at = $4
         WHERE state = 'waiting'
           AND attempts > 0
           AND run_at > $4
           AND ((project_id = $1 AND connection_id = $2)
                OR (connection_id IS NULL AND subject LIKE $3))",
        args![project, connection, of_door(hook), now],
    )
    .await
}

/// Takes up again what was given up with this code; gives how much. What waits anew already is left to that.
pub async fn revive(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    code: &str,
    now: Time,
) -> Result<u64> {
    tx.run(
        "UPDATE jobs SET state = 'waiting', attempts = 0, run_at = $4, updated_at = $4, created_at = $4
         WHERE project_id = $1
           AND connection_id = $2
           AND state = 'dead'
           AND last_error = $3
           AND kind NOT IN ('create_issue', 'pull_link', 'push_status', 'push_back_link')
           AND NOT EXISTS (SELECT 1 FROM jobs w WHERE w.name = jobs.name AND w.state = 'waiting')",
        args![project, connection, code, now],
    )
    .await
}

/// The subjects of jobs that a door brought begin so.
fn of_door(hook: Option<HookId>) -> String {
    // Without a door nothing matches.
    hook.map_or_else(|| "/".to_owned(), |hook| format!("{}/%", hook.stored()))
}
