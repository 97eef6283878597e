//! The vault while it is open, and how an operation gets its transaction.
//!
//! Another node, or a command beside the server, may turn the epoch at any time. So an operation looks, in its own
//! transaction, whether the store still is of the epoch whose key it has; if not, the vault is opened again and the
//! operation starts over. A turn is alone: with PostgreSQL by an advisory lock (which every write takes), with SQLite
//! by the write lock and the gate.

use std::path::{Path, PathBuf};

use tokio::sync::{RwLock, RwLockReadGuard};
use upvow_db::{Db, Migration, Tuning, Tx, migrate};
use upvow_domain::Time;
use upvow_events::Event;

use crate::{
    Result, VaultError, VaultSettings, files,
    gate::{Gate, Pass},
    keys::{KeyFolder, Keys},
    ledger::Ledger,
    mail_key, seal, signing,
    store_row::StoreRow,
};

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_vault",
        sql: include_str!("../migrations/0001_vault.sql"),
    },
    Migration {
        name: "0002_erasures_held",
        sql: include_str!("../migrations/0002_erasures_held.sql"),
    },
];

/// What every clone of the vault shares.
pub(crate) struct Inner {
    pub(crate) settings: VaultSettings,
    pub(crate) gate: Gate,
    pub(crate) ledger: Ledger,
    pub(crate) state: RwLock<State>,
}

pub(crate) enum State {
    Open(Box<Live>),
    /// To be opened by the next operation: a turn failed half-way.
    Stale,
    Closed,
}

/// The open store with its keys.
pub(crate) struct Live {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    file: Option<(u64, u64)>,
}

/// One operation: its transaction, the keys that fit, and the right to be in the vault.
pub(crate) struct Act<'a> {
    pub(crate) tx: Tx,
    live: RwLockReadGuard<'a, Live>,
    _pass: Pass,
}

impl Inner {
    pub(crate) fn new(settings: VaultSettings) -> Result<Inner> {
        let path = store_path(&settings.url)?;
        Ok(Inner {
            gate: Gate::before(path.as_deref()),
            ledger: Ledger::at(&settings.keys_dir),
            state: RwLock::new(State::Stale),
            settings,
        })
    }

    /// Opens the vault for the first time.
    pub(crate) async fn attach(&self, now: Time) -> Result<()> {
        let mut state = self.state.write().await;
        let _pass = self.gate.alone().await?;
        *state = State::Open(Box::new(Live::attach(&self.settings, Some(now)).await?));
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let mut state = self.state.write().await;
        if let State::Open(live) = std::mem::replace(&mut *state, State::Closed) {
            live.db.close().await;
        }
    }

    /// Puts a new root key in the place of the old one. Every key is wrapped by both until the new one is in place.
    pub(crate) async fn change_root_key(&self) -> Result<()> {
        let mut state = self.state.write().await;
        let State::Open(live) = &mut *state else {
            return Err(VaultError::Unavailable("closed"));
        };
        let _pass = self.gate.alone().await?;
        let mut tx = live.db.write().await?;
        lock(&mut tx, true).await?;
        let old = self.settings.root_key.latest();
        let new = old.draft()?;
        KeyFolder::at(&self.settings)?.wrap_for(&new)?;
        old.replace_by(&new)?;
        KeyFolder::at(&self.settings)?.unwrap_for_others()
    }

    /// Destroys every epoch key and empties the store. The keys first: what a crash leaves is refused as unreadable.
    pub(crate) async fn raze(&self) -> Result<()> {
        let _pass = self.gate.alone().await?;
        let folder = KeyFolder::at(&self.settings)?;
        folder.destroy_all()?;
        if let Err(VaultError::WrongRootKey | VaultError::KeyDamaged) = folder.suppression() {
            Event::SuppressionKeyLost {}.log();
            folder.destroy_suppression()?;
        }
        if let Err(VaultError::WrongRootKey | VaultError::KeyDamaged) = signing::check(&folder) {
            Event::SigningKeyLost {}.log();
            signing::destroy(&folder)?;
        }
        mail_key::destroy_unopened(&folder)?;
        if let Some(path) = store_path(&self.settings.url)? {
            remove_store(&beside(&path, ".next"))?;
            return remove_store(&path);
        }
        let db = Db::connect(
            &self.settings.url,
            Tuning {
                secure_delete: true,
            },
        )
        .await?;
        let emptied = empty(&db).await;
        db.close().await;
        emptied
    }

    /// An operation that reads one consistent picture.
    pub(crate) async fn read(&self) -> Result<Act<'_>> {
        self.act(false).await
    }

    /// An operation that may write. With PostgreSQL, writes take turns: they are few, and each then sees the last.
    pub(crate) async fn write(&self) -> Result<Act<'_>> {
        self.act(true).await
    }

    async fn act(&self, writes: bool) -> Result<Act<'_>> {
        // Each round but the first means that somebody turned the epoch meanwhile, so this ends; the bound is for bugs.
        for _ in 0..50 {
            let mut seen = None;
            if let Ok(live) = RwLockReadGuard::try_map(self.state.read().await, State::open) {
                let pass = self.gate.shared().await?;
                seen = Some(live.keys.epoch.id.clone());
                if live.file == identity(&self.settings.url)? {
                    let mut tx = if writes {
                        live.db.write().await?
                    } else {
                        live.db.read().await?
                    };
                    lock(&mut tx, writes).await?;
                    let store = StoreRow::find(&mut tx).await?;
                    if store.is_some_and(|s| s.key_id == live.keys.epoch.id) {
                        return Ok(Act {
                            tx,
                            live,
                            _pass: pass,
                        });
                    }
                }
            }
            self.open_again(seen).await?;
        }
        Err(VaultError::Unavailable("the epoch keeps turning"))
    }

    /// Opens the vault again, unless somebody has done so since the key `seen` was found not to fit.
    async fn open_again(&self, seen: Option<String>) -> Result<()> {
        let mut state = self.state.write().await;
        match &*state {
            State::Closed => return Err(VaultError::Unavailable("closed")),
            State::Open(live) if seen.as_ref() != Some(&live.keys.epoch.id) => return Ok(()),
            State::Open(_) | State::Stale => {}
        }
        if let State::Open(old) = std::mem::replace(&mut *state, State::Stale) {
            old.db.close().await;
        }
        let _pass = self.gate.alone().await?;
        *state = State::Open(Box::new(Live::attach(&self.settings, None).await?));
        Ok(())
    }
}

impl State {
    fn open(&self) -> Option<&Live> {
        match self {
            State::Open(live) => Some(live),
            State::Stale | State::Closed => None,
        }
    }
}

impl Act<'_> {
    /// The transaction and the keys, at once.
    pub(crate) fn parts(&mut self) -> (&mut Tx, &Keys) {
        (&mut self.tx, &self.live.keys)
    }

    pub(crate) async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }

    /// Commits a deletion and leaves no old page of it in SQLite's write-ahead log.
    pub(crate) async fn commit_deletion(self) -> Result<()> {
        self.tx.commit().await?;
        Ok(self.live.db.checkpoint().await?)
    }
}

impl Live {
    /// Connects, brings the schema up to date, clears away what a crash left, and loads the keys. With `founded_at`,
    /// a vault whose store and key folder are both new is founded. The caller is alone at the gate.
    pub(crate) async fn attach(settings: &VaultSettings, founded_at: Option<Time>) -> Result<Live> {
        if let Some(path) = store_path(&settings.url)? {
            // Left by a turn that never happened.
            remove_store(&beside(&path, ".next"))?;
            // SQLite would make it readable by others.
            drop(files::append_to(&path)?);
        }
        let db = Db::connect(
            &settings.url,
            Tuning {
                secure_delete: true,
            },
        )
        .await?;
        match Self::load(&db, settings, founded_at).await {
            Ok(keys) => Ok(Live {
                db,
                keys,
                file: identity(&settings.url)?,
            }),
            Err(error) => {
                db.close().await;
                Err(error)
            }
        }
    }

    async fn load(db: &Db, settings: &VaultSettings, founded_at: Option<Time>) -> Result<Keys> {
        migrate(db, MIGRATIONS).await?;
        let mut tx = db.write().await?;
        lock(&mut tx, true).await?;
        let folder = KeyFolder::at(settings)?;
        let found = StoreRow::find(&mut tx).await?;
        let Some(epoch) = folder.settle(found.as_ref())? else {
            let now = founded_at.ok_or(VaultError::StoreMissing)?;
            folder.forget_drafts()?;
            let keys = found_store(tx, &folder, now).await?;
            signing::settle(&folder, now)?;
            return Ok(keys);
        };
        let store = found.ok_or(VaultError::StoreMissing)?;
        let keys = Keys {
            store: store.store_id.clone(),
            epoch,
            suppression: folder.suppression()?,
        };
        if !store.is_proven(&keys) {
            return Err(VaultError::KeyDamaged);
        }
        // Nobody else is at the keys, so what another root key wraps is of a change that a crash cut short.
        folder.unwrap_for_others()?;
        folder.forget_drafts()?;
        if let Some(now) = founded_at {
            signing::settle(&folder, now)?;
        }
        tx.commit().await?;
        Ok(keys)
    }
}

async fn empty(db: &Db) -> Result<()> {
    migrate(db, MIGRATIONS).await?;
    let mut tx = db.write().await?;
    lock(&mut tx, true).await?;
    for sql in [
        "DELETE FROM vault",
        "DELETE FROM grants",
        "DELETE FROM hooks",
        "DELETE FROM verifiers",
        "DELETE FROM erasures",
        "DELETE FROM tombstones",
    ] {
        tx.run(sql, vec![]).await?;
    }
    Ok(tx.commit().await?)
}

/// The first epoch. Its key is staged until the store says that it is the store's.
async fn found_store(mut tx: Tx, folder: &KeyFolder, now: Time) -> Result<Keys> {
    let suppression = folder.suppression_or_new(now)?;
    let epoch = folder.stage(1, now)?;
    let mut id = [0; 16];
    seal::random(&mut id)?;
    let keys = Keys {
        store: seal::hex(&id),
        epoch,
        suppression,
    };
    StoreRow::insert(&mut tx, &keys).await?;
    tx.commit().await?;
    folder.adopt(1)?;
    Ok(keys)
}

/// With PostgreSQL: a writer is alone among writers. A reader waits here for a turn that is about to replace the
/// tables; its picture is taken after this statement, so it can never be that of empty new tables.
pub(crate) async fn lock(tx: &mut Tx, writes: bool) -> Result<()> {
    let sql = if writes {
        tx.pick("SELECT 1", "SELECT pg_advisory_xact_lock(7206)")
    } else {
        tx.pick(
            "SELECT 1",
            "LOCK TABLE grants, hooks, verifiers IN ACCESS SHARE MODE",
        )
    };
    tx.run(sql, vec![]).await?;
    Ok(())
}

/// The file of a vault in SQLite; `None` for PostgreSQL.
pub(crate) fn store_path(url: &str) -> Result<Option<PathBuf>> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(None);
    }
    let path = url.strip_prefix("sqlite:").ok_or(VaultError::Address)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    // The file is swapped by name, so the address must be a plain path.
    if path.is_empty() || path.contains(['?', '%']) || path == ":memory:" {
        return Err(VaultError::Address);
    }
    Ok(Some(PathBuf::from(path)))
}

/// A file whose name is the store's and then some.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes an SQLite store with what belongs to it.
pub(crate) fn remove_store(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        files::remove(&beside(path, suffix))?;
    }
    Ok(())
}

fn identity(url: &str) -> Result<Option<(u64, u64)>> {
    Ok(store_path(url)?.and_then(|path| files::identity(&path)))
}
