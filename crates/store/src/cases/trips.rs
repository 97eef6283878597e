//! Ways to Atlassian and back by which somebody shows who they are. Of state and browser only the hashes are here.

use upvow_db::{Result, Tx, args};
use upvow_domain::{CaseId, ProjectId, Time};

use crate::row;

row! {
    /// A way that was begun.
    Trip {
        /// The case it is about; none if it opens one.
        case_id: Option<CaseId>,
        /// In whose desk the case would be.
        project_id: ProjectId,
        /// What is asked for.
        kind: String,
        /// The law.
        law: String,
        /// The site that somebody says to administer; none for one's own data.
        site: Option<String>,
        /// Until when it can end.
        expires_at: Time,
    }
}

/// Begins one.
pub async fn insert(
    tx: &mut Tx,
    state_hash: Vec<u8>,
    browser_hash: Vec<u8>,
    trip: &Trip,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO case_trips
            (state_hash, browser_hash, case_id, project_id, kind, law, site, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            state_hash,
            browser_hash,
            trip.case_id,
            trip.project_id,
            trip.kind.as_str(),
            trip.law.as_str(),
            trip.site.as_deref(),
            now,
            trip.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// Whether there ever was such a way.
pub async fn is_one(tx: &mut Tx, state_hash: Vec<u8>) -> Result<bool> {
    let found: Option<String> = tx
        .value(
            "SELECT kind FROM case_trips WHERE state_hash = $1",
            args![state_hash],
        )
        .await?;
    Ok(found.is_some())
}

/// Ends a way, once, for the browser that began it and in time; nothing otherwise.
pub async fn use_up(
    tx: &mut Tx,
    state_hash: Vec<u8>,
    browser_hash: Vec<u8>,
    now: Time,
) -> Result<Option<Trip>> {
    let used = tx
        .run(
            "UPDATE case_trips SET used_at = $3
             WHERE state_hash = $1 AND browser_hash = $2 AND used_at IS NULL AND expires_at > $3",
            args![state_hash.clone(), browser_hash, now],
        )
        .await?;
    if used != 1 {
        return Ok(None);
    }
    tx.one(
        "SELECT * FROM case_trips WHERE state_hash = $1",
        args![state_hash],
    )
    .await
}
