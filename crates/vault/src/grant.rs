//! Grants: one per Atlassian account for this app.

use upvow_domain::{
    GrantId, Time,
    secret::{AccessToken, AccountId, RefreshToken},
};

use crate::{Result, Vault, VaultError};

/// What an OAuth exchange brought.
#[derive(Debug)]
pub struct NewGrant {
    /// Who authorised us.
    pub account: AccountId,
    /// For calls.
    pub access: AccessToken,
    /// For the next access token, if `offline_access` was granted.
    pub refresh: Option<RefreshToken>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When the access token ends.
    pub expires_at: Time,
}

/// Where a grant was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptGrant {
    /// The account's grant: the id that was offered, or the one the account had.
    pub id: GrantId,
    /// Whether the account had one, whose tokens are replaced now.
    pub replaced: bool,
}

/// Whether a grant can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// Its tokens are believed good.
    Live,
    /// Jira refused its refresh token for good; the tokens are erased. The same person connecting again revives it.
    Dead,
}

/// An opened grant.
#[derive(Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// For calls; `None` once it is dead.
    pub access: Option<AccessToken>,
    /// For the next access token.
    pub refresh: Option<RefreshToken>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When the access token ends.
    pub expires_at: Time,
    /// When the person last said yes.
    pub consented_at: Time,
    /// When the tokens last changed.
    pub refreshed_at: Time,
    /// Counts every change of the tokens.
    pub version: i64,
    /// Whether it can be used.
    pub state: GrantState,
}

impl Vault {
    /// Keeps what an OAuth exchange brought. An account that has a grant keeps its id: tokens replaced, version + 1,
    /// and any running refresh loses. `id` is used for a new account. An account whose erasure is under way counts as
    /// new. [`VaultError::Suppressed`] if the account asked to be erased.
    pub async fn keep_grant(
        &self,
        _id: GrantId,
        _grant: NewGrant,
        _now: Time,
    ) -> Result<KeptGrant> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// The grant with its tokens. `None` when it is gone or being erased.
    pub async fn open_grant(&self, _id: GrantId) -> Result<Option<Grant>> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Whether the grant is this account's. False when it is gone or being erased.
    pub async fn account_is(&self, _id: GrantId, _account: &AccountId) -> Result<bool> {
        Err(VaultError::Unavailable("unfinished"))
    }

    /// Whose grant it is: for the reporting of personal data and nothing else. `None` when it is gone or being erased.
    pub async fn account_of(&self, _id: GrantId) -> Result<Option<AccountId>> {
        Err(VaultError::Unavailable("unfinished"))
    }
}
