//! The key that signs the addresses which end mail. It lies in the key folder like every other key, so that a copy of
//! the main database does not let anybody end somebody's mail.

use std::path::PathBuf;

use aws_lc_rs::hmac;
use upvow_domain::Time;
use zeroize::Zeroizing;

use crate::{
    Result, Vault, VaultError, files, key_file::KeyFile, keys::KeyFolder, live::beside, seal,
};

const KIND: &str = "mail";

/// What signs the addresses, and what signed them before the last change: those in old letters stay good.
#[derive(Clone)]
pub struct MailKeys {
    /// Signs.
    pub present: hmac::Key,
    /// Is still believed.
    pub before: hmac::Key,
}

impl Vault {
    /// The keys, if there are any.
    pub fn mail_keys(&self) -> Result<Option<MailKeys>> {
        let mut tries = 0;
        loop {
            let folder = KeyFolder::at(&self.0.settings)?;
            tries += 1;
            match read(&folder) {
                // Its file was just being wrapped by another root key.
                Err(VaultError::KeyDamaged | VaultError::WrongRootKey) if tries < 5 => {}
                other => return other,
            }
        }
    }

    /// Makes the key, unless there is one: of `before`, which an earlier version kept elsewhere, so that addresses in
    /// old letters stay good, or a new one.
    pub async fn make_mail_keys(&self, before: Option<&[u8]>, now: Time) -> Result<MailKeys> {
        // A write, so that two nodes do not do it at once.
        let act = self.0.write().await?;
        let folder = KeyFolder::at(&self.0.settings)?;
        if read(&folder)?.is_none() {
            let mut bytes = Zeroizing::new([0; 64]);
            seal::random(&mut *bytes)?;
            if let Some(before) = before.and_then(|before| before.get(..32)) {
                bytes[..32].copy_from_slice(before);
            }
            keep(&folder, &bytes, now)?;
        }
        let keys = read(&folder)?.ok_or(VaultError::KeyDamaged);
        act.commit().await?;
        keys
    }

    /// Another key signs from now on. What the present one signed is believed until the next change. Nothing happens if
    /// nothing was ever signed.
    pub async fn rotate_mail_key(&self, now: Time) -> Result<()> {
        let act = self.0.write().await?;
        let folder = KeyFolder::at(&self.0.settings)?;
        if path(&folder).exists() {
            let (_, had) = KeyFile::open(&path(&folder), folder.root(), KIND, 0)?;
            let mut bytes = Zeroizing::new([0; 64]);
            seal::random(&mut bytes[..32])?;
            bytes[32..].copy_from_slice(&had[..32]);
            keep(&folder, &bytes, now)?;
        }
        act.commit().await
    }
}

/// Destroys the key if nobody can open it: old addresses end, and a new one is made when it is needed.
pub(crate) fn destroy_unopened(folder: &KeyFolder) -> Result<()> {
    if let Err(VaultError::WrongRootKey | VaultError::KeyDamaged) = read(folder) {
        files::destroy(&path(folder))?;
    }
    Ok(())
}

/// Its file, if it is there, for a change of the root key.
pub(crate) fn key_files(folder: &KeyFolder) -> Vec<(PathBuf, &'static str, u32)> {
    let path = path(folder);
    let there = path.exists().then_some((path, KIND, 0));
    there.into_iter().collect()
}

/// Puts these into the file: the present key, then the one before.
fn keep(folder: &KeyFolder, bytes: &[u8; 64], now: Time) -> Result<()> {
    let (to, staged) = (path(folder), beside(&path(folder), ".new"));
    files::destroy(&staged)?;
    KeyFile::keep(&staged, folder.root(), KIND, 0, now, bytes)?;
    if to.exists() {
        return Ok(files::replace(&staged, &to)?);
    }
    Ok(files::rename(&staged, &to)?)
}

fn read(folder: &KeyFolder) -> Result<Option<MailKeys>> {
    let path = path(folder);
    if !path.exists() {
        return Ok(None);
    }
    let (_, bytes) = KeyFile::open(&path, folder.root(), KIND, 0)?;
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    Ok(Some(MailKeys {
        present: key(&bytes[..32]),
        before: key(&bytes[32..]),
    }))
}

fn path(folder: &KeyFolder) -> PathBuf {
    folder.dir().join("mail.key")
}
