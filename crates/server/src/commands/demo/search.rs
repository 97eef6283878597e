//! Is there anything of a person in Jira in what was kept? The search knows nothing of formats: it reads files raw.

use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;
use upvow_db::{Db, DbError, FromRow, Row, Tuning};
use upvow_domain::hex;

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

/// The strings in every form they may have in a file: plain, in JSON, in an address, in hexadecimal digits, in UTF-16, in
/// base64 at each of the three places of a group. ASCII letters count as equal in either case, so that folding hides
/// nothing. One pass over the content finds them all: most bytes are passed over by the first look-up.
struct Needles {
    texts: Vec<String>,
    /// By their first four bytes: the rest, and whose they are.
    by_start: HashMap<[u8; 4], Vec<(Vec<u8>, usize)>>,
    /// Which pairs of bytes begin anything.
    begins: Vec<bool>,
}

impl Needles {
    fn new(texts: &[String]) -> Needles {
        let mut needles = Needles {
            texts: texts.to_vec(),
            by_start: HashMap::new(),
            begins: vec![false; 1 << 16],
        };
        for (whose, text) in texts.iter().enumerate() {
            let plain = text.as_bytes();
            let mut forms = vec![
                plain.to_vec(),
                percent(plain).into_bytes(),
                hex(plain).into_bytes(),
                json(text).into_bytes(),
            ];
            forms.extend(utf16(text));
            forms.extend(base64(plain));
            for mut form in forms {
                form.make_ascii_lowercase();
                if let [a, b, c, d, rest @ ..] = form.as_slice()
                    && form.len() >= 8
                {
                    needles.begins[pair(*a, *b)] = true;
                    needles
                        .by_start
                        .entry([*a, *b, *c, *d])
                        .or_default()
                        .push((rest.to_vec(), whose));
                }
            }
        }
        needles
    }

    /// Which of the strings the content holds.
    fn within(&self, content: &[u8]) -> BTreeSet<usize> {
        let content = content.to_ascii_lowercase();
        let mut found = BTreeSet::new();
        for (at, start) in content.windows(4).enumerate() {
            if !self.begins[pair(start[0], start[1])] {
                continue;
            }
            let Some(forms) = self.by_start.get(start) else {
                continue;
            };
            let rest = &content[at + 4..];
            found.extend(
                forms
                    .iter()
                    .filter(|(form, _)| rest.starts_with(form))
                    .map(|(_, whose)| *whose),
            );
        }
        found
    }
}

fn pair(a: u8, b: u8) -> usize {
    usize::from(a) << 8 | usize::from(b)
}

fn percent(bytes: &[u8]) -> String {
    url::form_urlencoded::byte_serialize(bytes).collect()
}

/// As JSON writes it where everything beyond ASCII is escaped.
fn json(text: &str) -> String {
    use std::fmt::Write as _;
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        out
    })
}

fn utf16(text: &str) -> [Vec<u8>; 2] {
    [
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ]
}

/// The digits that are the same whatever stands before and after, at each of the three places.
fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    use base64::{
        Engine as _, engine::general_purpose::STANDARD_NO_PAD,
        engine::general_purpose::URL_SAFE_NO_PAD,
    };
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        // The first digits mix with what is before, the last with what is after.
        let start = (before * 8).div_ceil(6);
        let end = padded.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let digits = engine.encode(&padded).into_bytes();
            forms.push(digits[start..end.min(digits.len())].to_vec());
        }
    }
    forms
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
    let mut found = needles.within(content);
    found.extend(needles.within(place.as_bytes()));
    report.found.extend(found.into_iter().map(|whose| Found {
        place: place.to_owned(),
        text: needles.texts[whose].clone(),
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
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    async fn found(content: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file.bin"), content).unwrap();
        let texts = [
            "Sunniva Hjelmstad".to_owned(),
            "Bartholomäus Zwickl".to_owned(),
        ];
        let report = search(&texts, &[folder.path().to_owned()], &[])
            .await
            .unwrap();
        assert_eq!(report.places, 1);
        !report.found.is_empty()
    }

    #[tokio::test]
    async fn a_planted_string_is_found_however_it_is_written() {
        assert!(found(b"\0\x01 Sunniva Hjelmstad \xff").await, "plain");
        assert!(found(b"sunniva hjelmstad").await, "in lower case");
        assert!(
            found("Bartholomäus Zwickl".as_bytes()).await,
            "beyond ASCII"
        );
        assert!(
            found(br#"{"name":"Bartholom\u00e4us Zwickl"}"#).await,
            "in JSON with escapes"
        );
        assert!(found(b"?name=Sunniva+Hjelmstad&x=1").await, "in an address");
        assert!(
            found(hex(b"Sunniva Hjelmstad").as_bytes()).await,
            "in hexadecimal digits"
        );
        for before in ["", "a", "ab", "abc"] {
            assert!(
                found(
                    STANDARD
                        .encode(format!("{before}Sunniva Hjelmstad!"))
                        .as_bytes()
                )
                .await,
                "in base64 after {before:?}"
            );
        }
        assert!(!found(b"Sunniva Somebodyelse").await, "and nothing else");
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
