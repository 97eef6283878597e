//! The wizard's steps after authorising: which site, which projects, which statuses, and are the rights there.
//! Each step is saved by itself, so the wizard can be left and taken up again.
//!
//! - `site`: the site and its projects; `map`: the status map; `issues`: types and targets; `votes`: the number field;
//! - `rights`: what the account may do; `summary`: what is read, written and kept.

mod issues;
mod map;
mod rights;
mod site;
mod summary;
mod votes;

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, GrantId, Invalid, Role, Scope,
    jira::{CloudId, JiraProjectId},
};
use upvow_store::{
    connections::{self, Connection},
    rules,
};

pub use issues::{
    TypeChoice, clear_target, issue_types, set_target, set_target_fields, target_fields, targets,
};
pub use map::{
    Astray, Difference, MapChoice, MapHead, MapRow, MapSave, MapVersion, Outcome, PostMove,
    ProjectMap, Question, Restored, RowChange, StepFields, Vanished, WhatIf, map_difference,
    map_head, map_version, map_versions, restore_map, save_map, save_status_map, set_step_fields,
    status_map, step_fields, what_if,
};
pub use rights::{Right, Rights, rights};
pub use site::{
    ProjectChoice, ProjectChoices, Removed, SiteChoice, change_projects, choose_projects,
    choose_site, projects, sites,
};
pub use summary::{Call, StatusLine, Summary, SummaryProject, summary};
pub use votes::{VoteField, set_vote_field, vote_fields};

use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        change,
        reach::{For, Reach},
    },
    live,
    sync::{
        hooks,
        reconcile::{self, Cause},
    },
};

/// Ends the wizard: the connection is at work, and its webhook is registered at once. Needs site, projects and a saved map.
pub async fn activate(app: &App, caller: &Caller, id: ConnectionId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let found = connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    if found.state == "active" {
        return Ok(());
    }
    is_ready(&mut tx, caller, &found).await?;
    if let Some(site) = &found.cloud_id {
        // Two setups may have chosen the same site at the same time.
        is_free(&mut tx, caller, id, site, found.grant_id).await?;
        let chosen: Vec<_> = connections::projects(&mut tx, caller.project, id)
            .await?
            .into_iter()
            .map(|one| one.jira_project_id)
            .collect();
        are_free(&mut tx, caller, &found, &chosen).await?;
    }
    connections::set_state(&mut tx, caller.project, id, "setup", "active", app.now()).await?;
    hooks::look_after_active(&mut tx, app, caller.project, id).await?;
    reconcile::begin(&mut tx, app, caller.project, id, Cause::Connected).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.activated",
        &id.to_string(),
        "",
    )
    .await?;
    live::commit(app, tx, &[change(caller.project, id)]).await?;
    app.work.notify_one();
    Ok(())
}

async fn find(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    let mut tx = app.db.read().await?;
    connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)
}

/// The connection's site, for an admin. Without a site the wizard is not that far.
async fn reach(app: &App, caller: &Caller, id: ConnectionId) -> Result<Reach> {
    need(caller, Role::Admin, Scope::Admin)?;
    let found = find(app, caller, id).await?;
    if found.state == "setup" && found.cloud_id.is_none() {
        return Err(AppError::Conflict {
            code: "choose_site_first",
            message: "Choose the site first.".to_owned(),
        });
    }
    Ok(Reach::find(app, caller.project, id, For::Setup).await?)
}

/// Whether no other connection of the project has the site by the same account: that would be the same connection twice.
async fn is_free(
    tx: &mut Tx,
    caller: &Caller,
    id: ConnectionId,
    site: &CloudId,
    grant: Option<GrantId>,
) -> Result<()> {
    let others = connections::list(tx, caller.project).await?;
    let is_taken = others.iter().any(|other| {
        other.id != id
            && other.cloud_id.as_ref() == Some(site)
            && other.grant_id == grant
            && matches!(other.state.as_str(), "active" | "needs_reconnect")
    });
    if is_taken {
        return Err(AppError::Conflict {
            code: "site_connected",
            message: "This project is connected to this site by this account already. Change that connection, or disconnect it first."
                .to_owned(),
        });
    }
    Ok(())
}

/// Whether no other connection of the project has one of these Jira projects: two would both follow each issue.
async fn are_free(
    tx: &mut Tx,
    caller: &Caller,
    found: &Connection,
    wanted: &[JiraProjectId],
) -> Result<()> {
    for other in connections::list(tx, caller.project).await? {
        let is_beside = other.id != found.id
            && other.cloud_id == found.cloud_id
            && matches!(other.state.as_str(), "active" | "needs_reconnect");
        if !is_beside {
            continue;
        }
        let theirs = connections::projects(tx, caller.project, other.id).await?;
        let twice: Vec<_> = theirs
            .iter()
            .filter(|one| wanted.contains(&one.jira_project_id))
            .map(|one| one.project_key.as_str())
            .collect();
        if !twice.is_empty() {
            return Err(AppError::Conflict {
                code: "project_connected",
                message: format!(
                    "Another connection to this site has {} already. A Jira project belongs to one connection, or each change would be followed twice.",
                    twice.join(", ")
                ),
            });
        }
    }
    Ok(())
}

async fn is_ready(tx: &mut Tx, caller: &Caller, found: &Connection) -> Result<()> {
    let missing = if found.state != "setup" {
        "The connection is not being set up."
    } else if found.cloud_id.is_none() {
        "Choose the site first."
    } else if connections::projects(tx, caller.project, found.id)
        .await?
        .is_empty()
    {
        "Choose the Jira projects first."
    } else if rules::list(tx, caller.project, found.id).await?.is_empty() {
        "Save the status map first."
    } else {
        return Ok(());
    };
    Err(AppError::Conflict {
        code: "not_ready",
        message: missing.to_owned(),
    })
}

async fn is_connected(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
) -> Result<()> {
    let mut tx = app.db.read().await?;
    let chosen = connections::projects(&mut tx, caller.project, id).await?;
    if chosen.iter().any(|one| one.jira_project_id == *project) {
        Ok(())
    } else {
        Err(Invalid::new(
            "jira_project_id",
            "choose one of the connected Jira projects",
        )
        .into())
    }
}
