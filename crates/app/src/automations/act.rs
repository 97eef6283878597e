//! An automation's turn with a post: in the transaction that brought the post there, whoever or whatever did. Only the
//! link is made here; the issue follows by the same job as any other.

use upvow_db::Tx;
use upvow_domain::{AutomationId, BoardId, Caller, PostId, ProjectId, Role, Scope, StatusId};
use upvow_events::Counter;
use upvow_store::{
    automations::{self as stored, Automation},
    board_targets, connections, links, posts as stored_posts,
};

use super::find;
use crate::{App, AppError, Result, access, audit, sync};

/// A post has another status now.
pub(crate) async fn status_reached(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: (PostId, BoardId),
    status: StatusId,
) -> Result<()> {
    for automation in stored::on_status(tx, project, post.1, status).await? {
        act(tx, app, &automation, post).await?;
    }
    Ok(())
}

/// A post has more votes now.
pub(crate) async fn votes_reached(
    tx: &mut Tx,
    app: &App,
    project: ProjectId,
    post: (PostId, BoardId),
    votes: (i64, i64),
) -> Result<()> {
    for automation in stored::on_votes(tx, project, post.1, votes).await? {
        act(tx, app, &automation, post).await?;
    }
    Ok(())
}

/// Takes the turn, if it was not taken and the plan does not leave the post alone.
pub(super) async fn act(
    tx: &mut Tx,
    app: &App,
    automation: &Automation,
    (post, board): (PostId, BoardId),
) -> Result<()> {
    let project = automation.project_id;
    if automation.skips_linked && stored::is_linked(tx, project, post).await? {
        return Ok(());
    }
    if !stored::take_turn(tx, automation.id, post, app.now()).await? {
        return Ok(());
    }
    let outcome = match make_link(tx, app, automation, (post, board)).await? {
        Ok(link) => (Some(link), None),
        Err(code) => (None, Some(code)),
    };
    stored::set_outcome(tx, automation.id, post, outcome).await?;
    let outcome = outcome.1.unwrap_or("made").into();
    Counter::AutomationActs { outcome }.add();
    Ok(())
}

/// The link whose issue is to be made where the board's issues are made; or a code that says why there is none.
async fn make_link(
    tx: &mut Tx,
    app: &App,
    automation: &Automation,
    (post, board): (PostId, BoardId),
) -> Result<std::result::Result<upvow_domain::LinkId, &'static str>> {
    let project = automation.project_id;
    let Some(target) = board_targets::of(tx, project, board).await? else {
        return Ok(Err("no_target"));
    };
    let connection = connections::get(tx, project, target.connection_id).await?;
    // One that waits for a new consent makes what was asked for once it has it.
    let takes = |state: &str| matches!(state, "active" | "needs_reconnect");
    if !connection.is_some_and(|connection| takes(&connection.state)) {
        return Ok(Err("not_connected"));
    }
    let id = app.fresh_id();
    let key = format!("automation:{}", automation.id.stored());
    let fields = sync::fields::BoardFields::of(target.fields.as_deref());
    let given = sync::fields::stored(&fields.values);
    let row = links::NewLink {
        id,
        post,
        connection: target.connection_id,
        state: "creating",
        jira_project: Some(&target.jira_project_id),
        issue_type: Some(&target.issue_type_id),
        issue: None,
        given: given.as_deref(),
        submit_key: Some(&key),
        created_by: None,
    };
    if let Some(there) = links::of_submit_key(tx, project, post, &key).await? {
        return Ok(Ok(there.id));
    }
    links::insert(tx, project, &row, app.now()).await?;
    sync::links::order_create(tx, app, project, target.connection_id, id).await?;
    Ok(Ok(id))
}

/// Tries again what came to nothing, once its cause was seen to. Needs an admin.
pub async fn retry(app: &App, caller: &Caller, id: AutomationId, post: PostId) -> Result<()> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let automation = find(&mut tx, caller, id).await?;
    let held = stored_posts::lock(&mut tx, caller.project, post).await?;
    let board = held.ok_or(AppError::NotFound)?.board_id;
    if stored::give_back(&mut tx, id, post).await? {
        act(&mut tx, app, &automation, (post, board)).await?;
        let subject = id.to_string();
        audit::note(&mut tx, app, caller, "automation.retried", &subject, "").await?;
    }
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}
