//! What the checks of the promises found when they last ran.

use upvow_db::{Result, Tx, args};
use upvow_domain::Time;

use crate::row;

row! {
    /// The last run of one check.
    Proof {
        /// The check.
        name: String,
        /// `pass`, `fail` or `not_applicable`.
        result: String,
        /// What was found, in words of ours; empty for a pass.
        what: String,
        /// When it ran.
        checked_at: Time,
        /// When it last passed.
        passed_at: Option<Time>,
        /// Since when it fails without a break.
        failing_since: Option<Time>,
    }
}

/// Keeps what a check found, over what it found before.
pub async fn keep(tx: &mut Tx, name: &str, result: &str, what: &str, now: Time) -> Result<()> {
    let passed = (result == "pass").then_some(now);
    let failing = (result == "fail").then_some(now);
    tx.run(
        "INSERT INTO proofs (name, result, what, checked_at, passed_at, failing_since)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (name) DO UPDATE
         SET result = excluded.result,
             what = excluded.what,
             checked_at = excluded.checked_at,
             passed_at = COALESCE(excluded.passed_at, proofs.passed_at),
             failing_since = CASE
                 WHEN excluded.failing_since IS NULL THEN NULL
                 ELSE COALESCE(proofs.failing_since, excluded.failing_since)
             END",
        args![name, result, what, now, passed, failing],
    )
    .await?;
    Ok(())
}

/// All of them. One row a check, so this is a short list.
pub async fn all(tx: &mut Tx) -> Result<Vec<Proof>> {
    tx.all("SELECT * FROM proofs ORDER BY name", vec![]).await
}

/// When the check that waited longest ran.
pub async fn oldest(tx: &mut Tx) -> Result<Option<Time>> {
    tx.value("SELECT MIN(checked_at) AS at FROM proofs", vec![])
        .await
        .map(Option::flatten)
}
