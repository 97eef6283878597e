//! How several linked issues move their post: one rule per project.

use upvow_db::{Result, Tx, args};
use upvow_domain::{ProjectId, Time};

/// The name of the project's rule, if one was chosen.
pub async fn combination(tx: &mut Tx, project: ProjectId) -> Result<Option<String>> {
    tx.value(
        "SELECT combination FROM sync_rules WHERE project_id = $1",
        args![project],
    )
    .await
}

/// Chooses the project's rule.
pub async fn set_combination(
    tx: &mut Tx,
    project: ProjectId,
    combination: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO sync_rules (project_id, combination, updated_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (project_id) DO UPDATE
         SET combination = excluded.combination, updated_at = excluded.updated_at",
        args![project, combination, now],
    )
    .await?;
    Ok(())
}
