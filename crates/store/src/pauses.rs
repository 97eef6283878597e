//! What Jira asked to wait, until when. Shared by all nodes.

use upvow_db::{Result, Tx, args};
use upvow_domain::{Time, jira::CloudId};

use crate::row;

row! {
    /// Something that waits.
    Pause {
        /// `app`, `site/..`, `call/../endpoint`, `issue/../id`; `near` and `near/..` for a limit that is near.
        subject: String,
        /// The site it is about; none is all of them.
        cloud_id: Option<CloudId>,
        /// Which limit: `app_quota`, `site_quota`, `burst`, `issue_writes`, `unknown`.
        reason: String,
        /// Only work that can wait does.
        background_only: bool,
        /// Since when.
        since: Time,
        /// Until when.
        until_at: Time,
    }
}

/// Has something wait until `until` at least.
pub async fn hold(
    tx: &mut Tx,
    subject: &str,
    cloud: Option<&CloudId>,
    reason: &str,
    background_only: bool,
    until: Time,
    now: Time,
) -> Result<()> {
    tx.run(
        "INSERT INTO pauses (subject, cloud_id, reason, background_only, since, until_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (subject) DO UPDATE
         SET reason = excluded.reason,
             since = CASE WHEN pauses.until_at < excluded.since THEN excluded.since ELSE pauses.since END,
             until_at = CASE WHEN pauses.until_at > excluded.until_at THEN pauses.until_at ELSE excluded.until_at END",
        args![subject, cloud.cloned(), reason, background_only, now, until],
    )
    .await?;
    Ok(())
}

/// What holds calls on this site now.
pub async fn in_force(tx: &mut Tx, cloud: &CloudId, now: Time) -> Result<Vec<Pause>> {
    tx.all(
        "SELECT * FROM pauses
         WHERE until_at > $2 AND (cloud_id IS NULL OR cloud_id = $1)
         ORDER BY until_at DESC, subject",
        args![cloud, now],
    )
    .await
}
