//! What issues say of themselves right now. Shown, never stored.

use upvow_domain::{
    Caller, ConnectionId, LinkId, PostId, Role, Scope,
    jira::{Category, IssueId, IssueKey},
};
use upvow_jira::IssueRef;
use upvow_store::links;

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
    /// The post it is looked for is tied to it already.
    pub is_linked: bool,
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

/// Issues with these words, by the connection; those that `post` is tied to are marked. Needs a moderator.
pub async fn search(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    text: &str,
    post: Option<PostId>,
) -> Result<Vec<FoundIssue>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let (reach, there) = {
        let mut tx = app.db.read().await?;
        let there = match post {
            Some(post) => links::list(&mut tx, caller.project, post).await?,
            None => vec![],
        };
        (at_work(&mut tx, caller, connection).await?, there)
    };
    let is_there = |id: &IssueId| {
        there.iter().any(|link| {
            link.connection_id == connection
                && link.state != "ended"
                && link.issue_id.as_ref() == Some(id)
        })
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
            is_linked: is_there(&issue.id),
            id: issue.id,
            key: issue.key,
            summary: issue.summary,
        })
        .collect())
}
