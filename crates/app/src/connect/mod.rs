//! Connecting a project to a Jira site, and the goodbye.
//!
//! - [`consent`]: what is read, written and kept, as the admin agrees to it.
//! - [`oauth`]: the round trip to Atlassian.
//! - [`wizard`]: site, projects, status map, rights.
//! - [`goodbye`]: disconnecting, and the truth about it.
//! - [`grants`]: a fresh access token for a call, refreshed once by one worker.

pub mod consent;
pub mod goodbye;
pub mod grants;
pub mod oauth;
pub mod wizard;

use upvow_domain::{
    BoardId, Caller, ConnectionId, Time,
    jira::{CloudId, IssueTypeId, JiraProjectId, ProjectKey},
};

use crate::{App, Result};

/// Where a connection is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Authorised, and the wizard is not through.
    Setup,
    /// At work.
    Active,
    /// The grant is dead: somebody must authorise again. Links stay.
    NeedsReconnect,
    /// Processing has stopped; credentials are being revoked and erased.
    Disconnecting,
    /// Gone: nothing of the grant is left.
    Invalidated,
}

/// A connection as admins see it. There is nothing of a Jira person in it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Where it is in its life.
    pub state: State,
    /// The site, once chosen.
    pub cloud_id: Option<CloudId>,
    /// The site's name.
    pub site_name: Option<String>,
    /// The site's address.
    pub site_url: Option<String>,
    /// The Jira projects it is about.
    pub projects: Vec<ConnectedProject>,
    /// A code of what is wrong, if anything: `webhook_refused`, `grant_dead`, `scope_missing`, ...
    pub problem: Option<String>,
    /// A sentence for that code: what happened and what to do.
    pub problem_text: Option<String>,
    /// When Jira's webhook ends unless renewed.
    pub webhook_expires_at: Option<Time>,
    /// When Jira last told us something.
    pub last_event_at: Option<Time>,
    /// How many links it carries.
    pub links: i64,
    /// When it was begun.
    pub created_at: Time,
}

/// A Jira project of a connection.
#[derive(Debug, Clone)]
pub struct ConnectedProject {
    /// Its number.
    pub id: JiraProjectId,
    /// Its key, a label.
    pub key: ProjectKey,
    /// Its name, a label.
    pub name: String,
}

/// Where a board's issues are made.
#[derive(Debug, Clone)]
pub struct Target {
    /// The board.
    pub board: BoardId,
    /// By which connection.
    pub connection: ConnectionId,
    /// In which Jira project.
    pub jira_project: JiraProjectId,
    /// As which type.
    pub issue_type: IssueTypeId,
    /// The type's name, a label.
    pub issue_type_name: String,
}

/// The project's connections, newest first; invalidated ones included (they tell their goodbye). Needs an admin.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Connection>> {
    todo!()
}

/// The connections a moderator can make links with: the active ones.
pub async fn usable(app: &App, caller: &Caller) -> Result<Vec<Connection>> {
    todo!()
}

/// One connection. Needs an admin.
pub async fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    todo!()
}
