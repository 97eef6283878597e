//! Boards and statuses.

mod statuses;

pub(crate) use statuses::{MOST_STATUSES, kind, status};
pub use statuses::{create_status, delete_status, edit_status, statuses};
use upvow_db::{DbError, Tx};
use upvow_domain::{
    BoardId, Caller, Invalid, Role, Scope, StatusId,
    board::{self, Slug, StatusKind, Visibility},
};
use upvow_store::{boards, projects as stored_projects};

use crate::{App, AppError, Result, access, audit, projects};

/// The most boards of a project: all of them are read at once.
const MOST_BOARDS: usize = 200;

/// A board as the caller sees it.
#[derive(Debug, Clone)]
pub struct Board {
    /// Its id.
    pub id: BoardId,
    /// Its part of the address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for; plain text.
    pub description: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// How many posts it has.
    pub posts: i64,
}

/// A status of the project.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its id.
    pub id: StatusId,
    /// Its name.
    pub name: String,
    /// What it means.
    pub kind: StatusKind,
    /// `#rrggbb`.
    pub color: String,
    /// New posts get this one.
    pub is_default: bool,
    /// A column of the roadmap.
    pub on_roadmap: bool,
}

/// A board to be made or changed.
#[derive(Debug, Clone)]
pub struct BoardForm {
    /// Its name.
    pub name: String,
    /// Its slug; made from the name if empty.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// `public`, `private` or `link_only`.
    pub visibility: String,
}

/// A status to be made or changed.
#[derive(Debug, Clone)]
pub struct StatusForm {
    /// Its name.
    pub name: String,
    /// One of [`StatusKind`]'s names.
    pub kind: String,
    /// `#rrggbb`.
    pub color: String,
    /// Whether it is a column of the roadmap.
    pub on_roadmap: bool,
}

/// Every board the caller may see in a list.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Board>> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let rows = boards::list(&mut tx, caller.project, sees_all(caller)).await?;
    rows.into_iter().map(board).collect()
}

/// The board with this slug, if the caller may see it.
pub async fn by_slug(app: &App, caller: &Caller, slug: &str) -> Result<Board> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let slug = Slug::parse(slug).map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let row = boards::by_slug(&mut tx, caller.project, slug.as_str()).await?;
    if_seen(caller, row.ok_or(AppError::NotFound)?)
}

/// The board with this id, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: BoardId) -> Result<Board> {
    access::need(caller, Role::Voter, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    find(&mut tx, caller, id).await
}

/// The board with this id, if the caller may see it, in a transaction that is open.
pub(crate) async fn find(tx: &mut Tx, caller: &Caller, id: BoardId) -> Result<Board> {
    let row = boards::find(tx, caller.project, id).await?;
    if_seen(caller, row.ok_or(AppError::NotFound)?)
}

/// Whether the caller sees boards that are not public, in lists as well.
pub(crate) fn sees_all(caller: &Caller) -> bool {
    caller.at_least(Role::Moderator)
}

/// Whether the caller may see what is on a board of this visibility, by its own address.
pub(crate) fn may_see(caller: &Caller, visibility: Visibility) -> bool {
    visibility != Visibility::Private || sees_all(caller)
}

fn if_seen(caller: &Caller, row: boards::Board) -> Result<Board> {
    let board = board(row)?;
    if may_see(caller, board.visibility) {
        Ok(board)
    } else {
        Err(AppError::NotFound)
    }
}

fn board(row: boards::Board) -> Result<Board> {
    Ok(Board {
        id: row.id,
        slug: row.slug,
        name: row.name,
        description: row.description,
        visibility: visibility(&row.visibility)?,
        posts: row.posts,
    })
}

/// Reads what the database holds of a visibility.
pub(crate) fn visibility(name: &str) -> Result<Visibility> {
    Visibility::named(name).ok_or(AppError::Internal {
        code: "stored_visibility",
    })
}

/// Makes a board. Needs an admin.
pub async fn create(app: &App, caller: &Caller, form: &BoardForm) -> Result<Board> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut row = board_row(app.fresh_id(), form)?;
    let mut tx = app.db.write().await?;
    stored_projects::lock(&mut tx, caller.project).await?;
    if boards::list(&mut tx, caller.project, true).await?.len() >= MOST_BOARDS {
        return Err(AppError::Conflict {
            code: "too_many_boards",
            message: format!("A project has at most {MOST_BOARDS} boards."),
        });
    }
    if form.slug.trim().is_empty() {
        row.slug = free_slug(&mut tx, caller, &form.name).await?;
    }
    boards::insert(&mut tx, caller.project, &row, app.now())
        .await
        .map_err(slug_taken)?;
    audit::note(
        &mut tx,
        app,
        caller,
        "board.created",
        &row.id.to_string(),
        &row.visibility,
    )
    .await?;
    tx.commit().await?;
    board(row)
}

/// Changes a board. Needs an admin. An empty slug leaves it as it is.
pub async fn edit(app: &App, caller: &Caller, id: BoardId, form: &BoardForm) -> Result<Board> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut row = board_row(id, form)?;
    let mut tx = app.db.write().await?;
    let before = boards::find(&mut tx, caller.project, id).await?;
    let before = before.ok_or(AppError::NotFound)?;
    if form.slug.trim().is_empty() {
        row.slug = before.slug;
    }
    boards::update(&mut tx, caller.project, &row)
        .await
        .map_err(slug_taken)?;
    audit::note(
        &mut tx,
        app,
        caller,
        "board.changed",
        &id.to_string(),
        &row.visibility,
    )
    .await?;
    tx.commit().await?;
    board(boards::Board {
        posts: before.posts,
        ..row
    })
}

/// Checks every field, so that all that is wrong is said at once.
fn board_row(id: BoardId, form: &BoardForm) -> Result<boards::Board> {
    let mut wrong = vec![];
    let name = board::name("name", &form.name);
    let slug = match form.slug.trim() {
        "" => Ok(Slug::from_name(&form.name)),
        slug => Slug::parse(slug),
    };
    let visibility = Visibility::named(&form.visibility)
        .ok_or_else(|| Invalid::new("visibility", "use public, private or link_only"));
    let description = description(&form.description);
    let row = boards::Board {
        id,
        slug: keep(slug, &mut wrong).map_or_else(String::new, |slug| slug.as_str().to_owned()),
        name: keep(name, &mut wrong).unwrap_or_default(),
        description: keep(description, &mut wrong).unwrap_or_default(),
        visibility: keep(visibility, &mut wrong).map_or_else(String::new, |v| v.name().to_owned()),
        posts: 0,
    };
    if wrong.is_empty() {
        Ok(row)
    } else {
        Err(AppError::Invalid(wrong))
    }
}

fn keep<T>(checked: std::result::Result<T, Invalid>, wrong: &mut Vec<Invalid>) -> Option<T> {
    checked.map_err(|invalid| wrong.push(invalid)).ok()
}

/// One or a few lines of plain text.
fn description(text: &str) -> std::result::Result<String, Invalid> {
    let text = text.trim().replace("\r\n", "\n");
    let odd = |c: char| c.is_control() && c != '\n';
    if text.chars().count() > 500 || text.chars().any(odd) {
        return Err(Invalid::new("description", "use at most 500 characters"));
    }
    Ok(text)
}

fn slug_taken(error: DbError) -> AppError {
    match error {
        DbError::Duplicate => Invalid::new("slug", "another board has this address").into(),
        error => error.into(),
    }
}

async fn free_slug(tx: &mut Tx, caller: &Caller, name: &str) -> Result<String> {
    let base = Slug::from_name(name);
    let mut number = 1;
    // There are at most MOST_BOARDS boards, so this ends.
    loop {
        let slug = projects::numbered(&base, number);
        let taken = boards::by_slug(tx, caller.project, &slug).await?;
        if taken.is_none() {
            return Ok(slug);
        }
        number += 1;
    }
}
