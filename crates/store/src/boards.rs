//! Boards.

use upvow_db::{Result, Tx, args};
use upvow_domain::{BoardId, ProjectId, Time};

use crate::row;

row! {
    /// A list of posts.
    Board {
        /// Its id.
        id: BoardId,
        /// Its part of the address.
        slug: String,
        /// Its name.
        name: String,
        /// What it is for.
        description: String,
        /// A name of `Visibility`.
        visibility: String,
        /// How many posts it has; kept in step by the transactions that add, move and remove posts.
        posts: i64,
    }
}

/// Adds a board at the end. `Duplicate` if the slug is taken.
pub async fn insert(tx: &mut Tx, project: ProjectId, board: &Board, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO boards (id, project_id, slug, name, description, visibility, posts, position, created_at)
         SELECT $1, $2, $3, $4, $5, $6, 0, COALESCE(MAX(position), 0) + 1, $7
         FROM boards
         WHERE project_id = $2",
        args![
            board.id,
            project,
            board.slug.clone(),
            board.name.clone(),
            board.description.clone(),
            board.visibility.clone(),
            now
        ],
    )
    .await?;
    Ok(())
}

/// The boards, in order; of those that are not public only if `all`.
pub async fn list(tx: &mut Tx, project: ProjectId, all: bool) -> Result<Vec<Board>> {
    tx.all(
        "SELECT * FROM boards
         WHERE project_id = $1
           AND ($2 OR visibility = 'public')
         ORDER BY position, id",
        args![project, all],
    )
    .await
}

/// The board with this id.
pub async fn find(tx: &mut Tx, project: ProjectId, id: BoardId) -> Result<Option<Board>> {
    tx.one(
        "SELECT * FROM boards WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// The board with this slug.
pub async fn by_slug(tx: &mut Tx, project: ProjectId, slug: &str) -> Result<Option<Board>> {
    tx.one(
        "SELECT * FROM boards WHERE project_id = $1 AND slug = $2",
        args![project, slug],
    )
    .await
}

/// Writes everything but the number of posts. `Duplicate` if the slug is taken.
pub async fn update(tx: &mut Tx, project: ProjectId, board: &Board) -> Result<()> {
    tx.run(
        "UPDATE boards
         SET slug = $3, name = $4, description = $5, visibility = $6
         WHERE project_id = $1
           AND id = $2",
        args![
            project,
            board.id,
            board.slug.clone(),
            board.name.clone(),
            board.description.clone(),
            board.visibility.clone()
        ],
    )
    .await?;
    Ok(())
}

/// Counts posts that came (or went, if negative).
pub async fn add_posts(tx: &mut Tx, project: ProjectId, id: BoardId, posts: i64) -> Result<()> {
    tx.run(
        "UPDATE boards SET posts = posts + $3 WHERE project_id = $1 AND id = $2",
        args![project, id, posts],
    )
    .await?;
    Ok(())
}
