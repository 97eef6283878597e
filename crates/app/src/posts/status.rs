//! From one status to another.

use upvow_db::Tx;
use upvow_domain::{Caller, Invalid, PostId, Role, Scope, StatusId};
use upvow_store::{posts, statuses};

use super::{Cause, Line, Post, find, post, write_line};
use crate::{
    App, AppError, Result, access, automations,
    live::{self, Change, What},
    notices::{self, Tell},
    sync,
};

/// Gives a post another status; the same status is no change. Needs a moderator (or the program, for Jira).
/// Linked issues are to follow: `sync::follow` enqueues that in the same transaction, whatever the cause.
pub async fn set_status(
    app: &App,
    caller: &Caller,
    id: PostId,
    status: StatusId,
    cause: Cause,
) -> Result<Post> {
    set_status_telling(app, caller, id, (status, cause), &Tell::AsSet).await
}

/// The same, with what the caller decided about telling the voters.
pub async fn set_status_telling(
    app: &App,
    caller: &Caller,
    id: PostId,
    (status, cause): (StatusId, Cause),
    tell: &Tell,
) -> Result<Post> {
    access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    let mut tx = app.db.write().await?;
    let change = apply(&mut tx, app, caller, id, (status, cause), tell).await?;
    let after = post(caller, find(&mut tx, caller, id).await?)?;
    live::commit(app, tx, change.as_slice()).await?;
    app.work.notify_one();
    Ok(after)
}

/// The inner half of [`set_status`], in a transaction that is open: writes status and history, and has the linked
/// issues follow. `None` if the post has this status already. The caller says the change after the commit, see
/// [`live::commit`].
pub(crate) async fn apply_status(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: PostId,
    status: StatusId,
    cause: Cause,
) -> Result<Option<Change>> {
    apply(tx, app, caller, id, (status, cause), &Tell::AsSet).await
}

async fn apply(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: PostId,
    (status, cause): (StatusId, Cause),
    tell: &Tell,
) -> Result<Option<Change>> {
    let held = posts::lock(tx, caller.project, id).await?;
    let before = held.ok_or(AppError::NotFound)?;
    if before.status_id == status {
        return Ok(None);
    }
    if statuses::find(tx, caller.project, status).await?.is_none() {
        return Err(Invalid::new("status", "choose a status of this project").into());
    }
    posts::update_status(tx, caller.project, id, status, app.now()).await?;
    let line = Line {
        what: "status",
        from: Some(&before.status_id.stored()),
        to: Some(&status.stored()),
        cause,
    };
    write_line(tx, app, caller, id, &line).await?;
    sync::follow::status_changed(tx, app, caller.project, id, status, cause).await?;
    let board = before.board_id;
    automations::status_reached(tx, app, caller.project, (id, board), status).await?;
    let step = notices::Step {
        post: id,
        from: before.status_id,
        to: status,
    };
    notices::status_changed(tx, app, caller, &step, tell).await?;
    Ok(Some(Change::of_post(caller.project, What::Post, board, id)))
}
