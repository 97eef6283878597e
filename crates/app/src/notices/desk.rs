//! Notices as members see them: those that wait for a decision, and those that went.

use upvow_domain::{
    Caller, NoticeId, PersonId, PostId, Role, Scope, Time,
    page::{Page, PageOf},
};
use upvow_store::notices;

use super::{follow, words};
use crate::{App, AppError, Result, access, audit, cursor::Cursor, posts};

/// The letter of this list's cursors.
const LIST: u8 = b'N';

/// Where a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A member is to decide.
    Waiting,
    /// It goes out by itself in a moment, unless the status changes again.
    Gathering,
    /// Letters are going out.
    Sending,
    /// They went.
    Sent,
}

/// A notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The post.
    pub post: PostId,
    /// Its title.
    pub title: String,
    /// The status it tells of.
    pub status_name: String,
    /// Where it is.
    pub state: State,
    /// How many hear of it: while it waits, how many would.
    pub people: i64,
    /// How many letters went.
    pub sent: i64,
    /// How many did not arrive, or nobody knows.
    pub lost: i64,
    /// What a member added.
    pub words: String,
    /// When it was made.
    pub created_at: Time,
}

/// A project's notices, newest first: all, those that wait for a decision, or the others. Needs a moderator.
pub async fn list(
    app: &App,
    caller: &Caller,
    waiting: Option<bool>,
    page: &PageOf,
) -> Result<Page<Notice>> {
    access::need(caller, Role::Moderator, Scope::PostsRead)?;
    let before = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    let rows = notices::list(&mut tx, caller.project, waiting, before, limit + 1).await?;
    let rows = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    let mut items = Vec::with_capacity(rows.items.len());
    for row in rows.items {
        items.push(tell(&mut tx, row, caller.person).await?);
    }
    Ok(Page {
        items,
        next: rows.next,
    })
}

/// The notice of a post that did not go out yet. Needs a moderator.
pub async fn of_post(app: &App, caller: &Caller, post: PostId) -> Result<Option<Notice>> {
    access::need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    posts::find(&mut tx, caller, post).await?;
    match notices::open_of(&mut tx, caller.project, post).await? {
        Some(row) => Ok(Some(tell(&mut tx, row, caller.person).await?)),
        None => Ok(None),
    }
}

/// Sends a notice that waits, with words of the caller's. Again is no second time. Needs a moderator.
pub async fn send(app: &App, caller: &Caller, id: NoticeId, text: &str) -> Result<Notice> {
    access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    let text = words(text)?;
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, caller, id).await?;
    if set(&mut tx, app, caller, &row, "sending").await? {
        notices::set_words(&mut tx, caller.project, id, &text).await?;
        // Who decides need not be told either, unless somebody else moved the post.
        let row = notices::Notice {
            actor_id: row.actor_id.or(caller.person),
            ..row
        };
        notices::gather(&mut tx, &row).await?;
        follow::order(&mut tx, app, caller, id, app.now()).await?;
        audit::note(&mut tx, app, caller, "notice.sent", &id.to_string(), "").await?;
    }
    let row = find(&mut tx, caller, id).await?;
    let told = tell(&mut tx, row, caller.person).await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(told)
}

/// Lets a notice go that waits or would go out by itself: nobody is told. Again is no change. Needs a moderator.
pub async fn drop_it(app: &App, caller: &Caller, id: NoticeId) -> Result<()> {
    access::need(caller, Role::Moderator, Scope::PostsWrite)?;
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, caller, id).await?;
    if set(&mut tx, app, caller, &row, "dropped").await? {
        audit::note(&mut tx, app, caller, "notice.dropped", &id.to_string(), "").await?;
    } else if row.state != "dropped" {
        return Err(AppError::Conflict {
            code: "notice_is_out",
            message: "This notice went out already.".to_owned(),
        });
    }
    Ok(tx.commit().await?)
}

async fn find(tx: &mut upvow_db::Tx, caller: &Caller, id: NoticeId) -> Result<notices::Notice> {
    let row = notices::find(tx, caller.project, id).await?;
    row.ok_or(AppError::NotFound)
}

/// Moves a notice on that did not go out. False if it did.
async fn set(
    tx: &mut upvow_db::Tx,
    app: &App,
    caller: &Caller,
    row: &notices::Notice,
    to: &str,
) -> Result<bool> {
    for from in ["waiting", "gathering"] {
        if notices::set_state(tx, caller.project, row.id, (from, to), app.now()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn tell(
    tx: &mut upvow_db::Tx,
    row: notices::Notice,
    reader: Option<PersonId>,
) -> Result<Notice> {
    let state = match row.state.as_str() {
        "waiting" => State::Waiting,
        "gathering" => State::Gathering,
        "sending" => State::Sending,
        "sent" => State::Sent,
        _ => return Err(AppError::NotFound),
    };
    let people = if matches!(state, State::Waiting | State::Gathering) {
        let but = row.actor_id.or(reader);
        notices::count_audience(tx, row.project_id, row.post_id, but).await?
    } else {
        row.people
    };
    Ok(Notice {
        id: row.id,
        post: row.post_id,
        title: row.title,
        status_name: row.status_name,
        state,
        people,
        sent: row.sent,
        lost: row.lost,
        words: row.words,
        created_at: row.created_at,
    })
}
