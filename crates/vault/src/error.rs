//! Why the vault refused. No text here holds a secret, a personal value or what a driver said.

use upvow_db::DbError;
use upvow_domain::Time;

/// Why the vault refused, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no root key file.
    #[error(
        "there is no root key file; create one with the `keys` command on a first start, or bring back the one this vault was made with"
    )]
    RootKeyMissing,
    /// The root key's text is not 32 bytes in base64.
    #[error("the root key is not 32 bytes written in base64; create one with the `keys` command")]
    RootKeyMalformed,
    /// The root key is zeros, a phrase or a sample from a text.
    #[error(
        "the root key is a sample or a phrase, not 32 random bytes; create one with the `keys` command"
    )]
    RootKeyWeak,
    /// Others than its owner may read the root key file.
    #[error(
        "the root key file can be read by others; set its mode to 0600 and think about replacing it"
    )]
    RootKeyShared,
    /// A root key file is there already, and overwriting it would lose the vault.
    #[error("a root key file is there already; it is never overwritten")]
    RootKeyExists,
    /// The root key does not come from a file, so it cannot be changed here.
    #[error(
        "the root key does not come from a file, so it cannot be changed here; keep it in a file and try again"
    )]
    RootKeyNotInFile,
    /// The keys were wrapped with another root key.
    #[error(
        "this root key is not the one the vault's keys were wrapped with; bring back the right one, or start over: everybody has to connect to Jira again"
    )]
    WrongRootKey,
    /// A key file cannot be understood or was changed.
    #[error(
        "a file in the key folder is damaged; bring back the folder, or start over: everybody has to connect to Jira again"
    )]
    KeyDamaged,
    /// The store holds records, and the key of their epoch is not there.
    #[error(
        "the vault is of epoch {epoch} and the key folder has no key for it; bring back the key folder, or start over: everybody has to connect to Jira again"
    )]
    KeysMissing {
        /// The store's epoch.
        epoch: u32,
    },
    /// The key folder holds keys, and the store is new.
    #[error(
        "the key folder holds keys and the vault is empty; bring back the vault's database, or start over: everybody has to connect to Jira again"
    )]
    StoreMissing,
    /// The store is older than its keys: an old copy was put in its place.
    #[error(
        "the vault is a copy of epoch {store}, whose key was destroyed when epoch {keys} began; such a copy can never be opened: bring back the newest vault, or start over: everybody has to connect to Jira again"
    )]
    StoreFromThePast {
        /// The store's epoch.
        store: u32,
        /// The epoch of the newest key.
        keys: u32,
    },
    /// Two epoch keys are alive that no crash can explain.
    #[error(
        "the key folder does not fit the vault (its epoch is {store}, a key is of epoch {keys}); do not delete anything before you know which vault the keys belong to"
    )]
    EpochsDoNotFit {
        /// The store's epoch.
        store: u32,
        /// The epoch of the key that does not fit.
        keys: u32,
    },
    /// The key that tombstones are made with is gone, so nobody could tell who asked to be left alone.
    #[error(
        "the suppression key is missing from the key folder; bring it back, or start over: everybody has to connect to Jira again"
    )]
    SuppressionKeyMissing,
    /// There is no key to sign with.
    #[error("there is no signing key in the key folder; the next start makes a new one")]
    SigningKeyMissing,
    /// The erasure ledger is damaged.
    #[error(
        "line {line} of the erasure ledger in the key folder cannot be read; put the ledger's last good copy in its place"
    )]
    LedgerDamaged {
        /// Counted from 1.
        line: usize,
    },
    /// A record does not open: it was changed, moved or torn.
    #[error(
        "a record of the vault does not open ({what}); the person has to connect to Jira again"
    )]
    Broken {
        /// Which field of what.
        what: &'static str,
    },
    /// This account asked to be erased, and only the person can take that back.
    #[error(
        "this account asked to be erased; only the person can take that back, by confirming it"
    )]
    Suppressed {
        /// When it was asked.
        since: Time,
    },
    /// The address of the vault is neither `sqlite:PATH` nor `postgres://...`.
    #[error("the vault's address is not understood; use `sqlite:PATH` or `postgres://...`")]
    Address,
    /// The key folder or the vault's file cannot be read or written.
    #[error(
        "the key folder or the vault's file cannot be used ({0}); check that it exists, its owner and the free space"
    )]
    Files(std::io::ErrorKind),
    /// The database cannot be reached, is full or is locked: try later.
    #[error("the vault is not available ({0}); try again later")]
    Unavailable(&'static str),
    /// The database refused a statement: a bug.
    #[error("the vault's database refused a statement")]
    Database(#[source] DbError),
}

impl From<DbError> for VaultError {
    fn from(error: DbError) -> VaultError {
        match error {
            DbError::Unavailable(why) => VaultError::Unavailable(why),
            other => VaultError::Database(other),
        }
    }
}

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> VaultError {
        VaultError::Files(error.kind())
    }
}
