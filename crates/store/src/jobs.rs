//! The queue. A job is enqueued in the caller's transaction, so it exists exactly if what it follows from does.
//!
//! - `name` says what the job is; a second waiting job of the same name is the same job (jobs coalesce).
//! - `lane` orders: two jobs of one lane never run at once, and a failing one holds back its own lane only.
//! - A claim is a lease with a fence: a worker that stalls past its lease cannot complete what another took over.

use std::time::Duration;

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, JobId, ProjectId, Time};

use crate::row;

row! {
    /// A claimed unit of work.
    Job {
        /// Its id.
        id: JobId,
        /// What it is, for coalescing.
        name: String,
        /// Which order it carries out: `pull_issue`, `push_status`, ...
        kind: String,
        /// What it is about: an id of ours or of Jira, never a payload.
        subject: String,
        /// Whose jobs wait for each other.
        lane: String,
        /// The project it works for.
        project_id: ProjectId,
        /// The connection it uses, if any.
        connection_id: Option<ConnectionId>,
        /// How often it was tried, this time included.
        attempts: i64,
        /// The number of this claim.
        fence: i64,
        /// When it was first asked for.
        created_at: Time,
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// A fresh id.
    pub id: JobId,
    /// Which order.
    pub kind: &'a str,
    /// What about. Together with `kind` this is the job's name.
    pub subject: &'a str,
    /// Whose jobs wait for each other.
    pub lane: &'a str,
    /// The project it works for.
    pub project: ProjectId,
    /// The connection it uses, if any.
    pub connection: Option<ConnectionId>,
    /// Not before this.
    pub run_at: Time,
}

/// Enqueues, unless the same job already waits: then that one is brought forward if the new one is due earlier.
pub async fn enqueue(tx: &mut Tx, job: &NewJob<'_>, now: Time) -> Result<()> {
    let name = format!("{}:{}", job.kind, job.subject);
    tx.run(
        "INSERT INTO jobs
            (id, name, kind, subject, lane, project_id, connection_id, state, run_at, attempts, fence, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, 0, 0, $9, $9)
         ON CONFLICT (name) WHERE state = 'waiting'
         DO UPDATE SET run_at = CASE WHEN jobs.run_at > excluded.run_at THEN excluded.run_at ELSE jobs.run_at END",
        args![job.id, name, job.kind, job.subject, job.lane, job.project, job.connection, job.run_at, now],
    )
    .await?;
    Ok(())
}

/// Takes the job that is due longest, if its lane is free, for `lease_for`.
pub async fn claim(tx: &mut Tx, now: Time, lease_for: Duration) -> Result<Option<Job>> {
    // A worker that died leaves its job running; its lane opens again when the lease is over.
    let lost = "UPDATE jobs
                SET state = 'waiting', lease_until = NULL, updated_at = $1
                WHERE state = 'running'
                  AND lease_until <= $1
                  AND NOT EXISTS (SELECT 1 FROM jobs w WHERE w.name = jobs.name AND w.state = 'waiting')";
    tx.run(lost, args![now]).await?;
    tx.run(
        "DELETE FROM jobs WHERE state = 'running' AND lease_until <= $1",
        args![now],
    )
    .await?;

    let sql = tx.pick(
        "UPDATE jobs
         SET state = 'running', lease_until = $2, attempts = attempts + 1, fence = fence + 1, updated_at = $1
         WHERE id = (
            SELECT j.id FROM jobs j
            WHERE j.state = 'waiting'
              AND j.run_at <= $1
              AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.lane = j.lane AND r.state = 'running')
            ORDER BY j.run_at, j.id
            LIMIT 1)
         RETURNING *",
        // The lock on the lane keeps two nodes from starting two jobs of it at the same moment.
        "UPDATE jobs
         SET state = 'running', lease_until = $2, attempts = attempts + 1, fence = fence + 1, updated_at = $1
         WHERE id = (
            SELECT j.id FROM jobs j
            WHERE j.state = 'waiting'
              AND j.run_at <= $1
              AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.lane = j.lane AND r.state = 'running')
              AND pg_try_advisory_xact_lock(hashtext(j.lane))
            ORDER BY j.run_at, j.id
            FOR UPDATE SKIP LOCKED
            LIMIT 1)
         RETURNING *",
    );
    match tx.one(sql, args![now, now.plus(lease_for)]).await {
        // Another node took this lane between our look and our update: there is nothing for us now.
        Err(upvow_db::DbError::Duplicate) => Ok(None),
        other => other,
    }
}

/// The job is done, and with it what was given up of the same name. False if the claim was lost: then the caller must
/// roll back.
pub async fn complete(tx: &mut Tx, job: &Job) -> Result<bool> {
    tx.run(
        "DELETE FROM jobs WHERE name = $1 AND state = 'dead'",
        args![job.name.as_str()],
    )
    .await?;
    delete(tx, job).await
}

async fn delete(tx: &mut Tx, job: &Job) -> Result<bool> {
    let done = tx
        .run(
            "DELETE FROM jobs WHERE id = $1 AND fence = $2 AND state = 'running'",
            args![job.id, job.fence],
        )
        .await?;
    Ok(done == 1)
}

/// The job is to be tried again at `run_at`. If the same job was enqueued meanwhile, that one goes on instead, no
/// earlier than this one would have. False if the claim was lost.
pub async fn retry(tx: &mut Tx, job: &Job, run_at: Time, error: &str, now: Time) -> Result<bool> {
    let merged = tx
        .run(
            "UPDATE jobs
             SET run_at = CASE WHEN run_at < $2 THEN $2 ELSE run_at END, attempts = $3, last_error = $4, updated_at = $5,
                 created_at = CASE WHEN created_at > $6 THEN $6 ELSE created_at END
             WHERE name = $1
               AND state = 'waiting'",
            args![job.name.clone(), run_at, job.attempts, error, now, job.created_at],
        )
        .await?;
    if merged == 1 {
        return delete(tx, job).await;
    }
    let put_back = tx
        .run(
            "UPDATE jobs
             SET state = 'waiting', lease_until = NULL, run_at = $3, last_error = $4, updated_at = $5
             WHERE id = $1
               AND fence = $2
               AND state = 'running'",
            args![job.id, job.fence, run_at, error, now],
        )
        .await?;
    Ok(put_back == 1)
}

/// The job could not be tried, because something has to be waited for: it goes on at `run_at`, and this was no attempt.
/// False if the claim was lost.
pub async fn wait(tx: &mut Tx, job: &Job, run_at: Time, reason: &str, now: Time) -> Result<bool> {
    let mut untried = job.clone();
    untried.attempts -= 1;
    if !retry(tx, &untried, run_at, reason, now).await? {
        return Ok(false);
    }
    tx.run(
        "UPDATE jobs SET attempts = attempts - 1 WHERE id = $1 AND state = 'waiting'",
        args![job.id],
    )
    .await?;
    Ok(true)
}

/// The job will not be tried again by itself. Of one name only the last is kept. False if the claim was lost.
pub async fn bury(tx: &mut Tx, job: &Job, error: &str, now: Time) -> Result<bool> {
    tx.run(
        "DELETE FROM jobs WHERE name = $1 AND state = 'dead'",
        args![job.name.as_str()],
    )
    .await?;
    let buried = tx
        .run(
            "UPDATE jobs
             SET state = 'dead', lease_until = NULL, last_error = $3, updated_at = $4
             WHERE id = $1
               AND fence = $2
               AND state = 'running'",
            args![job.id, job.fence, error, now],
        )
        .await?;
    Ok(buried == 1)
}

/// Removes every job of a connection that is not running; a running one finds the connection's generation changed.
pub async fn cancel(tx: &mut Tx, project: ProjectId, connection: ConnectionId) -> Result<u64> {
    tx.run(
        "DELETE FROM jobs WHERE project_id = $1 AND connection_id = $2 AND state <> 'running'",
        args![project, connection],
    )
    .await
}

/// Removes every job of a connection but `last`, the running ones, too: whoever still does one finds the claim lost, and
/// a process that died will not come back for its own.
pub async fn cancel_all_but(
    tx: &mut Tx,
    project: ProjectId,
    connection: ConnectionId,
    last: &Job,
) -> Result<u64> {
    tx.run(
        "DELETE FROM jobs WHERE project_id = $1 AND connection_id = $2 AND id <> $3",
        args![project, connection, last.id],
    )
    .await
}

/// When the next waiting job is due, whatever its lane.
pub async fn next_at(tx: &mut Tx) -> Result<Option<Time>> {
    tx.value(
        "SELECT MIN(run_at) AS next FROM jobs WHERE state = 'waiting'",
        vec![],
    )
    .await
    .map(Option::flatten)
}

row! {
    /// How many jobs there are, and since when the oldest waits.
    Depth {
        /// Waiting or running.
        live: i64,
        /// Given up.
        dead: i64,
        /// The oldest due job's time.
        oldest: Option<Time>,
    }
}

/// The whole queue, for health and metrics.
pub async fn depth(tx: &mut Tx) -> Result<Depth> {
    let depth = tx
        .one(
            "SELECT
                CAST(COUNT(CASE WHEN state <> 'dead' THEN 1 END) AS BIGINT) AS live,
                CAST(COUNT(CASE WHEN state = 'dead' THEN 1 END) AS BIGINT) AS dead,
                MIN(CASE WHEN state = 'waiting' THEN run_at END) AS oldest
             FROM jobs",
            vec![],
        )
        .await?;
    Ok(depth.unwrap_or(Depth {
        live: 0,
        dead: 0,
        oldest: None,
    }))
}

/// Ends every lease at once: for the only process there is, when it starts.
pub async fn expire_all(tx: &mut Tx, now: Time) -> Result<u64> {
    tx.run(
        "UPDATE jobs SET lease_until = $1 WHERE state = 'running' AND lease_until > $1",
        args![now],
    )
    .await
}

/// Whether a job of this name waits or runs.
pub async fn is_live(tx: &mut Tx, kind: &str, subject: &str) -> Result<bool> {
    let name = format!("{kind}:{subject}");
    let live = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM jobs WHERE name = $1 AND state <> 'dead'",
            args![name],
        )
        .await?;
    Ok(live > 0)
}

/// Until when a waiting job of this name waits.
pub async fn waits_until(tx: &mut Tx, kind: &str, subject: &str) -> Result<Option<Time>> {
    let name = format!("{kind}:{subject}");
    tx.value(
        "SELECT run_at FROM jobs WHERE name = $1 AND state = 'waiting'",
        args![name],
    )
    .await
}

/// Whether any job of another kind is due.
pub async fn is_other_due(tx: &mut Tx, kind: &str, now: Time) -> Result<bool> {
    let found: Option<i64> = tx
        .value(
            "SELECT CAST(1 AS BIGINT) AS n FROM jobs
             WHERE state = 'waiting' AND run_at <= $2 AND kind <> $1
             LIMIT 1",
            args![kind, now],
        )
        .await?;
    Ok(found.is_some())
}
