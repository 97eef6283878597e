//! Writing connections.

use upvow_db::{Result, Tx, args};
use upvow_domain::{
    ConnectionId, ConsentId, ErasureId, GrantId, HookId, PersonId, ProjectId, Time, jira::CloudId,
};

use super::JiraProject;

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

/// Gives a connection another grant: a reconnect, or a setup begun anew by another account. False if it has ended.
pub async fn set_grant(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    grant: GrantId,
    consent: ConsentId,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
        "UPDATE connections
         SET grant_id = $3, consent_id = $4, problem = NULL, paused_until = NULL, generation = generation + 1, updated_at = $5
         WHERE project_id = $1 AND id = $2 AND state NOT IN ('disconnecting', 'invalidated')",
        args![project, id, grant, consent, now],
    )
    .await?;
    Ok(changed == 1)
}

/// Another account authorised: an admin is asked whether to use it. What was asked before is forgotten.
pub async fn ask_account(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    grant: GrantId,
    consent: ConsentId,
    until: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections
         SET other_grant_id = $3, other_consent_id = $4, other_until = $5
         WHERE project_id = $1 AND id = $2 AND state NOT IN ('disconnecting', 'invalidated')",
        args![project, id, grant, consent, until],
    )
    .await?;
    Ok(())
}

/// It is decided, or too late: nothing is asked any more. False if it was about another grant, or decided before.
pub async fn forget_question(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    grant: GrantId,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connections
             SET other_grant_id = NULL, other_consent_id = NULL, other_until = NULL
             WHERE project_id = $1 AND id = $2 AND other_grant_id = $3",
            args![project, id, grant],
        )
        .await?;
    Ok(changed == 1)
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
        "UPDATE connections
         SET problem = $3, updated_at = $4,
             problem_at = CASE WHEN $3 IS NULL THEN NULL WHEN problem = $3 THEN problem_at ELSE $4 END
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

/// Its site did not answer, for the first time since it last did.
pub async fn set_unreachable(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    now: Time,
) -> Result<()> {
    tx.run(
        "UPDATE connections SET unreachable_since = $3
         WHERE project_id = $1 AND id = $2 AND unreachable_since IS NULL",
        args![project, id, now],
    )
    .await?;
    Ok(())
}

/// Its site answers again. False if somebody else noted that before.
pub async fn clear_unreachable(tx: &mut Tx, project: ProjectId, id: ConnectionId) -> Result<bool> {
    let cleared = tx
        .run(
            "UPDATE connections SET unreachable_since = NULL
             WHERE project_id = $1 AND id = $2 AND unreachable_since IS NOT NULL",
            args![project, id],
        )
        .await?;
    Ok(cleared == 1)
}

/// The site has another name or address: both are labels.
pub async fn set_site_labels(
    tx: &mut Tx,
    project: ProjectId,
    id: ConnectionId,
    name: &str,
    url: &str,
    now: Time,
) -> Result<bool> {
    let changed = tx
        .run(
            "UPDATE connections SET site_name = $3, site_url = $4, updated_at = $5
             WHERE project_id = $1 AND id = $2 AND (site_name <> $3 OR site_url <> $4)",
            args![project, id, name, url, now],
        )
        .await?;
    Ok(changed == 1)
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
