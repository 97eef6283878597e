//! A post's ties to Jira issues.

use upvow_domain::{
    Caller, ConnectionId, LinkId, PostId, Time,
    jira::{Category, IssueId, IssueKey, IssueTypeId, JiraProjectId},
};

use crate::{App, Result};

/// Where a link is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The issue is being made.
    Creating,
    /// In step.
    Active,
    /// Something keeps it from being in step; see `problem`.
    Failed,
    /// The issue was deleted in Jira. The post stays.
    Gone,
    /// The connection ended. The key is kept as a label.
    Ended,
}

/// A link as members see it. Its issue's summary is fetched live, see [`live`], and never stored.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// The post.
    pub post: PostId,
    /// The connection it works by.
    pub connection: ConnectionId,
    /// Where it is in its life.
    pub state: LinkState,
    /// The issue's key, once known.
    pub key: Option<IssueKey>,
    /// The issue's page at Jira.
    pub browse_url: Option<String>,
    /// What the issue's status means.
    pub category: Option<Category>,
    /// The status's name as the status map last saw it.
    pub status_name: Option<String>,
    /// The one that counts where only one can.
    pub is_primary: bool,
    /// A code of what is wrong.
    pub problem: Option<String>,
    /// A sentence for that code, naming what is reachable.
    pub problem_text: Option<String>,
    /// When it was last compared with Jira.
    pub synced_at: Option<Time>,
}

/// An issue to be made of a post.
#[derive(Debug, Clone)]
pub struct NewIssue {
    /// By which connection.
    pub connection: ConnectionId,
    /// In which Jira project.
    pub jira_project: JiraProjectId,
    /// As which type.
    pub issue_type: IssueTypeId,
    /// The same key gives the same link, never a second issue.
    pub submit_key: Option<String>,
}

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

/// The post's links. Needs a moderator.
pub async fn list(app: &App, caller: &Caller, post: PostId) -> Result<Vec<Link>> {
    todo!()
}

/// One link. Needs a moderator.
pub async fn get(app: &App, caller: &Caller, id: LinkId) -> Result<Link> {
    todo!()
}

/// Makes an issue of a post: the link is there at once in state creating, the issue follows by a job. Needs a moderator
/// and the scope `links:write`.
pub async fn create_issue(
    app: &App,
    caller: &Caller,
    post: PostId,
    new: &NewIssue,
) -> Result<Link> {
    todo!()
}

/// Ties a post to an issue that exists, by key or by its address on the connection's own site. Needs a moderator.
/// The issue is read from Jira before anything is written; already linked gives the link that is there.
pub async fn link_existing(
    app: &App,
    caller: &Caller,
    post: PostId,
    connection: ConnectionId,
    key_or_url: &str,
) -> Result<Link> {
    todo!()
}

/// Unties. `keep_backlink` leaves our remote link on the issue. Needs a moderator.
pub async fn unlink(app: &App, caller: &Caller, id: LinkId, keep_backlink: bool) -> Result<()> {
    todo!()
}

/// Makes this link the one that counts. Needs a moderator.
pub async fn make_primary(app: &App, caller: &Caller, id: LinkId) -> Result<()> {
    todo!()
}

/// Compares with Jira now, and tries again what failed. Needs a moderator.
pub async fn refresh(app: &App, caller: &Caller, id: LinkId) -> Result<()> {
    todo!()
}

/// The issue's own words, asked of Jira now. Needs a moderator.
pub async fn live(app: &App, caller: &Caller, id: LinkId) -> Result<LiveIssue> {
    todo!()
}

/// Issues with these words, by the connection. Needs a moderator.
pub async fn search(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    text: &str,
) -> Result<Vec<FoundIssue>> {
    todo!()
}
