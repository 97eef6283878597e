//! Changing what a post says and where it is, and removing it.

use upvow_db::Tx;
use upvow_domain::{BoardId, Caller, PostId, Role, Scope, search};
use upvow_store::{boards as stored_boards, posts};

use super::{Cause, Line, Post, checked, find, may_edit, post, write_line};
use crate::{
    App, AppError, Result, access, audit, boards,
    live::{self, Change, What},
    sync,
};

/// Changes title and text. For its author, and for moderators.
pub async fn edit(app: &App, caller: &Caller, id: PostId, title: &str, body: &str) -> Result<Post> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    access::person(caller)?;
    let (title, body) = checked(title, body)?;
    let mut tx = app.db.write().await?;
    let before = held(&mut tx, caller, id).await?;
    if !may_edit(caller, before.author_id) {
        access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    }
    let retitled = before.row.title != title.as_str();
    if !retitled && before.body == body.as_str() {
        return post(caller, before);
    }
    let words = search::index(title.as_str(), body.as_str());
    let text = (title.as_str(), body.as_str(), words.as_str());
    posts::update_text(&mut tx, caller.project, id, text, app.now()).await?;
    let line = Line {
        what: "edited",
        from: retitled.then_some(before.row.title.as_str()),
        to: retitled.then_some(title.as_str()),
        cause: Cause::of(caller),
    };
    write_line(&mut tx, app, caller, id, &line).await?;
    if retitled {
        sync::follow::shown_changed(&mut tx, app, caller.project, id).await?;
    }
    let after = post(caller, find(&mut tx, caller, id).await?)?;
    let change = Change::of_post(caller.project, What::Post, after.row.board_id, id);
    live::commit(app, tx, &[change]).await?;
    app.work.notify_one();
    Ok(after)
}

/// The post as it is stored, held until the transaction ends.
async fn held(tx: &mut Tx, caller: &Caller, id: PostId) -> Result<posts::Post> {
    posts::lock(tx, caller.project, id).await?;
    find(tx, caller, id).await
}

/// Moves a post to another board. Needs a moderator.
pub async fn move_to_board(app: &App, caller: &Caller, id: PostId, board: BoardId) -> Result<Post> {
    access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    let mut tx = app.db.write().await?;
    let before = held(&mut tx, caller, id).await?;
    let from = before.row.board_id;
    boards::find(&mut tx, caller, board).await?;
    if from == board {
        return post(caller, before);
    }
    posts::update_board(&mut tx, caller.project, id, board, app.now()).await?;
    // Always in the same order, or two moves in opposite directions could wait for each other.
    let mut counts = [(from, -1), (board, 1)];
    counts.sort_unstable();
    for (board, posts) in counts {
        stored_boards::add_posts(&mut tx, caller.project, board, posts).await?;
    }
    let line = Line {
        what: "board",
        from: Some(&from.stored()),
        to: Some(&board.stored()),
        cause: Cause::of(caller),
    };
    write_line(&mut tx, app, caller, id, &line).await?;
    let after = post(caller, find(&mut tx, caller, id).await?)?;
    let changes = [from, board].map(|at| Change::of_post(caller.project, What::Post, at, id));
    live::commit(app, tx, &changes).await?;
    Ok(after)
}

/// Removes a post with its votes and comments. Needs a moderator; a linked one must be unlinked first.
pub async fn delete(app: &App, caller: &Caller, id: PostId) -> Result<()> {
    access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    let mut tx = app.db.write().await?;
    let before = held(&mut tx, caller, id).await?;
    if posts::has_live_links(&mut tx, caller.project, id).await? {
        return Err(AppError::Conflict {
            code: "post_is_linked",
            message: "This post is linked to Jira. Unlink it first.".to_owned(),
        });
    }
    let board = before.row.board_id;
    posts::delete(&mut tx, caller.project, id).await?;
    stored_boards::add_posts(&mut tx, caller.project, board, -1).await?;
    audit::note(&mut tx, app, caller, "post.deleted", &id.to_string(), "").await?;
    let change = Change::of_post(caller.project, What::Post, board, id);
    live::commit(app, tx, &[change]).await
}
