//! Connecting a project to a Jira site, and the goodbye.
//!
//! - [`consent`]: what is read, written and kept, as the admin agrees to it.
//! - [`oauth`]: the round trip to Atlassian; `scopes`: the permissions it is asked for.
//! - [`invites`]: links that ask a Jira admin without an account here to authorise.
//! - [`wizard`]: site, projects, status map, rights; [`trial`]: the test issue.
//! - [`steps`]: how far a set-up is.
//! - [`goodbye`]: disconnecting, and the truth about it.
//! - [`lift`]: a return of somebody who asked to be left alone.
//! - [`limits`]: what Jira asked us to wait.
//! - `grants`: a fresh access token for a call, refreshed once by one worker; `reach`: the call.

pub mod consent;
pub mod goodbye;
pub(crate) mod grants;
pub mod invites;
pub mod lift;
pub mod limits;
pub mod oauth;
pub(crate) mod reach;
pub(crate) mod revive;
pub(crate) mod scopes;
pub mod steps;
pub mod trial;
pub mod wizard;

use upvow_db::Tx;
use upvow_domain::{
    BoardId, Caller, ConnectionId, ProjectId, Role, Scope, Time,
    jira::{CloudId, IssueTypeId, JiraProjectId, ProjectKey},
};
use upvow_store::{connections, hooks, links};

pub use revive::decide;
pub use steps::Step;

use crate::{
    App, AppError, Result,
    access::need,
    live::{Change, What},
};

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
    /// The step to go on with, while it is being set up.
    pub next_step: Option<Step>,
    /// Another Atlassian account authorised than before; until then an admin can say whether to use it.
    pub other_account_until: Option<Time>,
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
    /// Whether there are fields that are asked for each time.
    pub asks: bool,
    /// How many fields are filled in.
    pub filled: usize,
}

/// The project's connections, newest first; invalidated ones included (they tell their goodbye). Needs an admin.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Connection>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let rows = connections::list(&mut tx, caller.project).await?;
    told(&mut tx, rows).await
}

/// The connections a moderator can make links with: the active ones.
pub async fn usable(app: &App, caller: &Caller) -> Result<Vec<Connection>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let mut rows = connections::list(&mut tx, caller.project).await?;
    rows.retain(|row| row.state == "active");
    told(&mut tx, rows).await
}

/// One connection. Needs an admin.
pub async fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let row = connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    tell(&mut tx, row).await
}

async fn told(tx: &mut Tx, rows: Vec<connections::Connection>) -> Result<Vec<Connection>> {
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        told.push(tell(tx, row).await?);
    }
    Ok(told)
}

async fn tell(tx: &mut Tx, row: connections::Connection) -> Result<Connection> {
    let hook = match row.hook_id {
        Some(id) => hooks::get(tx, id).await?,
        None => None,
    };
    let projects = connections::projects(tx, row.project_id, row.id).await?;
    let state = State::named(&row.state)?;
    let next_step = steps::next(tx, &row).await?;
    // A refused webhook is the connection's problem, unless it has a graver one.
    let problem = row.problem.or_else(|| {
        let refused = hook.as_ref().filter(|_| state == State::Active)?;
        refused.problem.clone()
    });
    Ok(Connection {
        id: row.id,
        state,
        cloud_id: row.cloud_id,
        site_name: row.site_name,
        site_url: row.site_url,
        projects: projects
            .into_iter()
            .map(|project| ConnectedProject {
                id: project.jira_project_id,
                key: project.project_key,
                name: project.name,
            })
            .collect(),
        problem_text: problem.as_deref().map(|code| problem_text(code).to_owned()),
        problem,
        webhook_expires_at: hook.as_ref().and_then(|hook| hook.expires_at),
        last_event_at: hook.as_ref().and_then(|hook| hook.last_event_at),
        links: links::count(tx, row.project_id, row.id).await?,
        created_at: row.created_at,
        next_step,
        other_account_until: row.other_until,
    })
}

impl State {
    fn named(name: &str) -> Result<State> {
        Ok(match name {
            "setup" => State::Setup,
            "active" => State::Active,
            "needs_reconnect" => State::NeedsReconnect,
            "disconnecting" => State::Disconnecting,
            "invalidated" => State::Invalidated,
            _ => {
                return Err(AppError::Internal {
                    code: "connection_state",
                });
            }
        })
    }
}

/// What happened and what to do, for a problem's code.
fn problem_text(code: &str) -> &'static str {
    match code {
        "grant_dead" => {
            "Atlassian ended the authorisation. Reconnect with the same account; links and the status map stay."
        }
        "grant_missing" | "grant_broken" => {
            "The stored authorisation can no longer be opened. Reconnect; links and the status map stay."
        }
        "scope_missing" => {
            "The authorisation lacks a right that the app asks for. Reconnect and agree to all of them; the app's settings at Atlassian must offer them."
        }
        "client_secret_refused" => {
            "Atlassian refuses this server's client id or secret. The operator has to correct them; nothing else needs to be done."
        }
        "webhook_limit" => {
            "Jira allows five webhooks for one app, person and site, and they are used up. Remove another connection of the same account on this site."
        }
        "webhook_url" => {
            "Jira does not accept this server's address for webhooks. It must be reachable by https from the internet, and one app has one address."
        }
        "webhook_filter" => {
            "Jira does not accept the filter by these projects. Choose the projects again."
        }
        "webhook_lost" => {
            "Jira loses the webhook as soon as it is registered. It is tried again every hour; until then changes in Jira are found by comparing."
        }
        "webhook_silent" => {
            "Jira has our webhook and still tells us nothing. Is this server reachable from the internet, and is the app shared at Atlassian, or connected by the account that owns it? Changes are found by comparing, which is slower."
        }
        "webhook_forbidden" => {
            "Jira does not let this account register a webhook. Reconnect with an account that may use the site."
        }
        "webhook_refused" => {
            "Jira did not register the webhook, so changes in Jira are found by comparing only. “Compare now” asks Jira again."
        }
        _ => "Something does not work with Jira; see the server's log for the code.",
    }
}

/// A connection changed: for the pages that show it.
pub(crate) fn change(project: ProjectId, id: ConnectionId) -> Change {
    Change {
        project,
        what: What::Connection,
        board: None,
        post: None,
        connection: Some(id),
    }
}
