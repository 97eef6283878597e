//! Copies of what was signed of the audit trail, one file for each chain in the key folder: so that a main database that
//! was put back to an older state, by whomever, is noticed. They hold no secret; the key folder is merely the one
//! place that is apart from every database.

use std::path::{Path, PathBuf};

use crate::{Result, Vault, VaultError, files};

const FOLDER: &str = "audit";

impl Vault {
    /// Puts this in the place of the chain's copy, so that it lasts.
    pub fn keep_checkpoint(&self, chain: &str, signed: &str) -> Result<()> {
        let path = path_of(&self.0.settings.keys_dir, chain)?;
        if let Some(folder) = path.parent() {
            files::create_folder(folder)?;
        }
        // Nodes share the folder; each writes a file of its own and gives it the name.
        let mut mark = [0; 8];
        aws_lc_rs::rand::fill(&mut mark)
            .map_err(|_| VaultError::Files(std::io::ErrorKind::Other))?;
        let next = path.with_extension(format!("{:016x}.next", u64::from_be_bytes(mark)));
        files::create(&next, signed.as_bytes())?;
        files::rename(&next, &path)?;
        Ok(())
    }

    /// The key folder.
    pub fn keys_dir(&self) -> &Path {
        &self.0.settings.keys_dir
    }

    /// The chain's copy, if there is one.
    pub fn kept_checkpoint(&self, chain: &str) -> Result<Option<String>> {
        kept_checkpoint(&self.0.settings.keys_dir, chain)
    }
}

/// The copy in this key folder, whether or not the vault is open.
pub fn kept_checkpoint(keys_dir: &Path, chain: &str) -> Result<Option<String>> {
    match std::fs::read_to_string(path_of(keys_dir, chain)?) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The chains of which this key folder has copies.
pub fn kept_chains(keys_dir: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(keys_dir.join(FOLDER)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut chains = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if let Some(chain) = name.to_str().and_then(|name| name.strip_suffix(".jws")) {
            chains.push(chain.to_owned());
        }
    }
    chains.sort();
    Ok(chains)
}

/// A chain's name is a word or an id, so that none reaches beyond the folder.
fn path_of(keys_dir: &Path, chain: &str) -> Result<PathBuf> {
    let ok = chain
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !ok || chain.is_empty() || chain.len() > 64 {
        return Err(VaultError::Files(std::io::ErrorKind::InvalidInput));
    }
    Ok(keys_dir.join(FOLDER).join(format!("{chain}.jws")))
}
