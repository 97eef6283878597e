//! Erasing by account: everything that is held of a person, found by who they are.

use upvow_db::{Tx, args};
use upvow_domain::{ErasureId, GrantId, Time, secret::AccountId};

use crate::{
    ErasureReason, Result, Vault,
    erase::{self, ErasureRow},
    grant_row::{GrantRow, if_whole},
    keys::Keys,
    ledger::ToldErasure,
    tombstone,
};

/// What an account's erasure was begun as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BegunErasure {
    /// Its id: the one that was offered, or that of an erasure under way which does all that was asked.
    pub id: ErasureId,
    /// The grant that it erases: the account's, or the spare one where nothing was held.
    pub grant: GrantId,
}

impl Vault {
    /// Begins to erase whatever is held of the account; as [`Vault::begin_erasure`]. Where nothing is held, it is
    /// recorded under the id `spare`, and the tombstone is all there is to it: so a stranger's request keeps the
    /// account away, too. No new grant of the account can come in between.
    pub async fn begin_account_erasure(
        &self,
        erasure: ErasureId,
        account: &AccountId,
        spare: GrantId,
        reason: ErasureReason,
        now: Time,
    ) -> Result<BegunErasure> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        let found = of_account(tx, keys, account).await?;
        if let Some(row) = &found
            && let Some(id) = under_way(tx, row.id, reason).await?
        {
            return Ok(BegunErasure { id, grant: row.id });
        }
        let grant = found.as_ref().map_or(spare, |row| row.id);
        let tombstone = reason
            .leaves_tombstone()
            .then(|| tombstone::of(keys, account, now));
        let told = ToldErasure::begun(grant, reason, now, found.is_some(), tombstone);
        self.0.ledger.append(told.beyond(None, erasure)).await?;
        erase::begin(tx, keys, erasure, &told).await?;
        act.commit_deletion().await?;
        Ok(BegunErasure { id: erasure, grant })
    }

    /// Whether anything is held of the account: a grant, dead or alive, or what is left of one that is being erased.
    /// A tombstone is not counted: it is there so that nothing is held.
    pub async fn holds(&self, account: &AccountId) -> Result<bool> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        Ok(of_account(tx, keys, account).await?.is_some())
    }
}

/// The account's grant; else one that is being erased, which no look-up finds any more, so each is opened.
async fn of_account(tx: &mut Tx, keys: &Keys, account: &AccountId) -> Result<Option<GrantRow>> {
    let usable = tx
        .one::<GrantRow>(
            "SELECT * FROM grants WHERE account_hash = $1",
            args![keys.account_hash(account)],
        )
        .await?;
    if usable.is_some() {
        return Ok(usable);
    }
    let leaving = tx
        .all::<GrantRow>(
            "SELECT * FROM grants WHERE state = 'revoke_only' ORDER BY id",
            vec![],
        )
        .await?;
    for row in leaving {
        let whose = if_whole(row.open_account(keys))?;
        if whose.is_some_and(|whose| whose.expose() == account.expose()) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// An erasure of the grant that is under way and leaves behind what this reason would.
async fn under_way(
    tx: &mut Tx,
    grant: GrantId,
    reason: ErasureReason,
) -> Result<Option<ErasureId>> {
    let open = tx
        .all::<ErasureRow>(
            "SELECT * FROM erasures
             WHERE grant_id = $1 AND finished_at IS NULL
             ORDER BY begun_at, id",
            args![grant],
        )
        .await?;
    let does_it_all =
        |row: &&ErasureRow| row.told.reason.leaves_tombstone() || !reason.leaves_tombstone();
    Ok(open.iter().find(does_it_all).map(|row| row.id))
}
