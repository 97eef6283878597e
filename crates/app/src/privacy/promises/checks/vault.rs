//! The vault: sealed in place, old keys gone, nobody back.

use std::time::Duration;

use super::{CheckContext, Finding};
use crate::Result;

/// How long an erasure may take to reach Atlassian before it is finished without.
const LONGEST: Duration = Duration::from_hours(25);
/// A turn is begun within the term; so long it may take with a large vault.
const GRACE: Duration = Duration::from_mins(10);

pub(super) async fn sealed(context: &CheckContext<'_>) -> Result<Finding> {
    let vault = &context.app.vault;
    let broken = vault.check().await?;
    let (_, opened) = vault.try_moved_copies().await?;
    Ok(Finding::unless([
        (
            !broken.is_empty(),
            format!("{} sealed fields do not open in their place.", broken.len()),
        ),
        (
            opened > 0,
            format!("{opened} copies of sealed fields open in a place that is not theirs."),
        ),
    ]))
}

pub(super) async fn erasures_final(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let epoch = app.vault.epoch().await?;
    let after = app.vault.aftermath(context.now).await?;
    let is_late = |since: Option<upvow_domain::Time>, term: Duration| {
        since.is_some_and(|at| context.now.since(at) > term)
    };
    let old_keys = after
        .epoch_keys
        .iter()
        .filter(|number| **number != epoch.number)
        .count();
    Ok(Finding::unless([
        (
            is_late(after.oldest_open, LONGEST),
            "An erasure that was begun more than a day ago is not finished.",
        ),
        (
            is_late(epoch.waiting_since, app.settings.epoch_turn_within + GRACE),
            "An erasure is finished, and the key of older copies was not destroyed within its term.",
        ),
        (
            old_keys > 0,
            "The key folder holds the key of an epoch that is over.",
        ),
    ]))
}

pub(super) async fn nobody_back(context: &CheckContext<'_>) -> Result<Finding> {
    let after = context.app.vault.aftermath(context.now).await?;
    Ok(Finding::unless([
        (
            after.barred_in_use > 0,
            format!(
                "{} accounts are in use that asked to be erased.",
                after.barred_in_use
            ),
        ),
        (
            after.erased_still_there > 0,
            format!(
                "{} records are there that were erased.",
                after.erased_still_there
            ),
        ),
        (
            after.told != after.stored,
            "The ledger file and the vault do not know the same erasures.".to_owned(),
        ),
    ]))
}
