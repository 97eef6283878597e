//! What happened to a post.

use upvow_domain::{
    Caller, PostId, Role, Scope,
    page::{Page, PageOf},
};
use upvow_store::post_changes;

use super::{HistoryLine, find};
use crate::{App, Result, access, cursor::Cursor};

/// The letter of this list's cursors.
const LIST: u8 = b'h';

/// What happened to a post, newest first. Links to Jira are told to members only.
pub async fn history(
    app: &App,
    caller: &Caller,
    id: PostId,
    page: &PageOf,
) -> Result<Page<HistoryLine>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let before = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    find(&mut tx, caller, id).await?;
    let member = caller.at_least(Role::Moderator);
    let rows = post_changes::list(&mut tx, caller.project, id, member, before, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    Ok(page.map(|row| HistoryLine {
        what: row.what,
        from: row.was,
        to: row.became,
        by: row.by_name,
        cause: row.cause,
        at: row.at,
    }))
}
