//! Ending what is over, a bounded number of rows at a time, and how old the oldest is.

use upvow_db::{Result, Tx, args};
use upvow_domain::Time;

/// Which rows: words of the program's own, see [`Tx::run_made`].
#[derive(Debug, Clone, Copy)]
pub struct Over {
    /// The table.
    pub table: &'static str,
    /// Its key.
    pub key: &'static str,
    /// The time that counts.
    pub since: &'static str,
    /// A condition.
    pub which: &'static str,
    /// Columns that are emptied, if the row itself stays.
    pub empties: &'static [&'static str],
}

/// Deletes or empties rows of before `before`, `most` of them at most; gives how many.
pub async fn end(tx: &mut Tx, over: &Over, before: Time, most: i64) -> Result<u64> {
    let mut words = if over.empties.is_empty() {
        vec!["DELETE FROM", over.table]
    } else {
        vec!["UPDATE", over.table, "SET"]
    };
    for (n, column) in over.empties.iter().enumerate() {
        words.extend((n > 0).then_some(","));
        words.extend([*column, "= NULL"]);
    }
    words.extend([
        "WHERE",
        over.key,
        "IN (SELECT",
        over.key,
        "FROM",
        over.table,
        "WHERE",
        over.since,
        "<= $1 AND",
        over.which,
        "LIMIT $2)",
    ]);
    tx.run_made(&words, args![before, most]).await
}

/// How many such rows there are, and the time of the oldest.
pub async fn oldest(tx: &mut Tx, over: &Over) -> Result<(i64, Option<Time>)> {
    let found = tx
        .all_made(
            &[
                "SELECT CAST(COUNT(*) AS BIGINT) AS n, MIN(",
                over.since,
                ") AS oldest FROM",
                over.table,
                "WHERE",
                over.which,
            ],
            vec![],
            |row| Ok((row.get("n")?, row.get("oldest")?)),
        )
        .await?;
    Ok(found.first().copied().unwrap_or((0, None)))
}
