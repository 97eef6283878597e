//! What issues say of themselves right now. Shown, never stored.

use upvow_domain::{
    Caller, ConnectionId, LinkId, Role, Scope,
    jira::{Category, IssueId, IssueKey},
};
use upvow_jira::IssueRef;

use super::{at_work, find};
use crate::{App, AppError, Result, access::need};

/// What the issue says of itself right now. Never stored.
#[derive(Debug, Clone)]
pub struct LiveIssue {
    /// Its key now.
    pub key: IssueKey,
    /// Its summary.
    pub summary: String,
    /// Its status's name.
    pub status: String,
    /// What the status means.
    pub category: Category,
}

/// An issue found by text.
#[derive(Debug, Clone)]
pub struct FoundIssue {
    /// Its number.
    pub id: IssueId,
    /// Its key.
    pub key: IssueKey,
    /// Its summary. Never stored.
    pub summary: String,
}

/// The issue's own words, asked of Jira now. Needs a moderator.
pub async fn live(app: &App, caller: &Caller, id: LinkId) -> Result<LiveIssue> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let (reach, issue) = {
        let mut tx = app.db.read().await?;
        let row = find(&mut tx, caller, id).await?;
        let issue = row.issue_id.ok_or(AppError::Conflict {
            code: "no_issue_yet",
            message: "The issue is being made; look again in a moment.".to_owned(),
        })?;
        (at_work(&mut tx, caller, row.connection_id).await?, issue)
    };
    let by_id = &IssueRef::Id(issue);
    let issue = reach
        .call(
            app,
            |at| async move { at.site().issue_summary(by_id).await },
        )
        .await?;
    Ok(LiveIssue {
        key: issue.key,
        summary: issue.summary,
        status: issue.status_name,
        category: issue.status_category,
    })
}

/// Issues with these words, by the connection. Needs a moderator.
pub async fn search(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    text: &str,
) -> Result<Vec<FoundIssue>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let reach = {
        let mut tx = app.db.read().await?;
        at_work(&mut tx, caller, connection).await?
    };
    let text: String = text.trim().chars().take(200).collect();
    if text.is_empty() {
        return Ok(vec![]);
    }
    let text = text.as_str();
    let found = reach
        .call(app, |at| async move { at.site().search_text(text).await })
        .await?;
    Ok(found
        .into_iter()
        .take(20)
        .map(|issue| FoundIssue {
            id: issue.id,
            key: issue.key,
            summary: issue.summary,
        })
        .collect())
}
