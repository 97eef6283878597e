//! The rule of the chain, and the eye that finds where it was broken. Neither reads a database: the same eye looks at
//! an export.
//!
//! A line's hash is SHA-256, in lower-case hexadecimal, over the JSON text without spaces of
//! `["upvow-audit-1", prev, chain, seq, id, person, via, action, subject, detail, at]`, where `prev` is the hash of the
//! line before (empty for the first), `person` is empty for the program, ids are 32 hexadecimal digits and `at` counts
//! milliseconds.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use upvow_domain::{PersonId, hex};

use super::{End, Entry};

/// The hash of a line at this place.
pub fn hash(prev: &str, chain: &str, seq: i64, entry: &Entry) -> String {
    let text = serde_json::json!([
        "upvow-audit-1",
        prev,
        chain,
        seq,
        entry.id.stored(),
        entry.person_id.map(PersonId::stored).unwrap_or_default(),
        entry.via,
        entry.action,
        entry.subject,
        entry.detail,
        entry.at.0,
    ])
    .to_string();
    hex_hash(&text)
}

fn hex_hash(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// What is wrong with a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// Lines say something else than when they were written.
    Changed,
    /// Lines are gone.
    Missing,
    /// Lines were put in.
    Inserted,
    /// A line stands at another's place.
    Reordered,
    /// The newest lines are gone.
    Truncated,
    /// A checkpoint's signature does not fit.
    NotSigned,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What.
    pub wrong: Wrong,
    /// In which chain.
    pub chain: String,
    /// From which line on.
    pub seq: i64,
    /// To which line.
    pub to: i64,
}

/// Looks at the lines of one chain in the order in which they are kept.
pub struct Eye {
    chain: String,
    last: End,
    /// Whether what the last line's hash ought to be is known.
    sure: bool,
    signed: BTreeMap<i64, String>,
    /// Up to where the last checkpoint that fitted reached.
    proven: i64,
    /// How many lines were seen.
    pub seen: u64,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Eye {
    /// Begins after what was deleted when its term was over. `signed` are the places of checkpoints whose signatures fit.
    pub fn new(chain: &str, from: End, signed: impl IntoIterator<Item = End>) -> Eye {
        let proven = from.seq;
        Eye {
            chain: chain.to_owned(),
            last: from,
            sure: true,
            signed: signed.into_iter().map(|end| (end.seq, end.hash)).collect(),
            proven,
            seen: 0,
            findings: Vec::new(),
        }
    }

    /// Notes something wrong.
    pub fn found(&mut self, wrong: Wrong, seq: i64, to: i64) {
        let chain = self.chain.clone();
        self.findings.push(Finding {
            wrong,
            chain,
            seq,
            to,
        });
    }

    /// Looks at the next line.
    pub fn see(&mut self, entry: &Entry) {
        self.seen += 1;
        let (Some(seq), Some(prev), Some(own)) = (entry.seq, &entry.prev, &entry.hash) else {
            return self.found(Wrong::Inserted, self.last.seq, self.last.seq);
        };
        // The line says which project it is of, and is shown there; what it says is in no other chain.
        if super::chain_of(entry.project_id) != self.chain {
            self.found(Wrong::Changed, seq, seq);
        }
        if seq <= self.last.seq {
            let twice = seq == self.last.seq;
            let wrong = if twice {
                Wrong::Inserted
            } else {
                Wrong::Reordered
            };
            return self.found(wrong, seq, seq);
        }
        if seq > self.last.seq + 1 {
            self.found(Wrong::Missing, self.last.seq + 1, seq - 1);
            self.sure = false;
        }
        let fits = hash(prev, &self.chain, seq, entry) == *own;
        // Behind a gap there is nothing to compare `prev` with; the gap was told.
        if !fits || (self.sure && *prev != self.last.hash) {
            self.found(Wrong::Changed, seq, seq);
        }
        if let Some(signed) = self.signed.get(&seq) {
            if signed != own {
                // All was hashed anew, so each line fits the next; but it is not what was signed.
                self.found(Wrong::Changed, self.proven + 1, seq);
            }
            self.proven = seq;
        }
        self.last = End {
            seq,
            hash: own.clone(),
        };
        self.sure = true;
    }

    /// Looks at the end: `said` is where the chain says that it ends; `beyond` the places of copies of checkpoints that
    /// lie elsewhere. Gives what was found.
    pub fn close(mut self, said: Option<&End>, beyond: &[End]) -> Vec<Finding> {
        let signed = self.signed.iter().map(|(seq, hash)| End {
            seq: *seq,
            hash: hash.clone(),
        });
        let furthest = signed
            .chain(said.cloned())
            .chain(beyond.iter().cloned())
            .max_by_key(|end| end.seq);
        let last = self.last.seq;
        if let Some(end) = furthest.filter(|end| end.seq > last) {
            self.found(Wrong::Truncated, last + 1, end.seq);
        }
        match said {
            Some(said) if said.seq < self.last.seq => {
                self.found(Wrong::Inserted, said.seq + 1, self.last.seq);
            }
            Some(said) if said.seq == self.last.seq && said.hash != self.last.hash => {
                self.found(Wrong::Changed, said.seq, said.seq);
            }
            None if self.last.seq > 0 => self.found(Wrong::Changed, self.last.seq, self.last.seq),
            _ => {}
        }
        self.findings
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use upvow_domain::{AuditId, ProjectId, Time};
    use uuid::Uuid;

    use super::*;

    const PROJECT: ProjectId = ProjectId::new(Uuid::from_u128(7));

    fn line(number: u128) -> Entry {
        Entry {
            id: AuditId::new(Uuid::from_u128(number)),
            project_id: Some(PROJECT),
            person_id: number
                .is_multiple_of(3)
                .then(|| PersonId::new(Uuid::from_u128(number % 5))),
            via: "session".to_owned(),
            action: "board.created".to_owned(),
            subject: format!("board_{number}"),
            detail: String::new(),
            at: Time(i64::try_from(number).unwrap() * 1_000),
            seq: None,
            prev: None,
            hash: None,
        }
    }

    /// Gives lines their places, from the one at `from` on.
    fn link(lines: &mut [Entry], from: usize) {
        let chain = PROJECT.stored();
        for at in from..lines.len() {
            let prev = at
                .checked_sub(1)
                .and_then(|before| lines[before].hash.clone());
            let (prev, seq) = (prev.unwrap_or_default(), i64::try_from(at).unwrap() + 1);
            lines[at].hash = Some(hash(&prev, &chain, seq, &lines[at]));
            (lines[at].prev, lines[at].seq) = (Some(prev), Some(seq));
        }
    }

    fn chain(length: usize) -> Vec<Entry> {
        let mut lines: Vec<_> = (1..=length as u128).map(line).collect();
        link(&mut lines, 0);
        lines
    }

    fn end(lines: &[Entry]) -> End {
        lines.last().map_or_else(End::default, |last| End {
            seq: last.seq.unwrap(),
            hash: last.hash.clone().unwrap(),
        })
    }

    fn look(lines: &[Entry], signed: Vec<End>, said: &End) -> Vec<Finding> {
        let mut eye = Eye::new(&PROJECT.stored(), End::default(), signed);
        for line in lines {
            eye.see(line);
        }
        eye.close(Some(said), &[])
    }

    #[derive(Debug, Clone)]
    enum Harm {
        Change(u8),
        Remove,
        Swap(usize),
        Insert,
        Double,
        Truncate,
        TruncateAndRewind,
        Rewrite,
        InsertAndRewrite,
    }

    fn harm() -> impl Strategy<Value = Harm> {
        prop_oneof![
            (0..9_u8).prop_map(Harm::Change),
            Just(Harm::Remove),
            (1..20_usize).prop_map(Harm::Swap),
            Just(Harm::Insert),
            Just(Harm::Double),
            Just(Harm::Truncate),
            Just(Harm::TruncateAndRewind),
            Just(Harm::Rewrite),
            Just(Harm::InsertAndRewrite),
        ]
    }

    /// Does it to the line at `at`; gives where the end is said to be.
    fn suffer(lines: &mut Vec<Entry>, at: usize, harm: &Harm) -> End {
        let said = end(lines);
        let stranger = line(9_999);
        match harm {
            Harm::Change(field) => {
                let line = &mut lines[at];
                match field {
                    0 => line.id = stranger.id,
                    1 => line.person_id = Some(PersonId::new(Uuid::from_u128(99))),
                    2 => line.via.push('x'),
                    3 => line.action.push('x'),
                    4 => line.subject.push('x'),
                    5 => line.detail.push('x'),
                    6 => line.at.0 += 1,
                    7 => line.project_id = None,
                    _ => line.hash = line.hash.take().map(|hash| hash.replace('0', "1") + "0"),
                }
            }
            Harm::Remove => drop(lines.remove(at)),
            Harm::Swap(by) => {
                let other = (at + by) % lines.len();
                let other = if other == at {
                    (at + 1) % lines.len()
                } else {
                    other
                };
                lines.swap(at, other);
            }
            Harm::Insert => lines.insert(at, stranger),
            Harm::Double => lines.insert(at, lines[at].clone()),
            Harm::Truncate => lines.truncate(at),
            Harm::TruncateAndRewind => {
                lines.truncate(at);
                return end(lines);
            }
            Harm::Rewrite => {
                lines[at].detail.push('x');
                link(lines, at);
                return end(lines);
            }
            Harm::InsertAndRewrite => {
                lines.insert(at, stranger);
                link(lines, at);
                return end(lines);
            }
        }
        said
    }

    proptest! {
        /// Promise 9.6.
        #[test]
        fn no_harm_is_unseen(length in 2..30_usize, at in any::<prop::sample::Index>(), harm in harm()) {
            let mut lines = chain(length);
            let signed = vec![end(&lines[..length / 2]), end(&lines)];
            prop_assert_eq!(look(&lines, signed.clone(), &end(&lines)), vec![]);
            let at = at.index(length);
            let said = suffer(&mut lines, at, &harm);
            let found = look(&lines, signed, &said);
            prop_assert!(!found.is_empty(), "{harm:?} at {at} of {length} was not seen");
        }
    }

    #[test]
    fn the_rule_is_the_one_that_is_written_down() {
        let lines = chain(1);
        let text = r#"["upvow-audit-1","","00000000000000000000000000000007",1,"00000000000000000000000000000001","","session","board.created","board_1","",1000]"#;
        assert_eq!(lines[0].hash, Some(hex_hash(text)));
    }
}
