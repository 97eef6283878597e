//! What is held in a project, and how long everything is kept.

use axum::Json;
use serde::Serialize;
use upvow_app::privacy::registry::{
    inventory::{self, Held, TermOf},
    ropa,
};
use upvow_domain::Time;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{asked::Asked, output::Answer, words},
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_inventory))
        .routes(routes!(read_record_of_processing))
}

/// Every kind of record with personal data, and every term.
#[derive(Serialize, ToSchema)]
struct Inventory {
    records: Vec<Record>,
    terms: Vec<Term>,
}

/// A kind of record.
#[derive(Serialize, ToSchema)]
struct Record {
    /// `main database`, `vault` or `files`.
    place: &'static str,
    /// Its table, or its file.
    table: &'static str,
    title: &'static str,
    /// Whose data.
    whose: Vec<&'static str>,
    /// What kinds of data.
    categories: Vec<&'static str>,
    purpose: &'static str,
    /// `processor` or `controller`.
    role: &'static str,
    /// How many the project has; null where they are not counted by project.
    rows: Option<i64>,
    #[schema(value_type = Option<words::TimeWord>)]
    oldest: Option<String>,
    /// How long, in words.
    kept: String,
    /// What erasure does.
    erasure: Vec<&'static str>,
}

impl From<Held> for Record {
    fn from(held: Held) -> Record {
        Record {
            place: held.place,
            table: held.table,
            title: held.title,
            whose: held.whose,
            categories: held.categories,
            purpose: held.purpose,
            role: held.role,
            rows: held.rows,
            oldest: held.oldest.map(Time::rfc3339),
            kept: held.kept,
            erasure: held.erasure,
        }
    }
}

/// How long a kind of data is kept.
#[derive(Serialize, ToSchema)]
struct Term {
    /// Its name in the operator's settings.
    kind: &'static str,
    title: &'static str,
    /// How long, in words.
    kept: String,
    /// From when on.
    from: &'static str,
    /// Whether the operator set it.
    is_set: bool,
}

impl From<TermOf> for Term {
    fn from(term: TermOf) -> Term {
        Term {
            kind: term.kind,
            title: term.title,
            kept: term.kept,
            from: term.from,
            is_set: term.is_set,
        }
    }
}

/// The record of processing activities by Art. 30 of the GDPR.
#[derive(Serialize, ToSchema)]
struct ProcessingRecord {
    operator: String,
    contact: String,
    #[schema(value_type = words::TimeWord)]
    made_at: String,
    /// On behalf of the owners of projects: Art. 30(2).
    processor: Vec<Activity>,
    /// For purposes of the operator's own: Art. 30(1).
    controller: Vec<Activity>,
    measures: Vec<&'static str>,
}

/// An activity.
#[derive(Serialize, ToSchema)]
struct Activity {
    #[serde(rename = "activity")]
    name: &'static str,
    purpose: &'static str,
    legal_basis: &'static str,
    people: Vec<&'static str>,
    categories: Vec<&'static str>,
    recipients: Vec<&'static str>,
    places: Vec<&'static str>,
    terms: Vec<KeptFor>,
}

/// How long a kind of record is kept.
#[derive(Serialize, ToSchema)]
struct KeptFor {
    what: &'static str,
    kept: String,
}

impl From<ropa::Line> for Activity {
    fn from(line: ropa::Line) -> Activity {
        let kept = |term: ropa::KeptFor| KeptFor {
            what: term.what,
            kept: term.kept,
        };
        Activity {
            name: line.activity,
            purpose: line.purpose,
            legal_basis: line.legal_basis,
            people: line.people,
            categories: line.categories,
            recipients: line.recipients,
            places: line.places,
            terms: line.terms.into_iter().map(kept).collect(),
        }
    }
}

/// Read what is held in the project, and how long. Needs an admin.
#[utoipa::path(get, path = "/privacy/inventory", tag = "privacy", responses((status = 200, body = Inventory)))]
async fn read_inventory(asked: Asked) -> Answer<Inventory> {
    let records = inventory::of_project(&asked.app, &asked.caller).await?;
    let terms = inventory::terms(&asked.app);
    Ok(Json(Inventory {
        records: records.into_iter().map(Record::from).collect(),
        terms: terms.into_iter().map(Term::from).collect(),
    }))
}

/// Read the record of processing activities. Needs an admin.
#[utoipa::path(get, path = "/privacy/record", tag = "privacy", responses((status = 200, body = ProcessingRecord)))]
async fn read_record_of_processing(asked: Asked) -> Answer<ProcessingRecord> {
    let record = ropa::of_project(&asked.app, &asked.caller)?;
    Ok(Json(ProcessingRecord {
        operator: record.operator,
        contact: record.contact,
        made_at: record.made_at,
        processor: record.processor.into_iter().map(Activity::from).collect(),
        controller: record.controller.into_iter().map(Activity::from).collect(),
        measures: record.measures,
    }))
}
