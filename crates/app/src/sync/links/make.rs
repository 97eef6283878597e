//! Making links.

use upvow_db::{DbError, Tx};
use upvow_domain::{
    Caller, ConnectionId, Invalid, LinkId, PostId, ProjectId, Role, Scope,
    jira::{IssueTypeId, JiraProjectId},
};
use upvow_jira::{Issue, IssueRef, JiraError};
use upvow_store::{
    board_targets, connections,
    links::{self, NewLink},
};

use super::{Link, at_work, find, named::key_of, post_is_there, set_right, tell, tell_history};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{grants::CallError, reach::Reach},
    jobs::{self, Kind, Order},
    live as pages,
    sync::{
        fields::{self, BoardFields, Texts},
        pull,
    },
};

/// An issue to be made of a post.
#[derive(Debug, Clone)]
pub struct NewIssue {
    /// By which connection.
    pub connection: ConnectionId,
    /// In which Jira project.
    pub jira_project: JiraProjectId,
    /// As which type.
    pub issue_type: IssueTypeId,
    /// Values for its fields; none for what the board puts in.
    pub fields: Option<Texts>,
    /// The same key gives the same link, never a second issue.
    pub submit_key: Option<String>,
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
    let given = given(app, caller, post, new).await?;
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
        given: given.as_deref(),
        submit_key: new.submit_key.as_deref(),
        created_by: caller.person,
    };
    links::insert(&mut tx, caller.project, &row, app.now()).await?;
    order_create(&mut tx, app, caller.project, new.connection, id).await?;
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

/// What the new issue's fields are to hold: what was given, checked against Jira's form as it is now; else what the
/// board puts in, without asking Jira, which says so itself if it does not take it.
async fn given(app: &App, caller: &Caller, post: PostId, new: &NewIssue) -> Result<Option<String>> {
    // Asked for already: what was asked for then counts, whatever Jira says now.
    if let Some(key) = &new.submit_key {
        let mut tx = app.db.read().await?;
        if links::of_submit_key(&mut tx, caller.project, post, key)
            .await?
            .is_some()
        {
            return Ok(None);
        }
    }
    let (reach, board) = {
        let mut tx = app.db.read().await?;
        let reach = at_work(&mut tx, caller, new.connection).await?;
        let board = board_fields(&mut tx, caller, post, new).await?;
        (reach, board)
    };
    let Some(texts) = &new.fields else {
        return Ok(fields::stored(&board.values));
    };
    let form = fields::read(app, &reach, &new.jira_project, &new.issue_type).await?;
    let values = fields::values(&form, texts)?;
    fields::complete(&form, &values)?;
    Ok(fields::stored(&values))
}

/// What the post's board does about fields, if its issues are made in this place.
pub(super) async fn board_fields(
    tx: &mut Tx,
    caller: &Caller,
    post: PostId,
    new: &NewIssue,
) -> Result<BoardFields> {
    let board = links::board_of(tx, caller.project, post)
        .await?
        .ok_or(AppError::NotFound)?;
    let target = board_targets::of(tx, caller.project, board).await?;
    let target = target.filter(|target| {
        target.connection_id == new.connection
            && target.jira_project_id == new.jira_project
            && target.issue_type_id == new.issue_type
    });
    Ok(target.map_or_else(BoardFields::default, |target| {
        BoardFields::of(target.fields.as_deref())
    }))
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
    let issue = read_issue(app, &reach, key_or_url).await?;
    let (link, _) = tie(app, caller, &reach, post, &issue).await?;
    Ok(link)
}

/// The issue that somebody means, asked of Jira now.
pub(super) async fn read_issue(app: &App, reach: &Reach, key_or_url: &str) -> Result<Issue> {
    let named = &IssueRef::Key(key_of(key_or_url, &reach.site_url)?);
    reach
        .call(app, |at| async move { at.site().issue(named).await })
        .await
        .map_err(|error| match error {
            CallError::Jira(JiraError::NotFound | JiraError::Forbidden) => Invalid::new(
                "issue",
                "there is no such issue, or the connected account may not see it",
            )
            .into(),
            other => AppError::from(other),
        })
}

/// Writes the tie to an issue that was just read; gives whether it is new.
pub(super) async fn tie(
    app: &App,
    caller: &Caller,
    reach: &Reach,
    post: PostId,
    issue: &Issue,
) -> Result<(Link, bool)> {
    let connection = reach.connection;
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    post_is_there(&mut tx, caller, post).await?;
    let there = links::of_issue(&mut tx, caller.project, post, connection, &issue.id).await?;
    if let Some(there) = there.filter(|there| there.state != "ended") {
        return Ok((tell(&mut tx, there).await?, false));
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
        given: None,
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
    set_right(&mut tx, app, reach, &row).await?;
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
    Ok((told, true))
}

/// Has the issue of a link made.
pub(crate) async fn order_create(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    connection: ConnectionId,
    id: LinkId,
) -> Result<()> {
    let order = Order {
        kind: Kind::CreateIssue,
        subject: id.stored(),
        lane: jobs::link_lane(id),
        project,
        connection: Some(connection),
        run_at: app.now(),
    };
    jobs::enqueue(tx, app, &order).await
}
