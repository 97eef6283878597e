//! Tombstones: a keyed hash of an account that asked to be erased, so that it does not come back by accident.

use std::time::Duration;

use upvow_db::{Tx, args};
use upvow_domain::{ErasureId, Time, secret::AccountId};

use crate::{
    ErasureReason, Result, Vault,
    ledger::{KeyedHash, Step, Tombstone},
};

/// How long a tombstone stands. It is itself personal data for whoever holds the suppression key, so it ends.
pub const STANDS_FOR: Duration = Duration::from_hours(400 * 24);

/// The one scope there is: all of this installation.
pub(crate) const SCOPE: &str = "installation";

impl Vault {
    /// Since when the account wants to be left alone, if it does. To be asked at the OAuth callback before any write.
    pub async fn suppressed(&self, account: &AccountId, now: Time) -> Result<Option<Time>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        standing(tx, &keys.tombstone(account), now).await
    }

    /// Takes the tombstone away, because the person signed in with Atlassian again and confirmed it. False if there
    /// was none.
    pub async fn lift_suppression(&self, account: &AccountId, now: Time) -> Result<bool> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let hash = keys.tombstone(account);
        let stands = standing(tx, &hash, now).await?.is_some();
        drop(act);
        if !stands {
            return Ok(false);
        }
        self.0
            .ledger
            .append(vec![Step::Lifted {
                tombstone: KeyedHash(hash.clone()),
                at: now,
            }])
            .await?;
        let mut act = self.0.write().await?;
        delete(&mut act.tx, &hash).await?;
        act.commit_deletion().await?;
        Ok(true)
    }
}

/// Since when this tombstone stands.
pub(crate) async fn standing(tx: &mut Tx, hash: &[u8], now: Time) -> Result<Option<Time>> {
    Ok(tx
        .value(
            "SELECT begun_at FROM tombstones WHERE hash = $1 AND expires_at > $2",
            args![hash, now],
        )
        .await?)
}

/// Sets a tombstone up, or renews it.
pub(crate) async fn set_up(
    tx: &mut Tx,
    erasure: ErasureId,
    reason: ErasureReason,
    begun_at: Time,
    stone: &Tombstone,
) -> Result<()> {
    tx.run(
        "INSERT INTO tombstones (hash, erasure_id, scope, reason, begun_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (hash) DO UPDATE
         SET erasure_id = excluded.erasure_id,
             reason = excluded.reason,
             begun_at = excluded.begun_at,
             expires_at = excluded.expires_at",
        args![
            &stone.hash.0[..],
            erasure,
            stone.scope.as_str(),
            reason.word(),
            begun_at,
            stone.expires_at
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, hash: &[u8]) -> Result<u64> {
    Ok(tx
        .run("DELETE FROM tombstones WHERE hash = $1", args![hash])
        .await?)
}
