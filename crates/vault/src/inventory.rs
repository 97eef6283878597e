//! What the vault's store consists of, for whoever holds the registry of personal data against it.

use upvow_db::Column;
use upvow_domain::Time;

use crate::{Result, Vault};

/// How many rows of a table there are, and how old they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holding {
    /// How many.
    pub rows: i64,
    /// The time of the oldest.
    pub oldest: Option<Time>,
}

impl Vault {
    /// Every column of every table.
    pub async fn columns(&self) -> Result<Vec<Column>> {
        let mut act = self.0.read().await?;
        Ok(act.tx.columns().await?)
    }

    /// What a table holds. Both names are written in the program.
    pub async fn holding(&self, table: &'static str, since: &'static str) -> Result<Holding> {
        let mut act = self.0.read().await?;
        let words = [
            "SELECT CAST(COUNT(*) AS BIGINT) AS n, MIN(",
            since,
            ") AS oldest FROM",
            table,
        ];
        let found = act
            .tx
            .all_made(&words, vec![], |row| {
                Ok(Holding {
                    rows: row.get("n")?,
                    oldest: row.get("oldest")?,
                })
            })
            .await?;
        Ok(found.first().copied().unwrap_or_default())
    }
}
