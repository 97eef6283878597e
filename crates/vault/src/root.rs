//! The root key: 32 random bytes in a file of their own, never in any database. It wraps the keys of the key folder.

use std::path::Path;

use zeroize::Zeroizing;

use crate::{Result, VaultError};

/// The root key.
#[derive(Clone)]
pub struct RootKey(#[expect(dead_code, reason = "next commit")] Zeroizing<[u8; 32]>);

impl RootKey {
    /// Reads the key from a file that only its owner may read (on Unix), as [`RootKey::from_text`].
    pub fn from_file(_path: &Path) -> Result<RootKey> {
        Err(VaultError::RootKeyMissing)
    }

    /// Makes a new random key and writes it to a new file with mode 0600. Never overwrites one.
    pub fn create_file(_path: &Path) -> Result<RootKey> {
        Err(VaultError::RootKeyMissing)
    }

    /// Reads 32 bytes in base64. Refuses another length, zeros, phrases and the samples found in texts.
    pub fn from_text(_text: &str) -> Result<RootKey> {
        Err(VaultError::RootKeyMissing)
    }
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(..)")
    }
}
