//! All that is kept of webhook deliveries.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    HookId, SignalId, Time,
    jira::{IssueId, IssueKey, IssueTypeId, JiraStatusId},
};

/// A delivery, less everything that could name a person.
#[derive(Debug, Clone)]
pub struct Signal {
    /// A fresh id.
    pub id: SignalId,
    /// The door it came by.
    pub hook: HookId,
    /// Jira's id of the delivery, the same across retries; a hash of the body if Jira sent none.
    pub delivery: String,
    /// `issue_updated`, `issue_deleted`, `issue_created`.
    pub event: &'static str,
    /// Which issue.
    pub issue: IssueId,
    /// Its key then.
    pub key: Option<IssueKey>,
    /// Its type then.
    pub issue_type: Option<IssueTypeId>,
    /// Its status then.
    pub status: Option<JiraStatusId>,
    /// When Jira wrote it.
    pub sent_at: Option<Time>,
    /// When it came.
    pub received_at: Time,
}

/// Keeps a signal. False if it is kept already, or nothing at work hears by its door any more.
pub async fn insert(tx: &mut Tx, signal: &Signal) -> Result<bool> {
    let kept = tx
        .run(
            "INSERT INTO signals
                (id, hook_id, delivery_id, event, issue_id, issue_key, issue_type_id, jira_status_id, sent_at, received_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             WHERE EXISTS (SELECT 1 FROM connections c WHERE c.hook_id = $2 AND c.state = 'active')
             ON CONFLICT (hook_id, delivery_id) DO NOTHING",
            args![
                signal.id,
                signal.hook,
                signal.delivery.as_str(),
                signal.event,
                &signal.issue,
                signal.key.clone(),
                signal.issue_type.clone(),
                signal.status.clone(),
                signal.sent_at,
                signal.received_at
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// Whether Jira said that this issue was deleted.
pub async fn says_deleted(tx: &mut Tx, hook: HookId, issue: &IssueId) -> Result<bool> {
    let found = tx
        .count(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM signals
             WHERE hook_id = $1 AND issue_id = $2 AND event = 'issue_deleted'",
            args![hook, issue],
        )
        .await?;
    Ok(found > 0)
}
