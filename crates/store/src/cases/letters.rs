//! Letters about cases. A row is what keeps one from being written twice.

use upvow_db::{Result, Tx, args};
use upvow_domain::{CaseId, PersonId, ProjectId, Time, secret::Email};

use crate::{people, row};

row! {
    /// An owner.
    Owner {
        /// Who.
        person_id: PersonId,
    }
}

/// Puts a letter into the book. False if it is there.
pub async fn add(tx: &mut Tx, case: CaseId, reader: &str, kind: &str, now: Time) -> Result<bool> {
    let added = tx
        .run(
            "INSERT INTO case_letters (case_id, reader, kind, state, at)
             VALUES ($1, $2, $3, 'waiting', $4)
             ON CONFLICT (case_id, reader, kind) DO NOTHING",
            args![case, reader, kind, now],
        )
        .await?;
    Ok(added == 1)
}

/// Moves a letter from one state to another. False if it was in another one.
pub async fn set(
    tx: &mut Tx,
    letter: (CaseId, &str, &str),
    from: &str,
    to: &str,
    now: Time,
) -> Result<bool> {
    let (case, reader, kind) = letter;
    let moved = tx
        .run(
            "UPDATE case_letters SET state = $5, at = $6
             WHERE case_id = $1 AND reader = $2 AND kind = $3 AND state = $4",
            args![case, reader, kind, from, to, now],
        )
        .await?;
    Ok(moved == 1)
}

/// The project's owners.
pub async fn owners(tx: &mut Tx, project: ProjectId) -> Result<Vec<PersonId>> {
    let owners: Vec<Owner> = tx
        .all(
            "SELECT person_id FROM members
             WHERE project_id = $1 AND role = 'owner'
             ORDER BY person_id",
            args![project],
        )
        .await?;
    Ok(owners.into_iter().map(|owner| owner.person_id).collect())
}

/// Where a letter to somebody goes who still owns the project.
pub async fn owner_address(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
) -> Result<Option<Email>> {
    let is_owner: Option<String> = tx
        .value(
            "SELECT role FROM members
             WHERE project_id = $1 AND person_id = $2 AND role = 'owner'",
            args![project, person],
        )
        .await?;
    if is_owner.is_none() {
        return Ok(None);
    }
    Ok(people::find(tx, person).await?.map(|person| person.email))
}
