//! The root key: 32 random bytes in a file of their own, never in any database. It wraps the keys of the key folder.

use std::{
    collections::BTreeSet,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{Result, VaultError, files, seal};

/// The root key.
#[derive(Clone)]
pub struct RootKey {
    bytes: Zeroizing<[u8; 32]>,
    /// Where it was read, so that a change of the file is noticed.
    file: Option<PathBuf>,
}

impl RootKey {
    /// Reads the key from a file that only its owner may read (on Unix), as [`RootKey::from_text`].
    pub fn from_file(path: &Path) -> Result<RootKey> {
        if files::is_shared(path).map_err(|e| missing(&e))? {
            return Err(VaultError::RootKeyShared);
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|e| missing(&e))?);
        Ok(RootKey {
            file: Some(path.to_owned()),
            ..RootKey::from_text(&text)?
        })
    }

    /// Makes a new random key and writes it to a new file with mode 0600. Never overwrites one.
    pub fn create_file(path: &Path) -> Result<RootKey> {
        let mut bytes = Zeroizing::new([0; 32]);
        seal::random(&mut *bytes)?;
        let text = Zeroizing::new(STANDARD.encode(*bytes) + "\n");
        files::create(path, text.as_bytes()).map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => VaultError::RootKeyExists,
            kind => VaultError::Files(kind),
        })?;
        Ok(RootKey {
            bytes,
            file: Some(path.to_owned()),
        })
    }

    /// Reads 32 bytes in base64. Refuses another length, zeros, phrases and the samples found in texts.
    pub fn from_text(text: &str) -> Result<RootKey> {
        let decoded = STANDARD
            .decode(text.trim())
            .map(Zeroizing::new)
            .map_err(|_| VaultError::RootKeyMalformed)?;
        let mut bytes = Zeroizing::new([0; 32]);
        if decoded.len() != bytes.len() {
            return Err(VaultError::RootKeyMalformed);
        }
        bytes.copy_from_slice(&decoded);
        if is_sample(&bytes) {
            return Err(VaultError::RootKeyWeak);
        }
        Ok(RootKey { bytes, file: None })
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The file's key as it is now: a command may have changed it. This key if it has no file or none that can be read.
    pub(crate) fn latest(&self) -> RootKey {
        let read = self.file.as_deref().map(RootKey::from_file);
        read.and_then(Result::ok).unwrap_or_else(|| self.clone())
    }

    /// A new key in a file beside this one's; [`RootKey::replace_by`] puts it in its place.
    pub(crate) fn draft(&self) -> Result<RootKey> {
        let name = self.draft_name().ok_or(VaultError::RootKeyNotInFile)?;
        files::destroy(&name)?;
        RootKey::create_file(&name)
    }

    /// Destroys what a change left that never happened. To be called when no key is wrapped by it any more.
    pub(crate) fn forget_draft(&self) -> Result<()> {
        match self.draft_name() {
            Some(name) => Ok(files::destroy(&name)?),
            None => Ok(()),
        }
    }

    fn draft_name(&self) -> Option<PathBuf> {
        let mut name = self.file.clone()?.into_os_string();
        name.push(".next");
        Some(name.into())
    }

    /// Puts the draft in this key's place and overwrites this key's file.
    pub(crate) fn replace_by(&self, draft: &RootKey) -> Result<()> {
        let (Some(from), Some(to)) = (&draft.file, &self.file) else {
            return Err(VaultError::RootKeyNotInFile);
        };
        Ok(files::replace(from, to)?)
    }

    /// A public name of this key, so that a wrong key can be told from a damaged file.
    pub(crate) fn name(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes());
        seal::hex(&hmac::sign(&key, b"upvow root key name").as_ref()[..8])
    }
}

fn missing(error: &std::io::Error) -> VaultError {
    match error.kind() {
        ErrorKind::NotFound => VaultError::RootKeyMissing,
        ErrorKind::InvalidData => VaultError::RootKeyMalformed,
        kind => VaultError::Files(kind),
    }
}

/// Whether nobody can have drawn these bytes at random. Each test is wrong about once in 10^14 random keys at most.
fn is_sample(bytes: &[u8; 32]) -> bool {
    let distinct: BTreeSet<u8> = bytes.iter().copied().collect();
    let steps: BTreeSet<u8> = bytes.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect();
    let is_text = bytes.iter().all(|b| (0x20..0x7f).contains(b));
    let is_repeated = bytes[..16] == bytes[16..];
    // zeros and few letters; 0, 1, 2, ...; "changeme..."; a short key written twice
    distinct.len() < 8 || steps.len() < 4 || is_text || is_repeated
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(..)")
    }
}
