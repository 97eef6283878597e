//! Notices to the voters of a post, and who is still to be told.

use upvow_db::{FromRow, Result, Row, Tx, args};
use upvow_domain::{NoticeId, PersonId, PostId, ProjectId, StatusId, Time, secret::Email};

use crate::{people, row};

row! {
    /// A notice, with what its letter says.
    Notice {
        /// Its id.
        id: NoticeId,
        /// Whose.
        project_id: ProjectId,
        /// The post.
        post_id: PostId,
        /// Its title.
        title: String,
        /// The status it had before, unless that was removed.
        from_status_id: Option<StatusId>,
        /// The status it is about.
        status_id: StatusId,
        /// That status's name.
        status_name: String,
        /// `waiting`, `gathering`, `sending`, `sent`, `dropped`.
        state: String,
        /// What a member adds.
        words: String,
        /// To how many it goes, once that is settled.
        people: i64,
        /// To how many it went.
        sent: i64,
        /// For how many nobody knows, or it could not be delivered.
        lost: i64,
        /// Who caused it, until it went out.
        actor_id: Option<PersonId>,
        /// When it goes out by itself.
        due_at: Option<Time>,
        /// When it was made.
        created_at: Time,
    }
}

/// A notice to be made.
#[derive(Debug, Clone)]
pub struct NewNotice<'a> {
    /// A fresh id.
    pub id: NoticeId,
    /// The post.
    pub post: PostId,
    /// The status it had.
    pub from: StatusId,
    /// The status it has.
    pub status: StatusId,
    /// See [`Notice::state`].
    pub state: &'a str,
    /// What a member adds.
    pub words: &'a str,
    /// Who caused it.
    pub actor: Option<PersonId>,
    /// When it goes out by itself.
    pub due_at: Option<Time>,
}

/// How each status's voters are told, as far as somebody chose.
pub async fn tells(tx: &mut Tx, project: ProjectId) -> Result<Vec<(StatusId, String)>> {
    struct Pair(StatusId, String);
    impl FromRow for Pair {
        fn from_row(row: &Row) -> Result<Self> {
            Ok(Pair(row.get("status_id")?, row.get("tells")?))
        }
    }
    let rows = tx
        .all::<Pair>(
            "SELECT n.status_id, n.tells
             FROM status_notices n
             JOIN statuses s ON s.id = n.status_id
             WHERE s.project_id = $1",
            args![project],
        )
        .await?;
    Ok(rows.into_iter().map(|pair| (pair.0, pair.1)).collect())
}

/// Sets how a status's voters are told. The status must be the project's.
pub async fn set_tells(tx: &mut Tx, status: StatusId, tells: &str) -> Result<()> {
    tx.run(
        "INSERT INTO status_notices (status_id, tells) VALUES ($1, $2)
         ON CONFLICT (status_id) DO UPDATE SET tells = excluded.tells",
        args![status, tells],
    )
    .await?;
    Ok(())
}

/// Adds a notice.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: &NewNotice<'_>, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO notices
            (id, project_id, post_id, from_status_id, status_id, state, words, people, sent, lost, actor_id, due_at,
             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, $9, $10, $10)",
        args![
            new.id, project, new.post, new.from, new.status, new.state, new.words, new.actor, new.due_at, now
        ],
    )
    .await?;
    Ok(())
}

/// The columns of a [`Notice`].
macro_rules! notice {
    ($rest:literal) => {
        concat!(
            "SELECT n.*, p.title, s.name AS status_name
             FROM notices n
             JOIN posts p ON p.id = n.post_id
             JOIN statuses s ON s.id = n.status_id
             WHERE n.project_id = $1 ",
            $rest
        )
    };
}

/// One notice.
pub async fn find(tx: &mut Tx, project: ProjectId, id: NoticeId) -> Result<Option<Notice>> {
    tx.one(notice!("AND n.id = $2"), args![project, id]).await
}

/// The notice of a post that did not go out yet.
pub async fn open_of(tx: &mut Tx, project: ProjectId, post: PostId) -> Result<Option<Notice>> {
    tx.one(
        notice!("AND n.post_id = $2 AND n.state IN ('waiting', 'gathering')"),
        args![project, post],
    )
    .await
}

/// A project's notices, newest first: all, those that wait for a decision, or the others.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    waiting: Option<bool>,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Notice>> {
    tx.all(
        notice!(
            "AND ($2 IS NULL OR (n.state = 'waiting') = $2)
             AND n.state <> 'dropped'
             AND ($3 IS NULL OR n.id < $3)
             ORDER BY n.id DESC
             LIMIT $4"
        ),
        args![project, waiting, before, limit],
    )
    .await
}

/// Moves a notice on, if it still is in this state. False if it is not.
pub async fn set_state(
    tx: &mut Tx,
    project: ProjectId,
    id: NoticeId,
    (from, to): (&str, &str),
    now: Time,
) -> Result<bool> {
    let moved = tx
        .run(
            "UPDATE notices SET state = $4, updated_at = $5
             WHERE project_id = $1 AND id = $2 AND state = $3",
            args![project, id, from, to, now],
        )
        .await?;
    Ok(moved == 1)
}

/// The post moved on before the notice went out: it is about the newer status.
pub async fn retarget(
    tx: &mut Tx,
    project: ProjectId,
    id: NoticeId,
    to: (StatusId, &str, Option<Time>),
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE notices SET status_id = $3, state = $4, due_at = $5, updated_at = $6
         WHERE project_id = $1 AND id = $2",
        args![project, id, to.0, to.1, to.2, now],
    )
    .await?;
    Ok(())
}

/// What a member adds.
pub async fn set_words(tx: &mut Tx, project: ProjectId, id: NoticeId, words: &str) -> Result<()> {
    tx.run(
        "UPDATE notices SET words = $3 WHERE project_id = $1 AND id = $2",
        args![project, id, words],
    )
    .await?;
    Ok(())
}

/// Forgets a notice that never went out.
pub async fn delete(tx: &mut Tx, project: ProjectId, id: NoticeId) -> Result<()> {
    tx.run(
        "DELETE FROM notices WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await?;
    Ok(())
}

/// Who hears of a post: its voters but `$3`, if they can see it and did not say that they want no mail. `$1` project,
/// `$2` post.
macro_rules! audience {
    () => {
        "FROM votes v
         JOIN posts p ON p.id = v.post_id
         JOIN boards b ON b.id = p.board_id
         WHERE p.project_id = $1
           AND p.id = $2
           AND ($3 IS NULL OR v.person_id <> $3)
           AND (b.visibility <> 'private' OR EXISTS
               (SELECT 1 FROM members m WHERE m.project_id = p.project_id AND m.person_id = v.person_id))
           AND NOT EXISTS
               (SELECT 1 FROM mail_stops s
                WHERE s.project_id = p.project_id
                  AND s.person_id = v.person_id
                  AND (s.post_id IS NULL OR s.post_id = p.id))"
    };
}

/// How many hear of it.
pub async fn count_audience(
    tx: &mut Tx,
    project: ProjectId,
    post: PostId,
    but: Option<PersonId>,
) -> Result<i64> {
    tx.count(
        concat!("SELECT CAST(COUNT(*) AS BIGINT) AS n ", audience!()),
        args![project, post, but],
    )
    .await
}

/// Writes down who is to be told, and how many those are.
pub async fn gather(tx: &mut Tx, notice: &Notice) -> Result<i64> {
    let added = tx
        .run(
            concat!(
                "INSERT INTO notice_people (notice_id, person_id, attempts)
                 SELECT $4, v.person_id, 0 ",
                audience!(),
                " ON CONFLICT (notice_id, person_id) DO NOTHING"
            ),
            args![
                notice.project_id,
                notice.post_id,
                notice.actor_id,
                notice.id
            ],
        )
        .await?;
    let people = i64::try_from(added).unwrap_or(i64::MAX);
    tx.run(
        "UPDATE notices SET people = $2, actor_id = NULL WHERE id = $1",
        args![notice.id, people],
    )
    .await?;
    Ok(people)
}

/// Somebody to be told.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Who.
    pub person_id: PersonId,
    /// Their address.
    pub email: Email,
    /// Their name on the board.
    pub name: String,
    /// How often it was tried.
    pub attempts: i64,
    /// They still want it, and can see the post.
    pub wants: bool,
}

impl FromRow for Recipient {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Recipient {
            person_id: row.get("person_id")?,
            email: people::email(row)?,
            name: row.get("name")?,
            attempts: row.get("attempts")?,
            wants: row.get("wants")?,
        })
    }
}

/// The next one who was not tried in vain just now.
pub async fn next(tx: &mut Tx, notice: &Notice) -> Result<Option<Recipient>> {
    tx.one(
        concat!(
            "SELECT np.person_id, pe.email, pe.name, np.attempts,
                CASE WHEN EXISTS (SELECT 1 ",
            audience!(),
            " AND v.person_id = np.person_id) THEN TRUE ELSE FALSE END AS wants
             FROM notice_people np
             JOIN people pe ON pe.id = np.person_id
             WHERE np.notice_id = $4
               AND np.tried_at IS NULL
             ORDER BY np.attempts, np.person_id
             LIMIT 1"
        ),
        args![
            notice.project_id,
            notice.post_id,
            None::<PersonId>,
            notice.id
        ],
    )
    .await
}

/// Notes that a letter is about to go: should we never hear what became of it, it is not sent again.
pub async fn set_tried(
    tx: &mut Tx,
    notice: NoticeId,
    person: PersonId,
    tried_at: Option<Time>,
    attempts: i64,
) -> Result<()> {
    tx.run(
        "UPDATE notice_people SET tried_at = $3, attempts = $4 WHERE notice_id = $1 AND person_id = $2",
        args![notice, person, tried_at, attempts],
    )
    .await?;
    Ok(())
}

/// Strikes somebody off: the letter went, or it will not. Counts `sent` and `lost`.
pub async fn strike(
    tx: &mut Tx,
    notice: NoticeId,
    person: PersonId,
    (sent, lost): (i64, i64),
    now: Time,
) -> Result<()> {
    tx.run(
        "DELETE FROM notice_people WHERE notice_id = $1 AND person_id = $2",
        args![notice, person],
    )
    .await?;
    tx.run(
        "UPDATE notices SET sent = sent + $2, lost = lost + $3, updated_at = $4 WHERE id = $1",
        args![notice, sent, lost, now],
    )
    .await?;
    Ok(())
}

/// Strikes those off whose letter was on its way when the program ended: it may have arrived, and nobody is to get it
/// twice. Gives how many.
pub async fn strike_tried(tx: &mut Tx, notice: NoticeId, now: Time) -> Result<i64> {
    let struck = tx
        .run(
            "DELETE FROM notice_people WHERE notice_id = $1 AND tried_at IS NOT NULL",
            args![notice],
        )
        .await?;
    let struck = i64::try_from(struck).unwrap_or(i64::MAX);
    tx.run(
        "UPDATE notices SET lost = lost + $2, updated_at = $3 WHERE id = $1 AND $2 > 0",
        args![notice, struck, now],
    )
    .await?;
    Ok(struck)
}

/// How many are still to be told.
pub async fn left(tx: &mut Tx, notice: NoticeId) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM notice_people WHERE notice_id = $1",
        args![notice],
    )
    .await
}
