//! Store and ledger file made to agree. What the file knows and the store does not is done again: so a restored
//! older vault forgets again whom it must. What the store knows and the file does not is added to the file.

use std::collections::BTreeMap;

use upvow_db::{DbError, FromRow, Row, Tx, args};
use upvow_domain::{ErasureId, GrantId, Time};

use crate::{
    Result,
    erase::{self, ErasureRow},
    grant_row::GrantRow,
    keys::Keys,
    ledger::{KeyedHash, Step, Told, ToldErasure, Tombstone},
    live::Inner,
    tombstone,
};

impl Inner {
    /// Makes store and ledger agree.
    pub(crate) async fn replay(&self, now: Time) -> Result<()> {
        let told = self.ledger.read()?;
        let mut act = self.write().await?;
        let (tx, keys) = act.parts();
        let stored = stored(tx).await?;
        let untold: Vec<Step> = stored
            .iter()
            .flat_map(|(&id, known)| known.beyond(told.erasures.get(&id), id))
            .collect();
        catch_up(tx, keys, &told, &stored).await?;
        forget_again(tx, keys).await?;
        agree_on_tombstones(tx, &told, now).await?;
        act.commit_deletion().await?;
        self.ledger.append(untold).await
    }

    /// Notes that every finished erasure is final: no key of older copies is left.
    pub(crate) async fn finalise(&self, now: Time) -> Result<()> {
        let mut act = self.write().await?;
        let ids = make_final(&mut act.tx, now).await?;
        act.commit().await?;
        self.ledger
            .append(
                ids.into_iter()
                    .map(|erasure| Step::Final { erasure, at: now })
                    .collect(),
            )
            .await
    }
}

/// The store's finished erasures become final; gives those that were not.
pub(crate) async fn make_final(tx: &mut Tx, now: Time) -> Result<Vec<ErasureId>> {
    struct Finished(ErasureId);
    impl FromRow for Finished {
        fn from_row(row: &Row) -> Result<Self, DbError> {
            row.get("id").map(Finished)
        }
    }
    let ids = tx
        .all::<Finished>(
            "UPDATE erasures
             SET epoch_turned_at = $1
             WHERE finished_at IS NOT NULL
               AND epoch_turned_at IS NULL
             RETURNING id",
            args![now],
        )
        .await?;
    Ok(ids.into_iter().map(|Finished(id)| id).collect())
}

async fn stored(tx: &mut Tx) -> Result<BTreeMap<ErasureId, ToldErasure>> {
    let mut stored = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = ErasureRow::page(tx, &after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.stored();
        stored.extend(page.into_iter().map(|row| (row.id, row.told)));
    }
    for row in tx
        .all::<StoneRow>("SELECT * FROM tombstones", vec![])
        .await?
    {
        if let Some(told) = stored.get_mut(&row.erasure) {
            told.tombstone = Some(row.stone);
        }
    }
    Ok(stored)
}

/// The steps that the file tells beyond the store.
async fn catch_up(
    tx: &mut Tx,
    keys: &Keys,
    told: &Told,
    stored: &BTreeMap<ErasureId, ToldErasure>,
) -> Result<()> {
    for (&id, erasure) in &told.erasures {
        for step in erasure.beyond(stored.get(&id), id) {
            match step {
                Step::Begun { .. } => {
                    // Its tombstone may have been lifted since; that is looked at as a whole.
                    let erasure = ToldErasure {
                        tombstone: None,
                        ..erasure.clone()
                    };
                    erase::begin(tx, keys, id, &erasure).await?;
                }
                Step::Finished { revocation, at, .. } => {
                    erase::finish(tx, id, erasure.grant, revocation, at).await?;
                }
                Step::Final { at, .. } => {
                    tx.run(
                        "UPDATE erasures SET epoch_turned_at = $2 WHERE id = $1",
                        args![id, at],
                    )
                    .await?;
                }
                Step::Lifted { .. } => {}
            }
        }
    }
    Ok(())
}

/// A grant may be back although its erasure is known: then its row is of an older copy.
async fn forget_again(tx: &mut Tx, keys: &Keys) -> Result<()> {
    struct Back(GrantId);
    impl FromRow for Back {
        fn from_row(row: &Row) -> Result<Self, DbError> {
            row.get("grant_id").map(Back)
        }
    }
    tx.run(
        "DELETE FROM grants
         WHERE id IN (SELECT grant_id FROM erasures WHERE finished_at IS NOT NULL)",
        vec![],
    )
    .await?;
    let back = tx
        .all::<Back>(
            "SELECT DISTINCT e.grant_id
             FROM erasures e
             JOIN grants g ON g.id = e.grant_id
             WHERE g.state <> 'revoke_only'",
            vec![],
        )
        .await?;
    for Back(grant) in back {
        if let Some(row) = GrantRow::find(tx, grant).await? {
            erase::withdraw(tx, keys, &row).await?;
        }
    }
    Ok(())
}

async fn agree_on_tombstones(tx: &mut Tx, told: &Told, now: Time) -> Result<()> {
    for (hash, erasure) in &told.tombstones {
        let Some(id) = erasure else {
            tombstone::delete(tx, &hash.0).await?;
            continue;
        };
        let Some(erasure) = told.erasures.get(id) else {
            continue;
        };
        if let Some(stone) = erasure
            .tombstone
            .as_ref()
            .filter(|stone| stone.expires_at > now)
            && tombstone::standing(tx, &hash.0, now).await?.is_none()
        {
            tombstone::set_up(tx, *id, erasure.reason, erasure.begun_at, stone).await?;
        }
    }
    Ok(())
}

/// A row of `tombstones`.
pub(crate) struct StoneRow {
    pub(crate) erasure: ErasureId,
    pub(crate) stone: Tombstone,
}

impl FromRow for StoneRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(StoneRow {
            erasure: row.get("erasure_id")?,
            stone: Tombstone {
                hash: KeyedHash(row.get("hash")?),
                scope: row.get("scope")?,
                expires_at: row.get("expires_at")?,
            },
        })
    }
}
