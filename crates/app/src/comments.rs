//! Comments, internal notes and the official answer.

use upvow_domain::{
    Caller, CommentId, PersonId, PostId, Time,
    page::{Page, PageOf},
};

use crate::{App, Result};

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
    todo!()
}

/// The comments the caller may see, oldest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    post: PostId,
    page: &PageOf,
) -> Result<Page<Comment>> {
    todo!()
}

/// The official answer, if there is one.
pub async fn official(app: &App, caller: &Caller, post: PostId) -> Result<Option<Comment>> {
    todo!()
}

/// Changes the text. For its author, and for moderators.
pub async fn edit(app: &App, caller: &Caller, id: CommentId, body: &str) -> Result<Comment> {
    todo!()
}

/// Removes a comment. For its author, and for moderators.
pub async fn delete(app: &App, caller: &Caller, id: CommentId) -> Result<()> {
    todo!()
}
