//! Posts: submitting, listing, moving through statuses.
//!
//! - here: what a post is, and its submission; `change`: its text, its board, its removal;
//! - `lists`: pages of posts, similar ones, the roadmap;
//! - `status`: from one status to another;
//! - `history`: what happened to a post.

mod change;
mod history;
mod lists;
mod status;

pub use change::{delete, edit, move_to_board};
pub use history::history;
pub use lists::{list, roadmap, similar};
pub(crate) use status::apply_status;
pub use status::{set_status, set_status_telling};
use upvow_db::{DbError, Tx};
use upvow_domain::{
    BoardId, Caller, PersonId, PostId, Role, Scope, StatusId, Time,
    access::Via,
    excerpt::excerpt,
    post::{Markdown, Sort, Title},
    search, trend,
};
use upvow_store::{
    boards as stored_boards,
    post_changes::{self, NewChange},
    posts, statuses,
};

use crate::{
    App, AppError, Result, access, automations,
    boards::{self, Status},
    live::{self, Change, What},
    submit_key,
};

/// A post in a list.
#[derive(Debug, Clone)]
pub struct PostRow {
    /// Its id.
    pub id: PostId,
    /// Its board.
    pub board_id: BoardId,
    /// The board's slug.
    pub board_slug: String,
    /// The board's name.
    pub board_name: String,
    /// Its title.
    pub title: String,
    /// The first part of its text, as plain text of at most 200 characters.
    pub excerpt: String,
    /// Its status.
    pub status: Status,
    /// How many voted.
    pub votes: i64,
    /// Whether the caller did.
    pub voted: bool,
    /// How many comments everybody can see; internal notes do not count.
    pub comments: i64,
    /// When it was posted.
    pub created_at: Time,
}

/// A post with everything its page shows.
#[derive(Debug, Clone)]
pub struct Post {
    /// What the list shows.
    pub row: PostRow,
    /// The Markdown text.
    pub body: String,
    /// Who posted it, unless they were erased.
    pub author_id: Option<PersonId>,
    /// Their name on the board.
    pub author_name: Option<String>,
    /// When anything of it last changed.
    pub updated_at: Time,
    /// When its status last changed.
    pub status_at: Time,
    /// Whether the caller may change its text.
    pub may_edit: bool,
    /// Whether the caller may change its status.
    pub may_triage: bool,
}

/// A line of a post's history.
#[derive(Debug, Clone)]
pub struct HistoryLine {
    /// `submitted`, `status`, `edited`, `board`, `linked`, `unlinked`.
    pub what: String,
    /// What it was, as text to show.
    pub from: Option<String>,
    /// What it became.
    pub to: Option<String>,
    /// Who did it on the board; `None` for Jira and the program.
    pub by: Option<String>,
    /// `page`, `api`, `jira`, `program`.
    pub cause: String,
    /// When.
    pub at: Time,
}

/// Why a post changes: kept in its history, and what tells an echo from news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person on a page.
    Page,
    /// A program through the API.
    Api,
    /// An issue moved in Jira.
    Jira,
    /// The program itself.
    Program,
}

impl Cause {
    /// Its name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Page => "page",
            Cause::Api => "api",
            Cause::Jira => "jira",
            Cause::Program => "program",
        }
    }
}

/// An idea to be posted.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Where.
    pub board: BoardId,
    /// Its title.
    pub title: String,
    /// Its Markdown text.
    pub body: String,
    /// The form's or client's own key: the same key gives the same post, never a second one.
    pub submit_key: Option<String>,
}

/// Which posts.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// On this board only.
    pub board: Option<BoardId>,
    /// In one of these statuses.
    pub statuses: Vec<StatusId>,
    /// With these words.
    pub query: String,
    /// Posted by the caller.
    pub mine: bool,
    /// In which order.
    pub sort: Sort,
}

/// A column of the roadmap.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its status.
    pub status: Status,
    /// How many posts have it.
    pub count: i64,
    /// The most wanted of them.
    pub posts: Vec<PostRow>,
}

/// Posts an idea; its author's vote is on it. Needs somebody signed in.
pub async fn submit(app: &App, caller: &Caller, new: &NewPost) -> Result<Post> {
    access::need(caller, Role::Voter, Scope::PostsWrite)?;
    let author = access::person(caller)?;
    let (title, body) = checked(&new.title, &new.body)?;
    let key = submit_key::checked(new.submit_key.as_deref())?;
    let draft = Draft {
        author,
        board: new.board,
        title: &title,
        body: &body,
        key: key.as_deref(),
    };
    let mut tx = app.db.write().await?;
    match insert(&mut tx, app, caller, &draft).await {
        Ok(post) => {
            let change = Change::of_post(caller.project, What::Post, new.board, post.row.id);
            live::commit(app, tx, &[change]).await?;
            Ok(post)
        }
        // The same form again, perhaps at the same moment: what was posted is the answer.
        Err(Refused::Duplicate) => {
            drop(tx);
            again(app, caller, author, key.as_deref()).await
        }
        Err(Refused::Other(error)) => Err(error),
    }
}

/// A checked post that is to be inserted.
struct Draft<'a> {
    author: PersonId,
    board: BoardId,
    title: &'a Title,
    body: &'a Markdown,
    key: Option<&'a str>,
}

/// Why a post was not inserted.
enum Refused {
    Duplicate,
    Other(AppError),
}

impl From<AppError> for Refused {
    fn from(error: AppError) -> Self {
        Refused::Other(error)
    }
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Duplicate => Refused::Duplicate,
            error => Refused::Other(error.into()),
        }
    }
}

async fn insert(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    draft: &Draft<'_>,
) -> std::result::Result<Post, Refused> {
    boards::find(tx, caller, draft.board).await?;
    let status = statuses::find_default(tx, caller.project).await?;
    let status = status.ok_or(AppError::Internal {
        code: "no_default_status",
    })?;
    let (id, now) = (app.fresh_id(), app.now());
    let (title, body) = (draft.title.as_str(), draft.body.as_str());
    let new = posts::NewPost {
        id,
        board: draft.board,
        author: draft.author,
        title,
        body,
        words: &search::index(title, body),
        status: status.id,
        trend: trend::of_votes(now, [now]),
        submit_key: draft.key,
    };
    posts::insert(tx, caller.project, &new, now).await?;
    stored_boards::add_posts(tx, caller.project, draft.board, 1).await?;
    let line = Line {
        what: "submitted",
        from: None,
        to: None,
        cause: Cause::of(caller),
    };
    write_line(tx, app, caller, id, &line).await?;
    let (project, there) = (caller.project, (id, draft.board));
    automations::status_reached(tx, app, project, there, status.id).await?;
    automations::votes_reached(tx, app, project, there, (0, 1)).await?;
    Ok(post(caller, find(tx, caller, id).await?)?)
}

async fn again(app: &App, caller: &Caller, author: PersonId, key: Option<&str>) -> Result<Post> {
    let key = key.ok_or(AppError::Internal { code: "fresh_id" })?;
    let mut tx = app.db.read().await?;
    let id = posts::by_submit_key(&mut tx, caller.project, author, key).await?;
    post(
        caller,
        find(&mut tx, caller, id.ok_or(AppError::NotFound)?).await?,
    )
}

/// Checks both fields, so that all that is wrong is said at once.
fn checked(title: &str, body: &str) -> Result<(Title, Markdown)> {
    match (Title::parse(title), Markdown::body(body)) {
        (Ok(title), Ok(body)) => Ok((title, body)),
        (title, body) => Err(AppError::Invalid(
            title.err().into_iter().chain(body.err()).collect(),
        )),
    }
}

/// One post, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: PostId) -> Result<Post> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    post(caller, find(&mut tx, caller, id).await?)
}

/// The post as it is stored, if the caller may see it, in a transaction that is open.
pub(crate) async fn find(tx: &mut Tx, caller: &Caller, id: PostId) -> Result<posts::Post> {
    let post = posts::find(tx, caller.project, id, caller.person).await?;
    let post = post.ok_or(AppError::NotFound)?;
    let visibility = boards::visibility(&post.row.board_visibility)?;
    if boards::may_see(caller, visibility) {
        Ok(post)
    } else {
        Err(AppError::NotFound)
    }
}

fn post(caller: &Caller, stored: posts::Post) -> Result<Post> {
    Ok(Post {
        may_edit: may_edit(caller, stored.author_id),
        may_triage: caller.at_least(Role::Moderator),
        row: row(stored.row)?,
        body: stored.body,
        author_id: stored.author_id,
        author_name: stored.author_name,
        updated_at: stored.updated_at,
        status_at: stored.status_at,
    })
}

/// Whether the caller may change what this author wrote.
pub(crate) fn may_edit(caller: &Caller, author: Option<PersonId>) -> bool {
    caller.at_least(Role::Moderator) || (caller.person.is_some() && caller.person == author)
}

fn row(stored: posts::PostRow) -> Result<PostRow> {
    Ok(PostRow {
        id: stored.id,
        board_id: stored.board_id,
        board_slug: stored.board_slug,
        board_name: stored.board_name,
        title: stored.title,
        excerpt: excerpt(&stored.start),
        status: Status {
            id: stored.status_id,
            name: stored.status_name,
            kind: boards::kind(&stored.status_kind)?,
            color: stored.status_color,
            is_default: stored.status_is_default,
            on_roadmap: stored.status_on_roadmap,
        },
        votes: stored.votes,
        voted: stored.voted,
        comments: stored.comments,
        created_at: stored.created_at,
    })
}

impl Cause {
    /// How a caller acts.
    pub(crate) fn of(caller: &Caller) -> Cause {
        match caller.via {
            Via::Session(_) | Via::Nobody => Cause::Page,
            Via::Token(..) => Cause::Api,
            Via::Program => Cause::Program,
        }
    }
}

/// A line for a post's history.
struct Line<'a> {
    what: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    cause: Cause,
}

async fn write_line(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    post: PostId,
    line: &Line<'_>,
) -> Result<()> {
    let change = NewChange {
        id: app.fresh_id(),
        post,
        what: line.what,
        from: line.from,
        to: line.to,
        person: caller.person,
        cause: line.cause.name(),
    };
    Ok(post_changes::insert(tx, caller.project, &change, app.now()).await?)
}
