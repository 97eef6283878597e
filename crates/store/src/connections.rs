//! Connections: a project's ties to Jira sites. There is nothing of a Jira person here; `grant_id` names a record of
//! the vault.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, ConsentId, ErasureId, GrantId, HookId, PersonId, ProjectId, Time,
    jira::{CloudId, JiraProjectId, ProjectKey},
};

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
        /// No calls before this.
        paused_until: Option<Time>,
        /// The erasure it ended with.
        erasure_id: Option<ErasureId>,
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

/// A connection to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewConnection {
    /// A fresh id.
    pub id: ConnectionId,
    /// The vault's record.
    pub grant: GrantId,
    /// What was agreed to.
    pub consent: ConsentId,
    /// Who connects.
    pub by: PersonId,
}

/// Adds a connection in setup.
pub async fn insert(tx: &mut Tx, project: ProjectId, new: &NewConnection, now: Time) -> Result<()> {
    tx.run(
        "INSERT INTO connections
            (id, project_id, grant_id, consent_id, state, generation, connected_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 'setup', 0, $5, $6, $6)",
        args![new.id, project, new.grant, new.consent, new.by, now],
    )
    .await?;
    Ok(())
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

/// Moves a connection from one of the states `from` to `to`. A new generation ends the work begun before.
/// False if it was in another state.
pub async fn set_state(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    from: &str,
    to: &str,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connections
             SET state = $4, generation = generation + 1, updated_at = $5
             WHERE project_id = $1 AND id = $2 AND state = $3",
            args![project, id, from, to, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Chooses the site. False if the connection is not in setup.
pub async fn set_site(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    site: (&CloudId, &str, &str),
    hook: HookId,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connections
             SET cloud_id = $3, site_name = $4, site_url = $5, hook_id = $6, updated_at = $7
             WHERE project_id = $1 AND id = $2 AND state = 'setup'",
            args![project, id, site.0, site.1, site.2, hook, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Somebody worked on it: a setup that is being taken up is not abandoned.
pub async fn touch(tx: &mut Tx, project: ProjectId, id: ConnectionId, now: Time) -> Result<()> {
    tx.run(
        "UPDATE connections SET updated_at = $3 WHERE project_id = $1 AND id = $2",
        args![project, id, now],
    )
    .await?;
    Ok(())
}

/// Gives a connection another grant: a reconnect, or a setup begun anew by another account.
pub async fn set_grant(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    grant: GrantId,
    consent: ConsentId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections
         SET grant_id = $3, consent_id = $4, problem = NULL, paused_until = NULL, generation = generation + 1, updated_at = $5
         WHERE project_id = $1 AND id = $2 AND state NOT IN ('disconnecting', 'invalidated')",
        args![project, id, grant, consent, now],
    )
    .await?;
    Ok(())
}

/// Gives a connection another door: its grant is another one.
pub async fn set_hook(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    hook: HookId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections SET hook_id = $3, updated_at = $4
         WHERE project_id = $1 AND id = $2 AND state NOT IN ('disconnecting', 'invalidated')",
        args![project, id, hook, now],
    )
    .await?;
    Ok(())
}

/// A setup that changed its account: the site has to be chosen again.
pub async fn forget_site(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections
         SET cloud_id = NULL, site_name = NULL, site_url = NULL, hook_id = NULL, updated_at = $3
         WHERE project_id = $1 AND id = $2 AND state = 'setup'",
        args![project, id, now],
    )
    .await?;
    Ok(())
}

/// Says what is wrong, or that nothing is. An ended connection keeps what it says.
pub async fn set_problem(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    problem: Option<&str>,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections SET problem = $3, updated_at = $4
         WHERE project_id = $1 AND id = $2 AND state IN ('setup', 'active', 'needs_reconnect')",
        args![project, id, problem, now],
    )
    .await?;
    Ok(())
}

/// Takes a problem away, if that is the one it has.
pub async fn clear_problem(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    problem: &str,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections SET problem = NULL, updated_at = $4
         WHERE project_id = $1 AND id = $2 AND problem = $3",
        args![project, id, problem, now],
    )
    .await?;
    Ok(())
}

/// Jira asked every caller on this site to wait.
pub async fn pause_site(tx: &mut Tx, cloud: &CloudId, until: Time) -> Result<()> {
    tx.run(
        "UPDATE connections SET paused_until = $2
         WHERE cloud_id = $1 AND state = 'active' AND (paused_until IS NULL OR paused_until < $2)",
        args![cloud, until],
    )
    .await?;
    Ok(())
}

/// Jira asked the whole app to wait.
pub async fn pause_all(tx: &mut Tx, until: Time) -> Result<()> {
    tx.run(
        "UPDATE connections SET paused_until = $1
         WHERE state = 'active' AND (paused_until IS NULL OR paused_until < $1)",
        args![until],
    )
    .await?;
    Ok(())
}

/// Stops a connection, whatever it was doing. False if it was stopped before.
pub async fn stop(tx: &mut Tx, project: ProjectId, id: ConnectionId, now: Time) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connections
             SET state = 'disconnecting', generation = generation + 1, problem = NULL, paused_until = NULL,
                 updated_at = $3
             WHERE project_id = $1 AND id = $2 AND state IN ('setup', 'active', 'needs_reconnect')",
            args![project, id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The end: nothing of the grant is left here, not even its name.
pub async fn invalidate(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    erasure: Option<ErasureId>,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connections
             SET state = 'invalidated', grant_id = NULL, hook_id = NULL, erasure_id = $3, updated_at = $4
             WHERE project_id = $1 AND id = $2 AND state = 'disconnecting'",
            args![project, id, erasure, now],
        )
        .await?;
    Ok(changed == 1)
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

/// Puts these Jira projects in place of those there are.
pub async fn set_projects(tx: &mut Tx, id: ConnectionId, projects: &[JiraProject]) -> Result<()> {
    tx.run(
        "DELETE FROM connection_projects WHERE connection_id = $1",
        args![id],
    )
    .await?;
    for (position, project) in (0_i64..).zip(projects) {
        tx.run(
            "INSERT INTO connection_projects (connection_id, jira_project_id, project_key, name, position)
             VALUES ($1, $2, $3, $4, $5)",
            args![
                id,
                &project.jira_project_id,
                &project.project_key,
                project.name.as_str(),
                position
            ],
        )
        .await?;
    }
    Ok(())
}
