//! What is held now: how much of each kind of record, how old the oldest is, how long it is kept, what erasure does.

use std::collections::BTreeSet;

use serde::Serialize;
use upvow_db::{Tx, args};
use upvow_domain::{Caller, ProjectId, Role, Scope, Time};

use super::{
    kept,
    table::{Table, Within},
    tables,
    words::{Engine, Place},
};
use crate::{App, Result, access::need, privacy::retention::Kind};

/// What is held of one kind of record.
#[derive(Debug, Clone, Serialize)]
pub struct Held {
    /// Where.
    pub place: &'static str,
    /// In which table.
    pub table: &'static str,
    /// What a row is.
    pub title: &'static str,
    /// Whose data.
    pub whose: Vec<&'static str>,
    /// What kinds of data.
    pub categories: Vec<&'static str>,
    /// What for.
    pub purpose: &'static str,
    /// In which role.
    pub role: &'static str,
    /// How many rows; `None` where they are not counted by project.
    pub rows: Option<i64>,
    /// The time of the oldest.
    #[serde(serialize_with = "rfc3339")]
    pub oldest: Option<Time>,
    /// How long, for people.
    pub kept: String,
    /// What erasure does, in few words.
    pub erasure: Vec<&'static str>,
}

#[expect(clippy::ref_option, reason = "serde hands a reference over")]
fn rfc3339<S: serde::Serializer>(at: &Option<Time>, to: S) -> std::result::Result<S::Ok, S::Error> {
    at.map(Time::rfc3339).serialize(to)
}

/// How long a kind of record is kept, for the table of terms.
#[derive(Debug, Clone, Serialize)]
pub struct TermOf {
    /// Its name in the settings.
    pub kind: &'static str,
    /// What it is.
    pub title: &'static str,
    /// How long.
    pub kept: String,
    /// From when on.
    pub from: &'static str,
    /// Whether the operator set it.
    pub is_set: bool,
}

/// What is held in a project, and what the server holds for it. Needs an admin.
pub async fn of_project(app: &App, caller: &Caller) -> Result<Vec<Held>> {
    need(caller, Role::Admin, Scope::Admin)?;
    held(app, Some(caller.project)).await
}

/// What the server holds, all of it: for its operator.
pub async fn of_server(app: &App) -> Result<Vec<Held>> {
    held(app, None).await
}

/// Every term, as it is set.
pub fn terms(app: &App) -> Vec<TermOf> {
    let terms = &app.settings.retention;
    Kind::ALL
        .into_iter()
        .map(|kind| TermOf {
            kind: kind.name(),
            title: kind.title(),
            kept: crate::privacy::retention::in_words(terms.of(kind)),
            from: kind.from(),
            is_set: terms.is_set(kind),
        })
        .collect()
}

async fn held(app: &App, project: Option<ProjectId>) -> Result<Vec<Held>> {
    let mut all = vec![];
    for table in tables().filter(|table| table.engine == Engine::Both) {
        let counted = match table.place {
            Place::Main => {
                let mut tx = app.db.read().await?;
                count(&mut tx, table, project).await?
            }
            // The vault knows of no projects, and its numbers are the server's own.
            Place::Vault if project.is_none() => {
                let held = app.vault.holding(table.name, table.since).await?;
                Some((held.rows, held.oldest))
            }
            Place::Vault | Place::Files => None,
        };
        all.push(line(app, table, counted));
    }
    Ok(all)
}

fn line(app: &App, table: &'static Table, counted: Option<(i64, Option<Time>)>) -> Held {
    let categories: BTreeSet<_> = table.fields.iter().map(|field| field.category).collect();
    let mut erasure: Vec<&str> = vec![];
    for field in table.fields {
        if !erasure.contains(&field.erasure.name()) {
            erasure.push(field.erasure.name());
        }
    }
    Held {
        place: table.place.name(),
        table: table.name,
        title: table.title,
        whose: table.whose.iter().map(|whose| whose.name()).collect(),
        categories: categories
            .into_iter()
            .map(super::words::Category::name)
            .collect(),
        purpose: table.activity.purpose(),
        role: table.activity.role().name(),
        rows: counted.map(|(rows, _)| rows),
        oldest: counted.and_then(|(_, oldest)| oldest),
        kept: kept(table.term, &app.settings.retention),
        erasure,
    }
}

/// How many rows there are, and the time of the oldest: of a project, or of the server as a whole.
async fn count(
    tx: &mut Tx,
    table: &'static Table,
    project: Option<ProjectId>,
) -> Result<Option<(i64, Option<Time>)>> {
    let mut words = vec![
        "SELECT CAST(COUNT(*) AS BIGINT) AS n, MIN(",
        table.since,
        ") AS oldest FROM",
        table.name,
        "t",
    ];
    let args = match project {
        None => vec![],
        Some(project) => {
            match table.within {
                Within::Project(column) => words.extend(["WHERE", column, "= $1"]),
                Within::Parent(column, parent) => words.extend([
                    "WHERE", column, "IN (SELECT id FROM", parent, "WHERE project_id = $1)",
                ]),
                // Somebody who did nothing in the project is none of its matters.
                Within::People(column) => words.extend([
                    "WHERE", column, "IN (SELECT person_id FROM members WHERE project_id = $1
                     UNION SELECT author_id FROM posts WHERE project_id = $1
                     UNION SELECT author_id FROM comments WHERE project_id = $1
                     UNION SELECT v.person_id FROM votes v JOIN posts p ON p.id = v.post_id WHERE p.project_id = $1)",
                ]),
                Within::Server => return Ok(None),
            }
            args![project]
        }
    };
    let found = tx
        .all_made(&words, args, |row| Ok((row.get("n")?, row.get("oldest")?)))
        .await?;
    Ok(found.first().copied())
}
