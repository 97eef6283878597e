//! Is there anything of a person in Jira in what was kept? The search knows nothing of formats: it reads files raw.

mod needles;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub use needles::{Needles, forms};
use serde_json::Value;
use upvow_db::{Db, DbError, FromRow, Row, Tuning};

use crate::config::DatabaseUrl;

/// A string that was found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The place: a file, or a table.
    pub place: String,
    /// The string.
    pub text: String,
}

/// What was looked at, and what was found there.
#[derive(Debug, Default)]
pub struct Report {
    /// How many files and tables were read.
    pub places: usize,
    /// How many bytes they hold.
    pub bytes: u64,
    /// What was found.
    pub found: Vec<Found>,
}

/// The personal strings of a `simulate-jira --people` answer: every text in it of eight characters or more.
pub fn strings(people: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    gather(people, &mut texts);
    texts.retain(|text| text.chars().count() >= 8);
    texts.sort();
    texts.dedup();
    texts
}

fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| gather(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Looks for the strings in every file below the folders (names of files, too) and in every table of the PostgreSQL databases.
pub async fn search(
    texts: &[String],
    folders: &[PathBuf],
    databases: &[DatabaseUrl],
) -> anyhow::Result<Report> {
    let needles = Needles::new(texts);
    let mut report = Report::default();
    for folder in folders {
        in_folder(folder, &needles, &mut report)?;
    }
    for database in databases.iter().filter(|url| url.is_postgres()) {
        in_database(database, &needles, &mut report).await?;
    }
    Ok(report)
}

fn in_folder(folder: &Path, needles: &Needles, report: &mut Report) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            in_folder(&path, needles, report)?;
            continue;
        }
        match fs::read(&path) {
            Ok(content) => look(&path.display().to_string(), &content, needles, report),
            // Databases remove their journals while we look.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn look(place: &str, content: &[u8], needles: &Needles, report: &mut Report) {
    report.places += 1;
    report.bytes += u64::try_from(content.len()).unwrap_or(u64::MAX);
    let mut found = needles.texts_in(content);
    found.extend(needles.texts_in(place.as_bytes()));
    report.found.extend(found.into_iter().map(|text| Found {
        place: place.to_owned(),
        text: text.to_owned(),
    }));
}

/// A table as one text; bytes are shown in hexadecimal digits, which the search knows.
struct Text(String);

impl FromRow for Text {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        row.get("text").map(Text)
    }
}

async fn in_database(
    url: &DatabaseUrl,
    needles: &Needles,
    report: &mut Report,
) -> anyhow::Result<()> {
    let db = Db::connect(url.expose(), Tuning::default()).await?;
    let mut tx = db.read().await?;
    // Otherwise bytes come as base64 in lines, and what lies across the end of a line is not found.
    let _: Vec<Text> = tx
        .all(
            "SELECT set_config('xmlbinary', 'hex', true) AS text",
            vec![],
        )
        .await?;
    let tables: Vec<Text> = tx
        .all(
            "SELECT table_schema || '.' || table_name AS text
             FROM information_schema.tables
             WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
             ORDER BY 1",
            vec![],
        )
        .await?;
    for Text(table) in tables {
        let (schema, name) = table.split_once('.').unwrap_or(("public", &table));
        let rows: Vec<Text> = tx
            .all(
                "SELECT CAST(query_to_xml(format('SELECT * FROM %I.%I', CAST($1 AS TEXT), CAST($2 AS TEXT)), true, false, '') AS TEXT) AS text",
                upvow_db::args![schema, name],
            )
            .await?;
        for Text(content) in rows {
            look(
                &format!("table {table}"),
                content.as_bytes(),
                needles,
                report,
            );
        }
    }
    drop(tx);
    db.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_deep_in_a_folder_is_found_and_so_is_a_name_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("deep");
        fs::create_dir(&deep).unwrap();
        fs::write(deep.join("file.bin"), b"\0Sunniva Hjelmstad\0").unwrap();
        fs::write(deep.join("Ottilie Quastenberg"), "").unwrap();
        let texts = ["Ottilie Quastenberg", "Sunniva Hjelmstad"].map(str::to_owned);
        let report = search(&texts, &[folder.path().to_owned()], &[])
            .await
            .unwrap();
        assert_eq!(report.places, 2);
        let mut found: Vec<&str> = report.found.iter().map(|one| one.text.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, texts);
    }

    #[test]
    fn strings_are_gathered_from_everywhere_in_the_answer() {
        let people = serde_json::json!({"people": [{"name": "Ottilie Quastenberg", "deep": {"avatars": ["/avatar/12345678"]}, "short": "OQ"}]});
        assert_eq!(
            strings(&people),
            ["/avatar/12345678", "Ottilie Quastenberg"]
        );
    }
}
