//! Is the program able to do its work?

use crate::{App, Result};

/// Answers once both databases answered.
pub async fn ready(app: &App) -> Result<()> {
    let mut tx = app.db.read().await?;
    tx.value::<i64>("SELECT CAST(1 AS BIGINT) AS one", vec![])
        .await?;
    app.vault.epoch().await?;
    Ok(())
}
