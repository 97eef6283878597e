//! The exchange of tokens: one node at a time, and a write counts only from the one whose turn it still is.

use std::time::Duration;

use upvow_domain::{
    GrantId, Time,
    secret::{AccessToken, RefreshToken},
};

use crate::{Result, Vault, VaultError};

/// The number of a lease: each lease of a grant has a higher one than all before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub(crate) i64);

/// What a refresh brought.
#[derive(Debug)]
pub struct NewTokens {
    /// For calls.
    pub access: AccessToken,
    /// For the next time; `None` keeps the one we have.
    pub refresh: Option<RefreshToken>,
    /// When the access token ends.
    pub expires_at: Time,
    /// What is granted.
    pub scopes: Vec<String>,
}

impl Vault {
    /// The right to refresh this grant until `lease_for` has passed. `None` if somebody holds it, or the grant is not
    /// live. The right may be outlived: then the fence makes the late write fail.
    pub async fn lease_refresh(
        &self,
        _id: GrantId,
        _lease_for: Duration,
        _now: Time,
    ) -> Result<Option<Fence>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Writes the new tokens and gives the lease back, if the grant is still live, at `expected_version`, and no
    /// later lease was given. False: lost, nothing written; read the grant again.
    pub async fn rotate(
        &self,
        _id: GrantId,
        _fence: Fence,
        _expected_version: i64,
        _tokens: NewTokens,
        _now: Time,
    ) -> Result<bool> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Gives the lease back without a write. Nothing happens if it is another's by now.
    pub async fn release_refresh(&self, _id: GrantId, _fence: Fence) -> Result<()> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Erases the tokens of a grant that Jira refused for good (`invalid_grant`, also after reading it again). The
    /// record stays, so that the same person connecting again finds it. False if it is no longer live at that version.
    pub async fn mark_dead(&self, _id: GrantId, _expected_version: i64) -> Result<bool> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
