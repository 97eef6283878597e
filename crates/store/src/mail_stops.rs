//! Who wants no mail; and the key that signed the addresses by which they say so, where an earlier version kept it.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PersonId, PostId, ProjectId, Time};

/// Ends mail to somebody about a post, or about everything of the project. Again is no change.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    post: Option<PostId>,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO mail_stops (project_id, person_id, post_id, at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (project_id, person_id, COALESCE(post_id, '')) DO NOTHING",
        args![project, person, post, now],
    )
    .await?;
    Ok(())
}

/// Takes that back.
pub async fn delete(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    post: Option<PostId>,
) -> Result<()> {
    tx.run(
        "DELETE FROM mail_stops
         WHERE project_id = $1
           AND person_id = $2
           AND COALESCE(post_id, '') = COALESCE($3, '')",
        args![project, person, post],
    )
    .await?;
    Ok(())
}

/// Whether this very stop is there.
pub async fn is_there(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    post: Option<PostId>,
) -> Result<bool> {
    let found = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM mail_stops
             WHERE project_id = $1
               AND person_id = $2
               AND COALESCE(post_id, '') = COALESCE($3, '')",
            args![project, person, post],
        )
        .await?;
    Ok(found > 0)
}

/// The key of that name, if an earlier version left one here.
pub async fn key(tx: &mut Tx, name: &str) -> Result<Option<Vec<u8>>> {
    tx.value(
        "SELECT secret FROM program_keys WHERE name = $1",
        args![name],
    )
    .await
}

/// Takes a key out, once it is kept elsewhere.
pub async fn forget_key(tx: &mut Tx, name: &str) -> Result<()> {
    tx.run("DELETE FROM program_keys WHERE name = $1", args![name])
        .await?;
    Ok(())
}
