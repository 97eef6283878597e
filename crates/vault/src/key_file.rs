//! One key file: a key, wrapped by the root key. While the root key is being changed, wrapped by the old and the new.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use upvow_domain::Time;
use zeroize::Zeroizing;

use crate::{Result, RootKey, VaultError, files, live::beside, seal};

/// A key file, as JSON.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct KeyFile {
    format: u32,
    kind: String,
    pub(crate) number: u32,
    pub(crate) key_id: String,
    pub(crate) created_at: Time,
    wrapped: Vec<Wrapped>,
}

/// The key as one root key wraps it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Wrapped {
    /// The root key's public name.
    root_key: String,
    sealed: String,
}

impl KeyFile {
    /// Draws a key and writes it to a new file.
    pub(crate) fn create(
        path: &Path,
        root: &RootKey,
        kind: &str,
        number: u32,
        now: Time,
    ) -> Result<()> {
        let mut bytes = Zeroizing::new([0; 64]);
        seal::random(&mut *bytes)?;
        KeyFile::keep(path, root, kind, number, now, &bytes)
    }

    /// Writes this key to a new file.
    pub(crate) fn keep(
        path: &Path,
        root: &RootKey,
        kind: &str,
        number: u32,
        now: Time,
        bytes: &[u8; 64],
    ) -> Result<()> {
        let mut id = [0; 8];
        seal::random(&mut id)?;
        let mut file = KeyFile {
            format: 1,
            kind: kind.to_owned(),
            number,
            key_id: seal::hex(&id),
            created_at: now,
            wrapped: vec![],
        };
        file.wrap(root, bytes)?;
        file.write(path)
    }

    /// Reads the file and opens the key in it.
    pub(crate) fn open(
        path: &Path,
        root: &RootKey,
        kind: &str,
        number: u32,
    ) -> Result<(KeyFile, Zeroizing<[u8; 64]>)> {
        let file: KeyFile =
            serde_json::from_slice(&std::fs::read(path)?).map_err(|_| VaultError::KeyDamaged)?;
        let name = root.name();
        let wrapped = file
            .wrapped
            .iter()
            .find(|w| w.root_key == name)
            .ok_or(VaultError::WrongRootKey)?;
        if file.format != 1 || file.kind != kind || file.number != number {
            return Err(VaultError::KeyDamaged);
        }
        let sealed = STANDARD
            .decode(&wrapped.sealed)
            .map_err(|_| VaultError::KeyDamaged)?;
        let plain = seal::open(root.bytes(), &file.context(), &sealed)
            .map_err(|_| VaultError::KeyDamaged)?;
        let mut bytes = Zeroizing::new([0; 64]);
        if plain.len() != bytes.len() {
            return Err(VaultError::KeyDamaged);
        }
        bytes.copy_from_slice(&plain);
        Ok((file, bytes))
    }

    /// Wraps the file's key for another root key as well.
    pub(crate) fn wrap_for(
        path: &Path,
        kind: &str,
        number: u32,
        root: &RootKey,
        other: &RootKey,
    ) -> Result<()> {
        let (mut file, bytes) = KeyFile::open(path, root, kind, number)?;
        file.wrap(other, &bytes)?;
        file.rewrite(path)
    }

    /// Takes away what other root keys could open.
    pub(crate) fn unwrap_for_others(
        path: &Path,
        kind: &str,
        number: u32,
        root: &RootKey,
    ) -> Result<()> {
        let (mut file, _) = KeyFile::open(path, root, kind, number)?;
        if file.wrapped.len() == 1 {
            return Ok(());
        }
        let name = root.name();
        file.wrapped.retain(|w| w.root_key == name);
        file.rewrite(path)
    }

    fn wrap(&mut self, root: &RootKey, bytes: &[u8; 64]) -> Result<()> {
        let sealed = seal::seal(root.bytes(), &self.context(), bytes)?;
        let (root_key, sealed) = (root.name(), STANDARD.encode(sealed));
        self.wrapped.retain(|w| w.root_key != root_key);
        self.wrapped.push(Wrapped { root_key, sealed });
        Ok(())
    }

    fn rewrite(&self, path: &Path) -> Result<()> {
        let draft = beside(path, ".draft");
        files::destroy(&draft)?;
        self.write(&draft)?;
        Ok(files::replace(&draft, path)?)
    }

    fn write(&self, path: &Path) -> Result<()> {
        let text =
            serde_json::to_vec_pretty(self).expect("a key file is plain strings and numbers");
        Ok(files::create(path, &text)?)
    }

    fn context(&self) -> Vec<u8> {
        seal::context(&[
            b"upvow key file",
            self.kind.as_bytes(),
            &self.number.to_be_bytes(),
            self.key_id.as_bytes(),
            &self.created_at.0.to_be_bytes(),
        ])
    }
}
