//! A post's ties to Jira issues.

use upvow_db::{DbError, Tx};
use upvow_domain::{
    Caller, ConnectionId, Invalid, LinkId, PostId, Role, Scope, Time,
    access::Via,
    jira::{Category, IssueId, IssueKey, IssueTypeId, JiraProjectId},
};
use upvow_jira::{IssueRef, JiraError};
use upvow_store::{
    connections,
    jobs::Job,
    links::{self, Followed, NewLink},
    post_changes::{self, NewChange},
    rules,
};

use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        grants::CallError,
        reach::{For, Reach},
    },
    jobs::{self, Kind, Order},
    live as pages,
    posts::Cause,
    sync::{follow, problem, pull, push},
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

/// Makes an issue of a post: the link is there at once in state creating, the issue follows by a job. Needs a moderator
/// and the scope `links:write`.
pub async fn create_issue(
    app: &App,
    caller: &Caller,
    post: PostId,
    new: &NewIssue,
) -> Result<Link> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let mut tx = app.db.write().await?;
    post_is_there(&mut tx, caller, post).await?;
    if let Some(key) = &new.submit_key
        && let Some(made) = links::of_submit_key(&mut tx, caller.project, post, key).await?
    {
        return tell(&mut tx, made).await;
    }
    at_work(&mut tx, caller, new.connection).await?;
    let projects = connections::projects(&mut tx, caller.project, new.connection).await?;
    if !projects
        .iter()
        .any(|project| project.jira_project_id == new.jira_project)
    {
        return Err(Invalid::new(
            "jira_project_id",
            "choose one of the Jira projects of the connection",
        )
        .into());
    }
    let id = app.fresh_id();
    let row = NewLink {
        id,
        post,
        connection: new.connection,
        state: "creating",
        jira_project: Some(&new.jira_project),
        issue_type: Some(&new.issue_type),
        issue: None,
        submit_key: new.submit_key.as_deref(),
        created_by: caller.person,
    };
    links::insert(&mut tx, caller.project, &row, app.now()).await?;
    order_create(&mut tx, app, caller, new.connection, id).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "link.created",
        &id.to_string(),
        "new_issue",
    )
    .await?;
    let row = find(&mut tx, caller, id).await?;
    let change = pull::change(&mut tx, &row).await?;
    let told = tell(&mut tx, row).await?;
    pages::commit(app, tx, &[change]).await?;
    app.work.notify_one();
    Ok(told)
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
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let reach = {
        let mut tx = app.db.read().await?;
        post_is_there(&mut tx, caller, post).await?;
        at_work(&mut tx, caller, connection).await?
    };
    let named = &IssueRef::Key(key_of(key_or_url, &reach.site_url)?);
    let issue = reach
        .call(app, |at| async move { at.site().issue(named).await })
        .await
        .map_err(|error| match error {
            CallError::Jira(JiraError::NotFound | JiraError::Forbidden) => Invalid::new(
                "issue",
                "there is no such issue, or the connected account may not see it",
            )
            .into(),
            other => AppError::from(other),
        })?;

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    let there = links::of_issue(&mut tx, caller.project, post, connection, &issue.id).await?;
    if let Some(there) = there.filter(|there| there.state != "ended") {
        return tell(&mut tx, there).await;
    }
    let id = app.fresh_id();
    let row = NewLink {
        id,
        post,
        connection,
        state: "active",
        jira_project: Some(&issue.project_id),
        issue_type: Some(&issue.issue_type_id),
        issue: Some((&issue.id, &issue.key)),
        submit_key: None,
        created_by: caller.person,
    };
    match links::insert(&mut tx, caller.project, &row, app.now()).await {
        Err(DbError::Duplicate) => {
            return Err(AppError::Conflict {
                code: "already_linked",
                message: "This issue is linked to this post already.".to_owned(),
            });
        }
        other => other?,
    }
    let row = find(&mut tx, caller, id).await?;
    set_right(&mut tx, app, &reach, &row).await?;
    tell_history(&mut tx, app, caller, &row, "linked").await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "link.created",
        &id.to_string(),
        "existing_issue",
    )
    .await?;
    let change = pull::change(&mut tx, &row).await?;
    let told = tell(&mut tx, row).await?;
    pages::commit(app, tx, &[change]).await?;
    app.work.notify_one();
    Ok(told)
}

/// Unties. `keep_backlink` leaves our remote link on the issue. Needs a moderator.
pub async fn unlink(app: &App, caller: &Caller, id: LinkId, keep_backlink: bool) -> Result<()> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, caller, id).await?;
    let change = pull::change(&mut tx, &row).await?;
    links::delete(&mut tx, caller.project, &row, app.now()).await?;
    tell_history(&mut tx, app, caller, &row, "unlinked").await?;
    let reach = Reach::of(&mut tx, caller.project, row.connection_id, For::Work).await;
    if let (false, Some(issue), Ok(reach)) = (keep_backlink, &row.issue_id, reach) {
        let order = Order {
            kind: Kind::RemoveBackLink,
            subject: push::removal(&row, issue),
            lane: jobs::issue_lane(&reach.cloud, issue),
            project: caller.project,
            connection: Some(row.connection_id),
            run_at: app.now(),
        };
        jobs::enqueue(&mut tx, app, &order).await?;
    }
    let detail = if keep_backlink { "kept_backlink" } else { "" };
    audit::note(
        &mut tx,
        app,
        caller,
        "link.removed",
        &id.to_string(),
        detail,
    )
    .await?;
    pages::commit(app, tx, &[change]).await?;
    app.work.notify_one();
    Ok(())
}

/// Makes this link the one that counts. Needs a moderator.
pub async fn make_primary(app: &App, caller: &Caller, id: LinkId) -> Result<()> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, caller, id).await?;
    if row.state == "ended" {
        return Err(AppError::Conflict {
            code: "link_ended",
            message: "The connection of this link was removed; it cannot lead.".to_owned(),
        });
    }
    links::set_primary(&mut tx, caller.project, row.post_id, id, app.now()).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "link.made_primary",
        &id.to_string(),
        "",
    )
    .await?;
    let change = pull::change(&mut tx, &row).await?;
    pages::commit(app, tx, &[change]).await?;
    Ok(())
}

/// Compares with Jira now, and tries again what failed. Needs a moderator.
pub async fn refresh(app: &App, caller: &Caller, id: LinkId) -> Result<()> {
    need(caller, Role::Moderator, Scope::LinksWrite)?;
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, caller, id).await?;
    let reach = at_work(&mut tx, caller, row.connection_id).await?;
    links::set_problem(&mut tx, caller.project, id, None, app.now()).await?;
    if row.state == "failed" && row.issue_id.is_none() {
        links::set_state(&mut tx, caller.project, id, "creating", app.now()).await?;
    }
    let row = find(&mut tx, caller, id).await?;
    set_right(&mut tx, app, &reach, &row).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
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

/// Enqueues all that brings a link and its issue together: making the issue, or reading it and then moving it.
pub(crate) async fn set_right(
    tx: &mut Tx,
    app: &App,
    reach: &Reach,
    link: &links::Link,
) -> Result<()> {
    let Some(issue) = &link.issue_id else {
        if link.state == "creating" {
            let program = Caller::program(link.project_id);
            order_create(tx, app, &program, link.connection_id, link.id).await?;
        }
        return Ok(());
    };
    let followed = Followed {
        id: link.id,
        connection_id: link.connection_id,
        cloud_id: reach.cloud.clone(),
        issue_id: issue.clone(),
    };
    follow::all(tx, app, link.project_id, &followed).await
}

/// What is written when a job about a link is given up.
pub(crate) async fn given_up(tx: &mut Tx, app: &App, job: &Job, code: &str) -> Result<()> {
    let now = app.now();
    let Some(id) = LinkId::from_stored(&job.subject) else {
        // A signal's job: the links show when they were last compared.
        return Ok(());
    };
    links::set_problem(tx, job.project_id, id, Some((code, "")), now).await?;
    if job.kind == Kind::CreateIssue.name() {
        links::set_state(tx, job.project_id, id, "failed", now).await?;
    }
    Ok(())
}

async fn order_create(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    id: LinkId,
) -> Result<()> {
    let order = Order {
        kind: Kind::CreateIssue,
        subject: id.stored(),
        lane: jobs::link_lane(id),
        project: caller.project,
        connection: Some(connection),
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}

/// A line for the post's history.
async fn tell_history(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    row: &links::Link,
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

async fn post_is_there(tx: &mut Tx, caller: &Caller, post: PostId) -> Result<()> {
    links::board_of(tx, caller.project, post)
        .await?
        .map(drop)
        .ok_or(AppError::NotFound)
}

async fn find(tx: &mut Tx, caller: &Caller, id: LinkId) -> Result<links::Link> {
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

/// The key in what somebody typed: a key, or an address on the connection's own site.
fn key_of(text: &str, site_url: &str) -> Result<IssueKey> {
    let text = text.trim();
    let refused = |message: &str| AppError::from(Invalid::new("issue", message));
    let key = if text.contains("://") {
        let elsewhere = || refused("use an address on the connected site, or the issue's key");
        let url = url::Url::parse(text).map_err(|_| elsewhere())?;
        let site = url::Url::parse(site_url).map_err(|_| elsewhere())?;
        if url.origin() != site.origin() {
            return Err(elsewhere());
        }
        let selected = url
            .query_pairs()
            .find(|(name, _)| name == "selectedIssue")
            .map(|(_, value)| value.into_owned());
        let browsed = url.path().split("/browse/").nth(1);
        let browsed = browsed.and_then(|rest| rest.split('/').next());
        selected
            .or_else(|| browsed.map(str::to_owned))
            .ok_or_else(|| refused("this address names no issue; use one with /browse/"))?
    } else {
        text.to_owned()
    };
    let shape = key.rsplit_once('-').is_some_and(|(project, number)| {
        !project.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    });
    IssueKey::parse(&key.to_ascii_uppercase())
        .ok()
        .filter(|_| shape)
        .ok_or_else(|| refused("use a key like DEMO-12"))
}

async fn tell(tx: &mut Tx, row: links::Link) -> Result<Link> {
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
