//! The erasure ledger's copy in a backup. A restore merges it into the ledger that is there: what either of them knows is
//! known afterwards, so that no restore can take an erasure back.

use std::path::Path;

use crate::{
    Result, files,
    ledger::{Ledger, Step},
};

/// What can be said of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerFacts {
    /// How many erasures it tells of.
    pub erasures: usize,
    /// Whether its last line is whole. A torn one is of a crash, was never confirmed to anybody, and goes with the next line.
    pub ends_well: bool,
}

/// Reads the ledger of a key folder whole. An error if any line cannot be understood.
pub fn ledger_facts(keys_dir: &Path) -> Result<LedgerFacts> {
    let ledger = Ledger::at(keys_dir);
    let told = ledger.read()?;
    let (_, is_torn) = ledger.text()?;
    Ok(LedgerFacts {
        erasures: told.erasures.len(),
        ends_well: !is_torn,
    })
}

/// Writes a copy of the ledger into a new file, whole lines only.
pub fn copy_ledger(keys_dir: &Path, to: &Path) -> Result<()> {
    let (text, _) = Ledger::at(keys_dir).text()?;
    Ok(files::create(to, &text)?)
}

/// Adds to the ledger of a key folder what this copy knows beyond it; gives how many lines. Nothing is taken out: where the
/// two disagree on whether a person took their wish to be left alone back, the ledger that is there has it.
pub fn merge_ledger(keys_dir: &Path, from: &Path) -> Result<usize> {
    files::create_folder(keys_dir)?;
    let ledger = Ledger::at(keys_dir);
    let (here, there) = (ledger.read()?, Ledger::copy_at(from).read()?);
    let mut steps: Vec<Step> = there
        .erasures
        .iter()
        .flat_map(|(&id, told)| told.beyond(here.erasures.get(&id), id))
        .collect();
    for (hash, erasure) in &there.tombstones {
        if erasure.is_none() && !here.tombstones.contains_key(hash) {
            let at = there
                .erasures
                .values()
                .filter(|told| {
                    told.tombstone
                        .as_ref()
                        .is_some_and(|stone| stone.hash == *hash)
                })
                .map(|told| told.begun_at)
                .max();
            steps.extend(at.map(|at| Step::Lifted {
                tombstone: hash.clone(),
                at,
            }));
        }
    }
    if steps.is_empty() {
        return Ok(0);
    }
    ledger.append_now(&steps)?;
    Ok(steps.len())
}
