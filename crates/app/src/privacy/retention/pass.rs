//! The periodic work: whatever is over goes.

use upvow_domain::Time;
use upvow_store::retention::{self as stored, Over};

use super::{Kind, Sweeper, sweeper, sweeper::Rows};
use crate::{App, Result};

/// How many rows go in one transaction, so that others do not wait for long.
const BATCH: u64 = 1_000;
/// How many rounds of that one pass makes of one kind; the next goes on.
const ROUNDS: u32 = 50;

impl From<Rows> for Over {
    fn from(rows: Rows) -> Over {
        Over {
            table: rows.table,
            key: rows.key,
            since: rows.since,
            which: rows.which,
            empties: rows.empties,
        }
    }
}

/// Ends everything whose term is over. Each kind is tried even if another fails; the first failure is told.
pub(crate) async fn sweep(app: &App, now: Time) -> Result<()> {
    let mut first = Ok(());
    for kind in Kind::ALL {
        if let Sweeper::Rows(rows) = sweeper(kind) {
            let before = now.minus(app.settings.retention.of(kind));
            first = first.and(rows_of(app, rows.into(), before).await);
        }
    }
    // Both kinds of the vault know their own ends.
    let swept = app.vault.sweep(now).await;
    first.and(swept.map(drop).map_err(Into::into))
}

async fn rows_of(app: &App, over: Over, before: Time) -> Result<()> {
    for _ in 0..ROUNDS {
        let mut tx = app.db.write().await?;
        let gone = stored::end(&mut tx, &over, before, BATCH.cast_signed()).await?;
        tx.commit().await?;
        if gone < BATCH {
            break;
        }
    }
    Ok(())
}
