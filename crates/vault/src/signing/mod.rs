//! Signing: what leaves this installation as proof (receipts, exports, checkpoints) is a compact JWS by Ed25519.
//!
//! The private key lies in the key folder, wrapped by the root key, and is read for each signature: they are few, and
//! so it is in memory for a moment only and a change of it needs no word between nodes. The public keys lie beside it
//! as plain JSON (`signing.json`), so that anybody with a copy of that file verifies without this program. A change
//! of key publishes the new one before it signs anything, and keeps the old public key for ever.

mod jwk;
mod verify;

use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_domain::Time;

pub use jwk::{Jwk, JwkSet};
pub use verify::{SignatureError, kid_of, verify, verify_as};

use crate::{Result, Vault, VaultError, files, key_file::KeyFile, keys::KeyFolder, live::beside};

/// What the file of public keys is called.
pub const PUBLIC_KEYS: &str = "signing.json";

const KIND: &str = "signing";

#[derive(serde::Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

impl Vault {
    /// Signs these bytes, as a compact JWS whose header names the kind of thing it is (`typ`) and the key (`kid`).
    pub fn sign(&self, payload: &[u8], typ: &str) -> Result<String> {
        let pair = self.signing_pair()?;
        let kid = Jwk::of(pair.public_key().as_ref(), String::new()).kid;
        let header = Header {
            alg: "EdDSA",
            kid: &kid,
            typ,
        };
        let header = serde_json::to_vec(&header).expect("a header is plain strings");
        let signed = [
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload),
        ]
        .join(".");
        let signature = pair.sign(signed.as_bytes());
        Ok([signed, URL_SAFE_NO_PAD.encode(signature)].join("."))
    }

    /// The public keys, newest first: to be published, and to verify with.
    pub fn public_keys(&self) -> Result<JwkSet> {
        read_public(&self.0.settings.keys_dir.join(PUBLIC_KEYS))
    }

    /// Puts a new signing key in the place of the old one, which is destroyed; its public half stays. Gives the new
    /// key's name. Whoever signs meanwhile signs with one of the two.
    pub async fn rotate_signing_key(&self, now: Time) -> Result<String> {
        // A write, so that two nodes do not do it at once.
        let act = self.0.write().await?;
        let folder = KeyFolder::at(&self.0.settings)?;
        let next = numbers(folder.dir())?.last().map_or(1, |last| last + 1);
        let kid = make(&folder, next, now)?;
        clear_away(&folder, next)?;
        act.commit().await?;
        Ok(kid)
    }

    fn signing_pair(&self) -> Result<Ed25519KeyPair> {
        let mut tries = 0;
        loop {
            let folder = KeyFolder::at(&self.0.settings)?;
            let opened = newest(&folder);
            tries += 1;
            match opened {
                // Its file was just being replaced: by another key, or wrapped by another root key.
                Err(VaultError::KeyDamaged | VaultError::WrongRootKey | VaultError::Files(_))
                    if tries < 5 => {}
                other => return other.map(|(pair, _)| pair),
            }
        }
    }
}

/// Makes sure there is one signing key and that its public half is published. Clears away what a crash left. To be
/// called by one process at a time.
pub(crate) fn settle(folder: &KeyFolder, now: Time) -> Result<()> {
    for entry in std::fs::read_dir(folder.dir())? {
        let path = entry?.path();
        let stem = path
            .file_stem()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        let is_new = path.extension().is_some_and(|ending| ending == "new");
        if stem.starts_with("signing-") && is_new {
            files::destroy(&path)?;
        }
    }
    match numbers(folder.dir())?.last() {
        None => make(folder, 1, now).map(drop),
        Some(&number) => {
            let (pair, since) = newest(folder)?;
            publish(folder, &pair, since, now)?;
            clear_away(folder, number)
        }
    }
}

/// Destroys the private keys, which nobody can open; the public ones stay.
pub(crate) fn destroy(folder: &KeyFolder) -> Result<()> {
    for number in numbers(folder.dir())? {
        files::destroy(&path(folder.dir(), number))?;
    }
    Ok(())
}

/// Whether the private key can be opened, if there is one.
pub(crate) fn check(folder: &KeyFolder) -> Result<()> {
    match numbers(folder.dir())?.last() {
        None => Ok(()),
        Some(_) => newest(folder).map(drop),
    }
}

/// The private key file, for a change of the root key. An older one waits to be destroyed, and a crash may have left it
/// overwritten already.
pub(crate) fn key_files(folder: &KeyFolder) -> Result<Vec<(PathBuf, &'static str, u32)>> {
    let newest = numbers(folder.dir())?.pop();
    let file = |number| (path(folder.dir(), number), KIND, number);
    Ok(newest.into_iter().map(file).collect())
}

/// Draws a key, publishes it, and only then lets it sign.
fn make(folder: &KeyFolder, number: u32, now: Time) -> Result<String> {
    let to = path(folder.dir(), number);
    let staged = beside(&to, ".new");
    files::destroy(&staged)?;
    KeyFile::create(&staged, folder.root(), KIND, number, now)?;
    let (pair, since) = open(&staged, folder, number)?;
    let kid = publish(folder, &pair, since, now)?;
    files::rename(&staged, &to)?;
    Ok(kid)
}

/// Writes the key into the file of public keys, if it is not there; the others have signed until now at most.
fn publish(folder: &KeyFolder, pair: &Ed25519KeyPair, since: Time, now: Time) -> Result<String> {
    let path = folder.dir().join(PUBLIC_KEYS);
    let had = read_public(&path)?;
    let ours = Jwk::of(pair.public_key().as_ref(), since.rfc3339());
    let kid = ours.kid.clone();
    let mut set = had.clone();
    match set.keys.iter_mut().find(|key| key.kid == kid) {
        Some(known) => known.signed_until = None,
        None => set.keys.insert(0, ours),
    }
    for key in set.keys.iter_mut().filter(|key| key.kid != kid) {
        key.signed_until.get_or_insert_with(|| now.rfc3339());
    }
    if set != had {
        let text = serde_json::to_vec_pretty(&set).expect("a key set is plain strings");
        let draft = beside(&path, ".draft");
        files::remove(&draft)?;
        files::create(&draft, &text)?;
        files::rename(&draft, &path)?;
    }
    Ok(kid)
}

fn clear_away(folder: &KeyFolder, but: u32) -> Result<()> {
    for number in numbers(folder.dir())?.into_iter().filter(|&n| n != but) {
        files::destroy(&path(folder.dir(), number))?;
    }
    Ok(())
}

/// The key that signs now, and since when.
fn newest(folder: &KeyFolder) -> Result<(Ed25519KeyPair, Time)> {
    let number = *numbers(folder.dir())?
        .last()
        .ok_or(VaultError::SigningKeyMissing)?;
    open(&path(folder.dir(), number), folder, number)
}

fn open(path: &Path, folder: &KeyFolder, number: u32) -> Result<(Ed25519KeyPair, Time)> {
    let (file, bytes) = KeyFile::open(path, folder.root(), KIND, number)?;
    let pair =
        Ed25519KeyPair::from_seed_unchecked(&bytes[..32]).map_err(|_| VaultError::KeyDamaged)?;
    Ok((pair, file.created_at))
}

/// The numbers of the private keys, in order.
fn numbers(dir: &Path) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|n| n.strip_prefix("signing-")?.strip_suffix(".key"));
        numbers.extend(number.and_then(|n| n.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("signing-{number}.key"))
}

fn read_public(path: &Path) -> Result<JwkSet> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(JwkSet::default()),
        Err(error) => Err(error.into()),
        Ok(text) => serde_json::from_slice(&text).map_err(|_| VaultError::KeyDamaged),
    }
}
