//! When each kind of key or secret was last replaced by command.

use upvow_db::{Result, Tx, args};
use upvow_domain::Time;

use crate::row;

row! {
    /// One kind.
    KeyChange {
        /// Its name: `sessions`.
        name: String,
        /// When it was last replaced.
        at: Time,
    }
}

/// Notes that a kind was replaced.
pub async fn set(tx: &mut Tx, name: &str, at: Time) -> Result<()> {
    tx.run(
        "INSERT INTO key_changes (name, at)
         VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        args![name, at],
    )
    .await?;
    Ok(())
}

/// Every kind that was ever replaced; there are a handful.
pub async fn list(tx: &mut Tx) -> Result<Vec<KeyChange>> {
    tx.all("SELECT name, at FROM key_changes ORDER BY name", vec![])
        .await
}
