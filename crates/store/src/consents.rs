//! What an admin agreed to before going to Atlassian.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ConsentId, PersonId, ProjectId, Time};

/// Records an agreement: which text (version and SHA-256 of its words), by whom, when.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    id: ConsentId,
    person: PersonId,
    version: &str,
    sha256: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO consents (id, project_id, person_id, text_version, text_sha256, agreed_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        args![id, project, person, version, sha256, now],
    )
    .await?;
    Ok(())
}
