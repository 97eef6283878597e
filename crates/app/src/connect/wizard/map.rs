//! The status map: suggested by category, edited by the admin, checked against Jira.

use std::collections::{BTreeMap, BTreeSet};

use upvow_domain::{
    Caller, ConnectionId, Invalid, StatusId,
    board::StatusKind,
    jira::{Category, JiraProjectId, JiraStatusId, ProjectKey},
    rule::{self, Direction},
};
use upvow_jira::JiraStatus;
use upvow_store::{
    connections,
    rules::{self, BoardStatus, Rule},
};

use super::reach;
use crate::{
    App, Result, audit,
    connect::{change, grants::CallError, reach::Reach},
    live,
};

/// The status map of one Jira project.
#[derive(Debug, Clone)]
pub struct ProjectMap {
    /// The Jira project.
    pub project: JiraProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// A row per Jira status.
    pub rows: Vec<MapRow>,
}

/// A row of the status map.
#[derive(Debug, Clone)]
pub struct MapRow {
    /// The Jira status.
    pub jira_status: JiraStatusId,
    /// Its name, in the language of whoever authorised.
    pub jira_status_name: String,
    /// What it means in Jira.
    pub category: Category,
    /// The board status it goes with; `None` is not mapped.
    pub status: Option<StatusId>,
    /// Who follows whom.
    pub direction: Direction,
    /// Not saved yet: what we suggest by category.
    pub suggested: bool,
}

/// A row of the map as the admin wants it.
#[derive(Debug, Clone)]
pub struct MapChoice {
    /// The Jira project.
    pub project: JiraProjectId,
    /// The Jira status; one the project does not have is refused.
    pub jira_status: JiraStatusId,
    /// The board status, or not mapped.
    pub status: Option<StatusId>,
    /// Who follows whom.
    pub direction: Direction,
}

/// The status map, read fresh from Jira; rows not saved yet carry a suggestion.
pub async fn status_map(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<ProjectMap>> {
    let reach = reach(app, caller, id).await?;
    let (chosen, saved, board) = {
        let mut tx = app.db.read().await?;
        (
            connections::projects(&mut tx, caller.project, id).await?,
            rules::list(&mut tx, caller.project, id).await?,
            rules::board_statuses(&mut tx, caller.project).await?,
        )
    };
    let mut map = Vec::new();
    for project in chosen {
        let statuses = statuses(app, &reach, &project.jira_project_id).await?;
        map.push(ProjectMap {
            rows: statuses
                .into_iter()
                .map(|status| row(&project.jira_project_id, status, &saved, &board))
                .collect(),
            project: project.jira_project_id,
            key: project.project_key,
            name: project.name,
        });
    }
    Ok(map)
}

/// Saves the map, all of it. Statuses are checked against Jira.
pub async fn save_status_map(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    rows: &[MapChoice],
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    let (chosen, board) = {
        let mut tx = app.db.read().await?;
        (
            connections::projects(&mut tx, caller.project, id).await?,
            rules::board_statuses(&mut tx, caller.project).await?,
        )
    };
    let mut known: BTreeMap<JiraProjectId, Vec<JiraStatus>> = BTreeMap::new();
    for project in chosen {
        let statuses = statuses(app, &reach, &project.jira_project_id).await?;
        known.insert(project.jira_project_id, statuses);
    }
    let wanted = check(app, rows, &known, &board)?;

    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    rules::replace(&mut tx, id, &wanted).await?;
    connections::touch(&mut tx, caller.project, id, app.now()).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.map_saved",
        &id.to_string(),
        "",
    )
    .await?;
    live::commit(app, tx, &[change(caller.project, id)]).await?;
    Ok(())
}

async fn statuses(
    app: &App,
    reach: &Reach,
    project: &JiraProjectId,
) -> Result<Vec<JiraStatus>, CallError> {
    reach
        .call(app, |at| async move { at.site().statuses(project).await })
        .await
}

fn row(
    project: &JiraProjectId,
    status: JiraStatus,
    saved: &[Rule],
    board: &[BoardStatus],
) -> MapRow {
    let rule = saved
        .iter()
        .find(|rule| rule.jira_project_id == *project && rule.jira_status_id == status.id);
    MapRow {
        status: match rule {
            Some(rule) => rule.status_id,
            None => suggestion(status.category, board),
        },
        direction: rule
            .and_then(|rule| Direction::named(&rule.direction))
            .unwrap_or(Direction::Both),
        suggested: rule.is_none(),
        jira_status: status.id,
        jira_status_name: status.name,
        category: status.category,
    }
}

/// The first board status of the kind that fits best.
fn suggestion(category: Category, board: &[BoardStatus]) -> Option<StatusId> {
    rule::suggested_kinds(category)
        .iter()
        .find_map(|kind| {
            board
                .iter()
                .find(|status| StatusKind::named(&status.kind) == Some(*kind))
        })
        .map(|status| status.id)
}

fn check(
    app: &App,
    rows: &[MapChoice],
    known: &BTreeMap<JiraProjectId, Vec<JiraStatus>>,
    board: &[BoardStatus],
) -> Result<Vec<Rule>> {
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::with_capacity(rows.len());
    for choice in rows {
        let statuses = known.get(&choice.project).ok_or_else(|| {
            Invalid::new("project", "choose rows of connected Jira projects only")
        })?;
        let (position, status) = (0_i64..)
            .zip(statuses)
            .find(|(_, status)| status.id == choice.jira_status)
            .ok_or_else(|| {
                Invalid::new(
                    "jira_status",
                    "a status is not in its Jira project any more; load the map again",
                )
            })?;
        if !seen.insert((&choice.project, &choice.jira_status)) {
            return Err(Invalid::new("jira_status", "name each Jira status once").into());
        }
        if let Some(to) = choice.status
            && !board.iter().any(|status| status.id == to)
        {
            return Err(Invalid::new("status", "choose statuses of this project's board").into());
        }
        wanted.push(Rule {
            id: app.fresh_id(),
            jira_project_id: choice.project.clone(),
            jira_status_id: status.id.clone(),
            jira_status_name: status.name.clone(),
            category: status.category.key().to_owned(),
            status_id: choice.status,
            direction: choice.direction.name().to_owned(),
            position,
            fields: None,
            vanished_at: None,
        });
    }
    if wanted.is_empty() {
        return Err(Invalid::new("rows", "save at least one row").into());
    }
    Ok(wanted)
}
