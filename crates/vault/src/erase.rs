//! Goodbye, step by step. Every step is in the ledger file before it is in the store, and may be taken twice.

use upvow_domain::{
    ErasureId, GrantId, Time,
    secret::{AccessToken, RefreshToken},
};

use crate::{Result, Vault, VaultError};

/// Why a grant is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureReason {
    /// Somebody disconnected. The person may connect again at any time.
    Disconnect,
    /// The person, or their law, asked for it. Leaves a tombstone.
    Request,
    /// Atlassian reported the account closed. Leaves a tombstone.
    ClosedAccount,
    /// Kept for as long as was promised.
    Retention,
}

/// How far the revocation of the tokens at Atlassian came; never more than is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Atlassian took the request; whether it acted on it was not seen.
    AcceptedNotVerified,
    /// A later use of the token was refused with `invalid_grant`.
    ConfirmedByProbe,
    /// It did not work: the person has to remove the app in their Atlassian account.
    PersonMustRemove,
    /// There were no tokens any more.
    NothingToRevoke,
}

/// The tokens of a grant that is being erased: good for deleting our webhooks and for revoking, and for nothing else.
#[derive(Debug)]
pub struct Revocable {
    /// For deleting webhooks.
    pub access: Option<AccessToken>,
    /// For revoking.
    pub refresh: Option<RefreshToken>,
    /// The record's version.
    pub version: i64,
}

/// An erasure that is begun and not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenErasure {
    /// Its id.
    pub id: ErasureId,
    /// The grant it erases.
    pub grant: GrantId,
    /// Why.
    pub reason: ErasureReason,
    /// When it was begun.
    pub begun_at: Time,
}

/// What the ledger knows of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureRecord {
    /// Why.
    pub reason: ErasureReason,
    /// When it was begun.
    pub begun_at: Time,
    /// When the record was deleted.
    pub finished_at: Option<Time>,
    /// How far the revocation came.
    pub revocation: Option<Revocation>,
    /// Its finality: when the key that could open older copies was destroyed.
    pub epoch_turned_at: Option<Time>,
}

impl Vault {
    /// Begins an erasure: ledger first; then the tokens move to a form that only [`Vault::revocable`] opens, any
    /// running refresh loses, and for a request or a closed account the tombstone stands. True if this call began it,
    /// false if it had been begun before. A grant that is already gone is recorded all the same.
    pub async fn begin_erasure(
        &self,
        _erasure: ErasureId,
        _id: GrantId,
        _reason: ErasureReason,
        _now: Time,
    ) -> Result<bool> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// What is there to revoke. `None` if the grant is gone or is not being erased.
    pub async fn revocable(&self, _id: GrantId) -> Result<Option<Revocable>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Deletes the record and notes how far the revocation came. Finality comes with the next epoch turn. Only the
    /// first call's answer counts; an unknown erasure is left alone.
    pub async fn finish_erasure(
        &self,
        _erasure: ErasureId,
        _revocation: Revocation,
        _now: Time,
    ) -> Result<()> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// The erasures to go on with after a crash, oldest first.
    pub async fn open_erasures(&self) -> Result<Vec<OpenErasure>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// What the ledger knows of this erasure.
    pub async fn erasure(&self, _id: ErasureId) -> Result<Option<ErasureRecord>> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
