//! What one person of the board wrote and is, across projects, for whoever deletes their own account.

use upvow_db::{Result, Tx, args};
use upvow_domain::{BoardId, CommentId, PersonId, PostId, ProjectId};

use crate::row;

row! {
    /// A project that would be left without an owner.
    Orphan {
        /// Its part of the address.
        slug: String,
        /// Its name.
        name: String,
    }
}

/// The projects whose only owner is this person, as [`only_owned`]. Holds all projects they own until the transaction ends,
/// so that two owners who leave at the same moment do not both succeed.
pub async fn orphans(tx: &mut Tx, person: PersonId) -> Result<Vec<Orphan>> {
    tx.run(
        "UPDATE projects SET name = name
         WHERE id IN (SELECT project_id FROM members WHERE person_id = $1 AND role = 'owner')",
        args![person],
    )
    .await?;
    only_owned(tx, person).await
}

/// The projects whose only owner is this person.
pub async fn only_owned(tx: &mut Tx, person: PersonId) -> Result<Vec<Orphan>> {
    tx.all(
        "SELECT p.slug, p.name
         FROM members m
         JOIN projects p ON p.id = m.project_id
         WHERE m.person_id = $1
           AND m.role = 'owner'
           AND NOT EXISTS (SELECT 1 FROM members o
                           WHERE o.project_id = m.project_id AND o.role = 'owner' AND o.person_id <> $1)
         ORDER BY p.name",
        args![person],
    )
    .await
}

row! {
    /// A post that somebody wrote.
    OwnPost {
        /// Its id.
        id: PostId,
        /// Its project.
        project_id: ProjectId,
        /// Its board.
        board_id: BoardId,
    }
}

/// Every post of a person.
pub async fn posts(tx: &mut Tx, person: PersonId) -> Result<Vec<OwnPost>> {
    tx.all(
        "SELECT id, project_id, board_id FROM posts WHERE author_id = $1 ORDER BY id",
        args![person],
    )
    .await
}

row! {
    /// A comment that somebody wrote.
    OwnComment {
        /// Its id.
        id: CommentId,
        /// Its project.
        project_id: ProjectId,
        /// The post it is on.
        post_id: PostId,
        /// That post's board.
        board_id: BoardId,
        /// For members only.
        is_internal: bool,
    }
}

/// Every comment of a person.
pub async fn comments(tx: &mut Tx, person: PersonId) -> Result<Vec<OwnComment>> {
    tx.all(
        "SELECT c.id, c.project_id, c.post_id, p.board_id, c.is_internal
         FROM comments c
         JOIN posts p ON p.id = c.post_id
         WHERE c.author_id = $1
         ORDER BY c.id",
        args![person],
    )
    .await
}

/// Takes the words out of a post, out of its index and out of its history. The post stays with what others did.
pub async fn blank_post(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    title: &str,
    words: &str,
) -> Result<()> {
    tx.run(
        "UPDATE posts
         SET title = $3, body = '', words = $4
         WHERE project_id = $1 AND id = $2",
        args![project, id, title, words],
    )
    .await?;
    tx.run(
        "UPDATE post_changes
         SET from_value = NULL, to_value = NULL
         WHERE project_id = $1 AND post_id = $2 AND what = 'edited'",
        args![project, id],
    )
    .await?;
    Ok(())
}
