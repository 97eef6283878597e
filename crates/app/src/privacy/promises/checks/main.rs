//! The main database: what may be in it, and what must not.

use std::{io::Read as _, path::Path};

use upvow_store::evidence;
use upvow_vault::evidence::Finder;

use super::{CheckContext, Finding, look_alike};
use crate::{AppError, Result, privacy::registry::faults};

/// How many of the newest rows of each kind are read for words.
const ROWS: i64 = 20_000;
/// What members and voters write may look like anything. What the vault holds is looked for there, too.
const WRITTEN_BY_PEOPLE: [&str; 3] = ["posts", "comments", "post_search"];
/// A piece of a file.
const PIECE: usize = 1 << 20;

/// Parts of names of columns that nothing here has a use for: whatever is called so would be about a person in Jira.
const NEVER: [&str; 15] = [
    "account_id",
    "accountid",
    "avatar",
    "display_name",
    "displayname",
    "assignee",
    "access_token",
    "refresh_token",
    "birth",
    "payload",
    "raw_body",
    "summary",
    "jira_user",
    "jira_email",
    "jira_name",
];

pub(super) async fn schema(context: &CheckContext<'_>) -> Result<Finding> {
    let columns = context.app.db.columns().await?;
    let found = columns
        .iter()
        .find(|(_, column)| NEVER.iter().any(|never| column.contains(never)));
    if let Some((table, column)) = found {
        return Ok(Finding::fail(format!(
            "The main database has a column {table}.{column}."
        )));
    }
    let faults = faults(context.app).await?;
    Ok(faults.first().map_or(Finding::Pass, |fault| {
        Finding::fail(format!("The registry does not fit the databases. {fault}."))
    }))
}

pub(super) async fn holds_nothing(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let finder = app.vault.finder().await?;
    for table in app.db.tables().await? {
        let by_people = WRITTEN_BY_PEOPLE.iter().any(|part| table.starts_with(part));
        let (mut held, mut alike) = (false, false);
        app.db
            .each_row(&table, |row| {
                held |= finder.finds(row);
                alike |= !by_people && look_alike::is_in(row);
            })
            .await?;
        if held {
            return Ok(Finding::fail(format!(
                "The table {table} holds a value of the vault."
            )));
        }
        if alike {
            return Ok(Finding::fail(format!(
                "The table {table} holds something that looks like an account or a token."
            )));
        }
    }
    // What was deleted stays in the pages of a file for a while.
    for path in &app.settings.place.database_files {
        let (path, finder) = (path.clone(), finder.clone());
        let held = tokio::task::spawn_blocking(move || file_holds(&path, &finder))
            .await
            .map_err(|_| AppError::Internal { code: "file_look" })??;
        if held {
            return Ok(Finding::fail(
                "A file of the main database holds a value of the vault.",
            ));
        }
    }
    Ok(Finding::Pass)
}

/// Whether a file holds a value of the vault, read in pieces that overlap. A file that is not there holds nothing.
pub(super) fn file_holds(path: &Path, finder: &Finder) -> Result<bool> {
    let unread = |_| AppError::Internal {
        code: "file_unread",
    };
    let mut file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(unread)?,
    };
    let mut piece = Vec::with_capacity(PIECE + Finder::OVERLAP);
    loop {
        let read = file
            .by_ref()
            .take(PIECE as u64)
            .read_to_end(&mut piece)
            .map_err(unread)?;
        if finder.finds(&piece) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        let keep = piece.len().saturating_sub(Finder::OVERLAP);
        piece.drain(..keep);
    }
}

pub(super) async fn only_ids(context: &CheckContext<'_>) -> Result<Finding> {
    let mut tx = context.app.db.read().await?;
    let kept = [
        (
            "what is kept of deliveries",
            evidence::signals(&mut tx, ROWS).await?,
        ),
        ("the jobs", evidence::jobs(&mut tx, ROWS).await?),
        ("the audit trail", evidence::acts(&mut tx, ROWS).await?),
    ];
    let found = kept.iter().find(|(_, rows)| {
        rows.iter()
            .any(|row| row.lines().any(|text| !is_code(text)))
    });
    if let Some((place, _)) = found {
        return Ok(Finding::fail(format!(
            "In {place} there are words where only identifiers and codes may be."
        )));
    }
    Ok(Finding::Pass)
}

/// An identifier or a code: plain signs, no blanks, no address of a mailbox, and not endless.
fn is_code(text: &str) -> bool {
    text.len() <= 200
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'@' && byte != b'<')
        && !look_alike::is_in(text.as_bytes())
}

pub(super) async fn consents(context: &CheckContext<'_>) -> Result<Finding> {
    let mut tx = context.app.db.read().await?;
    let without = evidence::without_consent(&mut tx).await?;
    Ok(Finding::unless([(
        without > 0,
        format!("{without} connections have no consent that came before them."),
    )]))
}

pub(super) async fn tenants(context: &CheckContext<'_>) -> Result<Finding> {
    let mut tx = context.app.db.read().await?;
    let across = evidence::across_projects(&mut tx).await?;
    Ok(Finding::unless([(
        across > 0,
        format!("{across} rows tie one project's things to another's."),
    )]))
}

#[cfg(test)]
mod tests {
    use super::is_code;

    /// Promise 2.3, 7.3.
    #[test]
    fn words_and_addresses_are_no_codes() {
        for code in [
            "",
            "0199f3c2a1b24c7d8e9f0a1b2c3d4e5f/10042",
            "PROJ-12",
            "connection.ended",
        ] {
            assert!(is_code(code), "{code}");
        }
        for words in [
            "Ana Maria",
            "ana@example.com",
            "Zoë",
            "<b>",
            "712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788",
        ] {
            assert!(!is_code(words), "{words}");
        }
    }
}
