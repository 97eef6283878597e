//! The epoch turn. What was deleted is still in old pages, logs and copies; it becomes noise when its key goes.
//!
//! With SQLite the survivors are written into a fresh file, which then takes the old one's name; with PostgreSQL into
//! fresh tables, in one transaction. The order makes every crash harmless: the new key is staged before anything is
//! sealed under it, adopted when the store is the new one, and only then is the old key destroyed. Until the swap the
//! old store and the old key are whole; after it the new ones are. `KeyFolder::settle` tells by the store's epoch.

use std::path::Path;

use upvow_db::{Cell, Db, DbError, FromRow, Row, Tuning, Tx, args, migrate};
use upvow_domain::{ErasureId, Time};
use upvow_events::Event;

use crate::{
    Result, VaultError,
    erase::ErasureRow,
    files,
    grant_row::GrantRow,
    hook::HookRow,
    keys::{KeyFolder, Keys},
    ledger::Step,
    live::{Inner, Live, MIGRATIONS, State, beside, lock, remove_store, store_path},
    replay::make_final,
    store_row::StoreRow,
    verifier::VerifierRow,
};

/// Where a turn has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The new key lies staged in the folder.
    Staged,
    /// The survivors are written, and not yet in place.
    Copied,
    /// The old store is closed (SQLite).
    Closed,
    /// The new store is in place.
    Swapped,
    /// The new key is the epoch's.
    Adopted,
    /// The old key is no more.
    Destroyed,
}

/// Is told each moment of a turn; an error ends the turn there, as a crash would.
pub(crate) type Watch<'a> = &'a (dyn Fn(Moment) -> Result<()> + Send + Sync);

impl Inner {
    pub(crate) async fn turn(&self, now: Time, watch: Watch<'_>) -> Result<u32> {
        let mut state = self.state.write().await;
        let _pass = self.gate.alone().await?;
        match std::mem::replace(&mut *state, State::Stale) {
            State::Closed => {
                *state = State::Closed;
                return Err(VaultError::Unavailable("closed"));
            }
            State::Open(old) => old.db.close().await,
            State::Stale => {}
        }
        // From a fresh look: another node may have turned meanwhile.
        let live = Live::attach(&self.settings, None).await?;
        let turned = match store_path(&self.settings.url)? {
            Some(path) => self.turn_file(&live, &path, now, watch).await,
            None => self.turn_tables(&live, now, watch).await,
        };
        live.db.close().await;
        let finals = turned?
            .into_iter()
            .map(|erasure| Step::Final { erasure, at: now })
            .collect();
        self.ledger.append(finals).await?;
        let live = Live::attach(&self.settings, None).await?;
        let number = live.keys.epoch.number;
        *state = State::Open(Box::new(live));
        Ok(number)
    }

    async fn turn_file(
        &self,
        live: &Live,
        path: &Path,
        now: Time,
        watch: Watch<'_>,
    ) -> Result<Vec<ErasureId>> {
        let folder = KeyFolder::at(&self.settings)?;
        let new = next_keys(&live.keys, &folder, now)?;
        watch(Moment::Staged)?;

        let next = beside(path, ".next");
        remove_store(&next)?;
        drop(files::append_to(&next)?);
        let next_db = Db::connect(
            &format!("sqlite:{}", next.display()),
            Tuning {
                secure_delete: true,
            },
        )
        .await?;
        let copied = copy_file(&live.db, &next_db, &live.keys, &new, now).await;
        next_db.close().await;
        let finals = copied?;
        std::fs::File::open(&next)?.sync_all()?;
        watch(Moment::Copied)?;

        live.db.checkpoint().await?;
        live.db.close().await;
        // A write-ahead log left beside the new file would be taken for the new file's own.
        let log = beside(path, "-wal");
        if std::fs::metadata(&log).is_ok_and(|facts| facts.len() > 0) {
            return Err(VaultError::Unavailable(
                "its file is in use by another program",
            ));
        }
        files::remove(&log)?;
        files::remove(&beside(path, "-shm"))?;
        watch(Moment::Closed)?;

        files::rename(&next, path)?;
        watch(Moment::Swapped)?;
        change_keys(&folder, &live.keys, &new, watch)?;
        Ok(finals)
    }

    async fn turn_tables(
        &self,
        live: &Live,
        now: Time,
        watch: Watch<'_>,
    ) -> Result<Vec<ErasureId>> {
        let mut tx = live.db.write().await?;
        lock(&mut tx, true).await?;
        let folder = KeyFolder::at(&self.settings)?;
        let store = StoreRow::find(&mut tx).await?;
        if store.is_none_or(|store| store.key_id != live.keys.epoch.id) {
            // Another node's turn came first, after this one was asked for: that is as good.
            return Ok(vec![]);
        }
        let new = next_keys(&live.keys, &folder, now)?;
        watch(Moment::Staged)?;

        for sql in [
            "CREATE TABLE grants_next (LIKE grants INCLUDING ALL)",
            "CREATE TABLE hooks_next (LIKE hooks INCLUDING ALL)",
            "CREATE TABLE verifiers_next (LIKE verifiers INCLUDING ALL)",
        ] {
            tx.run(sql, vec![]).await?;
        }
        let mut stores = Stores { from: None, to: tx };
        let finals = copy_sealed(&mut stores, &live.keys, &new, now).await?;
        let mut tx = stores.to;
        for sql in [
            "DROP TABLE grants",
            "DROP TABLE hooks",
            "DROP TABLE verifiers",
            "ALTER TABLE grants_next RENAME TO grants",
            "ALTER TABLE hooks_next RENAME TO hooks",
            "ALTER TABLE verifiers_next RENAME TO verifiers",
        ] {
            tx.run(sql, vec![]).await?;
        }
        watch(Moment::Copied)?;
        tx.commit().await?;
        watch(Moment::Swapped)?;
        change_keys(&folder, &live.keys, &new, watch)?;
        Ok(finals)
    }
}

fn next_keys(old: &Keys, folder: &KeyFolder, now: Time) -> Result<Keys> {
    Ok(Keys {
        store: old.store.clone(),
        epoch: folder.stage(old.epoch.number + 1, now)?,
        suppression: folder.suppression()?,
    })
}

fn change_keys(folder: &KeyFolder, old: &Keys, new: &Keys, watch: Watch<'_>) -> Result<()> {
    folder.adopt(new.epoch.number)?;
    watch(Moment::Adopted)?;
    folder.destroy(old.epoch.number)?;
    watch(Moment::Destroyed)
}

macro_rules! insert_grant {
    ($table:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (id, account_hash, state, version, account, access, refresh, revoke_access, revoke_refresh,
               scopes, expires_at, consented_at, refreshed_at, fence, lease_until)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        )
    };
}
macro_rules! insert_hook {
    ($table:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (id, version, token, kept_at) VALUES ($1, $2, $3, $4)"
        )
    };
}
macro_rules! insert_verifier {
    ($table:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (trip, verifier, expires_at) VALUES ($1, $2, $3)"
        )
    };
}

/// The old store, if it is another than the new one.
struct Stores {
    from: Option<Tx>,
    to: Tx,
}

impl Stores {
    fn from(&mut self) -> &mut Tx {
        self.from.as_mut().unwrap_or(&mut self.to)
    }
}

async fn copy_file(
    from: &Db,
    to: &Db,
    old: &Keys,
    new: &Keys,
    now: Time,
) -> Result<Vec<ErasureId>> {
    migrate(to, MIGRATIONS).await?;
    let mut stores = Stores {
        from: Some(from.read().await?),
        to: to.write().await?,
    };
    copy_open(&mut stores).await?;
    let finals = copy_sealed(&mut stores, old, new, now).await?;
    stores.to.commit().await?;
    to.checkpoint().await?;
    Ok(finals)
}

/// Copies the tables that hold nothing sealed.
async fn copy_open(stores: &mut Stores) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = ErasureRow::page(stores.from(), &after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.stored();
        for ErasureRow { id, told } in page {
            let (revocation, finished_at) = told.finished.unzip();
            stores
                .to
                .run(
                    "INSERT INTO erasures (id, grant_id, reason, begun_at, finished_at, revocation, epoch_turned_at, held)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    args![
                        id,
                        told.grant,
                        told.reason.word(),
                        told.begun_at,
                        finished_at,
                        revocation.map(crate::Revocation::word),
                        told.final_at,
                        told.held,
                    ],
                )
                .await?;
        }
    }
    for row in stores
        .from()
        .all::<StoneCells>("SELECT * FROM tombstones", vec![])
        .await?
    {
        stores
            .to
            .run(
                "INSERT INTO tombstones (hash, erasure_id, scope, reason, begun_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                row.0,
            )
            .await?;
    }
    Ok(())
}

/// Copies the sealed tables under the new keys. A record that does not open is lost: its key is about to go.
async fn copy_sealed(
    stores: &mut Stores,
    old: &Keys,
    new: &Keys,
    now: Time,
) -> Result<Vec<ErasureId>> {
    let mut after = String::new();
    loop {
        let page = GrantRow::page(stores.from(), &after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.stored();
        for mut row in page {
            if is_whole(row.reseal(old, new))? {
                let sql = stores
                    .to
                    .pick(insert_grant!("grants"), insert_grant!("grants_next"));
                stores.to.run(sql, row.cells()).await?;
            }
        }
    }
    after.clear();
    loop {
        let page = HookRow::page(stores.from(), &after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.stored();
        for mut row in page {
            if is_whole(row.reseal(old, new))? {
                let sql = stores
                    .to
                    .pick(insert_hook!("hooks"), insert_hook!("hooks_next"));
                stores
                    .to
                    .run(sql, args![row.id, row.version, row.token, row.kept_at])
                    .await?;
            }
        }
    }
    after.clear();
    loop {
        let page = VerifierRow::page(stores.from(), &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.trip);
        for mut row in page {
            if is_whole(row.reseal(old, new))? {
                let sql = stores.to.pick(
                    insert_verifier!("verifiers"),
                    insert_verifier!("verifiers_next"),
                );
                stores
                    .to
                    .run(sql, args![row.trip, row.verifier, row.expires_at])
                    .await?;
            }
        }
    }
    StoreRow::insert(&mut stores.to, new).await?;
    make_final(&mut stores.to, now).await
}

/// Whether the record could be sealed anew. One that does not open must not hold up everybody's erasure.
fn is_whole(resealed: Result<()>) -> Result<bool> {
    match resealed {
        Ok(()) => Ok(true),
        Err(VaultError::Broken { what }) => {
            Event::RecordLost { what: what.into() }.log();
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// A row of `tombstones` as it is.
struct StoneCells(Vec<Cell>);

impl FromRow for StoneCells {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(StoneCells(args![
            row.get::<Vec<u8>>("hash")?,
            row.get::<ErasureId>("erasure_id")?,
            row.get::<String>("scope")?,
            row.get::<String>("reason")?,
            row.get::<Time>("begun_at")?,
            row.get::<Time>("expires_at")?,
        ]))
    }
}
