//! How much there is of each kind, and how old the oldest is.

use std::time::Duration;

use upvow_domain::Time;
use upvow_events::{Gauge, safe::Word};
use upvow_store::retention::{self as stored, Over};

use super::{Kind, Sweeper, sweeper, sweeper::Rows};
use crate::{App, Result};

/// How a kind stands.
#[derive(Debug, Clone, Copy)]
pub struct Age {
    /// Which.
    pub kind: Kind,
    /// How long it is kept.
    pub term: Duration,
    /// Whether the operator set that.
    pub is_set: bool,
    /// How many there are whose term counts.
    pub rows: i64,
    /// From when on the term of the oldest counts.
    pub oldest: Option<Time>,
}

impl Age {
    /// How old the oldest is, counted like its term.
    pub fn age(&self, now: Time) -> Duration {
        self.oldest.map_or(Duration::ZERO, |at| now.since(at))
    }
}

/// Every kind of the two databases. The log's files know their own age.
pub async fn ages(app: &App) -> Result<Vec<Age>> {
    let mut ages = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        let (rows, oldest) = match sweeper(kind) {
            Sweeper::Rows(rows) => of_rows(app, rows.into()).await?,
            Sweeper::Trail => of_rows(app, TRAIL.into()).await?,
            Sweeper::Vault(table, since) => {
                let held = app.vault.holding(table, since).await?;
                (held.rows, held.oldest)
            }
            Sweeper::LogWriter => continue,
        };
        ages.push(Age {
            kind,
            term: app.settings.retention.of(kind),
            is_set: app.settings.retention.is_set(kind),
            rows,
            oldest,
        });
    }
    Ok(ages)
}

/// The trail, as its age is told.
const TRAIL: Rows = Rows {
    table: "audit",
    key: "id",
    since: "at",
    which: "1 = 1",
    empties: &[],
};

async fn of_rows(app: &App, over: Over) -> Result<(i64, Option<Time>)> {
    let mut tx = app.db.read().await?;
    Ok(stored::oldest(&mut tx, &over).await?)
}

/// Sets the figures of the oldest of each kind.
pub async fn measure(app: &App) -> Result<()> {
    let now = app.now();
    for age in ages(app).await? {
        Gauge::RetentionOldest {
            kind: Word::new(age.kind.name()),
        }
        .set(age.age(now).as_secs_f64());
        Gauge::RetentionTerm {
            kind: Word::new(age.kind.name()),
        }
        .set(age.term.as_secs_f64());
    }
    Ok(())
}
