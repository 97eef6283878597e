//! Projects.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ProjectId, Time};

use crate::row;

row! {
    /// One customer's space.
    Project {
        /// Its id.
        id: ProjectId,
        /// Its part of the address.
        slug: String,
        /// Its name.
        name: String,
    }
}

/// Adds a project. `Duplicate` if the slug is taken.
pub async fn insert(tx: &mut Tx, project: &Project, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO projects (id, slug, name, created_at)
         VALUES ($1, $2, $3, $4)",
        args![project.id, project.slug.clone(), project.name.clone(), now],
    )
    .await?;
    Ok(())
}

/// The project with this id.
pub async fn find(tx: &mut Tx, id: ProjectId) -> Result<Option<Project>> {
    tx.one("SELECT * FROM projects WHERE id = $1", args![id])
        .await
}

/// The project with this slug.
pub async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Project>> {
    tx.one("SELECT * FROM projects WHERE slug = $1", args![slug])
        .await
}

/// The project that was made first.
pub async fn first(tx: &mut Tx) -> Result<Option<Project>> {
    tx.one(
        "SELECT * FROM projects ORDER BY created_at, id LIMIT 1",
        vec![],
    )
    .await
}

/// When the first project was made.
pub async fn first_made_at(tx: &mut Tx) -> Result<Option<Time>> {
    tx.value(
        "SELECT created_at FROM projects ORDER BY created_at, id LIMIT 1",
        vec![],
    )
    .await
}

/// Renames a project.
pub async fn rename(tx: &mut Tx, id: ProjectId, name: &str) -> Result<()> {
    tx.run(
        "UPDATE projects SET name = $2 WHERE id = $1",
        args![id, name],
    )
    .await?;
    Ok(())
}

/// Holds the project until the transaction ends, so that what must hold for all of it (an owner stays, there is one
/// default status) can be looked at and changed without another node in between.
pub async fn lock(tx: &mut Tx, id: ProjectId) -> Result<()> {
    let sql = tx.pick(
        "SELECT id FROM projects WHERE id = $1",
        "SELECT id FROM projects WHERE id = $1 FOR UPDATE",
    );
    tx.value::<ProjectId>(sql, args![id]).await?;
    Ok(())
}
