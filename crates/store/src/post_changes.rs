//! What happened to posts.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    PersonId, PostId, ProjectId, Time,
    id::{Id, Kind},
};

use crate::row;

/// The kind of a change's id.
#[derive(Debug)]
pub enum ChangeKind {}

impl Kind for ChangeKind {
    const PREFIX: &'static str = "change";
}

/// The id of a line of a post's history.
pub type ChangeId = Id<ChangeKind>;

/// A line to be added to a post's history.
#[derive(Debug)]
pub struct NewChange<'a> {
    /// A fresh id.
    pub id: ChangeId,
    /// The post.
    pub post: PostId,
    /// `submitted`, `status`, `edited`, `board`, `linked`, `unlinked`.
    pub what: &'a str,
    /// What it was: the id of a status or a board ([`Id::stored`]), a title, an issue's key.
    pub from: Option<&'a str>,
    /// What it became.
    pub to: Option<&'a str>,
    /// Who did it on the board.
    pub person: Option<PersonId>,
    /// `page`, `api`, `jira`, `program`.
    pub cause: &'a str,
}

row! {
    /// A line of a post's history.
    Change {
        /// Its id; ids grow with time.
        id: ChangeId,
        /// What happened.
        what: String,
        /// What it was, as text.
        was: Option<String>,
        /// What it became, as text.
        became: Option<String>,
        /// The name of who did it.
        by_name: Option<String>,
        /// Through what.
        cause: String,
        /// When.
        at: Time,
    }
}

/// Adds a line.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: &NewChange<'_>, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO post_changes (id, project_id, post_id, what, from_value, to_value, person_id, cause, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![new.id, project, new.post, new.what, new.from, new.to, new.person, new.cause, now],
    )
    .await?;
    Ok(())
}

/// A post's history, newest first; before that line, if given. Ids of statuses and boards are shown by their names of
/// now. To those who are no members, links to Jira are not shown, nor the names of boards that are not public.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    member: bool,
    before: Option<ChangeId>,
    limit: i64,
) -> Result<Vec<Change>> {
    tx.all(
        "SELECT c.id, c.what, c.cause, c.at, a.name AS by_name,
            CASE c.what
                WHEN 'status' THEN COALESCE(s1.name, c.from_value)
                WHEN 'board' THEN CASE WHEN $3 OR b1.visibility = 'public' THEN b1.name END
                ELSE c.from_value
            END AS was,
            CASE c.what
                WHEN 'status' THEN COALESCE(s2.name, c.to_value)
                WHEN 'board' THEN CASE WHEN $3 OR b2.visibility = 'public' THEN b2.name END
                ELSE c.to_value
            END AS became
         FROM post_changes c
         LEFT JOIN people a ON a.id = c.person_id
         LEFT JOIN statuses s1 ON s1.project_id = c.project_id AND s1.id = c.from_value
         LEFT JOIN statuses s2 ON s2.project_id = c.project_id AND s2.id = c.to_value
         LEFT JOIN boards b1 ON b1.project_id = c.project_id AND b1.id = c.from_value
         LEFT JOIN boards b2 ON b2.project_id = c.project_id AND b2.id = c.to_value
         WHERE c.project_id = $1
           AND c.post_id = $2
           AND ($3 OR c.what NOT IN ('linked', 'unlinked'))
           AND ($4 IS NULL OR c.id < $4)
         ORDER BY c.id DESC
         LIMIT $5",
        args![project, post, member, before, limit],
    )
    .await
}
