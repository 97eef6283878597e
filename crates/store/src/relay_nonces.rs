//! Signatures of the relay that were used: none counts twice.

use upvow_db::{Result, Tx, args};
use upvow_domain::Time;

/// Uses a sender's nonce. False if it was used before.
pub async fn spend(tx: &mut Tx, sender: &str, nonce: &str, now: Time) -> Result<bool> {
    let spent = tx
        .run(
            "INSERT INTO relay_nonces (sender, nonce, at)
             VALUES ($1, $2, $3)
             ON CONFLICT (sender, nonce) DO NOTHING",
            args![sender, nonce, now],
        )
        .await?;
    Ok(spent == 1)
}
