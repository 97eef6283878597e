//! What owners of connected projects are told ahead, and who has taken note.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PersonId, ProjectId, Time, secret::Email};

use crate::row;

row! {
    /// A material change of the addendum, or a new subprocessor.
    Announcement {
        /// `change-2`, or `subprocessor-` and a hash.
        id: String,
        /// `change` or `subprocessor`.
        kind: String,
        /// In a few words.
        title: String,
        /// In a sentence or two.
        what: String,
        /// When it was announced.
        announced_at: Time,
        /// From when on it counts.
        effective_at: Time,
    }
}

row! {
    /// An announcement, as one owner of one project has it.
    Told {
        /// Which.
        announcement_id: String,
        /// `change` or `subprocessor`.
        kind: String,
        /// In a few words.
        title: String,
        /// In a sentence or two.
        what: String,
        /// From when on it counts.
        effective_at: Time,
        /// When they were told.
        told_at: Time,
        /// When they took note.
        acknowledged_at: Option<Time>,
    }
}

row! {
    /// Who has taken note in a project, and who has not.
    Taken {
        /// Which announcement.
        announcement_id: String,
        /// The owner, by their name on the board.
        name: String,
        /// When they were told.
        told_at: Time,
        /// When the letter was handed to the mail server.
        mailed_at: Option<Time>,
        /// When they took note.
        acknowledged_at: Option<Time>,
    }
}

row! {
    /// A letter to be written.
    Unmailed {
        /// Which announcement.
        announcement_id: String,
        /// Whose project.
        project_id: ProjectId,
        /// To whom.
        person_id: PersonId,
    }
}

row! {
    /// What a letter needs.
    LetterOf {
        /// To where.
        email: String,
        /// The project's name.
        project: String,
        /// Its place in addresses.
        slug: String,
        /// In a few words.
        title: String,
        /// In a sentence or two.
        what: String,
        /// From when on it counts.
        effective_at: Time,
    }
}

impl LetterOf {
    /// To where, checked.
    pub fn to(&self) -> Option<Email> {
        Email::parse(&self.email).ok()
    }
}

/// Adds an announcement. False if it is there already.
pub async fn insert(tx: &mut Tx, new: &Announcement) -> Result<bool> {
    let added = tx
        .run(
            "INSERT INTO announcements (id, kind, title, what, announced_at, effective_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
            args![
                new.id.as_str(),
                new.kind.as_str(),
                new.title.as_str(),
                new.what.as_str(),
                new.announced_at,
                new.effective_at
            ],
        )
        .await?;
    Ok(added == 1)
}

/// All of them, newest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Announcement>> {
    tx.all(
        "SELECT * FROM announcements ORDER BY announced_at DESC, id",
        vec![],
    )
    .await
}

/// Whether any project is connected, or was in the middle of it.
pub async fn is_anybody_connected(tx: &mut Tx) -> Result<bool> {
    let count = tx
        .count(
            "SELECT COUNT(*) FROM connections WHERE state IN ('setup', 'active', 'needs_reconnect')",
            vec![],
        )
        .await?;
    Ok(count > 0)
}

/// Notes for every owner of a connected project that they are told of this announcement; gives how many are new.
pub async fn tell_owners(tx: &mut Tx, announcement: &str, now: Time) -> Result<u64> {
    tx.run(
        "INSERT INTO announcement_owners (announcement_id, project_id, person_id, told_at)
         SELECT DISTINCT CAST($1 AS TEXT), m.project_id, m.person_id, CAST($2 AS BIGINT)
         FROM members m
         JOIN connections c ON c.project_id = m.project_id
         WHERE m.role = 'owner'
           AND c.state IN ('setup', 'active', 'needs_reconnect')
         ON CONFLICT (announcement_id, project_id, person_id) DO NOTHING",
        args![announcement, now],
    )
    .await
}

/// Owners of connected projects who were not told of it.
pub async fn count_untold(tx: &mut Tx, announcement: &str) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*)
         FROM members m
         WHERE m.role = 'owner'
           AND EXISTS (
               SELECT 1 FROM connections c
               WHERE c.project_id = m.project_id AND c.state IN ('setup', 'active', 'needs_reconnect'))
           AND NOT EXISTS (
               SELECT 1 FROM announcement_owners o
               WHERE o.announcement_id = $1 AND o.project_id = m.project_id AND o.person_id = m.person_id)",
        args![announcement],
    )
    .await
}

/// Letters that were not written yet.
pub async fn unmailed(tx: &mut Tx, limit: i64) -> Result<Vec<Unmailed>> {
    tx.all(
        "SELECT announcement_id, project_id, person_id
         FROM announcement_owners
         WHERE mailed_at IS NULL AND acknowledged_at IS NULL
         ORDER BY announcement_id, project_id, person_id
         LIMIT $1",
        args![limit],
    )
    .await
}

/// Takes a letter to be written by whoever asked first. False if somebody did.
pub async fn take_letter(tx: &mut Tx, letter: &Unmailed, now: Time) -> Result<bool> {
    let taken = tx
        .run(
            "UPDATE announcement_owners
             SET mailed_at = $4
             WHERE announcement_id = $1 AND project_id = $2 AND person_id = $3 AND mailed_at IS NULL",
            args![
                letter.announcement_id.as_str(),
                letter.project_id,
                letter.person_id,
                now
            ],
        )
        .await?;
    Ok(taken == 1)
}

/// What the letter needs.
pub async fn letter(tx: &mut Tx, letter: &Unmailed) -> Result<Option<LetterOf>> {
    tx.one(
        "SELECT p.email, j.name AS project, j.slug, a.title, a.what, a.effective_at
         FROM announcement_owners o
         JOIN announcements a ON a.id = o.announcement_id
         JOIN people p ON p.id = o.person_id
         JOIN projects j ON j.id = o.project_id
         WHERE o.announcement_id = $1 AND o.project_id = $2 AND o.person_id = $3",
        args![
            letter.announcement_id.as_str(),
            letter.project_id,
            letter.person_id
        ],
    )
    .await
}

/// What this owner was told in this project, newest first.
pub async fn of_owner(tx: &mut Tx, project: ProjectId, person: PersonId) -> Result<Vec<Told>> {
    tx.all(
        "SELECT o.announcement_id, a.kind, a.title, a.what, a.effective_at, o.told_at, o.acknowledged_at
         FROM announcement_owners o
         JOIN announcements a ON a.id = o.announcement_id
         WHERE o.project_id = $1 AND o.person_id = $2
         ORDER BY a.announced_at DESC, a.id",
        args![project, person],
    )
    .await
}

/// Who has taken note of what in this project.
pub async fn taken(tx: &mut Tx, project: ProjectId) -> Result<Vec<Taken>> {
    tx.all(
        "SELECT o.announcement_id, p.name, o.told_at, o.mailed_at, o.acknowledged_at
         FROM announcement_owners o
         JOIN people p ON p.id = o.person_id
         WHERE o.project_id = $1
         ORDER BY o.told_at DESC, p.name
         LIMIT 500",
        args![project],
    )
    .await
}

/// The owner takes note. The first time counts. False if they were never told of it.
pub async fn acknowledge(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    announcement: &str,
    now: Time,
) -> Result<bool> {
    let done = tx
        .run(
            "UPDATE announcement_owners
             SET acknowledged_at = COALESCE(acknowledged_at, $4)
             WHERE project_id = $1 AND person_id = $2 AND announcement_id = $3",
            args![project, person, announcement, now],
        )
        .await?;
    Ok(done == 1)
}

/// How many announcements that somebody was told at once counted earlier than `notice` (in milliseconds) after that.
pub async fn count_short(tx: &mut Tx, notice: i64) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM announcements a
         WHERE a.effective_at < a.announced_at + $1
           AND EXISTS (SELECT 1 FROM announcement_owners o
                       WHERE o.announcement_id = a.id AND o.told_at = a.announced_at)",
        args![notice],
    )
    .await
}
