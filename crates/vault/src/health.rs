//! What can be said about the vault without opening anything to anybody.

use upvow_domain::Time;

use crate::{Result, Vault, VaultError};

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
    /// The present epoch, and whether a turn is due.
    pub async fn epoch(&self) -> Result<EpochFacts> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// How many records there are.
    pub async fn counts(&self) -> Result<Counts> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Opens every record and names those that do not open.
    pub async fn check(&self) -> Result<Vec<BrokenRecord>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Deletes what has expired: round trips and tombstones. Gives how many records went.
    pub async fn sweep(&self, _now: Time) -> Result<u64> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
