//! Tombstones: a keyed hash of an account that asked to be erased, so that it does not come back by accident.

use std::time::Duration;

use upvow_db::{DbError, FromRow, Row, Tx, args};
use upvow_domain::{ErasureId, GrantId, Time, secret::AccountId};

use crate::{
    ErasureReason, Result, Vault,
    grant_row::GrantRow,
    keys::Keys,
    ledger::{KeyedHash, Step, Tombstone},
};

/// How long a tombstone stands. It is itself personal data for whoever holds the suppression key, so it ends.
pub const STANDS_FOR: Duration = Duration::from_hours(400 * 24);

/// The one scope there is: all of this installation.
pub(crate) const SCOPE: &str = "installation";

/// Why an account is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suppression {
    /// The erasure it stands for.
    pub erasure: ErasureId,
    /// Why that was.
    pub reason: ErasureReason,
    /// When it was asked.
    pub since: Time,
}

impl Vault {
    /// What stands in the way of this account, if anything does: the same as [`Vault::suppressed`], and why.
    pub async fn suppression(&self, account: &AccountId, now: Time) -> Result<Option<Suppression>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        Ok(tx
            .one(
                "SELECT erasure_id, reason, begun_at FROM tombstones WHERE hash = $1 AND expires_at > $2",
                args![keys.tombstone(account), now],
            )
            .await?)
    }

    /// Grants that are of use although their account asked to be left alone: only a restore or somebody's meddling
    /// can leave such. No call gets a token of theirs.
    pub async fn suppressed_grants(&self) -> Result<Vec<GrantId>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let mut found = Vec::new();
        if tx.count("SELECT COUNT(*) FROM tombstones", vec![]).await? == 0 {
            return Ok(found);
        }
        let mut after = String::new();
        loop {
            let page = GrantRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            for row in page.iter().filter(|row| row.state != "revoke_only") {
                // One that does not open is a problem of its own, and told as such.
                if let Ok(Some(account)) = row.open_account(keys)
                    && is_set_up(tx, &keys.tombstone(&account)).await?
                {
                    found.push(row.id);
                }
            }
        }
        Ok(found)
    }

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

/// The tombstone of an account.
pub(crate) fn of(keys: &Keys, account: &AccountId, now: Time) -> Tombstone {
    Tombstone {
        hash: KeyedHash(keys.tombstone(account)),
        scope: SCOPE.to_owned(),
        expires_at: now.plus(STANDS_FOR),
    }
}

/// Whether there is one, be it past its time: the sweep takes that away.
pub(crate) async fn is_set_up(tx: &mut Tx, hash: &[u8]) -> Result<bool> {
    Ok(tx
        .count(
            "SELECT COUNT(*) FROM tombstones WHERE hash = $1",
            args![hash],
        )
        .await?
        > 0)
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

impl FromRow for Suppression {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Suppression {
            erasure: row.get("erasure_id")?,
            reason: ErasureReason::from_word(&row.get::<String>("reason")?)
                .ok_or_else(|| DbError::Column("reason".to_owned()))?,
            since: row.get("begun_at")?,
        })
    }
}
