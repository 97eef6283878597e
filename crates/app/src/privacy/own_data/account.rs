//! Deleting one's own account, as the registry says it for each field.

use upvow_db::Tx;
use upvow_domain::{Caller, Invalid, PersonId, search};
use upvow_store::{own_data as stored, people, posts as stored_posts};

use super::{is_same, prove};
use crate::{
    App, AppError, Result, audit,
    live::{self, Change, What},
    privacy::registry::plan,
    sync,
};

/// What stands in the place of a title that its author took away.
const GONE: &str = "Deleted by its author";

/// What becomes of what somebody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// It stays, without a name.
    Stay,
    /// Comments go; of posts the words go, and the posts stay with the votes and comments of others.
    Go,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Farewell {
    /// Posts that stay, with or without their words.
    pub posts: usize,
    /// Comments that stay, or went.
    pub comments: usize,
    /// Which of the two.
    pub words: Words,
}

/// Deletes the caller's account for good, in all projects. Needs somebody signed in, in a browser, who shows again who they
/// are and types their address. Whoever is the only owner of a project must find another one first.
pub async fn delete(
    app: &App,
    caller: &Caller,
    password: Option<String>,
    typed: &str,
    words: Words,
) -> Result<Farewell> {
    let person = prove(app, caller, password).await?;
    let mut tx = app.db.write().await?;
    let orphans = stored::orphans(&mut tx, person).await?;
    let found = people::find(&mut tx, person).await?;
    let found = found.ok_or(AppError::NotFound)?;
    if !is_same(&found.email, typed) {
        return Err(Invalid::new("email", "type your own address to confirm").into());
    }
    if let Some(orphan) = orphans.first() {
        return Err(AppError::Conflict {
            code: "last_owner",
            message: format!(
                "You are the only owner of {}. Make somebody else an owner under Settings, Members; then come back.",
                orphan.name
            ),
        });
    }

    let posts = stored::posts(&mut tx, person).await?;
    let comments = stored::comments(&mut tx, person).await?;
    let mut changes = vec![];
    if words == Words::Go {
        changes = take_words(&mut tx, app, person).await?;
    }
    // The line is the last that names this id, and soon the id leads to nobody.
    let detail = if words == Words::Go {
        "words_gone"
    } else {
        "words_stay"
    };
    audit::note(
        &mut tx,
        app,
        caller,
        "person.deleted",
        &person.to_string(),
        detail,
    )
    .await?;
    plan::carry_out(&mut tx, person, &found.email).await?;
    live::commit(app, tx, &changes).await?;
    app.work.notify_one();
    // What was deleted is not to stay behind in SQLite's log of changes.
    app.db.checkpoint().await?;
    Ok(Farewell {
        posts: posts.len(),
        comments: comments.len(),
        words,
    })
}

/// Takes everything away that a person wrote. The number of comments of a post is kept in step.
async fn take_words(tx: &mut Tx, app: &App, person: PersonId) -> Result<Vec<Change>> {
    let mut changes = vec![];
    for comment in stored::comments(tx, person).await? {
        let (project, post) = (comment.project_id, comment.post_id);
        let removed = upvow_store::comments::delete(tx, project, comment.id).await?;
        if removed && !comment.is_internal {
            stored_posts::add_comments(tx, project, post, -1).await?;
        }
        changes.push(Change::of_post(
            project,
            What::Comments,
            comment.board_id,
            post,
        ));
    }
    let index = search::index(GONE, "");
    for post in stored::posts(tx, person).await? {
        stored::blank_post(tx, post.project_id, post.id, GONE, &index).await?;
        sync::follow::shown_changed(tx, app, post.project_id, post.id).await?;
        changes.push(Change::of_post(
            post.project_id,
            What::Post,
            post.board_id,
            post.id,
        ));
    }
    Ok(changes)
}
