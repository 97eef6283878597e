//! Statuses of a project's posts.

use upvow_db::DbError;
use upvow_domain::{
    Caller, Invalid, Role, Scope, StatusId,
    board::{self, StatusKind},
};
use upvow_store::{projects, statuses as stored};

use super::{Status, StatusForm, keep};
use crate::{App, AppError, Result, access, audit, posts::Cause, sync};

/// The most statuses of a project: all of them are read at once.
pub(crate) const MOST_STATUSES: usize = 50;

/// Every status, in order.
pub async fn statuses(app: &App, caller: &Caller) -> Result<Vec<Status>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let rows = stored::list(&mut tx, caller.project).await?;
    rows.into_iter().map(status).collect()
}

pub(crate) fn status(row: stored::Status) -> Result<Status> {
    Ok(Status {
        id: row.id,
        name: row.name,
        kind: kind(&row.kind)?,
        color: row.color,
        is_default: row.is_default,
        on_roadmap: row.on_roadmap,
    })
}

/// Reads what the database holds of a kind.
pub(crate) fn kind(name: &str) -> Result<StatusKind> {
    StatusKind::named(name).ok_or(AppError::Internal {
        code: "stored_status_kind",
    })
}

/// Makes a status at the end. Needs an admin.
pub async fn create_status(app: &App, caller: &Caller, form: &StatusForm) -> Result<Status> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let row = status_row(app.fresh_id(), form)?;
    let mut tx = app.db.write().await?;
    projects::lock(&mut tx, caller.project).await?;
    if stored::list(&mut tx, caller.project).await?.len() >= MOST_STATUSES {
        return Err(AppError::Conflict {
            code: "too_many_statuses",
            message: format!("A project has at most {MOST_STATUSES} statuses."),
        });
    }
    stored::insert(&mut tx, caller.project, &row)
        .await
        .map_err(name_taken)?;
    audit::note(
        &mut tx,
        app,
        caller,
        "status.created",
        &row.id.to_string(),
        &row.kind,
    )
    .await?;
    tx.commit().await?;
    status(row)
}

/// Changes a status. Needs an admin.
pub async fn edit_status(
    app: &App,
    caller: &Caller,
    id: StatusId,
    form: &StatusForm,
) -> Result<Status> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let row = status_row(id, form)?;
    let mut tx = app.db.write().await?;
    let before = stored::find(&mut tx, caller.project, id).await?;
    let before = before.ok_or(AppError::NotFound)?;
    stored::update(&mut tx, caller.project, &row)
        .await
        .map_err(name_taken)?;
    audit::note(
        &mut tx,
        app,
        caller,
        "status.changed",
        &id.to_string(),
        &row.kind,
    )
    .await?;
    tx.commit().await?;
    status(stored::Status {
        is_default: before.is_default,
        ..row
    })
}

fn status_row(id: StatusId, form: &StatusForm) -> Result<stored::Status> {
    let mut wrong = vec![];
    let name = keep(board::name("name", &form.name), &mut wrong);
    let color = keep(board::color(&form.color), &mut wrong);
    let kind = StatusKind::named(&form.kind)
        .ok_or_else(|| Invalid::new("kind", "use open, planned, started, done or closed"));
    let kind = keep(kind, &mut wrong);
    match (name, color, kind) {
        (Some(name), Some(color), Some(kind)) => Ok(stored::Status {
            id,
            name,
            kind: kind.name().to_owned(),
            color,
            is_default: false,
            on_roadmap: form.on_roadmap,
        }),
        _ => Err(AppError::Invalid(wrong)),
    }
}

fn name_taken(error: DbError) -> AppError {
    match error {
        DbError::Duplicate => Invalid::new("name", "another status has this name").into(),
        error => error.into(),
    }
}

/// Removes a status; its posts and rules go to `move_to`, and what is linked follows. Needs an admin. The default one
/// cannot be removed. Histories of posts go on saying its name.
pub async fn delete_status(
    app: &App,
    caller: &Caller,
    id: StatusId,
    move_to: StatusId,
) -> Result<()> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    if id == move_to {
        return Err(Invalid::new("move_to", "choose another status for its posts").into());
    }
    let mut tx = app.db.write().await?;
    projects::lock(&mut tx, caller.project).await?;
    let row = stored::find(&mut tx, caller.project, id).await?;
    let row = row.ok_or(AppError::NotFound)?;
    if stored::find(&mut tx, caller.project, move_to)
        .await?
        .is_none()
    {
        return Err(Invalid::new("move_to", "choose a status of this project").into());
    }
    if row.is_default {
        return Err(AppError::Conflict {
            code: "default_status",
            message: "New posts get this status, so it stays.".to_owned(),
        });
    }
    let linked = stored::linked_posts(&mut tx, caller.project, id).await?;
    stored::delete(&mut tx, caller.project, &row, move_to, app.now()).await?;
    for post in &linked {
        let (project, cause) = (caller.project, Cause::Program);
        sync::follow::status_changed(&mut tx, app, project, post.id, move_to, cause).await?;
    }
    audit::note(
        &mut tx,
        app,
        caller,
        "status.deleted",
        &id.to_string(),
        &move_to.to_string(),
    )
    .await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}
