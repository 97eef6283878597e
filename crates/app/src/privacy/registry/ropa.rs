//! The record of processing activities: Art. 30(2) of the GDPR for what is done on a customer's behalf, and the small part
//! of Art. 30(1) for what the operator decides itself. Every line is read from the registry.

use std::{collections::BTreeSet, fmt::Write as _};

use serde::Serialize;
use upvow_domain::{Caller, Role, Scope};

use super::{
    kept,
    table::Table,
    tables,
    words::{Activity, Capacity, Place},
};
use crate::{App, Result, access::need};

/// The record.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// Who runs this server.
    pub operator: String,
    /// Where privacy questions go.
    pub contact: String,
    /// When it was written.
    pub made_at: String,
    /// Art. 30(2): on behalf of the owners of projects.
    pub processor: Vec<Line>,
    /// Art. 30(1): for purposes of the operator's own.
    pub controller: Vec<Line>,
    /// Art. 30(1)(g), (2)(d): measures of security.
    pub measures: Vec<&'static str>,
}

/// An activity.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Its name.
    pub activity: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// By what right.
    pub legal_basis: &'static str,
    /// Whose data.
    pub people: Vec<&'static str>,
    /// What kinds of data.
    pub categories: Vec<&'static str>,
    /// Who gets it.
    pub recipients: Vec<&'static str>,
    /// Where it is kept.
    pub places: Vec<&'static str>,
    /// How long each kind of record is kept.
    pub terms: Vec<KeptFor>,
}

/// How long a kind of record is kept.
#[derive(Debug, Clone, Serialize)]
pub struct KeptFor {
    /// The kind of record.
    pub what: &'static str,
    /// For people.
    pub kept: String,
}

const MEASURES: [&str; 6] = [
    "What leads to a person in Jira is sealed in a store of its own, apart from the main database and outside of backups.",
    "After every erasure the key of that store is replaced and the old one destroyed.",
    "Sessions, links and API tokens are kept as hashes; passwords as argon2id.",
    "Log lines are of a closed list; they hold ids, route templates, numbers and codes.",
    "Every kind of record has a term, after which the program deletes it by itself.",
    "Privileged acts leave a line that can be checked.",
];

/// The record as it is now.
pub fn record(app: &App) -> Record {
    let lines = |role: Capacity| {
        Activity::ALL
            .into_iter()
            .filter(|activity| activity.role() == role)
            .filter_map(|activity| line(app, activity))
            .collect()
    };
    Record {
        operator: app.settings.operator.clone(),
        contact: app.settings.contact.clone(),
        made_at: app.now().rfc3339(),
        processor: lines(Capacity::Processor),
        controller: lines(Capacity::Controller),
        measures: MEASURES.to_vec(),
    }
}

/// The record, for an admin of a project.
pub fn of_project(app: &App, caller: &Caller) -> Result<Record> {
    need(caller, Role::Admin, Scope::Admin)?;
    Ok(record(app))
}

/// `None` for an activity that keeps nothing.
fn line(app: &App, activity: Activity) -> Option<Line> {
    let of: Vec<&Table> = tables()
        .filter(|table| table.activity == activity)
        .collect();
    if of.is_empty() {
        return None;
    }
    let people: BTreeSet<_> = of.iter().flat_map(|table| table.whose).collect();
    let fields = || of.iter().flat_map(|table| table.fields);
    let categories: BTreeSet<_> = fields().map(|field| field.category).collect();
    let recipients: BTreeSet<_> = of.iter().flat_map(|table| table.recipients).collect();
    let places: BTreeSet<Place> = of.iter().map(|table| table.place).collect();
    let mut terms: Vec<KeptFor> = of
        .iter()
        .map(|table| KeptFor {
            what: table.title,
            kept: kept(table.term, &app.settings.retention),
        })
        .collect();
    terms.dedup_by(|one, other| one.what == other.what);
    Some(Line {
        activity: activity.name(),
        purpose: activity.purpose(),
        legal_basis: activity.legal_basis(),
        people: people.into_iter().map(|whose| whose.name()).collect(),
        categories: categories
            .into_iter()
            .map(super::words::Category::name)
            .collect(),
        recipients: recipients.into_iter().copied().collect(),
        places: places.into_iter().map(Place::name).collect(),
        terms,
    })
}

impl Record {
    /// As a document to be read and printed.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# Record of processing activities\n\n{}\n\nContact for privacy: {}\n\nAs of {}\n",
            plain(&self.operator),
            plain(&self.contact),
            self.made_at
        );
        for (title, lines) in [
            (
                "As a processor, on behalf of the owners of projects (Art. 30(2) GDPR)",
                &self.processor,
            ),
            ("As a controller (Art. 30(1) GDPR)", &self.controller),
        ] {
            let _ = write!(text, "\n## {title}\n");
            for line in lines {
                line.write(&mut text);
            }
        }
        text.push_str("\n## Measures of security\n\n");
        for measure in &self.measures {
            let _ = writeln!(text, "- {measure}");
        }
        text
    }
}

impl Line {
    fn write(&self, text: &mut String) {
        let recipients = if self.recipients.is_empty() {
            "nobody else".to_owned()
        } else {
            self.recipients.join(", ")
        };
        let _ = write!(
            text,
            "\n### {}\n\n- Purpose: {}\n- Legal basis: {}\n- People: {}\n- Data: {}\n- Recipients: {recipients}\n- Kept in: {}\n\n| Record | Kept |\n| --- | --- |\n",
            self.activity,
            self.purpose,
            self.legal_basis,
            self.people.join(", "),
            self.categories.join(", "),
            self.places.join(", "),
        );
        for term in &self.terms {
            let _ = writeln!(text, "| {} | {} |", term.what, term.kept);
        }
    }
}

/// The operator's words stay words of one line.
fn plain(text: &str) -> String {
    text.replace(['\n', '\r', '#', '|', '<', '>'], " ")
}
