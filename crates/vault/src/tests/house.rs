//! A place for one vault: a folder, keys, and a database of its own.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use upvow_db::{Cell, Db, Tuning};
use upvow_domain::{
    ErasureId, GrantId, HookId, Time,
    secret::{AccessToken, AccountId, RefreshToken},
};

use crate::{Fence, NewGrant, NewTokens, RootKey, Vault, VaultSettings};

pub(crate) const NOON: Time = Time(1_900_000_000_000);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// Tells a story with each database.
macro_rules! story {
    ($name:ident) => {
        mod $name {
            use super::{House, $name};

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                $name(House::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                if let Some(house) = House::postgres().await {
                    $name(house).await;
                }
            }
        }
    };
}
pub(crate) use story;

pub(crate) struct House {
    folder: TempDir,
    url: String,
    root: RootKey,
}

impl House {
    pub(crate) fn sqlite() -> House {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("vault.db").display());
        House::furnish(folder, url)
    }

    /// A database of its own on the server that the environment names; `None` if it names none.
    pub(crate) async fn postgres() -> Option<House> {
        let server = std::env::var("UPVOW_TEST_POSTGRES_URL").ok()?;
        let folder = tempfile::tempdir().unwrap();
        let mut name = [0; 8];
        crate::seal::random(&mut name).unwrap();
        let name = format!("vault_{}", crate::seal::hex(&name));
        let db = Db::connect(&server, Tuning::default()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        // A database cannot be made inside of a transaction.
        tx.run("COMMIT", vec![]).await.unwrap();
        tx.run(leak(format!("CREATE DATABASE {name}")), vec![])
            .await
            .unwrap();
        drop(tx);
        db.close().await;
        let (before, _) = server.rsplit_once('/').unwrap();
        Some(House::furnish(folder, format!("{before}/{name}")))
    }

    fn furnish(folder: TempDir, url: String) -> House {
        let root = RootKey::create_file(&folder.path().join("root.key")).unwrap();
        House { folder, url, root }
    }

    pub(crate) fn settings(&self) -> VaultSettings {
        VaultSettings {
            url: self.url.clone(),
            keys_dir: self.keys_dir(),
            root_key: self.root.clone(),
        }
    }

    pub(crate) async fn open(&self) -> Vault {
        Vault::open(self.settings(), NOON).await.unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn keys_dir(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.keys_dir().join("erasures.log")
    }

    pub(crate) fn is_file(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// The names of the key files.
    pub(crate) fn key_files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.keys_dir())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("epoch-"))
            .collect();
        names.sort();
        names
    }

    /// Does to the store what somebody with the database's password can do.
    pub(crate) async fn meddle(&self, sql: &str, args: Vec<Cell>) -> u64 {
        let db = Db::connect(&self.url, Tuning::default()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let done = tx.run(leak(sql.to_owned()), args).await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
        done
    }

    /// What a statement counts.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let db = Db::connect(&self.url, Tuning::default()).await.unwrap();
        let number = db
            .read()
            .await
            .unwrap()
            .count(leak(sql.to_owned()), vec![])
            .await
            .unwrap();
        db.close().await;
        number
    }

    /// One sealed value, or `None` if it is not there.
    pub(crate) async fn blob(&self, sql: &str) -> Option<Vec<u8>> {
        let db = Db::connect(&self.url, Tuning::default()).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let found = tx
            .value::<Option<Vec<u8>>>(leak(sql.to_owned()), vec![])
            .await
            .unwrap()
            .flatten();
        drop(tx);
        db.close().await;
        found
    }
}

/// Every file below the folder that holds one of the words.
pub(crate) fn files_with(folder: &Path, words: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, words));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if words
            .iter()
            .any(|word| bytes.windows(word.len()).any(|w| w == word.as_bytes()))
        {
            found.push(path);
        }
    }
    found
}

/// A copy of the folder as it is this moment, as a power cut would leave it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

pub(crate) fn grant_id(n: u32) -> GrantId {
    GrantId::from_stored(&format!("{n:032x}")).unwrap()
}

pub(crate) fn erasure_id(n: u32) -> ErasureId {
    ErasureId::from_stored(&format!("{n:032x}")).unwrap()
}

pub(crate) fn hook_id(n: u32) -> HookId {
    HookId::from_stored(&format!("{n:032x}")).unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(format!("account-canary-{name}"))
}

pub(crate) fn new_grant(name: &str) -> NewGrant {
    NewGrant {
        account: account(name),
        access: AccessToken::new(format!("access-canary-{name}")),
        refresh: Some(RefreshToken::new(format!("refresh-canary-{name}"))),
        scopes: vec!["read:jira-work".to_owned(), "offline_access".to_owned()],
        expires_at: NOON.plus(HOUR),
    }
}

pub(crate) fn new_tokens(access: &str) -> NewTokens {
    NewTokens {
        access: AccessToken::new(access.to_owned()),
        refresh: Some(RefreshToken::new(format!("refresh for {access}"))),
        expires_at: NOON.plus(2 * HOUR),
        scopes: vec!["read:jira-work".to_owned()],
    }
}

/// Keeps a grant for each name, with ids 1, 2, ...
pub(crate) async fn connect(vault: &Vault, names: &[&str]) {
    for (n, name) in (1..).zip(names) {
        vault
            .keep_grant(grant_id(n), new_grant(name), NOON)
            .await
            .unwrap();
    }
}

pub(crate) async fn lease(vault: &Vault, id: GrantId) -> Fence {
    vault
        .lease_refresh(id, HOUR, NOON)
        .await
        .unwrap()
        .expect("nobody holds the lease")
}

/// The grant's access token, if the grant is there.
pub(crate) async fn access(vault: &Vault, id: GrantId) -> Option<String> {
    let grant = vault.open_grant(id).await.unwrap()?;
    grant.access.map(|token| token.expose().to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may leak: the text is as old as the test"
)]
fn leak(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}
