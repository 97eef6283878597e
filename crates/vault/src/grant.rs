//! Grants: one per Atlassian account for this app.

use aws_lc_rs::constant_time;
use upvow_db::{Tx, args};
use upvow_domain::{
    GrantId, Time,
    secret::{AccessToken, AccountId, RefreshToken},
};

use crate::{
    Result, Vault, VaultError,
    grant_row::{ACCESS, GrantRow, REFRESH, Sealing},
    tombstone,
};

/// What a grant holds of a person, for whoever is told that it is erased.
pub const CONTENTS: &[&str] = &[
    "account identifier",
    "access token",
    "refresh token",
    "scopes and times of the authorisation",
];

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
    pub async fn keep_grant(&self, id: GrantId, grant: NewGrant, now: Time) -> Result<KeptGrant> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        if let Some(since) = tombstone::standing(tx, &keys.tombstone(&grant.account), now).await? {
            return Err(VaultError::Suppressed { since });
        }
        // One past its time would still keep the grant from being opened until it is swept.
        tombstone::delete(tx, &keys.tombstone(&grant.account)).await?;
        let hash = keys.account_hash(&grant.account);
        let had = tx
            .one::<GrantRow>(
                "SELECT * FROM grants WHERE account_hash = $1",
                args![hash.clone()],
            )
            .await?;
        let kept = KeptGrant {
            id: had.as_ref().map_or(id, |had| had.id),
            replaced: had.is_some(),
        };
        let version = had.map_or(1, |had| had.version + 1);
        let sealing = Sealing {
            keys,
            id: &kept.id.stored(),
            version,
        };
        let args = args![
            kept.id,
            hash,
            version,
            sealing.account(&grant.account)?,
            sealing.access(ACCESS, Some(&grant.access))?,
            sealing.refresh(REFRESH, grant.refresh.as_ref())?,
            grant.scopes.join(" "),
            grant.expires_at,
            now,
        ];
        let sql = if kept.replaced {
            "UPDATE grants
             SET account_hash = $2,
                 state = 'live',
                 version = $3,
                 account = $4,
                 access = $5,
                 refresh = $6,
                 scopes = $7,
                 expires_at = $8,
                 consented_at = $9,
                 refreshed_at = $9,
                 fence = fence + 1,
                 lease_until = NULL
             WHERE id = $1"
        } else {
            "INSERT INTO grants (id, account_hash, state, version, account, access, refresh,
                                 scopes, expires_at, consented_at, refreshed_at, fence)
             VALUES ($1, $2, 'live', $3, $4, $5, $6, $7, $8, $9, $9, 0)"
        };
        tx.run(sql, args).await?;
        act.commit().await?;
        Ok(kept)
    }

    /// The grant with its tokens. `None` when it is gone or being erased, or its account asked to be left alone.
    pub async fn open_grant(&self, id: GrantId) -> Result<Option<Grant>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let Some(row) = find_usable(tx, id).await? else {
            return Ok(None);
        };
        // Whatever brought it back: who asked to be left alone is.
        if let Some(account) = row.open_account(keys)?
            && tombstone::is_set_up(tx, &keys.tombstone(&account)).await?
        {
            return Ok(None);
        }
        Ok(Some(Grant {
            id,
            access: row.open_access(keys)?,
            refresh: row.open_refresh(keys)?,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            expires_at: row.expires_at,
            consented_at: row.consented_at,
            refreshed_at: row.refreshed_at,
            version: row.version,
            state: if row.state == "live" {
                GrantState::Live
            } else {
                GrantState::Dead
            },
        }))
    }

    /// Whether the grant is this account's. False when it is gone or being erased.
    pub async fn account_is(&self, id: GrantId, account: &AccountId) -> Result<bool> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let row = find_usable(tx, id).await?;
        Ok(row.is_some_and(|row| {
            let asked = keys.account_hash(account);
            row.account_hash
                .is_some_and(|hash| constant_time::verify_slices_are_equal(&hash, &asked).is_ok())
        }))
    }

    /// The grant that this account has, if it has one: the one that [`Vault::keep_grant`] would put new tokens into.
    pub async fn grant_of(&self, account: &AccountId) -> Result<Option<GrantId>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let row = tx
            .one::<GrantRow>(
                "SELECT * FROM grants WHERE account_hash = $1",
                args![keys.account_hash(account)],
            )
            .await?;
        Ok(row.map(|row| row.id))
    }

    /// Whose grant it is: for the reporting of personal data and nothing else. `None` when it is gone or being erased.
    pub async fn account_of(&self, id: GrantId) -> Result<Option<AccountId>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        match find_usable(tx, id).await? {
            Some(row) => row.open_account(keys),
            None => Ok(None),
        }
    }
}

async fn find_usable(tx: &mut Tx, id: GrantId) -> Result<Option<GrantRow>> {
    Ok(GrantRow::find(tx, id)
        .await?
        .filter(|row| row.state != "revoke_only"))
}
