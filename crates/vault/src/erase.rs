//! Goodbye, step by step. Every step is in the ledger file before it is in the store, and may be taken twice.

use upvow_db::{DbError, FromRow, Row, Tx, args};
use upvow_domain::{
    ErasureId, GrantId, Time,
    secret::{AccessToken, RefreshToken},
};

use crate::{
    Result, Vault,
    grant_row::{GrantRow, REVOKE_ACCESS, REVOKE_REFRESH, Sealing, if_whole},
    keys::Keys,
    ledger::{Step, ToldErasure},
    tombstone,
    words::words,
};

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
    /// Whether there was anything to erase.
    pub held: bool,
    /// When the record was deleted.
    pub finished_at: Option<Time>,
    /// How far the revocation came.
    pub revocation: Option<Revocation>,
    /// Its finality: when the key that could open older copies was destroyed.
    pub epoch_turned_at: Option<Time>,
}

words!(ErasureReason {
    Disconnect = "disconnect",
    Request = "request",
    ClosedAccount = "closed_account",
    Retention = "retention",
});
words!(Revocation {
    AcceptedNotVerified = "accepted_not_verified",
    ConfirmedByProbe = "confirmed_by_probe",
    PersonMustRemove = "person_must_remove",
    NothingToRevoke = "nothing_to_revoke",
});

impl ErasureReason {
    /// Whether the account must not come back by accident.
    pub const fn leaves_tombstone(self) -> bool {
        matches!(self, ErasureReason::Request | ErasureReason::ClosedAccount)
    }
}

impl Vault {
    /// Begins an erasure: ledger first; then the tokens move to a form that only [`Vault::revocable`] opens, any
    /// running refresh loses, and for a request or a closed account the tombstone stands. True if this call began it,
    /// false if it had been begun before. A grant that is already gone is recorded all the same.
    pub async fn begin_erasure(
        &self,
        erasure: ErasureId,
        id: GrantId,
        reason: ErasureReason,
        now: Time,
    ) -> Result<bool> {
        let mut act = self.0.write().await?;
        let (tx, keys) = act.parts();
        if ErasureRow::find(tx, erasure).await?.is_some() {
            return Ok(false);
        }
        let row = GrantRow::find(tx, id).await?;
        let account = match &row {
            Some(row) if reason.leaves_tombstone() => if_whole(row.open_account(keys))?,
            _ => None,
        };
        let tombstone = account.map(|account| tombstone::of(keys, &account, now));
        let told = ToldErasure::begun(id, reason, now, row.is_some(), tombstone);
        // The file first, while nobody else can write: what it says and the store does not is done at the next start.
        self.0.ledger.append(told.beyond(None, erasure)).await?;
        begin(tx, keys, erasure, &told).await?;
        act.commit_deletion().await?;
        Ok(true)
    }

    /// What is there to revoke. `None` if the grant is gone or is not being erased.
    pub async fn revocable(&self, id: GrantId) -> Result<Option<Revocable>> {
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let Some(row) = GrantRow::find(tx, id)
            .await?
            .filter(|row| row.state == "revoke_only")
        else {
            return Ok(None);
        };
        Ok(Some(Revocable {
            access: if_whole(row.open_revoke_access(keys))?,
            refresh: if_whole(row.open_revoke_refresh(keys))?,
            version: row.version,
        }))
    }

    /// Deletes the record and notes how far the revocation came. Finality comes with the next epoch turn. Only the
    /// first call's answer counts; an unknown erasure is left alone.
    pub async fn finish_erasure(
        &self,
        erasure: ErasureId,
        revocation: Revocation,
        now: Time,
    ) -> Result<()> {
        let mut act = self.0.read().await?;
        let found = ErasureRow::find(&mut act.tx, erasure).await?;
        drop(act);
        let Some(row) = found.filter(|row| row.told.finished.is_none()) else {
            return Ok(());
        };
        self.0
            .ledger
            .append(vec![Step::Finished {
                erasure,
                revocation,
                at: now,
            }])
            .await?;
        let mut act = self.0.write().await?;
        finish(&mut act.tx, erasure, row.told.grant, revocation, now).await?;
        act.commit_deletion().await
    }

    /// The erasures to go on with after a crash, oldest first.
    pub async fn open_erasures(&self) -> Result<Vec<OpenErasure>> {
        let mut act = self.0.read().await?;
        let rows = act
            .tx
            .all::<ErasureRow>(
                "SELECT * FROM erasures
                 WHERE finished_at IS NULL
                 ORDER BY begun_at, id",
                vec![],
            )
            .await?;
        let open = |ErasureRow { id, told }| OpenErasure {
            id,
            grant: told.grant,
            reason: told.reason,
            begun_at: told.begun_at,
        };
        Ok(rows.into_iter().map(open).collect())
    }

    /// What the ledger knows of this erasure.
    pub async fn erasure(&self, id: ErasureId) -> Result<Option<ErasureRecord>> {
        let mut act = self.0.read().await?;
        let row = ErasureRow::find(&mut act.tx, id).await?;
        Ok(row.map(|row| row.record().1))
    }

    /// Every erasure of this grant, the first one first. A grant that has one is never of use again.
    pub async fn erasures_of(&self, grant: GrantId) -> Result<Vec<(ErasureId, ErasureRecord)>> {
        let mut act = self.0.read().await?;
        let rows = act
            .tx
            .all::<ErasureRow>(
                "SELECT * FROM erasures
                 WHERE grant_id = $1
                 ORDER BY begun_at, id",
                args![grant],
            )
            .await?;
        Ok(rows.iter().map(ErasureRow::record).collect())
    }

    /// The grants that have an erasure, whatever came of it, each with why the first was begun.
    pub async fn erased_grants(&self) -> Result<Vec<(GrantId, ErasureReason)>> {
        let mut act = self.0.read().await?;
        let rows = act
            .tx
            .all::<ErasureRow>("SELECT * FROM erasures ORDER BY begun_at DESC, id", vec![])
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.told.grant, row.told.reason))
            .collect())
    }

    /// The erasures that became final at this time or later, oldest first: for their receipts.
    pub async fn final_since(&self, since: Time) -> Result<Vec<(ErasureId, ErasureRecord)>> {
        let mut act = self.0.read().await?;
        let rows = act
            .tx
            .all::<ErasureRow>(
                "SELECT * FROM erasures
                 WHERE epoch_turned_at >= $1
                 ORDER BY epoch_turned_at, id",
                args![since],
            )
            .await?;
        Ok(rows.iter().map(ErasureRow::record).collect())
    }
}

/// The store's half of a beginning. May be taken twice; says whether this was the first time.
pub(crate) async fn begin(
    tx: &mut Tx,
    keys: &Keys,
    erasure: ErasureId,
    told: &ToldErasure,
) -> Result<bool> {
    let recorded = tx
        .run(
            "INSERT INTO erasures (id, grant_id, reason, begun_at, held)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO NOTHING",
            args![
                erasure,
                told.grant,
                told.reason.word(),
                told.begun_at,
                told.held
            ],
        )
        .await?;
    if let Some(stone) = &told.tombstone
        && recorded == 1
    {
        tombstone::set_up(tx, erasure, told.reason, told.begun_at, stone).await?;
    }
    if let Some(row) = GrantRow::find(tx, told.grant)
        .await?
        .filter(|row| row.state != "revoke_only")
    {
        withdraw(tx, keys, &row).await?;
    }
    Ok(recorded == 1)
}

/// The store's half of an end. May be taken twice.
pub(crate) async fn finish(
    tx: &mut Tx,
    erasure: ErasureId,
    grant: GrantId,
    revocation: Revocation,
    at: Time,
) -> Result<()> {
    tx.run(
        "UPDATE erasures
         SET finished_at = $2,
             revocation = $3
         WHERE id = $1
           AND finished_at IS NULL",
        args![erasure, at, revocation.word()],
    )
    .await?;
    tx.run("DELETE FROM grants WHERE id = $1", args![grant])
        .await?;
    Ok(())
}

/// Moves the tokens to where no API call finds them. The look-up hash goes, so that the person may connect anew.
pub(crate) async fn withdraw(tx: &mut Tx, keys: &Keys, row: &GrantRow) -> Result<()> {
    let version = row.version + 1;
    let sealing = Sealing {
        keys,
        id: &row.id.stored(),
        version,
    };
    let account = if_whole(row.open_account(keys))?;
    let access = if_whole(row.open_access(keys))?;
    let refresh = if_whole(row.open_refresh(keys))?;
    let args = args![
        row.id,
        version,
        account
            .map(|account| sealing.account(&account))
            .transpose()?,
        sealing.access(REVOKE_ACCESS, access.as_ref())?,
        sealing.refresh(REVOKE_REFRESH, refresh.as_ref())?,
    ];
    tx.run(
        "UPDATE grants
         SET state = 'revoke_only',
             account_hash = NULL,
             version = $2,
             account = $3,
             access = NULL,
             refresh = NULL,
             revoke_access = $4,
             revoke_refresh = $5,
             fence = fence + 1,
             lease_until = NULL
         WHERE id = $1",
        args,
    )
    .await?;
    Ok(())
}

/// A row of `erasures`.
pub(crate) struct ErasureRow {
    pub(crate) id: ErasureId,
    /// Without the tombstone, which has a table of its own.
    pub(crate) told: ToldErasure,
}

impl ErasureRow {
    fn record(&self) -> (ErasureId, ErasureRecord) {
        let told = &self.told;
        let record = ErasureRecord {
            reason: told.reason,
            begun_at: told.begun_at,
            held: told.held,
            finished_at: told.finished.map(|(_, at)| at),
            revocation: told.finished.map(|(revocation, _)| revocation),
            epoch_turned_at: told.final_at,
        };
        (self.id, record)
    }

    pub(crate) async fn find(tx: &mut Tx, id: ErasureId) -> Result<Option<ErasureRow>> {
        Ok(tx
            .one("SELECT * FROM erasures WHERE id = $1", args![id])
            .await?)
    }

    /// The erasures after this one, in order of their ids.
    pub(crate) async fn page(tx: &mut Tx, after: &str) -> Result<Vec<ErasureRow>> {
        Ok(tx
            .all(
                "SELECT * FROM erasures WHERE id > $1 ORDER BY id LIMIT 500",
                args![after],
            )
            .await?)
    }
}

impl FromRow for ErasureRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        let unknown = |column: &str| DbError::Column(column.to_owned());
        let revocation = row
            .get::<Option<String>>("revocation")?
            .map(|word| Revocation::from_word(&word).ok_or_else(|| unknown("revocation")))
            .transpose()?;
        Ok(ErasureRow {
            id: row.get("id")?,
            told: ToldErasure {
                grant: row.get("grant_id")?,
                reason: ErasureReason::from_word(&row.get::<String>("reason")?)
                    .ok_or_else(|| unknown("reason"))?,
                begun_at: row.get("begun_at")?,
                held: row.get("held")?,
                tombstone: None,
                finished: revocation.zip(row.get::<Option<Time>>("finished_at")?),
                final_at: row.get("epoch_turned_at")?,
            },
        })
    }
}
