//! Connections to Jira: that ended ones are over, that webhooks and permissions go no further than agreed.

use std::{collections::BTreeSet, time::Duration};

use upvow_jira::SCOPES;
use upvow_store::{connections, evidence};

use super::{CheckContext, Finding};
use crate::Result;

/// How long a record may be without a connection: writing one takes a moment, an hour is what a crash may take.
const UNNAMED_FOR: Duration = Duration::from_hours(2);

pub(super) async fn ended_is_over(context: &CheckContext<'_>) -> Result<Finding> {
    let app = context.app;
    let held = app.vault.holdings().await?;
    let mut tx = app.db.read().await?;
    let used: BTreeSet<_> = evidence::grants_in_use(&mut tx)
        .await?
        .into_iter()
        .collect();
    let work = evidence::work_after_the_end(&mut tx).await?;
    let doors = evidence::ended_with_a_grant(&mut tx).await?;
    let unused = held
        .iter()
        .filter(|grant| !used.contains(&grant.id))
        .filter(|grant| context.now.since(grant.consented_at) > UNNAMED_FOR)
        .count();
    Ok(Finding::unless([
        (
            unused > 0,
            format!("{unused} authorisations are kept that no connection uses."),
        ),
        (
            work > 0,
            format!("{work} jobs are left for connections that ended."),
        ),
        (
            doors > 0,
            format!("{doors} connections that ended still have a webhook's address."),
        ),
    ]))
}

pub(super) async fn webhooks_in_scope(context: &CheckContext<'_>) -> Result<Finding> {
    let mut tx = context.app.db.read().await?;
    let doors = evidence::doors(&mut tx).await?;
    if doors.is_empty() {
        return Ok(Finding::not_here("No webhook is registered at Jira."));
    }
    for door in doors {
        let wanted = connections::watched(&mut tx, door.id).await?;
        let is_more = door
            .watched
            .split(',')
            .filter(|id| !id.is_empty())
            .any(|id| wanted.iter().all(|project| project.as_str() != id));
        if is_more {
            return Ok(Finding::fail(
                "A webhook at Jira watches a project that is not connected.",
            ));
        }
    }
    Ok(Finding::Pass)
}

pub(super) async fn scopes(context: &CheckContext<'_>) -> Result<Finding> {
    let held = context.app.vault.holdings().await?;
    if held.is_empty() {
        return Ok(Finding::not_here("Nobody has authorised anything."));
    }
    let is_asked = |scope: &str| SCOPES.contains(&scope);
    let beyond = held
        .iter()
        .filter(|grant| !grant.scopes.split_whitespace().all(is_asked))
        .count();
    Ok(Finding::unless([(
        beyond > 0,
        format!("{beyond} authorisations allow more than is asked for."),
    )]))
}
