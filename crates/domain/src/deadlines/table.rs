//! The laws and their terms. The file is part of the program: a term that cannot be read stops the tests, not a request.

use std::{collections::BTreeSet, sync::LazyLock};

use serde::Deserialize;

use super::Span;
use crate::Time;

/// The law of somebody who did not say where they live, or whose law is not in the table: of all terms the shortest.
pub const UNKNOWN: &str = "unknown";

/// What is asked for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A copy of what is held.
    Export,
    /// That it is deleted.
    Deletion,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Export, Kind::Deletion];

    /// Its name in the database and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Export => "export",
            Kind::Deletion => "deletion",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a law gives for one kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The law's code.
    pub law: String,
    /// When receipt must be confirmed, if it must.
    pub acknowledge: Option<Span>,
    /// When the answer is due.
    pub answer: Span,
    /// How much later it may be, once, with notice and a reason.
    pub extension: Option<Span>,
    /// The law names no length for the extension.
    pub grounds: bool,
    /// The clock stands still while it is open who asks.
    pub pauses: bool,
    /// Where it is written.
    pub basis: String,
    /// By when counsel must look at it again: `2027-05-31`.
    pub review_by: String,
}

/// A law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// Its code: `gdpr`.
    pub code: String,
    /// What people call it, by where they live.
    pub name: String,
    /// Its term for a copy.
    pub export: Term,
    /// Its term for deletion.
    pub deletion: Term,
}

impl Law {
    /// Its term for this kind.
    pub fn term(&self, kind: Kind) -> &Term {
        match kind {
            Kind::Export => &self.export,
            Kind::Deletion => &self.deletion,
        }
    }
}

/// All laws we know, in the order of the file.
#[derive(Debug)]
pub struct Table {
    /// The laws.
    pub laws: Vec<Law>,
}

impl Table {
    /// The law of this code.
    pub fn law(&self, code: &str) -> Option<&Law> {
        self.laws.iter().find(|law| law.code == code)
    }

    /// The term for a request that came at `received_at`. A code that is not in the table takes the strictest: of all laws
    /// the one whose answer is due first, with the earliest confirmation of receipt, without pause or extension.
    pub fn term(&self, law: &str, kind: Kind, received_at: Time) -> Term {
        match self.law(law) {
            Some(law) => law.term(kind).clone(),
            None => self.strictest(kind, received_at),
        }
    }

    fn strictest(&self, kind: Kind, received_at: Time) -> Term {
        let terms = || self.laws.iter().map(|law| law.term(kind));
        let answer = terms()
            .min_by_key(|term| term.answer.after(received_at))
            .expect("the table is never empty");
        let acknowledge = terms()
            .filter_map(|term| term.acknowledge)
            .min_by_key(|span| span.after(received_at));
        Term {
            law: UNKNOWN.to_owned(),
            acknowledge,
            extension: None,
            grounds: false,
            pauses: false,
            ..answer.clone()
        }
    }

    /// Reads a table, strictly: an unknown field, a span that is none, or a law without both kinds is refused.
    pub fn read(text: &str) -> Result<Table, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut codes: Vec<&str> = Vec::new();
        for row in &file.term {
            if !codes.contains(&row.law.as_str()) {
                codes.push(&row.law);
            }
        }
        let laws: Result<Vec<Law>, String> = codes.iter().map(|code| file.law(code)).collect();
        let laws = laws?;
        if laws.is_empty() {
            return Err("no law".to_owned());
        }
        Ok(Table { laws })
    }
}

/// The table that is part of this program.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        Table::read(include_str!("../../../../promises/deadlines.toml"))
            .expect("the file is part of the program, and a test reads it")
    });
    &TABLE
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    term: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    law: String,
    name: String,
    kinds: BTreeSet<Kind>,
    acknowledge: Option<String>,
    answer: String,
    extension: Option<String>,
    #[serde(default)]
    grounds: bool,
    #[serde(default)]
    pauses: bool,
    basis: String,
    review_by: String,
}

impl File {
    fn law(&self, code: &str) -> Result<Law, String> {
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        if !plain(code) || code == UNKNOWN {
            return Err(format!("{code:?} is no code of a law"));
        }
        let rows: Vec<&Row> = self.term.iter().filter(|row| row.law == code).collect();
        let term = |kind: Kind| {
            let mut of_kind = rows.iter().filter(|row| row.kinds.contains(&kind));
            match (of_kind.next(), of_kind.next()) {
                (Some(row), None) => row.term(),
                (None, _) => Err(format!("{code} has no term for {}", kind.name())),
                (Some(_), Some(_)) => Err(format!("{code} has two terms for {}", kind.name())),
            }
        };
        let name = &rows
            .first()
            .ok_or_else(|| format!("{code} has no row"))?
            .name;
        if rows
            .iter()
            .any(|row| row.name != *name || row.kinds.is_empty())
        {
            return Err(format!("{code} has several names, or a row without a kind"));
        }
        Ok(Law {
            code: code.to_owned(),
            name: name.clone(),
            export: term(Kind::Export)?,
            deletion: term(Kind::Deletion)?,
        })
    }
}

impl Row {
    fn term(&self) -> Result<Term, String> {
        let span = |text: &str| {
            Span::parse(text).ok_or_else(|| format!("{}: {text:?} is no span", self.law))
        };
        let optional = |text: &Option<String>| text.as_deref().map(span).transpose();
        let extension = optional(&self.extension)?;
        if self.grounds && extension.is_none() {
            return Err(format!("{}: grounds without an extension", self.law));
        }
        if self.review_by.parse::<jiff::civil::Date>().is_err() || self.basis.trim().is_empty() {
            return Err(format!(
                "{}: say where it is written, and until when to look again",
                self.law
            ));
        }
        Ok(Term {
            law: self.law.clone(),
            acknowledge: optional(&self.acknowledge)?,
            answer: span(&self.answer)?,
            extension,
            grounds: self.grounds,
            pauses: self.pauses,
            basis: self.basis.clone(),
            review_by: self.review_by.clone(),
        })
    }
}
