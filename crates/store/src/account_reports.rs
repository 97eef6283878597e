//! The ledger of the reports of personal data to Atlassian, one row for each account that the vault holds. A row knows
//! the vault's record and nothing of the person.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConnectionId, GrantId, ProjectId, ReportBatchId, Time};

use crate::row;

row! {
    /// An account's row.
    AccountReport {
        /// The vault's record.
        grant_id: GrantId,
        /// When the oldest thing that is kept of the account was fetched.
        fetched_at: Time,
        /// When it was last asked about.
        asked_at: Option<Time>,
        /// When it is to be asked about next.
        due_at: Time,
        /// When Atlassian last answered.
        answered_at: Option<Time>,
        /// What it answered then.
        answer: String,
        /// What was done about it.
        action: String,
        /// The largest batch it may be in.
        most: i64,
    }
}

row! {
    /// How the cycle stands.
    Reporting {
        /// How often Atlassian wants each account to be reported, in milliseconds, if it said so.
        cycle_for: Option<i64>,
        /// No report before this.
        paused_until: Option<Time>,
        /// A code of what keeps it from being done.
        problem: Option<String>,
        /// Since when.
        problem_at: Option<Time>,
        /// The record whose token made the last report.
        reporter_grant_id: Option<GrantId>,
        /// When Atlassian last named an account that was not asked about.
        foreign_at: Option<Time>,
        /// When anything was last asked.
        asked_at: Option<Time>,
    }
}

row! {
    /// A row as the owners of a connection's project see it.
    OfConnection {
        /// The connection.
        connection_id: ConnectionId,
        /// The site's name, a label.
        site_name: Option<String>,
        /// The connection's state.
        state: String,
        /// When its account was last asked about.
        asked_at: Option<Time>,
        /// When it is next.
        due_at: Option<Time>,
        /// When Atlassian last answered.
        answered_at: Option<Time>,
        /// What it answered then.
        answer: Option<String>,
        /// What was done about it.
        action: Option<String>,
    }
}

/// How the cycle stands.
pub async fn standing(tx: &mut Tx) -> Result<Reporting> {
    let found = tx
        .one("SELECT * FROM account_reporting WHERE one = 1", vec![])
        .await?;
    Ok(found.unwrap_or(Reporting {
        cycle_for: None,
        paused_until: None,
        problem: None,
        problem_at: None,
        reporter_grant_id: None,
        foreign_at: None,
        asked_at: None,
    }))
}

/// Writes how the cycle stands.
pub async fn set_standing(tx: &mut Tx, now: &Reporting) -> Result<()> {
    tx.run(
        "INSERT INTO account_reporting
            (one, cycle_for, paused_until, problem, problem_at, reporter_grant_id, foreign_at, asked_at)
         VALUES (1, $1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (one) DO UPDATE
         SET cycle_for = excluded.cycle_for,
             paused_until = excluded.paused_until,
             problem = excluded.problem,
             problem_at = excluded.problem_at,
             reporter_grant_id = excluded.reporter_grant_id,
             foreign_at = excluded.foreign_at,
             asked_at = excluded.asked_at",
        args![
            now.cycle_for,
            now.paused_until,
            now.problem.clone(),
            now.problem_at,
            now.reporter_grant_id,
            now.foreign_at,
            now.asked_at
        ],
    )
    .await?;
    Ok(())
}

/// Adds an account that is new. False if it is there.
pub async fn insert(
    tx: &mut Tx,
    grant: GrantId,
    fetched_at: Time,
    due_at: Time,
    most: i64,
) -> Result<bool> {
    let added = tx
        .run(
            "INSERT INTO account_reports (grant_id, fetched_at, due_at, answer, action, most)
             VALUES ($1, $2, $3, 'none', 'none', $4)
             ON CONFLICT (grant_id) DO NOTHING",
            args![grant, fetched_at, due_at, most],
        )
        .await?;
    Ok(added == 1)
}

row! {
    /// A record's name alone.
    Named {
        /// The vault's record.
        grant_id: GrantId,
    }
}

/// The accounts that are not gone.
pub async fn present(tx: &mut Tx) -> Result<Vec<GrantId>> {
    let rows: Vec<Named> = tx
        .all(
            "SELECT grant_id FROM account_reports WHERE gone_at IS NULL ORDER BY grant_id",
            vec![],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.grant_id).collect())
}

/// The vault does not hold it any more. What it is kept for is the count of those that were closed.
pub async fn set_gone(tx: &mut Tx, grant: GrantId, now: Time) -> Result<()> {
    tx.run(
        "UPDATE account_reports SET gone_at = $2 WHERE grant_id = $1 AND gone_at IS NULL",
        args![grant, now],
    )
    .await?;
    Ok(())
}

/// The accounts that may be asked about: last asked, or fetched, no later than `before`, or asked for by a person. Those
/// that are due longest come first.
pub async fn may_be_asked(tx: &mut Tx, before: Time, most: i64) -> Result<Vec<AccountReport>> {
    tx.all(
        "SELECT * FROM account_reports
         WHERE gone_at IS NULL
           AND action NOT IN ('waiting', 'erasing')
           AND (COALESCE(asked_at, fetched_at) <= $1 OR action = 'approved')
         ORDER BY CASE WHEN action = 'approved' THEN 0 ELSE 1 END, due_at, grant_id
         LIMIT $2",
        args![before, most],
    )
    .await
}

/// A batch takes an account: from here on it counts as asked about, whatever becomes of us. False if another batch was
/// faster, or it is gone.
pub async fn take(
    tx: &mut Tx,
    grant: GrantId,
    batch: ReportBatchId,
    before: Time,
    due_at: Time,
    now: Time,
) -> Result<bool> {
    let taken = tx
        .run(
            "UPDATE account_reports
             SET before_asked_at = asked_at,
                 before_due_at = due_at,
                 asked_at = $5,
                 due_at = $4,
                 batch_id = $2,
                 action = CASE WHEN action = 'approved' THEN 'asking_again' ELSE action END
             WHERE grant_id = $1
               AND gone_at IS NULL
               AND action NOT IN ('waiting', 'erasing')
               AND (COALESCE(asked_at, fetched_at) <= $3 OR action = 'approved')",
            args![grant, batch, before, due_at, now],
        )
        .await?;
    Ok(taken == 1)
}

/// Atlassian did not take the batch: nobody in it was asked about. `halved`: from now on in batches no larger than this.
pub async fn put_back(tx: &mut Tx, batch: ReportBatchId, halved: Option<i64>) -> Result<()> {
    tx.run(
        "UPDATE account_reports
         SET asked_at = before_asked_at,
             due_at = before_due_at,
             batch_id = NULL,
             most = COALESCE($2, most),
             action = CASE WHEN action = 'asking_again' THEN 'approved' ELSE action END
         WHERE batch_id = $1",
        args![batch, halved],
    )
    .await?;
    Ok(())
}

/// What Atlassian answered about an account of this batch. False if the batch is not its last one.
pub async fn set_answer(
    tx: &mut Tx,
    grant: GrantId,
    batch: ReportBatchId,
    answer: &str,
    action: &str,
    most: i64,
    now: Time,
) -> Result<bool> {
    let set = tx
        .run(
            "UPDATE account_reports
             SET answered_at = $6,
                 answer = $3,
                 action = $4,
                 most = $5,
                 fetched_at = CASE WHEN $3 = 'updated' THEN asked_at ELSE fetched_at END,
                 batch_id = NULL
             WHERE grant_id = $1
               AND batch_id = $2
               AND gone_at IS NULL",
            args![grant, batch, answer, action, most, now],
        )
        .await?;
    Ok(set == 1)
}

/// Nobody knows whether Atlassian took the batch. What a person wanted to be asked again is held again.
pub async fn hold_again(tx: &mut Tx, batch: ReportBatchId) -> Result<()> {
    tx.run(
        "UPDATE account_reports SET action = 'held' WHERE batch_id = $1 AND action = 'asking_again'",
        args![batch],
    )
    .await?;
    Ok(())
}

/// The same for batches that ended with their process, before `before`.
pub async fn hold_left(tx: &mut Tx, before: Time) -> Result<()> {
    tx.run(
        "UPDATE account_reports SET action = 'held' WHERE action = 'asking_again' AND asked_at < $1",
        args![before],
    )
    .await?;
    Ok(())
}

/// Moves an account from one action to another. False if it was at another one.
pub async fn set_action(tx: &mut Tx, grant: GrantId, from: &str, to: &str) -> Result<bool> {
    let set = tx
        .run(
            "UPDATE account_reports SET action = $3
             WHERE grant_id = $1 AND action = $2 AND gone_at IS NULL",
            args![grant, from, to],
        )
        .await?;
    Ok(set == 1)
}

/// A person wants it to be asked about now. False if nothing is held.
pub async fn approve(tx: &mut Tx, grant: GrantId, now: Time) -> Result<bool> {
    let set = tx
        .run(
            "UPDATE account_reports SET action = 'approved', due_at = $2
             WHERE grant_id = $1 AND action = 'held' AND gone_at IS NULL",
            args![grant, now],
        )
        .await?;
    Ok(set == 1)
}

/// The accounts at this action, those longest there first.
pub async fn at_action(tx: &mut Tx, action: &str) -> Result<Vec<AccountReport>> {
    tx.all(
        "SELECT * FROM account_reports
         WHERE action = $1 AND gone_at IS NULL
         ORDER BY answered_at, grant_id",
        args![action],
    )
    .await
}

/// How many accounts were closed among those asked about since `since`, and how many there are, with those that went
/// since then.
pub async fn closed_of_all(tx: &mut Tx, since: Time) -> Result<(i64, i64)> {
    let closed = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM account_reports
             WHERE answer = 'closed' AND answered_at >= $1",
            args![since],
        )
        .await?;
    let all = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM account_reports
             WHERE gone_at IS NULL OR gone_at >= $1",
            args![since],
        )
        .await?;
    Ok((closed, all))
}

/// When somebody is due next.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Time>> {
    Ok(tx
        .value::<Option<Time>>(
            "SELECT MIN(due_at) FROM account_reports
             WHERE gone_at IS NULL AND action NOT IN ('waiting', 'erasing')",
            vec![],
        )
        .await?
        .flatten())
}

/// Whoever may be asked about need not wait for the time that was drawn. Gives how many.
pub async fn hurry(tx: &mut Tx, before: Time, now: Time) -> Result<u64> {
    tx.run(
        "UPDATE account_reports SET due_at = $2
         WHERE gone_at IS NULL
           AND action NOT IN ('waiting', 'erasing')
           AND due_at > $2
           AND COALESCE(asked_at, fetched_at) <= $1",
        args![before, now],
    )
    .await
}

/// The cycle is another, and `times` as long: what is due moves with it.
pub async fn stretch(tx: &mut Tx, times: f64) -> Result<()> {
    tx.run(
        "UPDATE account_reports
         SET due_at = COALESCE(asked_at, fetched_at)
            + CAST(CAST(due_at - COALESCE(asked_at, fetched_at) AS DOUBLE PRECISION) * $1 AS BIGINT)
         WHERE gone_at IS NULL",
        args![times],
    )
    .await?;
    Ok(())
}

/// One account's row.
pub async fn get(tx: &mut Tx, grant: GrantId) -> Result<Option<AccountReport>> {
    tx.one(
        "SELECT * FROM account_reports WHERE grant_id = $1 AND gone_at IS NULL",
        args![grant],
    )
    .await
}

/// How many accounts there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM account_reports WHERE gone_at IS NULL",
        vec![],
    )
    .await
}

/// How many accounts should have been asked about, or been answered, before these times.
pub async fn count_overdue(tx: &mut Tx, due_before: Time, known_before: Time) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM account_reports
         WHERE gone_at IS NULL
           AND action NOT IN ('waiting', 'erasing')
           AND (due_at < $1 OR COALESCE(answered_at, fetched_at) < $2)",
        args![due_before, known_before],
    )
    .await
}

/// How many accounts were asked about twice in less than `cycle`, in milliseconds. Whoever a person had asked about once
/// more does not count.
pub async fn count_too_often(tx: &mut Tx, cycle: i64) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM account_reports
         WHERE action IN ('none', 'refreshed', 'waiting')
           AND asked_at > before_asked_at
           AND asked_at - before_asked_at < $1",
        args![cycle],
    )
    .await
}

/// How many accounts are at this action.
pub async fn count_at(tx: &mut Tx, action: &str) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM account_reports
         WHERE action = $1 AND gone_at IS NULL",
        args![action],
    )
    .await
}

/// The accounts of a project's connections, newest connection first.
pub async fn of_project(
    tx: &mut Tx,
    project: ProjectId,
    before: Option<ConnectionId>,
    most: i64,
) -> Result<Vec<OfConnection>> {
    tx.all(
        "SELECT c.id AS connection_id, c.site_name, c.state, a.asked_at, a.due_at, a.answered_at, a.answer, a.action
         FROM connections c
         LEFT JOIN account_reports a ON a.grant_id = c.grant_id AND a.gone_at IS NULL
         WHERE c.project_id = $1
           AND c.grant_id IS NOT NULL
           AND ($2 IS NULL OR c.id < $2)
         ORDER BY c.id DESC
         LIMIT $3",
        args![project, before, most],
    )
    .await
}
