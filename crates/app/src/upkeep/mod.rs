//! What an operator does by command, beside a running server or in place of one.
//!
//! - [`keys`]: what keys and secrets there are, how old they are, and new ones in their place.

pub mod keys;

use std::collections::HashSet;

use upvow_domain::{Caller, GrantId, Time};
use upvow_store::connections;

use crate::{App, Result, audit, connect::grants, privacy::erasure::pass::fence_again};

/// Notes what an operator did to the whole server.
pub async fn note(app: &App, action: &str, detail: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    if let Some(project) = connections::any_project(&mut tx).await? {
        let program = Caller::program(project);
        audit::note(&mut tx, app, &program, action, "server", detail).await?;
    }
    Ok(tx.commit().await?)
}

/// Holds the connections of the main database against the vault: those whose authorisation is not there any more ask to be
/// connected again. After a restore, or when the vault was lost, this is how it shows at once and not with the first call
/// to Jira. Those that end with an erasure the ledger knows of stop for good: an older copy of the main database may have
/// them at work. Gives how many authorisations are gone.
pub async fn settle(app: &App) -> Result<usize> {
    let named: Vec<GrantId> = {
        let mut tx = app.db.read().await?;
        connections::grants(&mut tx).await?
    };
    // All that are there: nobody consented later than this.
    let kept: HashSet<GrantId> = app
        .vault
        .consented_before(Time(i64::MAX))
        .await?
        .into_iter()
        .collect();
    let leaving: HashSet<GrantId> = app
        .vault
        .open_erasures()
        .await?
        .into_iter()
        .map(|erasure| erasure.grant)
        .collect();
    let gone: Vec<GrantId> = named
        .into_iter()
        .filter(|grant| !kept.contains(grant) && !leaving.contains(grant))
        .collect();
    fence_again(app).await?;
    let erased = app.vault.erased_grants().await?;
    let is_erased = |grant: &GrantId| erased.iter().any(|(known, _)| known == grant);
    for grant in gone.iter().filter(|grant| !is_erased(grant)) {
        grants::is_missing(app, *grant).await?;
    }
    Ok(gone.len())
}

/// A moment in words that everybody reads the same way.
pub fn moment(at: Time) -> String {
    at.rfc3339()
}
