//! Projects: one customer's space each.

use upvow_domain::{Caller, ProjectId};

use crate::{App, Result};

/// A project as anybody may see it.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its part of the address.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// The project with this slug.
pub async fn by_slug(app: &App, slug: &str) -> Result<Project> {
    todo!()
}

/// The first project made here: where `/` leads. `None` before the first owner came.
pub async fn first(app: &App) -> Result<Option<Project>> {
    todo!()
}

/// The caller's own project.
pub async fn get(app: &App, caller: &Caller) -> Result<Project> {
    todo!()
}

/// Makes a project with one board and the usual statuses. For the program: first start and demo.
pub async fn create(app: &App, name: &str) -> Result<Project> {
    todo!()
}

/// Renames it. Needs an admin.
pub async fn rename(app: &App, caller: &Caller, name: &str) -> Result<Project> {
    todo!()
}
