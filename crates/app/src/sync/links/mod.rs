//! A post's ties to Jira issues.
//!
//! - `make`: an issue made of a post, and one that exists; `fill`: the fields of one; `change`: unlink, primary, refresh.
//! - `bulk`: many posts at once; `sheet`: links as CSV, out and in; `named`: which issue somebody means.
//! - `look`: what an issue says right now; `problem`: what is wrong with a link, in words.

mod bulk;
mod change;
mod csv;
mod fill;
mod look;
mod make;
mod named;
mod problem;
mod sheet;

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, LinkId, PostId, Role, Scope, Time,
    access::Via,
    jira::{Category, IssueKey},
};
use upvow_store::{
    connections,
    links::{self, Link as LinkRow},
    post_changes::{self, NewChange},
    rules,
};

pub use bulk::{Line, MOST_AT_ONCE, Outcome, create_many, link_many};
pub(crate) use change::{given_up, set_right};
pub use change::{make_primary, refresh, unlink};
pub use fill::{create_form, fill, refused_form};
pub use look::{FoundIssue, LiveIssue, live, search};
pub(crate) use make::order_create;
pub use make::{NewIssue, create_issue, link_existing};
pub(crate) use problem::text as problem_text;
pub use sheet::{Fate, MOST_LINES, SheetLine, export, import};

use crate::{
    App, AppError, Result,
    access::need,
    connect::reach::{For, Reach},
    posts::Cause,
};

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

/// The post's links. Needs a moderator.
pub async fn list(app: &App, caller: &Caller, post: PostId) -> Result<Vec<Link>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    post_is_there(&mut tx, caller, post).await?;
    let mut told = Vec::new();
    for row in links::list(&mut tx, caller.project, post).await? {
        told.push(tell(&mut tx, row).await?);
    }
    Ok(told)
}

/// One link. Needs a moderator.
pub async fn get(app: &App, caller: &Caller, id: LinkId) -> Result<Link> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, caller, id).await?;
    tell(&mut tx, row).await
}

async fn post_is_there(tx: &mut Tx, caller: &Caller, post: PostId) -> Result<()> {
    links::board_of(tx, caller.project, post)
        .await?
        .map(drop)
        .ok_or(AppError::NotFound)
}

async fn find(tx: &mut Tx, caller: &Caller, id: LinkId) -> Result<LinkRow> {
    links::get(tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)
}

/// The connection, which must be of this project and at work.
async fn at_work(tx: &mut Tx, caller: &Caller, id: ConnectionId) -> Result<Reach> {
    connections::get(tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Reach::of(tx, caller.project, id, For::Work).await?)
}

/// A line for the post's history.
async fn tell_history(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    row: &LinkRow,
    what: &str,
) -> Result<()> {
    let cause = match caller.via {
        Via::Token(..) => Cause::Api,
        Via::Program => Cause::Program,
        Via::Nobody | Via::Session(_) => Cause::Page,
    };
    let key = row.issue_key.as_ref().map(IssueKey::as_str);
    let line = NewChange {
        id: app.fresh_id(),
        post: row.post_id,
        what,
        from: key.filter(|_| what == "unlinked"),
        to: key.filter(|_| what == "linked"),
        person: caller.person,
        cause: cause.name(),
    };
    Ok(post_changes::insert(tx, caller.project, &line, app.now()).await?)
}

async fn tell(tx: &mut Tx, row: LinkRow) -> Result<Link> {
    let connection = connections::get(tx, row.project_id, row.connection_id).await?;
    let site_url = connection.and_then(|connection| connection.site_url);
    let status_name = match (&row.jira_project_id, &row.jira_status_id) {
        (Some(project), Some(status)) => {
            rules::of_jira_project(tx, row.project_id, row.connection_id, project)
                .await?
                .into_iter()
                .find(|rule| rule.jira_status_id == *status)
                .map(|rule| rule.jira_status_name)
        }
        _ => None,
    };
    Ok(Link {
        id: row.id,
        post: row.post_id,
        connection: row.connection_id,
        state: LinkState::named(&row.state)?,
        browse_url: row
            .issue_key
            .as_ref()
            .zip(site_url)
            .map(|(key, site)| format!("{site}/browse/{key}")),
        key: row.issue_key,
        category: row.category.as_deref().map(Category::from_key),
        status_name,
        is_primary: row.is_primary,
        problem_text: row
            .problem
            .as_deref()
            .map(|code| problem::text(code, row.problem_detail.as_deref())),
        problem: row.problem,
        synced_at: row.synced_at,
    })
}

impl LinkState {
    fn named(name: &str) -> Result<LinkState> {
        Ok(match name {
            "creating" => LinkState::Creating,
            "active" => LinkState::Active,
            "failed" => LinkState::Failed,
            "gone" => LinkState::Gone,
            "ended" => LinkState::Ended,
            _ => return Err(AppError::Internal { code: "link_state" }),
        })
    }
}
