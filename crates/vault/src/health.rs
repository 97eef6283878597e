//! What can be said about the vault without opening anything to anybody.

use upvow_db::{FromRow, Row, Tx, args};
use upvow_domain::{GrantId, Time};

use crate::{
    Result, Vault, VaultError,
    grant_row::GrantRow,
    hook::HookRow,
    keys::{Keys, Place},
    store_row::StoreRow,
    verifier::VerifierRow,
};

/// The present epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochFacts {
    /// Counted from 1.
    pub number: u32,
    /// When it began.
    pub since: Time,
    /// Finished erasures that wait for the next turn to become final.
    pub erasures_waiting: u32,
    /// When the first of them was finished: the clock of the promised limit.
    pub waiting_since: Option<Time>,
}

/// How many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Live grants.
    pub grants: u32,
    /// Grants whose tokens Jira refused for good.
    pub dead: u32,
    /// Grants that are being erased.
    pub revoke_only: u32,
    /// Webhook addresses.
    pub hooks: u32,
    /// Erasures begun and not finished.
    pub open_erasures: u32,
}

/// A record that does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRecord {
    /// Which field of what.
    pub what: &'static str,
    /// The record's id, as stored.
    pub id: String,
}

impl Vault {
    /// The present epoch, and whether a turn is due. A node that calls this now and then also notices within that time
    /// that another one has turned the epoch, and wipes the old key from its memory.
    pub async fn epoch(&self) -> Result<EpochFacts> {
        let mut act = self.0.read().await?;
        let store = StoreRow::find(&mut act.tx)
            .await?
            .ok_or(VaultError::StoreMissing)?;
        let waiting = count(
            &mut act.tx,
            "SELECT COUNT(*) FROM erasures WHERE finished_at IS NOT NULL AND epoch_turned_at IS NULL",
        )
        .await?;
        let waiting_since = act
            .tx
            .value::<Option<Time>>(
                "SELECT MIN(finished_at) FROM erasures WHERE finished_at IS NOT NULL AND epoch_turned_at IS NULL",
                vec![],
            )
            .await?
            .flatten();
        Ok(EpochFacts {
            number: store.epoch,
            since: store.since,
            erasures_waiting: waiting,
            waiting_since,
        })
    }

    /// How many records there are.
    pub async fn counts(&self) -> Result<Counts> {
        let mut act = self.0.read().await?;
        let tx = &mut act.tx;
        Ok(Counts {
            grants: count(tx, "SELECT COUNT(*) FROM grants WHERE state = 'live'").await?,
            dead: count(tx, "SELECT COUNT(*) FROM grants WHERE state = 'dead'").await?,
            revoke_only: count(
                tx,
                "SELECT COUNT(*) FROM grants WHERE state = 'revoke_only'",
            )
            .await?,
            hooks: count(tx, "SELECT COUNT(*) FROM hooks").await?,
            open_erasures: count(
                tx,
                "SELECT COUNT(*) FROM erasures WHERE finished_at IS NULL",
            )
            .await?,
        })
    }

    /// The grants that were consented to before `time` and are not being erased. Whoever keeps connections compares.
    pub async fn consented_before(&self, time: Time) -> Result<Vec<GrantId>> {
        let mut act = self.0.read().await?;
        let rows: Vec<GrantOf> = act
            .tx
            .all(
                "SELECT id FROM grants WHERE consented_at < $1 AND state <> 'revoke_only' ORDER BY id",
                args![time],
            )
            .await?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Opens every record and names those that do not open.
    pub async fn check(&self) -> Result<Vec<BrokenRecord>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let mut broken = Vec::new();
        let mut after = String::new();
        loop {
            let page = GrantRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            broken.extend(page.iter().flat_map(|row| broken_fields(row, keys)));
        }
        after.clear();
        loop {
            let page = HookRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            let unopened = page.iter().filter(|row| row.open(keys).is_err());
            broken.extend(unopened.map(|row| BrokenRecord {
                what: "hook token",
                id: row.id.stored(),
            }));
        }
        after.clear();
        loop {
            let page = VerifierRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.trip);
            let unopened = page.iter().filter(|row| row.open(keys).is_err());
            broken.extend(unopened.map(|row| BrokenRecord {
                what: "verifier",
                id: row.trip.clone(),
            }));
        }
        Ok(broken)
    }

    /// Deletes what has expired: round trips and tombstones, these also in the ledger file. Gives how many records went.
    pub async fn sweep(&self, now: Time) -> Result<u64> {
        let mut act = self.0.write().await?;
        let trips = act
            .tx
            .run("DELETE FROM verifiers WHERE expires_at <= $1", args![now])
            .await?;
        let stones = act
            .tx
            .run("DELETE FROM tombstones WHERE expires_at <= $1", args![now])
            .await?;
        act.commit_deletion().await?;
        self.0.ledger.forget_tombstones(now).await?;
        Ok(trips + stones)
    }
}

fn broken_fields(row: &GrantRow, keys: &Keys) -> Vec<BrokenRecord> {
    let id = row.id.stored();
    let is_broken = |what, sealed: Option<&[u8]>| {
        sealed.is_some_and(|sealed| {
            keys.open(
                Place {
                    what,
                    id: &id,
                    version: row.version,
                },
                sealed,
            )
            .is_err()
        })
    };
    row.fields()
        .into_iter()
        .filter(|&(what, sealed)| is_broken(what, sealed))
        .map(|(what, _)| BrokenRecord {
            what,
            id: id.clone(),
        })
        .collect()
}

async fn count(tx: &mut Tx, sql: &'static str) -> Result<u32> {
    Ok(u32::try_from(tx.count(sql, vec![]).await?).unwrap_or(u32::MAX))
}

struct GrantOf(GrantId);

impl FromRow for GrantOf {
    fn from_row(row: &Row) -> upvow_db::Result<Self> {
        row.get("id").map(GrantOf)
    }
}
