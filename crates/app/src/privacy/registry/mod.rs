//! The registry: the one list of every stored field that is personal data. What a person gets as a copy, what an erasure
//! does, the record of processing, the data map and the inventory are read from it and written down nowhere else.
//!
//! - [`words`]: the words it is made of; [`table`]: how a row is written down; [`tables`]: the rows; `plain`: the columns
//!   that are not personal data.
//! - [`check`]: the registry against the live schema.
//! - [`copy`]: everything of one person of the board; `plan`: the erasure of one.
//! - [`inventory`]: what is held now; [`ropa`]: the record of processing; [`map`]: the data map.

pub mod check;
pub mod copy;
pub mod inventory;
pub mod map;
mod plain;
pub(crate) mod plan;
pub mod ropa;
pub mod table;
mod tables;
pub mod words;

pub use check::{Fault, faults};
pub use table::{Field, Of, Table, Within};
pub use tables::tables;
use words::{Copied, Place, Term, Whose};

use super::retention::{Kind, Terms, in_words};

/// A field that is personal data, with everything there is to say about it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where.
    pub place: &'static str,
    /// In which table or kind of file.
    pub table: &'static str,
    /// What a row of that is.
    pub title: &'static str,
    /// The column.
    pub column: &'static str,
    /// What kind of data.
    pub category: &'static str,
    /// Whose.
    pub whose: Vec<&'static str>,
    /// What for.
    pub purpose: &'static str,
    /// By what right.
    pub legal_basis: &'static str,
    /// In which role: `processor` or `controller`.
    pub role: &'static str,
    /// How long, as a word for programs: a kind of the settings of retention, or what it lives as long as.
    pub term: &'static str,
    /// How long, for people.
    pub kept: String,
    /// What erasure does.
    pub erasure: &'static str,
    /// Why it stays, if it does.
    pub erasure_reason: Option<&'static str>,
    /// Its name in a copy.
    pub export_name: &'static str,
    /// Who gets it, by their names among the subprocessors.
    pub recipients: Vec<&'static str>,
}

/// All of them, with these terms.
pub fn entries(terms: &Terms) -> impl Iterator<Item = Entry> {
    tables().flat_map(move |table| {
        table
            .fields
            .iter()
            .map(move |field| entry(table, field, terms))
    })
}

/// What a copy for somebody in Jira is made of: every field of the vault that is theirs, present or not.
pub fn exported(terms: &Terms) -> impl Iterator<Item = Entry> {
    tables()
        .filter(|table| table.place == Place::Vault && table.whose.contains(&Whose::JiraPerson))
        .flat_map(|table| table.fields.iter().map(move |field| (table, field)))
        .filter(|(_, field)| field.copied != Copied::Derived)
        .map(move |(table, field)| entry(table, field, terms))
}

fn entry(table: &'static Table, field: &'static Field, terms: &Terms) -> Entry {
    Entry {
        place: table.place.name(),
        table: table.name,
        title: table.title,
        column: field.column,
        category: field.category.name(),
        whose: table.whose.iter().map(|whose| whose.name()).collect(),
        purpose: table.activity.purpose(),
        legal_basis: table.activity.legal_basis(),
        role: table.activity.role().name(),
        term: table.term.code(),
        kept: kept(table.term, terms),
        erasure: field.erasure.name(),
        erasure_reason: field.erasure.reason(),
        export_name: field.export_name,
        recipients: table.recipients.to_vec(),
    }
}

/// A term, for people.
pub fn kept(term: Term, terms: &Terms) -> String {
    match term {
        Term::For(Kind::Logs) => format!(
            "{} ({} where more is logged)",
            in_words(terms.of(Kind::Logs)),
            in_words(terms.of(Kind::DebugLogs))
        ),
        Term::For(kind) => format!("{} from {}", in_words(terms.of(kind)), kind.from()),
        Term::Account => "until the account is deleted".to_owned(),
        Term::Post => "until it is taken away, or its post is".to_owned(),
        Term::Connection => "until the connection to Jira ends".to_owned(),
        Term::Project => "as long as the project".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        words::{Capacity, Engine, Erasure},
        *,
    };

    #[test]
    fn what_an_erasure_does_is_something_it_can_do() {
        for table in tables() {
            let has = |what: fn(&Erasure) -> bool| table.fields.iter().any(|f| what(&f.erasure));
            let goes = has(|e| matches!(e, Erasure::Row | Erasure::Key));
            let stays = has(|e| matches!(e, Erasure::Null | Erasure::Kept(_)));
            assert!(
                !(goes && stays),
                "{}: a row goes whole or stays",
                table.name
            );
            if has(|e| matches!(e, Erasure::Row | Erasure::Null)) {
                assert_ne!(table.of, Of::Nobody, "{}: whose?", table.name);
            }
            for field in table.fields {
                assert_ne!(
                    field.erasure.reason(),
                    Some(""),
                    "{}.{}",
                    table.name,
                    field.column
                );
                let is_key = matches!(field.erasure, Erasure::Key);
                assert!(!is_key || table.place == Place::Vault);
            }
        }
    }

    #[test]
    fn names_in_a_copy_are_unmistakable() {
        let mut seen = BTreeSet::new();
        for entry in exported(&Terms::default()) {
            assert!(
                seen.insert(entry.export_name),
                "{} twice",
                entry.export_name
            );
        }
        for table in tables() {
            let names: BTreeSet<&str> = table.fields.iter().map(|f| f.export_name).collect();
            assert_eq!(names.len(), table.fields.len(), "{}", table.name);
        }
    }

    #[test]
    fn credentials_are_never_copied_whole() {
        use words::Category;
        for table in tables() {
            for field in table.fields {
                let is_secret = matches!(
                    field.category,
                    Category::Credential | Category::AtlassianAccount | Category::KeyedHash
                );
                assert!(
                    !is_secret || field.copied == Copied::Presence,
                    "{}.{}",
                    table.name,
                    field.column
                );
            }
        }
    }

    #[test]
    fn every_table_says_what_it_is_for_in_which_role() {
        let processed = tables().filter(|t| t.activity.role() == Capacity::Processor);
        assert!(processed.count() > 5);
        assert!(tables().all(|t| !t.whose.is_empty() && !t.title.is_empty()));
        assert!(tables().all(|t| t.engine != Engine::Postgres));
    }
}
