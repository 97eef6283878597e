//! Which part of which clock of a case was used up when.

use upvow_db::{Result, Tx, args};
use upvow_domain::{CaseId, Time};

use crate::row;

row! {
    /// An alarm.
    Alarm {
        /// `law` or `ceiling`.
        clock: String,
        /// 50, 80 or 95.
        percent: i64,
        /// When.
        at: Time,
    }
}

/// Raises one. False if it was raised before.
pub async fn raise(
    tx: &mut Tx,
    case: CaseId,
    clock: &str,
    percent: i64,
    now: Time,
) -> Result<bool> {
    let raised = tx
        .run(
            "INSERT INTO case_alarms (case_id, clock, percent, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (case_id, clock, percent) DO NOTHING",
            args![case, clock, percent, now],
        )
        .await?;
    Ok(raised == 1)
}

/// Those of a case, the gravest last.
pub async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<Alarm>> {
    tx.all(
        "SELECT clock, percent, at FROM case_alarms
         WHERE case_id = $1
         ORDER BY percent, clock",
        args![case],
    )
    .await
}
