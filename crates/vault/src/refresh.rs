//! The exchange of tokens: one node at a time, and a write counts only from the one whose turn it still is.

use std::time::Duration;

use upvow_db::args;
use upvow_domain::{
    GrantId, Time,
    secret::{AccessToken, RefreshToken},
};

use crate::{
    Result, Vault,
    grant_row::{ACCESS, GrantRow, REFRESH, Sealing},
};

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
    /// live. The right may be outlived: then the fence makes the late write fail. One that ends far later than ours
    /// would was given by a clock that is ahead: it counts for nothing, or its holder's death would hold up everybody
    /// for as long as the clocks differ. Twice the span leaves room for who read the clock and then waited.
    pub async fn lease_refresh(
        &self,
        id: GrantId,
        lease_for: Duration,
        now: Time,
    ) -> Result<Option<Fence>> {
        let mut act = self.0.write().await?;
        let fence = act
            .tx
            .value::<i64>(
                "UPDATE grants
                 SET fence = fence + 1,
                     lease_until = $3
                 WHERE id = $1
                   AND state = 'live'
                   AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $4)
                 RETURNING fence",
                args![id, now, now.plus(lease_for), now.plus(lease_for * 2)],
            )
            .await?;
        act.commit().await?;
        Ok(fence.map(Fence))
    }

    /// Writes the new tokens and gives the lease back, if the grant is still live, at `expected_version`, and no
    /// later lease was given. False: lost, nothing written; read the grant again.
    pub async fn rotate(
        &self,
        id: GrantId,
        fence: Fence,
        expected_version: i64,
        tokens: NewTokens,
        now: Time,
    ) -> Result<bool> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        let Some(row) = GrantRow::find(tx, id)
            .await?
            .filter(|row| row.version == expected_version)
        else {
            return Ok(false);
        };
        let Some(account) = row.open_account(keys)? else {
            return Ok(false);
        };
        let refresh = match tokens.refresh {
            Some(new) => Some(new),
            None => row.open_refresh(keys)?,
        };
        // Every sealed field is bound to the version, so all are sealed anew.
        let version = expected_version + 1;
        let sealing = Sealing {
            keys,
            id: &id.stored(),
            version,
        };
        let args = args![
            id,
            expected_version,
            fence.0,
            version,
            sealing.account(&account)?,
            sealing.access(ACCESS, Some(&tokens.access))?,
            sealing.refresh(REFRESH, refresh.as_ref())?,
            tokens.scopes.join(" "),
            tokens.expires_at,
            now,
        ];
        let written = tx
            .run(
                "UPDATE grants
                 SET version = $4,
                     account = $5,
                     access = $6,
                     refresh = $7,
                     scopes = $8,
                     expires_at = $9,
                     refreshed_at = $10,
                     lease_until = NULL
                 WHERE id = $1
                   AND version = $2
                   AND fence = $3
                   AND state = 'live'",
                args,
            )
            .await?;
        act.commit().await?;
        Ok(written == 1)
    }

    /// Gives the lease back without a write. Nothing happens if it is another's by now.
    pub async fn release_refresh(&self, id: GrantId, fence: Fence) -> Result<()> {
        let mut act = self.0.write().await?;
        act.tx
            .run(
                "UPDATE grants
                 SET lease_until = NULL
                 WHERE id = $1
                   AND fence = $2",
                args![id, fence.0],
            )
            .await?;
        act.commit().await
    }

    /// Erases the tokens of a grant that Jira refused for good (`invalid_grant`, also after reading it again). The
    /// record stays, so that the same person connecting again finds it. False if it is no longer live at that version.
    pub async fn mark_dead(&self, id: GrantId, expected_version: i64) -> Result<bool> {
        let mut act = self.0.write().await?;
        let written = act
            .tx
            .run(
                "UPDATE grants
                 SET state = 'dead',
                     access = NULL,
                     refresh = NULL,
                     lease_until = NULL
                 WHERE id = $1
                   AND version = $2
                   AND state = 'live'",
                args![id, expected_version],
            )
            .await?;
        act.commit_deletion().await?;
        Ok(written == 1)
    }
}
