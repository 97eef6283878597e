//! Comments on posts.

use upvow_db::{Result, Tx, args};
use upvow_domain::{CommentId, PersonId, PostId, ProjectId, Time};

use crate::row;

row! {
    /// A comment.
    Comment {
        /// Its id.
        id: CommentId,
        /// The post.
        post_id: PostId,
        /// Who wrote it.
        author_id: Option<PersonId>,
        /// Their name on the board.
        author_name: Option<String>,
        /// Whether they are a member of the project now.
        by_member: bool,
        /// Its text.
        body: String,
        /// Only members see it.
        is_internal: bool,
        /// The team's answer.
        is_official: bool,
        /// When it was written.
        created_at: Time,
        /// When it was changed.
        edited_at: Option<Time>,
    }
}

/// A comment to be added.
#[derive(Debug)]
pub struct NewComment<'a> {
    /// Its id.
    pub id: CommentId,
    /// The post.
    pub post: PostId,
    /// Who writes it.
    pub author: PersonId,
    /// Its text.
    pub body: &'a str,
    /// Only members see it.
    pub is_internal: bool,
    /// The team's answer.
    pub is_official: bool,
    /// The author's key for it, so that it is added once.
    pub submit_key: Option<&'a str>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.post_id, c.author_id, a.name AS author_name,
                CASE WHEN m.person_id IS NULL THEN FALSE ELSE TRUE END AS by_member,
                c.body, c.is_internal, c.is_official, c.created_at, c.edited_at
             FROM comments c
             LEFT JOIN people a ON a.id = c.author_id
             LEFT JOIN members m ON m.project_id = c.project_id AND m.person_id = c.author_id
             WHERE c.project_id = $1
               AND ",
            $rest
        )
    };
}

/// Adds a comment. `Duplicate` if its author used the key already on this post.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    new: &NewComment<'_>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO comments
            (id, project_id, post_id, author_id, body, is_internal, is_official, submit_key, created_at, edited_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)",
        args![
            new.id,
            project,
            new.post,
            new.author,
            new.body,
            new.is_internal,
            new.is_official,
            new.submit_key,
            now
        ],
    )
    .await?;
    Ok(())
}

/// What an author added under this key.
pub async fn by_submit_key(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    author: PersonId,
    key: &str,
) -> Result<Option<Comment>> {
    tx.one(
        select!("c.post_id = $2 AND c.author_id = $3 AND c.submit_key = $4"),
        args![project, post, author, key],
    )
    .await
}

/// The comment with this id.
pub async fn find(tx: &mut Tx, project: ProjectId, id: CommentId) -> Result<Option<Comment>> {
    tx.one(select!("c.id = $2"), args![project, id]).await
}

/// A post's comments, oldest first; after that one, if given. Internal notes only if `internal`.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    internal: bool,
    after: Option<CommentId>,
    limit: i64,
) -> Result<Vec<Comment>> {
    tx.all(
        select!(
            "c.post_id = $2
               AND ($3 OR NOT c.is_internal)
               AND ($4 IS NULL OR c.id > $4)
             ORDER BY c.id
             LIMIT $5"
        ),
        args![project, post, internal, after, limit],
    )
    .await
}

/// The official answer.
pub async fn find_official(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
) -> Result<Option<Comment>> {
    tx.one(
        select!("c.post_id = $2 AND c.is_official ORDER BY c.id DESC LIMIT 1"),
        args![project, post],
    )
    .await
}

/// Makes the official answer, if there is one, a comment like others.
pub async fn clear_official(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<()> {
    tx.run(
        "UPDATE comments
         SET is_official = FALSE
         WHERE project_id = $1
           AND post_id = $2
           AND is_official",
        args![project, post],
    )
    .await?;
    Ok(())
}

/// Writes the text.
pub async fn update(
    tx: &mut Tx,
    project: ProjectId,
    id: CommentId,
    body: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE comments
         SET body = $3, edited_at = $4
         WHERE project_id = $1
           AND id = $2",
        args![project, id, body, now],
    )
    .await?;
    Ok(())
}

/// Removes a comment; false if it is gone already.
pub async fn delete(tx: &mut Tx, project: ProjectId, id: CommentId) -> Result<bool> {
    let removed = tx
        .run(
            "DELETE FROM comments WHERE project_id = $1 AND id = $2",
            args![project, id],
        )
        .await?;
    Ok(removed > 0)
}
