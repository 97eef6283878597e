//! Tombstones: a keyed hash of an account that asked to be erased, so that it does not come back by accident.

use upvow_domain::{Time, secret::AccountId};

use crate::{Result, Vault, VaultError};

impl Vault {
    /// Since when the account wants to be left alone, if it does. To be asked at the OAuth callback before any write.
    pub async fn suppressed(&self, _account: &AccountId, _now: Time) -> Result<Option<Time>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Takes the tombstone away, because the person signed in with Atlassian again and confirmed it. False if there
    /// was none.
    pub async fn lift_suppression(&self, _account: &AccountId, _now: Time) -> Result<bool> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
