//! What the checks of the promises count in the main database: how many rows are as they must not be. These look at
//! everybody's rows, because the program itself asks; none gives a row to anybody.

use upvow_db::{Result, Tx, args};
use upvow_domain::{GrantId, HookId};

use crate::row;

/// Rows that tie together what belongs to different projects.
pub async fn across_projects(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT
            (SELECT COUNT(*) FROM links l JOIN posts p ON p.id = l.post_id WHERE p.project_id <> l.project_id)
          + (SELECT COUNT(*) FROM links l JOIN connections c ON c.id = l.connection_id WHERE c.project_id <> l.project_id)
          + (SELECT COUNT(*) FROM posts p JOIN boards b ON b.id = p.board_id WHERE b.project_id <> p.project_id)
          + (SELECT COUNT(*) FROM comments k JOIN posts p ON p.id = k.post_id WHERE p.project_id <> k.project_id)
          + (SELECT COUNT(*) FROM connections c JOIN consents s ON s.id = c.consent_id WHERE s.project_id <> c.project_id)
          + (SELECT COUNT(*) FROM board_targets t
             JOIN boards b ON b.id = t.board_id
             JOIN connections c ON c.id = t.connection_id
             WHERE b.project_id <> c.project_id)",
        vec![],
    )
    .await
}

/// Connections whose consent came after they did, or names no version or no hash of its words.
pub async fn without_consent(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*)
         FROM connections c
         LEFT JOIN consents s ON s.id = c.consent_id
         WHERE c.state <> 'invalidated'
           AND (s.id IS NULL OR s.text_version = '' OR LENGTH(s.text_sha256) <> 64 OR s.agreed_at > c.updated_at)",
        vec![],
    )
    .await
}

/// Jobs that could still run for a connection that ended.
pub async fn work_after_the_end(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*)
         FROM jobs j
         JOIN connections c ON c.id = j.connection_id
         WHERE c.state = 'invalidated'
           AND j.state IN ('waiting', 'running')",
        vec![],
    )
    .await
}

/// Connections that ended and still name a grant, a door or a site's address that calls could use.
pub async fn ended_with_a_grant(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM connections
         WHERE state = 'invalidated'
           AND (hook_id IS NOT NULL OR other_grant_id IS NOT NULL)",
        vec![],
    )
    .await
}

row! {
    /// A grant that a connection names.
    Named {
        /// The vault's record.
        grant_id: GrantId,
    }
}

/// The grants that connections name which have not ended, each once.
pub async fn grants_in_use(tx: &mut Tx) -> Result<Vec<GrantId>> {
    let rows: Vec<Named> = tx
        .all(
            "SELECT grant_id FROM connections WHERE grant_id IS NOT NULL AND state <> 'invalidated'
             UNION
             SELECT other_grant_id AS grant_id FROM connections WHERE other_grant_id IS NOT NULL AND state <> 'invalidated'",
            vec![],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.grant_id).collect())
}

row! {
    /// A webhook's door, and which projects it watches.
    Watched {
        /// The door.
        id: HookId,
        /// The Jira projects' numbers, with commas between, as registered.
        watched: String,
    }
}

/// Doors that have a webhook at Jira.
pub async fn doors(tx: &mut Tx) -> Result<Vec<Watched>> {
    tx.all(
        "SELECT id, watched FROM hooks WHERE webhook_ids <> '' ORDER BY id",
        vec![],
    )
    .await
}

row! {
    /// The columns of a table of ids that Jira or a caller filled, as texts.
    Texts {
        /// All of them, with a line break after each.
        texts: String,
    }
}

/// What is kept of deliveries, as texts.
pub async fn signals(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    texts(
        tx,
        "SELECT delivery_id || '\n' || event || '\n' || issue_id || '\n' || COALESCE(issue_key, '') || '\n'
            || COALESCE(issue_type_id, '') || '\n' || COALESCE(jira_status_id, '') AS texts
         FROM signals
         ORDER BY id DESC
         LIMIT $1",
        limit,
    )
    .await
}

/// What jobs carry, as texts.
pub async fn jobs(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    texts(
        tx,
        "SELECT name || '\n' || subject || '\n' || lane || '\n' || COALESCE(last_error, '') AS texts
         FROM jobs
         ORDER BY id DESC
         LIMIT $1",
        limit,
    )
    .await
}

/// What audit lines tell, as texts.
pub async fn acts(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    texts(
        tx,
        "SELECT via || '\n' || action || '\n' || subject || '\n' || detail AS texts
         FROM audit
         ORDER BY id DESC
         LIMIT $1",
        limit,
    )
    .await
}

async fn texts(tx: &mut Tx, sql: &'static str, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<Texts> = tx.all(sql, args![limit]).await?;
    Ok(rows.into_iter().map(|row| row.texts).collect())
}
