//! Whether the trail is whole. Works on a database that nobody serves, and on an export: it needs nothing but the lines,
//! the checkpoints, and the public keys.

use std::path::Path;

use upvow_db::{Db, Tx};
use upvow_store::audit::{
    self, End,
    chain::{Eye, Finding, Wrong},
    checkpoints,
};
use upvow_vault::{checkpoints as copies, signing::JwkSet};

use super::{checkpoints::Said, export::Line};
use crate::{AppError, Result};

const AT_ONCE: i64 = 1_000;

/// What a check came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// How many chains were looked at.
    pub chains: usize,
    /// How many lines.
    pub lines: u64,
    /// How many checkpoints whose signatures fit.
    pub checkpoints: usize,
    /// What is wrong; nothing if the trail is whole.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Looks at every chain of this database, with the copies in this key folder.
pub async fn all(db: &Db, keys: &JwkSet, keys_dir: &Path) -> Result<Report> {
    let mut tx = db.read().await?;
    let mut report = Report::default();
    let mut chains = audit::chains(&mut tx).await?;
    chains.extend(copies::kept_chains(keys_dir)?);
    chains.sort();
    chains.dedup();
    for chain in &chains {
        let copy = copies::kept_checkpoint(keys_dir, chain)?;
        one(&mut tx, chain, keys, copy.as_deref(), &mut report).await?;
    }
    for entry in audit::unchained(&mut tx).await? {
        report.findings.push(Finding {
            wrong: Wrong::Inserted,
            chain: audit::chain_of(entry.project_id),
            seq: 0,
            to: 0,
        });
    }
    Ok(report)
}

async fn one(
    tx: &mut Tx,
    chain: &str,
    keys: &JwkSet,
    copy: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    let signed: Vec<String> = checkpoints::list(tx, chain)
        .await?
        .into_iter()
        .map(|checkpoint| checkpoint.signed)
        .collect();
    let mut look = Look::new(chain, &signed, copy, keys);
    let mut last = look.from.seq;
    // From the very first, so that a line that ought to be deleted and is there again shows.
    let mut after = i64::MIN;
    loop {
        let lines = audit::walk(tx, chain, after, AT_ONCE).await?;
        for line in &lines {
            look.eye.see(line);
            last = line.seq.unwrap_or(last);
        }
        if i64::try_from(lines.len()).unwrap_or(AT_ONCE) < AT_ONCE {
            break;
        }
        after = last;
    }
    let said = audit::end(tx, chain).await?;
    look.close(said.as_ref(), report);
    Ok(())
}

/// The eye, with what was signed.
struct Look {
    eye: Eye,
    from: End,
    beyond: Vec<End>,
    signed: usize,
}

impl Look {
    fn new(chain: &str, signed: &[String], copy: Option<&str>, keys: &JwkSet) -> Look {
        let is_of = |said: &Said| said.chain == chain;
        let good: Vec<Said> = signed
            .iter()
            .filter_map(|text| Said::read(text, keys).filter(is_of))
            .collect();
        let from = good.iter().max_by_key(|said| said.from_seq);
        let from = from.map(Said::from).unwrap_or_default();
        let copied = copy.and_then(|text| Said::read(text, keys).filter(is_of));
        let ends = good.iter().chain(copied.as_ref()).map(Said::end);
        let ends: Vec<End> = ends.filter(|end| end.seq > from.seq).collect();
        let mut eye = Eye::new(chain, from.clone(), ends);
        if good.len() < signed.len() || (copy.is_some() && copied.is_none()) {
            eye.found(Wrong::NotSigned, from.seq, from.seq);
        }
        Look {
            eye,
            from,
            beyond: copied.iter().map(Said::end).collect(),
            signed: good.len(),
        }
    }

    fn close(self, said: Option<&End>, report: &mut Report) {
        report.chains += 1;
        report.checkpoints += self.signed;
        report.lines += self.eye.seen;
        report.findings.extend(self.eye.close(said, &self.beyond));
    }
}

/// Looks at an export, with nothing but the public keys.
pub fn exported(text: &str, keys: &JwkSet) -> Result<Report> {
    let odd = || AppError::Conflict {
        code: "not_an_export",
        message:
            "This is not an export of an audit trail, or its first line is not what was signed."
                .to_owned(),
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines
        .next()
        .and_then(|line| serde_json::from_str(line).ok());
    let Some(Line::Export { signed }) = first else {
        return Err(odd());
    };
    let head = super::export::head(&signed, keys).ok_or_else(odd)?;
    let (mut entries, mut checkpoints, mut strange) = (Vec::new(), Vec::new(), 0);
    for line in lines {
        match serde_json::from_str(line) {
            Ok(Line::Entry(told)) => entries.push(told.entry()),
            Ok(Line::Checkpoint { signed }) => checkpoints.push(signed),
            _ => strange += 1,
        }
    }
    // What the head says is signed too, and so it counts as a checkpoint.
    let mut look = Look::new(&head.chain, &checkpoints, None, keys);
    look.from = head.from();
    let ends = checkpoints.iter().filter_map(|text| Said::read(text, keys));
    let ends = ends.map(|said| said.end()).chain([head.end()]);
    let ends: Vec<End> = ends.filter(|end| end.seq > head.from_seq).collect();
    let wrong = std::mem::take(&mut look.eye.findings);
    look.eye = Eye::new(&head.chain, head.from(), ends);
    look.eye.findings = wrong;
    for entry in entries {
        match entry {
            Some(entry) => look.eye.see(&entry),
            None => strange += 1,
        }
    }
    if strange > 0 {
        look.eye.found(Wrong::Inserted, head.from_seq, head.seq);
    }
    let mut report = Report::default();
    look.close(Some(&head.end()), &mut report);
    Ok(report)
}
