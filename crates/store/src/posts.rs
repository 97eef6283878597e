//! Posts, one at a time. Lists of them are in [`crate::post_lists`].

use upvow_db::{FromRow, Result, Row, Tx, args};
use upvow_domain::{BoardId, PersonId, PostId, ProjectId, StatusId, Time};

use crate::row;

row! {
    /// A post in a list.
    PostRow {
        /// Its id.
        id: PostId,
        /// Its board.
        board_id: BoardId,
        /// The board's slug.
        board_slug: String,
        /// The board's name.
        board_name: String,
        /// Who sees the board: a name of `Visibility`.
        board_visibility: String,
        /// Its title.
        title: String,
        /// The beginning of its text, 600 characters at most.
        start: String,
        /// Its status.
        status_id: StatusId,
        /// The status's name.
        status_name: String,
        /// What the status means: a name of `StatusKind`.
        status_kind: String,
        /// The status's colour.
        status_color: String,
        /// Whether new posts get this status.
        status_is_default: bool,
        /// Whether the status is a column of the roadmap.
        status_on_roadmap: bool,
        /// How many voted.
        votes: i64,
        /// Whether the person who asks did.
        voted: bool,
        /// How many comments everybody can see.
        comments: i64,
        /// When it was posted.
        created_at: Time,
        /// How much it is wanted lately.
        trend: f64,
    }
}

/// A post with all of it.
#[derive(Debug, Clone)]
pub struct Post {
    /// What a list shows.
    pub row: PostRow,
    /// Its text.
    pub body: String,
    /// Who posted it.
    pub author_id: Option<PersonId>,
    /// Their name.
    pub author_name: Option<String>,
    /// When anything of it last changed.
    pub updated_at: Time,
    /// When its status last changed.
    pub status_at: Time,
}

impl FromRow for Post {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Post {
            row: PostRow::from_row(row)?,
            body: row.get("body")?,
            author_id: row.get("author_id")?,
            author_name: row.get("author_name")?,
            updated_at: row.get("updated_at")?,
            status_at: row.get("status_at")?,
        })
    }
}

/// The columns of a [`PostRow`], of a post `p` with its board `b`, its status `s` and the asking person's vote `v`.
macro_rules! columns {
    () => {
        "p.id, p.board_id, b.slug AS board_slug, b.name AS board_name, b.visibility AS board_visibility, p.title,
         substr(p.body, 1, 600) AS start, p.status_id, s.name AS status_name, s.kind AS status_kind,
         s.color AS status_color, s.is_default AS status_is_default, s.on_roadmap AS status_on_roadmap, p.votes,
         CASE WHEN v.person_id IS NULL THEN FALSE ELSE TRUE END AS voted, p.comments, p.created_at, p.trend"
    };
}
pub(crate) use columns;

/// A post to be added; its author's vote comes with it.
#[derive(Debug)]
pub struct NewPost<'a> {
    /// Its id.
    pub id: PostId,
    /// Its board.
    pub board: BoardId,
    /// Who posts it.
    pub author: PersonId,
    /// Its title.
    pub title: &'a str,
    /// Its text.
    pub body: &'a str,
    /// What it is found by: `domain::search::index` of both.
    pub words: &'a str,
    /// Its status.
    pub status: StatusId,
    /// Its trend with one vote.
    pub trend: f64,
    /// The author's key for it, so that it is posted once.
    pub submit_key: Option<&'a str>,
}

/// Adds a post with its author's vote. `Duplicate` if the author used the key already.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: &NewPost<'_>, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO posts
            (id, project_id, board_id, author_id, title, body, words, status_id, votes, comments, trend, submit_key,
             created_at, updated_at, status_at)
         VALUES ($1, $2, $3, $4, $5, $6, $11, $7, 1, 0, $8, $9, $10, $10, $10)",
        args![
            new.id,
            project,
            new.board,
            new.author,
            new.title,
            new.body,
            new.status,
            new.trend,
            new.submit_key,
            now,
            new.words
        ],
    )
    .await?;
    tx.run(
        "INSERT INTO votes (post_id, person_id, created_at) VALUES ($1, $2, $3)",
        args![new.id, new.author, now],
    )
    .await?;
    Ok(())
}

/// The post with this id, as `viewer` sees its votes.
pub async fn find(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    viewer: Option<PersonId>,
) -> Result<Option<Post>> {
    tx.one(
        concat!(
            "SELECT ",
            columns!(),
            ", p.body, p.author_id, a.name AS author_name, p.updated_at, p.status_at
             FROM posts p
             JOIN boards b ON b.id = p.board_id
             JOIN statuses s ON s.id = p.status_id
             LEFT JOIN people a ON a.id = p.author_id
             LEFT JOIN votes v ON v.post_id = p.id AND v.person_id = $3
             WHERE p.project_id = $1
               AND p.id = $2"
        ),
        args![project, id, viewer],
    )
    .await
}

/// What an author posted under this key.
pub async fn by_submit_key(
    tx: &mut Tx,
    project: ProjectId,
    author: PersonId,
    key: &str,
) -> Result<Option<PostId>> {
    tx.value(
        "SELECT id FROM posts
         WHERE project_id = $1
           AND author_id = $2
           AND submit_key = $3",
        args![project, author, key],
    )
    .await
}

row! {
    /// What a post's transactions keep in step.
    Counters {
        /// How many voted.
        votes: i64,
        /// How much it is wanted lately.
        trend: f64,
        /// Its status.
        status_id: StatusId,
        /// Its board.
        board_id: BoardId,
        /// When it was posted.
        created_at: Time,
    }
}

/// Holds the post until the transaction ends, and reads what may be about to change.
pub async fn lock(tx: &mut Tx, project: ProjectId, id: PostId) -> Result<Option<Counters>> {
    let sql = tx.pick(
        "SELECT votes, trend, status_id, board_id, created_at FROM posts
         WHERE project_id = $1
           AND id = $2",
        "SELECT votes, trend, status_id, board_id, created_at FROM posts
         WHERE project_id = $1
           AND id = $2
         FOR UPDATE",
    );
    tx.one(sql, args![project, id]).await
}

/// Writes votes and trend.
pub async fn update_votes(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    votes: i64,
    trend: f64,
) -> Result<()> {
    tx.run(
        "UPDATE posts SET votes = $3, trend = $4 WHERE project_id = $1 AND id = $2",
        args![project, id, votes, trend],
    )
    .await?;
    Ok(())
}

/// Counts comments that everybody can see: that came, or went if negative.
pub async fn add_comments(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    comments: i64,
) -> Result<()> {
    tx.run(
        "UPDATE posts SET comments = comments + $3 WHERE project_id = $1 AND id = $2",
        args![project, id, comments],
    )
    .await?;
    Ok(())
}

/// Writes title and text, and the words a post with them is found by.
pub async fn update_text(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    (title, body, words): (&str, &str, &str),
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE posts
         SET title = $3, body = $4, words = $5, updated_at = $6
         WHERE project_id = $1
           AND id = $2",
        args![project, id, title, body, words, now],
    )
    .await?;
    Ok(())
}

/// Writes the status.
pub async fn update_status(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    status: StatusId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE posts
         SET status_id = $3, status_at = $4, updated_at = $4
         WHERE project_id = $1
           AND id = $2",
        args![project, id, status, now],
    )
    .await?;
    Ok(())
}

/// Writes the board.
pub async fn update_board(
    tx: &mut Tx,
    project: ProjectId,
    id: PostId,
    board: BoardId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE posts
         SET board_id = $3, updated_at = $4
         WHERE project_id = $1
           AND id = $2",
        args![project, id, board, now],
    )
    .await?;
    Ok(())
}

/// Whether the post is tied to an issue that may still change.
pub async fn has_live_links(tx: &mut Tx, project: ProjectId, id: PostId) -> Result<bool> {
    let links = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM links
             WHERE project_id = $1
               AND post_id = $2
               AND state NOT IN ('gone', 'ended')",
            args![project, id],
        )
        .await?;
    Ok(links > 0)
}

/// Removes a post; its votes, comments, history and ended links go with it.
pub async fn delete(tx: &mut Tx, project: ProjectId, id: PostId) -> Result<()> {
    tx.run(
        "DELETE FROM posts WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await?;
    Ok(())
}
