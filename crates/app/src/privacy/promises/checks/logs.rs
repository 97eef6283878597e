//! The log files: what is in them, and how old they are.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use upvow_domain::Time;

use super::{CheckContext, Finding, look_alike, main::file_holds};
use crate::{AppError, Result, privacy::retention::Kind};

/// The writer sweeps once an hour.
const GRACE: Duration = Duration::from_hours(2);

pub(super) async fn hold_nothing(context: &CheckContext<'_>) -> Result<Finding> {
    let Some(folder) = context.app.settings.place.logs.clone() else {
        return Ok(Finding::not_here("No log files are written here."));
    };
    let finder = context.app.vault.finder().await?;
    let outbox = context.app.mail.letters();
    let in_mail = outbox.iter().any(|letter| {
        [&letter.text, &letter.subject]
            .iter()
            .any(|text| finder.finds(text.as_bytes()) || look_alike::is_in(text.as_bytes()))
    });
    let found = tokio::task::spawn_blocking(move || {
        for path in files(&folder)? {
            let holds = file_holds(&path, &finder)?;
            let text = fs::read(&path).map_err(|_| unread())?;
            if holds || text.split(|byte| *byte == b'\n').any(look_alike::is_in) {
                return Ok(true);
            }
        }
        Ok::<_, AppError>(false)
    })
    .await
    .map_err(|_| unread())??;
    Ok(Finding::unless([
        (
            found,
            "A log file holds what the vault holds, or what looks like it.",
        ),
        (
            in_mail,
            "A letter holds what the vault holds, or what looks like it.",
        ),
    ]))
}

pub(super) async fn in_term(context: &CheckContext<'_>) -> Result<Finding> {
    let settings = &context.app.settings;
    let Some(folder) = settings.place.logs.clone() else {
        return Ok(Finding::not_here("No log files are written here."));
    };
    let oldest = tokio::task::spawn_blocking(move || {
        let ages = files(&folder)?.into_iter().map(|path| begun(&path));
        Ok::<_, AppError>(ages.flatten().min())
    })
    .await
    .map_err(|_| unread())??;
    let term = settings.retention.of(Kind::Logs) + GRACE;
    Ok(Finding::unless([(
        oldest.is_some_and(|at| context.now.since(at) > term),
        "A log file is older than its term.",
    )]))
}

fn unread() -> AppError {
    AppError::Internal { code: "log_unread" }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(_) => Err(unread()),
        Ok(entries) => Ok(entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect()),
    }
}

/// When a file was begun: by its name, or, if it has none of ours, when it was last written.
fn begun(path: &Path) -> Option<Time> {
    let name = path.file_stem()?.to_str()?;
    let by_name = name.strip_prefix("upvow-").and_then(|at| at.parse().ok());
    by_name.map(Time).or_else(|| {
        let written = fs::metadata(path).ok()?.modified().ok()?;
        let since = written.duration_since(UNIX_EPOCH).ok()?;
        Some(Time(i64::try_from(since.as_millis()).ok()?))
    })
}
