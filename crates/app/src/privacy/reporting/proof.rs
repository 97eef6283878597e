//! What the checks of the promises ask of the reporting.

use std::time::Duration;

use upvow_store::account_reports as stored;

use super::{batch, status::status};
use crate::{App, Result};

/// The periodic pass takes up whoever is new; so long one may be unknown to the ledger.
const NEW_FOR: Duration = Duration::from_hours(2);

/// What is wrong with the cycle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cycle {
    /// How many accounts the vault holds.
    pub(crate) held: usize,
    /// Accounts that the vault holds and the ledger does not know.
    pub(crate) unknown: usize,
    /// Accounts that should have been reported, or answered, before.
    pub(crate) overdue: i64,
    /// Accounts that were reported twice in less than a cycle.
    pub(crate) too_often: i64,
}

/// Looks.
pub(crate) async fn cycle(app: &App) -> Result<Cycle> {
    let told = status(app).await?;
    let held = app.vault.consented_before(app.now().minus(NEW_FOR)).await?;
    let mut tx = app.db.read().await?;
    let known = stored::present(&mut tx).await?;
    // A cycle that became longer makes nothing wrong that was right before.
    let standing = stored::standing(&mut tx).await?;
    let shortest = batch::cycle_of(app, &standing).min(app.settings.reporting_cycle);
    let shortest = i64::try_from(shortest.as_millis()).unwrap_or(i64::MAX);
    Ok(Cycle {
        held: held.len(),
        unknown: held.iter().filter(|grant| !known.contains(grant)).count(),
        overdue: told.overdue,
        too_often: stored::count_too_often(&mut tx, shortest).await?,
    })
}
