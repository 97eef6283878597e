//! The key folder: one epoch key, the suppression key, and for a moment, while an epoch turns, a second epoch key.
//!
//! A new key is first *staged* (`epoch-2.key.new`). When the store that it opens has taken its place, it is *adopted*
//! (renamed to `epoch-2.key`), and then the old one is destroyed. So whatever a crash leaves behind can be judged by
//! the store's own epoch: a staged key that is not the store's is of a turn that never happened, and the key before
//! the store's is waiting to be destroyed. Anything else is somebody's mistake, and nothing is destroyed.

use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use upvow_domain::{Time, secret::AccountId};
use zeroize::Zeroizing;

use crate::{
    Result, RootKey, VaultError, VaultSettings, files, key_file::KeyFile, mail_key, seal, signing,
    store_row::StoreRow,
};

/// Everything that is needed to seal, open and find records.
pub(crate) struct Keys {
    pub(crate) store: String,
    pub(crate) epoch: EpochKey,
    pub(crate) suppression: SuppressionKey,
}

/// Where a sealed value belongs.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// For people: `grant access`. Also tells record and field kinds apart.
    pub(crate) what: &'static str,
    /// The record's id, as stored.
    pub(crate) id: &'a str,
    /// The record's version.
    pub(crate) version: i64,
}

impl Keys {
    pub(crate) fn seal(&self, place: Place<'_>, plain: &str) -> Result<Vec<u8>> {
        seal::seal(&self.epoch.seal, &self.context(place), plain.as_bytes())
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<String>> {
        let plain = seal::open(&self.epoch.seal, &self.context(place), sealed)
            .map_err(|_| VaultError::Broken { what: place.what })?;
        let text =
            std::str::from_utf8(&plain).map_err(|_| VaultError::Broken { what: place.what })?;
        // A copy of just its size: growing or shrinking later would leave an unwiped one behind.
        Ok(Zeroizing::new(String::from(text)))
    }

    /// Finds an account's grant in this epoch.
    pub(crate) fn account_hash(&self, account: &AccountId) -> Vec<u8> {
        hmac::sign(&self.epoch.lookup, account.expose().as_bytes())
            .as_ref()
            .to_vec()
    }

    /// Finds an account's tombstone in any epoch.
    pub(crate) fn tombstone(&self, account: &AccountId) -> Vec<u8> {
        hmac::sign(&self.suppression.0, account.expose().as_bytes())
            .as_ref()
            .to_vec()
    }

    fn context(&self, place: Place<'_>) -> Vec<u8> {
        seal::context(&[
            b"upvow vault",
            self.store.as_bytes(),
            place.what.as_bytes(),
            place.id.as_bytes(),
            &self.epoch.number.to_be_bytes(),
            &place.version.to_be_bytes(),
        ])
    }
}

/// One epoch's key.
pub(crate) struct EpochKey {
    pub(crate) number: u32,
    pub(crate) id: String,
    pub(crate) since: Time,
    seal: Zeroizing<[u8; 32]>,
    lookup: hmac::Key,
}

/// The key of tombstones. It outlives epochs.
pub(crate) struct SuppressionKey(hmac::Key);

/// The folder, with what opens its files.
pub(crate) struct KeyFolder {
    dir: PathBuf,
    root: RootKey,
}

impl KeyFolder {
    /// The folder, made if it is missing.
    pub(crate) fn at(settings: &VaultSettings) -> Result<KeyFolder> {
        files::create_folder(&settings.keys_dir)?;
        Ok(KeyFolder {
            dir: settings.keys_dir.clone(),
            root: settings.root_key.latest(),
        })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn root(&self) -> &RootKey {
        &self.root
    }

    /// The key of the store's epoch, after clearing away what a crash left. `None` if folder and store are both new.
    /// To be called by one process at a time.
    pub(crate) fn settle(&self, store: Option<&StoreRow>) -> Result<Option<EpochKey>> {
        let (adopted, staged) = self.epochs()?;
        let Some(store) = store else {
            if !adopted.is_empty() {
                return Err(VaultError::StoreMissing);
            }
            for number in staged {
                files::destroy(&self.staged(number))?;
            }
            return Ok(None);
        };
        let misfit = |keys| VaultError::EpochsDoNotFit {
            store: store.epoch,
            keys,
        };
        if !adopted.contains(&store.epoch) && !staged.contains(&store.epoch) {
            return Err(match adopted.last() {
                Some(&keys) if keys > store.epoch => VaultError::StoreFromThePast {
                    store: store.epoch,
                    keys,
                },
                Some(&keys) => misfit(keys),
                None => VaultError::KeysMissing { epoch: store.epoch },
            });
        }
        if let Some(&stranger) = adopted
            .iter()
            .find(|&&n| n != store.epoch && n + 1 != store.epoch)
        {
            return Err(misfit(stranger));
        }
        let path = if adopted.contains(&store.epoch) {
            self.adopted(store.epoch)
        } else {
            self.staged(store.epoch)
        };
        let key = self.read_epoch(&path, store.epoch)?;
        if key.id != store.key_id {
            return Err(misfit(store.epoch));
        }
        if !adopted.contains(&store.epoch) {
            self.adopt(store.epoch)?;
        }
        for number in adopted.into_iter().filter(|&n| n != store.epoch) {
            self.destroy(number)?;
        }
        for number in staged.into_iter().filter(|&n| n != store.epoch) {
            files::destroy(&self.staged(number))?;
        }
        Ok(Some(key))
    }

    /// Makes a new epoch key and stages it.
    pub(crate) fn stage(&self, number: u32, now: Time) -> Result<EpochKey> {
        let path = self.staged(number);
        files::destroy(&path)?;
        KeyFile::create(&path, &self.root, "epoch", number, now)?;
        // Read back from the disk: a key that cannot be read must show before anything is sealed under it.
        self.read_epoch(&path, number)
    }

    /// Makes the staged key the epoch's key. Another process may have done it already.
    pub(crate) fn adopt(&self, number: u32) -> Result<()> {
        let (from, to) = (self.staged(number), self.adopted(number));
        match files::rename(&from, &to) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && to.exists() => Ok(()),
            other => Ok(other?),
        }
    }

    /// Destroys the epoch's key: from now on nothing sealed in that epoch can be opened by anybody.
    pub(crate) fn destroy(&self, number: u32) -> Result<()> {
        Ok(files::destroy(&self.adopted(number))?)
    }

    /// Destroys every epoch key, whoever wrapped it.
    pub(crate) fn destroy_all(&self) -> Result<()> {
        let (adopted, staged) = self.epochs()?;
        let paths = adopted
            .iter()
            .map(|&n| self.adopted(n))
            .chain(staged.iter().map(|&n| self.staged(n)));
        for path in paths {
            files::destroy(&path)?;
        }
        Ok(())
    }

    /// The key of tombstones.
    pub(crate) fn suppression(&self) -> Result<SuppressionKey> {
        let path = self.dir.join("suppression.key");
        if !path.exists() {
            return Err(VaultError::SuppressionKeyMissing);
        }
        let (_, bytes) = KeyFile::open(&path, &self.root, "suppression", 0)?;
        Ok(SuppressionKey(hmac::Key::new(
            hmac::HMAC_SHA256,
            &bytes[..],
        )))
    }

    /// The key of tombstones, made if it is missing: for a store that begins.
    pub(crate) fn suppression_or_new(&self, now: Time) -> Result<SuppressionKey> {
        match self.suppression() {
            Err(VaultError::SuppressionKeyMissing) => {
                let staged = self.dir.join("suppression.key.new");
                files::destroy(&staged)?;
                KeyFile::create(&staged, &self.root, "suppression", 0, now)?;
                files::rename(&staged, &self.dir.join("suppression.key"))?;
                self.suppression()
            }
            other => other,
        }
    }

    /// Destroys the key of tombstones, which nobody can open.
    pub(crate) fn destroy_suppression(&self) -> Result<()> {
        Ok(files::destroy(&self.dir.join("suppression.key"))?)
    }

    /// Wraps every key for another root key as well.
    pub(crate) fn wrap_for(&self, other: &RootKey) -> Result<()> {
        for (path, kind, number) in self.key_files()? {
            KeyFile::wrap_for(&path, kind, number, &self.root, other)?;
        }
        Ok(())
    }

    /// Takes away what other root keys could open.
    pub(crate) fn unwrap_for_others(&self) -> Result<()> {
        for (path, kind, number) in self.key_files()? {
            KeyFile::unwrap_for_others(&path, kind, number, &self.root)?;
        }
        Ok(())
    }

    /// Destroys what a change left that was cut short: a copy of a key there would outlive the key itself.
    pub(crate) fn forget_drafts(&self) -> Result<()> {
        for entry in std::fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            // Those of epochs and of the signing key are judged by `settle`.
            let is_draft = path.extension().is_some_and(|ending| ending == "draft")
                || matches!(name, Some("suppression.key.new" | "mail.key.new"));
            if is_draft {
                files::destroy(&path)?;
            }
        }
        self.root.forget_draft()
    }

    fn key_files(&self) -> Result<Vec<(PathBuf, &'static str, u32)>> {
        let (adopted, _) = self.epochs()?;
        let epochs = adopted.into_iter().map(|n| (self.adopted(n), "epoch", n));
        Ok(epochs
            .chain([(self.dir.join("suppression.key"), "suppression", 0)])
            .chain(signing::key_files(self)?)
            .chain(mail_key::key_files(self))
            .collect())
    }

    pub(crate) fn epochs(&self) -> Result<(Vec<u32>, Vec<u32>)> {
        let (mut adopted, mut staged) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            let Some(rest) = name.to_str().and_then(|n| n.strip_prefix("epoch-")) else {
                continue;
            };
            if let Some(number) = rest.strip_suffix(".key").and_then(|n| n.parse().ok()) {
                adopted.push(number);
            } else if let Some(number) = rest.strip_suffix(".key.new").and_then(|n| n.parse().ok())
            {
                staged.push(number);
            }
        }
        adopted.sort_unstable();
        staged.sort_unstable();
        Ok((adopted, staged))
    }

    fn adopted(&self, number: u32) -> PathBuf {
        self.dir.join(format!("epoch-{number}.key"))
    }

    fn staged(&self, number: u32) -> PathBuf {
        self.dir.join(format!("epoch-{number}.key.new"))
    }

    fn read_epoch(&self, path: &Path, number: u32) -> Result<EpochKey> {
        let (file, bytes) = KeyFile::open(path, &self.root, "epoch", number)?;
        Ok(EpochKey::new(file, &bytes))
    }
}

impl EpochKey {
    fn new(file: KeyFile, bytes: &[u8; 64]) -> EpochKey {
        let mut seal = Zeroizing::new([0; 32]);
        seal.copy_from_slice(&bytes[..32]);
        EpochKey {
            number: file.number,
            id: file.key_id,
            since: file.created_at,
            seal,
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &bytes[32..]),
        }
    }
}
