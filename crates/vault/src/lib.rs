//! The sealed store: the only place that holds an accountId or a token.
//!
//! Deleting a row does not erase it: pages, logs, replicas and backups keep copies. So everything here is sealed
//! under an *epoch key* that lives outside every database, and after an erasure the vault *turns its epoch*: the
//! survivors are sealed anew under a new key and the old key is destroyed, which makes every old copy noise.
//!
//! - [`root`]: the root key, which wraps the other keys; `keys`: the key folder; `seal`: how one value is sealed.
//! - `live`: the open vault, and how an operation gets its transaction; `gate`: one turn at a time between processes.
//! - [`grant`]: the authorisations; [`refresh`]: who may exchange a token, and whose write counts.
//! - [`account`]: whatever is held of a person; [`erase`]: goodbye, step by step; `ledger`: the file that no restore can roll back; `replay`: how the two meet.
//! - [`tombstone`]: who must not come back by accident.
//! - [`merge`]: the ledger's copy in a backup, and how it comes back without taking anything back.
//! - `turn`: the epoch turn; [`health`]: what can be said about the vault without opening anything to anybody.
//! - [`signing`]: what leaves as proof is signed here, and verified by anybody.
//! - [`evidence`]: what can be proven of the vault without opening anything to anybody.
//! - [`hook`], [`verifier`]: the two small secrets that are no grant.

pub mod account;
pub mod checkpoints;
pub mod erase;
pub mod error;
pub mod evidence;
pub mod grant;
pub mod health;
pub mod hook;
pub mod inventory;
pub mod merge;
pub mod refresh;
pub mod root;
pub mod signing;
pub mod tombstone;
pub mod verifier;

mod files;
mod gate;
mod grant_row;
mod key_file;
mod keys;
mod ledger;
mod live;
pub mod mail_key;
mod replay;
mod seal;
mod store_row;
mod turn;
mod words;

use std::{path::PathBuf, sync::Arc};

use upvow_domain::Time;

pub use account::BegunErasure;
pub use erase::{ErasureReason, ErasureRecord, OpenErasure, Revocable, Revocation};
pub use error::VaultError;
pub use grant::{Grant, GrantState, KeptGrant, NewGrant};
pub use health::{BrokenRecord, Counts, EpochFacts};
pub use inventory::Holding;
pub use refresh::{Fence, NewTokens};
pub use root::RootKey;
pub use tombstone::Suppression;

use live::Inner;

/// What a call to the vault gives.
pub type Result<T, E = VaultError> = std::result::Result<T, E>;

/// Where the vault is and what opens it.
#[derive(Clone)]
pub struct VaultSettings {
    /// `sqlite:PATH` or `postgres://...`: a database of its own, left out of backups.
    pub url: String,
    /// The folder of the key files and of the erasure ledger; shared by the nodes, outside of databases.
    pub keys_dir: PathBuf,
    /// Opens the key files.
    pub root_key: RootKey,
}

/// The open vault. Clones share it.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

impl Vault {
    /// Opens the vault: brings its schema up to date, finishes an epoch turn that a crash cut short, and replays the
    /// erasure ledger on what it finds. The first epoch is made only where key folder and store are both new.
    ///
    /// Refuses a missing key, a wrong root key, a store that is older than its keys, and keys that do not fit each
    /// other; the error says what to do. It never falls back to plain text.
    pub async fn open(settings: VaultSettings, now: Time) -> Result<Vault> {
        let inner = Inner::new(settings)?;
        inner.attach(now).await?;
        let vault = Vault(Arc::new(inner));
        if let Err(error) = vault.0.replay(now).await {
            vault.close().await;
            return Err(error);
        }
        Ok(vault)
    }

    /// The way out when keys or store are lost: destroys what is left of both (which nobody can read anyway) and
    /// begins empty. Everybody has to connect again; the erasure ledger stays and is replayed, and so do the
    /// tombstones as long as their own key can be opened.
    pub async fn start_over(settings: VaultSettings, now: Time) -> Result<Vault> {
        let inner = Inner::new(settings.clone())?;
        inner.raze().await?;
        let vault = Vault::open(settings, now).await?;
        vault.0.finalise(now).await?;
        Ok(vault)
    }

    /// Seals everything that is left under a new key, writes it into a fresh store and destroys the old key; gives
    /// the new epoch's number. From then on every older copy of the vault is noise. A crash at any step leaves a
    /// vault that [`Vault::open`] sets right. Other calls wait meanwhile.
    pub async fn turn_epoch(&self, now: Time) -> Result<u32> {
        self.0.turn(now, &|_| Ok(())).await
    }

    /// Puts a new random root key in the place of the one in its file, while the vault is in use; the other nodes
    /// notice. A crash leaves one of the two in place, and the vault opens with it. Only for a root key that was read
    /// from a file.
    pub async fn change_root_key(&self) -> Result<()> {
        self.0.change_root_key().await
    }

    /// Lets go of the database and wipes the keys from memory. Every later call says [`VaultError::Unavailable`].
    pub async fn close(&self) {
        self.0.close().await;
    }
}

#[cfg(test)]
mod tests;
