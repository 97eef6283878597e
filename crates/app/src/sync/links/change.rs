//! Changing links, and setting them right.

use upvow_db::Tx;
use upvow_domain::{Caller, HookId, LinkId, Role, Scope, jira::IssueId};
use upvow_store::{
    issue_votes,
    jobs::Job,
    links::{self, Followed, Link as LinkRow},
};

use super::{at_work, find, make::order_create, tell_history};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::reach::{For, Reach},
    jobs::Kind,
    live as pages,
    sync::{follow, pull, show},
};

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
        let followed = Followed {
            id: row.id,
            connection_id: row.connection_id,
            cloud_id: reach.cloud,
            issue_id: issue.clone(),
            pushed_at: row.pushed_at,
        };
        show::order_removal(&mut tx, app, caller.project, &followed, row.post_id).await?;
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
    // Somebody may have removed the remote link in Jira: show it again, whatever it showed last.
    links::set_pushed(&mut tx, caller.project, id, "", app.now()).await?;
    if let Some(issue) = &row.issue_id {
        issue_votes::forget_issue(&mut tx, row.connection_id, issue).await?;
    }
    if row.state == "failed" && row.issue_id.is_none() {
        links::set_state(&mut tx, caller.project, id, "creating", app.now()).await?;
    }
    let row = find(&mut tx, caller, id).await?;
    set_right(&mut tx, app, &reach, &row).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

/// Enqueues all that brings a link and its issue together: making the issue, or reading it and then moving it.
pub(crate) async fn set_right(tx: &mut Tx, app: &App, reach: &Reach, link: &LinkRow) -> Result<()> {
    let Some(issue) = &link.issue_id else {
        if link.state == "creating" {
            order_create(tx, app, link.project_id, link.connection_id, link.id).await?;
        }
        return Ok(());
    };
    let followed = Followed {
        id: link.id,
        connection_id: link.connection_id,
        cloud_id: reach.cloud.clone(),
        issue_id: issue.clone(),
        pushed_at: link.pushed_at,
    };
    follow::all(tx, app, link.project_id, &followed).await
}

/// What is written when a job about a link is given up.
pub(crate) async fn given_up(tx: &mut Tx, app: &App, job: &Job, code: &str) -> Result<()> {
    let now = app.now();
    let Some(id) = LinkId::from_stored(&job.subject) else {
        return given_up_of_issue(tx, app, job, code).await;
    };
    links::set_problem(tx, job.project_id, id, Some((code, "")), now).await?;
    if job.kind == Kind::CreateIssue.name() {
        links::set_state(tx, job.project_id, id, "failed", now).await?;
    }
    Ok(())
}

/// The same for a signal's job: what Jira told of was not read, so every link to the issue may be old.
async fn given_up_of_issue(tx: &mut Tx, app: &App, job: &Job, code: &str) -> Result<()> {
    let subject = job.subject.split_once('/');
    let Some((Some(hook), Ok(issue))) =
        subject.map(|(hook, issue)| (HookId::from_stored(hook), IssueId::parse(issue)))
    else {
        return Ok(());
    };
    for link in links::of_hook_issue(tx, hook, &issue).await? {
        let problem = Some((code, ""));
        links::set_problem(tx, link.project_id, link.id, problem, app.now()).await?;
    }
    Ok(())
}
