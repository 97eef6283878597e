//! Connections: a project's ties to Jira sites. There is nothing of a Jira person here; `grant_id` names a record of
//! the vault.

mod write;

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, ConsentId, ErasureId, GrantId, HookId, ProjectId, Time,
    jira::{CloudId, JiraProjectId, ProjectKey},
};

pub use write::*;

use crate::row;

row! {
    /// A connection.
    Connection {
        /// Its id.
        id: ConnectionId,
        /// Whose.
        project_id: ProjectId,
        /// The vault's record of the authorisation; none once it is gone.
        grant_id: Option<GrantId>,
        /// The webhook door it hears by.
        hook_id: Option<HookId>,
        /// The site, once chosen.
        cloud_id: Option<CloudId>,
        /// The site's name, a label.
        site_name: Option<String>,
        /// The site's address, for links that people follow.
        site_url: Option<String>,
        /// `setup`, `active`, `needs_reconnect`, `disconnecting`, `invalidated`.
        state: String,
        /// Goes up with everything that ends work begun before.
        generation: i64,
        /// A code of what is wrong.
        problem: Option<String>,
        /// Since when that is wrong.
        problem_at: Option<Time>,
        /// No calls before this.
        paused_until: Option<Time>,
        /// Since when its site does not answer.
        unreachable_since: Option<Time>,
        /// The erasure it ended with.
        erasure_id: Option<ErasureId>,
        /// The vault's record of another account that authorised, while an admin is asked whether to use it.
        other_grant_id: Option<GrantId>,
        /// What was agreed to by that account.
        other_consent_id: Option<ConsentId>,
        /// Until when that can be decided.
        other_until: Option<Time>,
        /// When it was begun.
        created_at: Time,
        /// When it last changed.
        updated_at: Time,
    }
}

row! {
    /// A Jira project of a connection.
    JiraProject {
        /// Its number.
        jira_project_id: JiraProjectId,
        /// Its key, a label.
        project_key: ProjectKey,
        /// Its name, a label.
        name: String,
    }
}

/// One connection.
pub async fn get(tx: &mut Tx, project: ProjectId, id: ConnectionId) -> Result<Option<Connection>> {
    tx.one(
        "SELECT * FROM connections WHERE project_id = $1 AND id = $2",
        args![project, id],
    )
    .await
}

/// The project's connections, newest first.
pub async fn list(tx: &mut Tx, project: ProjectId) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections WHERE project_id = $1 ORDER BY id DESC",
        args![project],
    )
    .await
}

/// A connection of any project: for the operator, who names it by its id.
pub async fn find(tx: &mut Tx, id: ConnectionId) -> Result<Option<Connection>> {
    tx.one("SELECT * FROM connections WHERE id = $1", args![id])
        .await
}

/// Everybody's connections that use this grant and have not ended: for what concerns the grant itself.
pub async fn of_grant(tx: &mut Tx, grant: GrantId) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections
         WHERE grant_id = $1 AND state <> 'invalidated'
         ORDER BY id",
        args![grant],
    )
    .await
}

/// Everybody's connections that were asked whether to use this grant and have not said.
pub async fn asking(tx: &mut Tx, grant: GrantId) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections WHERE other_grant_id = $1 ORDER BY id",
        args![grant],
    )
    .await
}

/// Everybody's connections to this site that have not ended: for whoever administers the site.
pub async fn of_site(tx: &mut Tx, cloud: &CloudId) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections
         WHERE cloud_id = $1 AND state <> 'invalidated'
         ORDER BY id",
        args![cloud.clone()],
    )
    .await
}

/// The grant of any connection: for what the operator named.
pub async fn grant_of(tx: &mut Tx, id: ConnectionId) -> Result<Option<GrantId>> {
    Ok(tx
        .value::<Option<GrantId>>("SELECT grant_id FROM connections WHERE id = $1", args![id])
        .await?
        .flatten())
}

/// Everybody's connections at work that hear by this hook.
pub async fn of_hook(tx: &mut Tx, hook: HookId) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections
         WHERE hook_id = $1 AND state = 'active'
         ORDER BY id",
        args![hook],
    )
    .await
}

/// Everybody's connections that are set up and have not ended, for the periodic pass.
pub async fn all_set_up(tx: &mut Tx) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections WHERE state IN ('active', 'needs_reconnect') ORDER BY id",
        vec![],
    )
    .await
}

/// Everybody's connections whose goodbye is not through, for the periodic pass.
pub async fn leaving(tx: &mut Tx) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections WHERE state = 'disconnecting' ORDER BY id",
        vec![],
    )
    .await
}

/// Everybody's connections that were begun before `before` and never got through the wizard, for the periodic pass.
pub async fn abandoned(tx: &mut Tx, before: Time) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections WHERE state = 'setup' AND updated_at < $1 ORDER BY id",
        args![before],
    )
    .await
}

/// Everybody's connections that were asked about another account and got no answer in time, for the periodic pass.
pub async fn undecided(tx: &mut Tx, now: Time) -> Result<Vec<Connection>> {
    tx.all(
        "SELECT * FROM connections WHERE other_until <= $1 ORDER BY id",
        args![now],
    )
    .await
}

/// The grants that are in use, each once, for the periodic pass.
pub async fn grants(tx: &mut Tx) -> Result<Vec<GrantId>> {
    let rows: Vec<Grant> = tx
        .all(
            "SELECT DISTINCT grant_id FROM connections
             WHERE grant_id IS NOT NULL AND state IN ('active', 'setup')
             ORDER BY grant_id",
            vec![],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.grant_id).collect())
}

/// The grants that any connection names, whatever its state.
pub async fn named_grants(tx: &mut Tx) -> Result<Vec<GrantId>> {
    let rows: Vec<Grant> = tx
        .all(
            "SELECT DISTINCT grant_id FROM connections WHERE grant_id IS NOT NULL",
            vec![],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.grant_id).collect())
}

/// Some project: for jobs that are about the whole server.
pub async fn any_project(tx: &mut Tx) -> Result<Option<ProjectId>> {
    tx.value("SELECT id FROM projects ORDER BY id LIMIT 1", vec![])
        .await
}

row! {
    /// A grant in use.
    Grant {
        /// The vault's record.
        grant_id: GrantId,
    }
}

/// The Jira projects of a connection, in the order they were chosen.
pub async fn projects(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
) -> Result<Vec<JiraProject>> {
    tx.all(
        "SELECT p.jira_project_id, p.project_key, p.name
         FROM connection_projects p
         JOIN connections c ON c.id = p.connection_id
         WHERE c.project_id = $1 AND c.id = $2
         ORDER BY p.position",
        args![project, id],
    )
    .await
}

row! {
    /// A Jira project's number alone.
    Number {
        /// The number.
        jira_project_id: JiraProjectId,
    }
}

/// Everybody's Jira projects that a hook is to hear of, each once, in a fixed order.
pub async fn watched(tx: &mut Tx, hook: HookId) -> Result<Vec<JiraProjectId>> {
    let rows: Vec<Number> = tx
        .all(
            "SELECT DISTINCT p.jira_project_id
             FROM connection_projects p
             JOIN connections c ON c.id = p.connection_id
             WHERE c.hook_id = $1 AND c.state = 'active'
             ORDER BY p.jira_project_id",
            args![hook],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.jira_project_id).collect())
}
