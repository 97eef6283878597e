//! Posts: submitting, listing, moving through statuses.

use upvow_domain::{
    BoardId, Caller, PersonId, PostId, StatusId, Time,
    page::{Page, PageOf},
    post::Sort,
};

use crate::{App, Result, boards::Status};

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
    /// How many comments the caller can see.
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
    todo!()
}

/// The posts the caller may see, a page at a time.
pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &Filter,
    page: &PageOf,
) -> Result<Page<PostRow>> {
    todo!()
}

/// One post, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: PostId) -> Result<Post> {
    todo!()
}

/// Posts that say something like `text`, best first, at most five.
pub async fn similar(app: &App, caller: &Caller, text: &str) -> Result<Vec<PostRow>> {
    todo!()
}

/// Changes title and text. For its author, and for moderators.
pub async fn edit(app: &App, caller: &Caller, id: PostId, title: &str, body: &str) -> Result<Post> {
    todo!()
}

/// Gives a post another status; the same status is no change. Needs a moderator (or the program, for Jira).
/// Linked issues are to follow: `sync::follow_post` is enqueued in the same transaction, whatever the cause.
pub async fn set_status(
    app: &App,
    caller: &Caller,
    id: PostId,
    status: StatusId,
    cause: Cause,
) -> Result<Post> {
    todo!()
}

/// Moves a post to another board. Needs a moderator.
pub async fn move_to_board(app: &App, caller: &Caller, id: PostId, board: BoardId) -> Result<Post> {
    todo!()
}

/// Removes a post with its votes and comments. Needs a moderator; a linked one must be unlinked first.
pub async fn delete(app: &App, caller: &Caller, id: PostId) -> Result<()> {
    todo!()
}

/// What happened to a post, newest first.
pub async fn history(
    app: &App,
    caller: &Caller,
    id: PostId,
    page: &PageOf,
) -> Result<Page<HistoryLine>> {
    todo!()
}

/// The roadmap: one column per status that is on it, at most 20 posts each.
pub async fn roadmap(app: &App, caller: &Caller) -> Result<Vec<Column>> {
    todo!()
}

/// The inner half of [`set_status`], in a transaction that is open: writes status and history, and has the linked
/// issues follow. `None` if the post has this status already. The caller says the change after the commit.
pub(crate) async fn apply_status(
    tx: &mut upvow_db::Tx,
    app: &App,
    caller: &Caller,
    id: PostId,
    status: StatusId,
    cause: Cause,
) -> Result<Option<crate::live::Change>> {
    todo!()
}
