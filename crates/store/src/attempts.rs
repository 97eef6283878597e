//! Runs of jobs, for the timeline that admins see: ids, codes and numbers. What is personal in an issue is nowhere here.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    AttemptId, ConnectionId, HookId, JobId, LinkId, PostId, ProjectId, Time,
    jira::{IssueId, IssueKey},
};

use crate::row;

/// One run of a job, about one link at most.
#[derive(Debug, Clone)]
pub struct NewAttempt<'a> {
    /// A fresh id.
    pub id: AttemptId,
    /// Whose.
    pub project: ProjectId,
    /// By which connection.
    pub connection: ConnectionId,
    /// About which link.
    pub link: Option<LinkId>,
    /// Which job: the same for every attempt of it.
    pub job: JobId,
    /// What was to be done.
    pub kind: &'a str,
    /// What came of it.
    pub outcome: &'a str,
    /// Why, if it was not simply done.
    pub code: Option<&'a str>,
    /// The HTTP status of Jira's last answer.
    pub http_status: Option<i64>,
    /// How many calls were made.
    pub calls: i64,
    /// How many of them changed something in Jira.
    pub writes: i64,
    /// Which attempt of the job it was, from 1.
    pub number: i64,
    /// How long it took, in milliseconds.
    pub took: i64,
    /// When it ended.
    pub at: Time,
}

row! {
    /// A run, as it is shown.
    Attempt {
        /// Its id.
        id: AttemptId,
        /// About which link.
        link_id: Option<LinkId>,
        /// The link's post, while the link is there.
        post_id: Option<PostId>,
        /// The issue's key, while the link is there.
        issue_key: Option<IssueKey>,
        /// Which job.
        job_id: JobId,
        /// What was to be done.
        kind: String,
        /// What came of it.
        outcome: String,
        /// Why.
        code: Option<String>,
        /// Jira's last answer.
        http_status: Option<i64>,
        /// How many calls were made.
        calls: i64,
        /// How many of them changed something in Jira.
        writes: i64,
        /// Which attempt it was.
        number: i64,
        /// How long it took, in milliseconds.
        took: i64,
        /// When it ended.
        at: Time,
    }
}

row! {
    /// What a run was about.
    About {
        /// Whose.
        project_id: ProjectId,
        /// By which connection.
        connection_id: ConnectionId,
        /// Which link, if one.
        link_id: Option<LinkId>,
        /// What is wrong with that link.
        problem: Option<String>,
        /// When that was last met.
        problem_seen_at: Option<Time>,
    }
}

/// Which attempts are asked for; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<&'static str>,
    /// That ended so.
    pub outcome: Option<&'static str>,
    /// About this link.
    pub link: Option<LinkId>,
    /// About links to this issue.
    pub key: Option<IssueKey>,
    /// Not before.
    pub since: Option<Time>,
}

/// Adds a run.
pub async fn insert(tx: &mut Tx, new: &NewAttempt<'_>) -> Result<()> {
    tx.run(
        "INSERT INTO attempts
            (id, project_id, connection_id, link_id, job_id, kind, outcome, code, http_status, calls, writes, number,
             took, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            new.id,
            new.project,
            new.connection,
            new.link,
            new.job,
            new.kind,
            new.outcome,
            new.code,
            new.http_status,
            new.calls,
            new.writes,
            new.number,
            new.took,
            new.at
        ],
    )
    .await?;
    Ok(())
}

/// The link that a job was about.
pub async fn about_link(tx: &mut Tx, project: ProjectId, link: LinkId) -> Result<Option<About>> {
    tx.one(
        "SELECT project_id, connection_id, id AS link_id, problem, problem_seen_at FROM links
         WHERE project_id = $1 AND id = $2",
        args![project, link],
    )
    .await
}

/// The links that a job after a signal was about, of all projects.
pub async fn about_issue(tx: &mut Tx, hook: HookId, issue: &IssueId) -> Result<Vec<About>> {
    tx.all(
        "SELECT l.project_id, l.connection_id, l.id AS link_id, l.problem, l.problem_seen_at
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

/// The connections that a job about a door was for, of all projects.
pub async fn about_hook(tx: &mut Tx, hook: HookId) -> Result<Vec<About>> {
    tx.all(
        "SELECT c.project_id, c.id AS connection_id, h.problem,
            CAST(NULL AS TEXT) AS link_id, CAST(NULL AS BIGINT) AS problem_seen_at
         FROM connections c
         JOIN hooks h ON h.id = c.hook_id
         WHERE c.hook_id = $1 AND c.state IN ('active', 'needs_reconnect')
         ORDER BY c.id",
        args![hook],
    )
    .await
}

/// A connection's runs, newest first, after the one of that id.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    wanted: &Wanted,
    after: Option<AttemptId>,
    limit: i64,
) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT a.id, a.link_id, l.post_id, l.issue_key, a.job_id, a.kind, a.outcome, a.code, a.http_status, a.calls,
            a.writes, a.number, a.took, a.at
         FROM attempts a
         LEFT JOIN links l ON l.id = a.link_id
         WHERE a.project_id = $1
           AND a.connection_id = $2
           AND ($3 IS NULL OR a.kind = $3)
           AND ($4 IS NULL OR a.outcome = $4)
           AND ($5 IS NULL OR a.link_id = $5)
           AND ($6 IS NULL OR l.issue_key = $6)
           AND ($7 IS NULL OR a.at >= $7)
           AND ($8 IS NULL OR a.id < $8)
         ORDER BY a.id DESC
         LIMIT $9",
        args![
            project,
            connection,
            wanted.kind,
            wanted.outcome,
            wanted.link,
            wanted.key.clone(),
            wanted.since,
            after,
            limit
        ],
    )
    .await
}

/// When something was last changed in Jira by this connection.
pub async fn last_write(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
) -> Result<Option<Time>> {
    tx.value(
        "SELECT MAX(at) AS at FROM attempts WHERE project_id = $1 AND connection_id = $2 AND writes > 0",
        args![project, connection],
    )
    .await
    .map(Option::flatten)
}
