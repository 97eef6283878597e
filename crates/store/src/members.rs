//! Who has a role in which project. Without a row here one is a voter.

use upvow_db::{FromRow, Result, Row, Tx, args};
use upvow_domain::{PersonId, ProjectId, Time, secret::Email};

use crate::people;

/// A member.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub id: PersonId,
    /// Their address.
    pub email: Email,
    /// Their name on the board.
    pub name: String,
    /// A name of `Role`, never `voter`.
    pub role: String,
    /// The role's place: 1 moderator, 2 admin, 3 owner.
    pub rank: i64,
    /// Since when.
    pub created_at: Time,
}

impl FromRow for Member {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Member {
            id: row.get("id")?,
            email: people::email(row)?,
            name: row.get("name")?,
            role: row.get("role")?,
            rank: row.get("rank")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// The members, strongest role first; after the one of that rank and id, if given.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    after: Option<(i64, PersonId)>,
    limit: i64,
) -> Result<Vec<Member>> {
    let (rank, id) = after.unzip();
    tx.all(
        "SELECT *
         FROM (
            SELECT p.id, p.email, p.name, m.role, m.created_at,
                CAST(CASE m.role WHEN 'owner' THEN 3 WHEN 'admin' THEN 2 ELSE 1 END AS BIGINT) AS rank
            FROM members m
            JOIN people p ON p.id = m.person_id
            WHERE m.project_id = $1) m
         WHERE $2 IS NULL
            OR m.rank < $2
            OR (m.rank = $2 AND m.id > $3)
         ORDER BY m.rank DESC, m.id
         LIMIT $4",
        args![project, rank, id, limit],
    )
    .await
}

/// What somebody is in this project.
pub async fn find_role(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
) -> Result<Option<String>> {
    tx.value(
        "SELECT role FROM members WHERE project_id = $1 AND person_id = $2",
        args![project, person],
    )
    .await
}

/// Makes somebody a member. `Duplicate` if they are one.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    role: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO members (project_id, person_id, role, created_at)
         VALUES ($1, $2, $3, $4)",
        args![project, person, role, now],
    )
    .await?;
    Ok(())
}

/// Changes a member's role.
pub async fn update(tx: &mut Tx, project: ProjectId, person: PersonId, role: &str) -> Result<()> {
    tx.run(
        "UPDATE members SET role = $3 WHERE project_id = $1 AND person_id = $2",
        args![project, person, role],
    )
    .await?;
    Ok(())
}

/// Ends a membership.
pub async fn delete(tx: &mut Tx, project: ProjectId, person: PersonId) -> Result<()> {
    tx.run(
        "DELETE FROM members WHERE project_id = $1 AND person_id = $2",
        args![project, person],
    )
    .await?;
    Ok(())
}

/// How many owners the project has.
pub async fn count_owners(tx: &mut Tx, project: ProjectId) -> Result<i64> {
    tx.count(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM members WHERE project_id = $1 AND role = 'owner'",
        args![project],
    )
    .await
}

/// Whether any project has an owner: then the time of the first owner is over.
pub async fn has_any_owner(tx: &mut Tx) -> Result<bool> {
    let owner = tx
        .value::<PersonId>(
            "SELECT person_id FROM members WHERE role = 'owner' LIMIT 1",
            vec![],
        )
        .await?;
    Ok(owner.is_some())
}
