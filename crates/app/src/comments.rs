//! Comments, internal notes and the official answer.

use upvow_db::{DbError, Tx};
use upvow_domain::{
    Caller, CommentId, Invalid, PersonId, PostId, Role, Scope, Time,
    page::{Page, PageOf},
    post::Markdown,
};
use upvow_store::{comments, posts as stored_posts};

use crate::{
    App, AppError, Result, access, audit,
    cursor::Cursor,
    live::{self, Change, What},
    posts, submit_key,
};

/// The letter of this list's cursors.
const LIST: u8 = b'c';

/// A comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Who wrote it, unless they were erased.
    pub author_id: Option<PersonId>,
    /// Their name on the board.
    pub author_name: Option<String>,
    /// Whether they are a member.
    pub by_member: bool,
    /// Its Markdown text.
    pub body: String,
    /// Only members see it.
    pub is_internal: bool,
    /// The team's answer.
    pub is_official: bool,
    /// When it was written.
    pub created_at: Time,
    /// When it was changed.
    pub edited_at: Option<Time>,
    /// Whether the caller may change or remove it.
    pub may_edit: bool,
}

/// A comment to be added.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// Its Markdown text.
    pub body: String,
    /// Only for members. Needs a moderator.
    pub is_internal: bool,
    /// The team's answer. Needs a moderator; there is one at a time.
    pub is_official: bool,
    /// The same key gives the same comment.
    pub submit_key: Option<String>,
}

/// Adds a comment. Needs somebody signed in.
pub async fn add(app: &App, caller: &Caller, post: PostId, new: &NewComment) -> Result<Comment> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    let author = access::person(caller)?;
    if new.is_internal || new.is_official {
        access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    }
    if new.is_internal && new.is_official {
        return Err(Invalid::new("is_official", "an official answer cannot be internal").into());
    }
    let body = Markdown::comment(&new.body)?;
    let key = submit_key::checked(new.submit_key.as_deref())?;

    let mut tx = app.db.write().await?;
    let on = posts::find(&mut tx, caller, post).await?;
    stored_posts::lock(&mut tx, caller.project, post).await?;
    if new.is_official {
        comments::clear_official(&mut tx, caller.project, post).await?;
    }
    let row = comments::NewComment {
        id: app.fresh_id(),
        post,
        author,
        body: body.as_str(),
        is_internal: new.is_internal,
        is_official: new.is_official,
        submit_key: key.as_deref(),
    };
    match comments::insert(&mut tx, caller.project, &row, app.now()).await {
        Ok(()) => {}
        // The same form again, perhaps at the same moment: what was added is the answer.
        Err(DbError::Duplicate) => {
            drop(tx);
            let mut tx = app.db.read().await?;
            let key = key.ok_or(AppError::Internal { code: "fresh_id" })?;
            let there =
                comments::by_submit_key(&mut tx, caller.project, post, author, &key).await?;
            return Ok(comment(caller, there.ok_or(AppError::NotFound)?));
        }
        Err(error) => return Err(error.into()),
    }
    if !new.is_internal {
        stored_posts::add_comments(&mut tx, caller.project, post, 1).await?;
    }
    let added = comments::find(&mut tx, caller.project, row.id).await?;
    let change = Change::of_post(caller.project, What::Comments, on.row.board_id, post);
    live::commit(app, tx, &[change]).await?;
    Ok(comment(caller, added.ok_or(AppError::NotFound)?))
}

fn comment(caller: &Caller, row: comments::Comment) -> Comment {
    Comment {
        may_edit: posts::may_edit(caller, row.author_id),
        id: row.id,
        author_id: row.author_id,
        author_name: row.author_name,
        by_member: row.by_member,
        body: row.body,
        is_internal: row.is_internal,
        is_official: row.is_official,
        created_at: row.created_at,
        edited_at: row.edited_at,
    }
}

/// The comments the caller may see, oldest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    post: PostId,
    page: &PageOf,
) -> Result<Page<Comment>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let after = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    posts::find(&mut tx, caller, post).await?;
    let member = caller.at_least(Role::Moderator);
    let rows = comments::list(&mut tx, caller.project, post, member, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    Ok(page.map(|row| comment(caller, row)))
}

/// The official answer, if there is one.
pub async fn official(app: &App, caller: &Caller, post: PostId) -> Result<Option<Comment>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    posts::find(&mut tx, caller, post).await?;
    let row = comments::find_official(&mut tx, caller.project, post).await?;
    Ok(row.map(|row| comment(caller, row)))
}

/// Changes the text. For its author, and for moderators.
pub async fn edit(app: &App, caller: &Caller, id: CommentId, body: &str) -> Result<Comment> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    access::person(caller)?;
    let body = Markdown::comment(body)?;
    let mut tx = app.db.write().await?;
    let (on, before) = to_be_changed(&mut tx, caller, id).await?;
    if before.body == body.as_str() {
        return Ok(comment(caller, before));
    }
    comments::update(&mut tx, caller.project, id, body.as_str(), app.now()).await?;
    let after = comments::find(&mut tx, caller.project, id).await?;
    live::commit(app, tx, &[on]).await?;
    Ok(comment(caller, after.ok_or(AppError::NotFound)?))
}

/// Removes a comment. For its author, and for moderators.
pub async fn delete(app: &App, caller: &Caller, id: CommentId) -> Result<()> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    access::person(caller)?;
    let mut tx = app.db.write().await?;
    let (on, before) = to_be_changed(&mut tx, caller, id).await?;
    let removed = comments::delete(&mut tx, caller.project, id).await?;
    if removed && !before.is_internal {
        stored_posts::add_comments(&mut tx, caller.project, before.post_id, -1).await?;
    }
    if before.author_id != caller.person {
        audit::note(&mut tx, app, caller, "comment.deleted", &id.to_string(), "").await?;
    }
    live::commit(app, tx, &[on]).await
}

/// The comment, held with its post until the transaction ends, if the caller may change it; and what is to be said.
async fn to_be_changed(
    tx: &mut Tx,
    caller: &Caller,
    id: CommentId,
) -> Result<(Change, comments::Comment)> {
    let seen = comments::find(tx, caller.project, id).await?;
    let post = seen.ok_or(AppError::NotFound)?.post_id;
    let on = posts::find(tx, caller, post).await?;
    stored_posts::lock(tx, caller.project, post).await?;
    let row = comments::find(tx, caller.project, id).await?;
    let row = row.ok_or(AppError::NotFound)?;
    if row.is_internal && !caller.at_least(Role::Moderator) {
        return Err(AppError::NotFound);
    }
    if !posts::may_edit(caller, row.author_id) {
        access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    }
    let change = Change::of_post(caller.project, What::Comments, on.row.board_id, post);
    Ok((change, row))
}
