//! Boards and statuses.

use upvow_domain::{
    BoardId, Caller, StatusId,
    board::{StatusKind, Visibility},
};

use crate::{App, Result};

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
    todo!()
}

/// The board with this slug, if the caller may see it.
pub async fn by_slug(app: &App, caller: &Caller, slug: &str) -> Result<Board> {
    todo!()
}

/// The board with this id, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: BoardId) -> Result<Board> {
    todo!()
}

/// Makes a board. Needs an admin.
pub async fn create(app: &App, caller: &Caller, form: &BoardForm) -> Result<Board> {
    todo!()
}

/// Changes a board. Needs an admin.
pub async fn edit(app: &App, caller: &Caller, id: BoardId, form: &BoardForm) -> Result<Board> {
    todo!()
}

/// Every status, in order.
pub async fn statuses(app: &App, caller: &Caller) -> Result<Vec<Status>> {
    todo!()
}

/// Makes a status at the end. Needs an admin.
pub async fn create_status(app: &App, caller: &Caller, form: &StatusForm) -> Result<Status> {
    todo!()
}

/// Changes a status. Needs an admin.
pub async fn edit_status(
    app: &App,
    caller: &Caller,
    id: StatusId,
    form: &StatusForm,
) -> Result<Status> {
    todo!()
}

/// Removes a status; its posts and rules go to `move_to`. Needs an admin. The default one cannot be removed.
pub async fn delete_status(
    app: &App,
    caller: &Caller,
    id: StatusId,
    move_to: StatusId,
) -> Result<()> {
    todo!()
}
