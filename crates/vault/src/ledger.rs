//! The erasure ledger's file, `erasures.log` in the key folder: one JSON line for each step, only ever added to
//! (but for the hashes of tombstones that have ended). It is copied apart from database backups and never rolled back by a restore, so that a restored vault can be told
//! whom it must forget again. It names no account: ids of ours, and the keyed hash that is a tombstone.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use upvow_domain::{ErasureId, GrantId, Time};

use crate::{ErasureReason, Result, Revocation, VaultError, files, live::beside, seal};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// An erasure is to happen.
    Begun {
        erasure: ErasureId,
        grant: GrantId,
        reason: ErasureReason,
        at: Time,
        /// Whether there was anything to erase. Left out of the line where there was.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        held: bool,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        tombstone: Option<Tombstone>,
    },
    /// The record is to be deleted; the tokens are dealt with.
    Finished {
        erasure: ErasureId,
        revocation: Revocation,
        at: Time,
    },
    /// The key of older copies is destroyed.
    Final { erasure: ErasureId, at: Time },
    /// The person took it back.
    Lifted { tombstone: KeyedHash, at: Time },
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_yes(held: &bool) -> bool {
    *held
}

impl Step {
    fn tombstone(&self) -> Option<&Tombstone> {
        match self {
            Step::Begun { tombstone, .. } => tombstone.as_ref(),
            _ => None,
        }
    }
}

/// What a tombstone says in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tombstone {
    pub(crate) hash: KeyedHash,
    /// Where it holds. There is one scope: all of this installation.
    pub(crate) scope: String,
    pub(crate) expires_at: Time,
}

/// An account's hash under the suppression key; hexadecimal digits in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyedHash(pub(crate) Vec<u8>);

impl serde::Serialize for KeyedHash {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&seal::hex(&self.0))
    }
}
impl<'de> serde::Deserialize<'de> for KeyedHash {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        seal::unhex(&String::deserialize(deserializer)?)
            .map(KeyedHash)
            .ok_or_else(|| serde::de::Error::custom("expected hexadecimal digits"))
    }
}

/// What all lines together say.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) erasures: BTreeMap<ErasureId, ToldErasure>,
    /// By hash: the erasure that it stands for, or `None` once it was lifted.
    pub(crate) tombstones: BTreeMap<KeyedHash, Option<ErasureId>>,
}

/// What the lines say of one erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToldErasure {
    pub(crate) grant: GrantId,
    pub(crate) reason: ErasureReason,
    pub(crate) begun_at: Time,
    /// Whether there was anything to erase.
    pub(crate) held: bool,
    pub(crate) tombstone: Option<Tombstone>,
    pub(crate) finished: Option<(Revocation, Time)>,
    pub(crate) final_at: Option<Time>,
}

/// The file.
#[derive(Clone)]
pub(crate) struct Ledger(PathBuf);

impl Ledger {
    pub(crate) fn at(keys_dir: &Path) -> Ledger {
        Ledger(keys_dir.join("erasures.log"))
    }

    /// A copy of it, wherever it is.
    pub(crate) fn copy_at(path: &Path) -> Ledger {
        Ledger(path.to_owned())
    }

    /// Its bytes, less a line that a crash tore; and whether there was one.
    pub(crate) fn text(&self) -> Result<(Vec<u8>, bool)> {
        let mut file = match File::open(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((vec![], false));
            }
            other => other?,
        };
        file.lock_shared()?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at + 1);
        let is_torn = whole < text.len();
        text.truncate(whole);
        Ok((text, is_torn))
    }

    /// Adds lines; they are on the disk when this returns.
    pub(crate) async fn append(&self, steps: Vec<Step>) -> Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        let ledger = self.clone();
        tokio::task::spawn_blocking(move || ledger.append_now(&steps))
            .await
            .map_err(|_| VaultError::Unavailable("ledger"))?
    }

    pub(crate) fn append_now(&self, steps: &[Step]) -> Result<()> {
        let (mut file, is_new) = self.alone()?;
        cut_torn_line(&mut file)?;
        let text = lines(steps);
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if is_new {
            files::sync_folder_of(&self.0)?;
        }
        Ok(())
    }

    /// Takes the hashes of tombstones that have ended out of the lines: the one thing that is ever taken out.
    pub(crate) async fn forget_tombstones(&self, now: Time) -> Result<()> {
        let ledger = self.clone();
        tokio::task::spawn_blocking(move || ledger.forget_tombstones_now(now))
            .await
            .map_err(|_| VaultError::Unavailable("ledger"))?
    }

    fn forget_tombstones_now(&self, now: Time) -> Result<()> {
        // Whoever waits for this file's lock looks afterwards whether it still is the ledger.
        let (mut file, _) = self.alone()?;
        let mut steps = read_steps(&mut file)?;
        let has_ended = |stone: &Tombstone| stone.expires_at <= now;
        let ended: Vec<KeyedHash> = steps
            .iter()
            .filter_map(Step::tombstone)
            .filter(|s| has_ended(s))
            .map(|s| s.hash.clone())
            .collect();
        if ended.is_empty() {
            return Ok(());
        }
        for step in &mut steps {
            if let Step::Begun { tombstone, .. } = step
                && tombstone.as_ref().is_some_and(has_ended)
            {
                *tombstone = None;
            }
        }
        let standing: Vec<KeyedHash> = steps
            .iter()
            .filter_map(Step::tombstone)
            .map(|s| s.hash.clone())
            .collect();
        steps.retain(|step| match step {
            Step::Lifted { tombstone, .. } => standing.contains(tombstone),
            _ => true,
        });
        let next = beside(&self.0, ".next");
        files::destroy(&next)?;
        files::create(&next, lines(&steps).as_bytes())?;
        Ok(files::replace(&next, &self.0)?)
    }

    /// The file, with nobody else at it.
    fn alone(&self) -> Result<(File, bool)> {
        loop {
            let (file, is_new) = files::append_to(&self.0)?;
            file.lock()?;
            if files::is_named(&file, &self.0)? {
                return Ok((file, is_new));
            }
        }
    }

    /// Everything the ledger says. A last line without its end was torn by a crash, and its step never confirmed to
    /// anybody; any other line that cannot be read is refused.
    pub(crate) fn read(&self) -> Result<Told> {
        let mut told = Told::default();
        let mut file = loop {
            let file = match File::open(&self.0) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(told),
                other => other?,
            };
            file.lock_shared()?;
            if files::is_named(&file, &self.0)? {
                break file;
            }
        };
        for step in read_steps(&mut file)? {
            told.add(step);
        }
        Ok(told)
    }
}

impl Told {
    /// Adds what a line says. A step told twice counts the first time.
    fn add(&mut self, step: Step) {
        match step {
            Step::Begun {
                erasure,
                grant,
                reason,
                at,
                held,
                tombstone,
            } => {
                if self.erasures.contains_key(&erasure) {
                    return;
                }
                if let Some(stone) = &tombstone {
                    self.tombstones.insert(stone.hash.clone(), Some(erasure));
                }
                let told = ToldErasure {
                    grant,
                    reason,
                    begun_at: at,
                    held,
                    tombstone,
                    finished: None,
                    final_at: None,
                };
                self.erasures.insert(erasure, told);
            }
            Step::Finished {
                erasure,
                revocation,
                at,
            } => {
                if let Some(told) = self.erasures.get_mut(&erasure) {
                    told.finished.get_or_insert((revocation, at));
                }
            }
            Step::Final { erasure, at } => {
                if let Some(told) = self.erasures.get_mut(&erasure) {
                    told.final_at.get_or_insert(at);
                }
            }
            Step::Lifted { tombstone, .. } => {
                self.tombstones.insert(tombstone, None);
            }
        }
    }
}

impl ToldErasure {
    /// One that begins.
    pub(crate) const fn begun(
        grant: GrantId,
        reason: ErasureReason,
        at: Time,
        held: bool,
        tombstone: Option<Tombstone>,
    ) -> ToldErasure {
        ToldErasure {
            grant,
            reason,
            begun_at: at,
            held,
            tombstone,
            finished: None,
            final_at: None,
        }
    }

    /// The lines that tell what `known` (if anything) does not.
    pub(crate) fn beyond(&self, known: Option<&ToldErasure>, erasure: ErasureId) -> Vec<Step> {
        let mut steps = Vec::new();
        if known.is_none() {
            steps.push(Step::Begun {
                erasure,
                grant: self.grant,
                reason: self.reason,
                at: self.begun_at,
                held: self.held,
                tombstone: self.tombstone.clone(),
            });
        }
        if let (Some((revocation, at)), None) = (self.finished, known.and_then(|k| k.finished)) {
            steps.push(Step::Finished {
                erasure,
                revocation,
                at,
            });
        }
        if let (Some(at), None) = (self.final_at, known.and_then(|k| k.final_at)) {
            steps.push(Step::Final { erasure, at });
        }
        steps
    }
}

fn lines(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        text += &serde_json::to_string(step).expect("a step is plain strings and numbers");
        text.push('\n');
    }
    text
}

fn read_steps(file: &mut File) -> Result<Vec<Step>> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let read = |(index, line)| {
        serde_json::from_str(line).map_err(|_| VaultError::LedgerDamaged { line: index + 1 })
    };
    whole.lines().enumerate().map(read).collect()
}

fn cut_torn_line(file: &mut File) -> Result<()> {
    let mut text = Vec::new();
    let length = file.seek(SeekFrom::End(0))?;
    // A line is far shorter than this.
    let from = length.saturating_sub(8192);
    file.seek(SeekFrom::Start(from))?;
    file.read_to_end(&mut text)?;
    if text.last().is_some_and(|&b| b != b'\n') {
        let end = text
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at as u64 + 1);
        file.set_len(from + end)?;
    }
    Ok(())
}
