//! The status map: suggested by category, edited by the admin, checked against Jira.
//!
//! - `save`: what a save would change, and the save; `versions`: what was saved before, and bringing it back.
//! - `what_if`: what happens if an issue moves; `fields`: what a step in Jira is sent along.

mod fields;
mod save;
mod versions;
mod what_if;

use std::collections::BTreeMap;

use upvow_domain::{
    Caller, ConnectionId, LinkId, PostId, StatusId, VersionId,
    board::StatusKind,
    combination::Combination,
    jira::{Category, IssueKey, JiraProjectId, JiraStatusId, ProjectKey},
    rule::{self, Direction},
};
use upvow_jira::JiraStatus;
use upvow_store::{
    connections, rule_versions,
    rules::{self, BoardStatus, Rule},
    voices,
};

pub use fields::{StepFields, set_step_fields, step_fields};
pub use save::{
    Difference, MapSave, PostMove, RowChange, map_difference, save_map, save_status_map,
};
pub use versions::{MapVersion, Restored, map_version, map_versions, restore_map};
pub use what_if::{Outcome, Question, WhatIf, what_if};

use super::reach;
use crate::{
    App, Result,
    connect::{grants::CallError, reach::Reach},
    sync::choir,
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
    /// Rules whose status Jira has no more: a problem that saving the map again mends.
    pub vanished: Vec<Vanished>,
    /// Linked issues that stand in a status that is not mapped.
    pub astray: Vec<Astray>,
}

impl ProjectMap {
    /// How many Jira statuses go with nothing on the board.
    pub fn unmapped(&self) -> usize {
        let rows = self.rows.iter();
        rows.filter(|row| row.status.is_none() || row.is_new)
            .count()
    }
}

/// A rule whose status is gone.
#[derive(Debug, Clone)]
pub struct Vanished {
    /// The Jira status.
    pub jira_status: JiraStatusId,
    /// What it was called.
    pub jira_status_name: String,
    /// The board status it went with.
    pub status: Option<StatusId>,
}

/// A linked issue in a status that is not mapped: it leaves its post alone.
#[derive(Debug, Clone)]
pub struct Astray {
    /// The link.
    pub link: LinkId,
    /// Its post.
    pub post: PostId,
    /// The post's title.
    pub title: String,
    /// The issue.
    pub key: Option<IssueKey>,
    /// The Jira project it is in.
    pub jira_project: JiraProjectId,
    /// The status it stands in.
    pub jira_status: JiraStatusId,
}

/// What holds for the whole map.
#[derive(Debug, Clone)]
pub struct MapHead {
    /// How several linked issues move their post: for all boards of the project.
    pub combination: Combination,
    /// The newest saved version: a save that names another one is refused.
    pub version: Option<VersionId>,
    /// Linked issues that left the connected Jira projects.
    pub elsewhere: Vec<Astray>,
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
    /// Jira has it since the map was saved.
    pub is_new: bool,
    /// Ids of the fields that a step to this status is sent along.
    pub fields: Vec<String>,
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
    let (chosen, saved, board, astray) = {
        let mut tx = app.db.read().await?;
        (
            connections::projects(&mut tx, caller.project, id).await?,
            rules::list(&mut tx, caller.project, id).await?,
            rules::board_statuses(&mut tx, caller.project).await?,
            astray(&mut tx, caller, id).await?,
        )
    };
    let mut map = Vec::new();
    let mut fresh = BTreeMap::new();
    for project in chosen {
        let statuses = statuses(app, &reach, &project.jira_project_id).await?;
        fresh.insert(project.jira_project_id.clone(), statuses.clone());
        let of_project: Vec<&Rule> = saved
            .iter()
            .filter(|rule| rule.jira_project_id == project.jira_project_id)
            .collect();
        let vanished = of_project
            .iter()
            .filter(|rule| statuses.iter().all(|one| one.id != rule.jira_status_id))
            .map(|rule| Vanished {
                jira_status: rule.jira_status_id.clone(),
                jira_status_name: rule.jira_status_name.clone(),
                status: rule.status_id,
            });
        map.push(ProjectMap {
            vanished: vanished.collect(),
            rows: statuses
                .into_iter()
                .map(|status| row(status, &of_project, &board))
                .collect(),
            astray: astray
                .iter()
                .filter(|one| one.jira_project == project.jira_project_id)
                .cloned()
                .collect(),
            project: project.jira_project_id,
            key: project.project_key,
            name: project.name,
        });
    }
    refresh_labels(app, &reach, &saved, &fresh).await?;
    Ok(map)
}

/// What holds for the whole map. Needs an admin.
pub async fn map_head(app: &App, caller: &Caller, id: ConnectionId) -> Result<MapHead> {
    reach(app, caller, id).await?;
    let mut tx = app.db.read().await?;
    let chosen = connections::projects(&mut tx, caller.project, id).await?;
    let mut elsewhere = astray(&mut tx, caller, id).await?;
    elsewhere.retain(|one| {
        let is_here =
            |project: &connections::JiraProject| project.jira_project_id == one.jira_project;
        !chosen.iter().any(is_here)
    });
    Ok(MapHead {
        combination: choir::combination_of(&mut tx, caller.project).await?,
        version: rule_versions::newest(&mut tx, caller.project, id).await?,
        elsewhere,
    })
}

async fn astray(tx: &mut upvow_db::Tx, caller: &Caller, id: ConnectionId) -> Result<Vec<Astray>> {
    let rows = voices::astray(tx, caller.project, id).await?;
    let rows = rows.into_iter().map(|row| Astray {
        link: row.link_id,
        post: row.post_id,
        title: row.title,
        key: row.issue_key,
        jira_project: row.jira_project_id,
        jira_status: row.jira_status_id,
    });
    Ok(rows.collect())
}

/// Statuses that Jira calls otherwise now, or has no more, are so in the saved map, too. Rules go by ids and stay.
async fn refresh_labels(
    app: &App,
    reach: &Reach,
    saved: &[Rule],
    fresh: &BTreeMap<JiraProjectId, Vec<JiraStatus>>,
) -> Result<()> {
    let mut stale = Vec::new();
    for rule in saved {
        let Some(statuses) = fresh.get(&rule.jira_project_id) else {
            continue;
        };
        match statuses.iter().find(|one| one.id == rule.jira_status_id) {
            Some(status) => {
                let category = status.category.key();
                if rule.jira_status_name != status.name
                    || rule.category != category
                    || rule.vanished_at.is_some()
                {
                    stale.push((rule.id, status.name.as_str(), category, None));
                }
            }
            None if rule.vanished_at.is_none() => {
                let (name, category) = (rule.jira_status_name.as_str(), rule.category.as_str());
                stale.push((rule.id, name, category, Some(app.now())));
            }
            None => {}
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    for (rule, name, category, vanished_at) in stale {
        let label = (name, category);
        rules::set_label(&mut tx, reach.connection, rule, label, vanished_at).await?;
    }
    tx.commit().await?;
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

/// Where the project was never saved, every row is a suggestion; later, what Jira has anew is one and is not mapped yet.
fn row(status: JiraStatus, saved: &[&Rule], board: &[BoardStatus]) -> MapRow {
    let rule = saved.iter().find(|rule| rule.jira_status_id == status.id);
    MapRow {
        status: match rule {
            Some(rule) => rule.status_id,
            None => suggestion(status.category, board),
        },
        direction: rule
            .and_then(|rule| Direction::named(&rule.direction))
            .unwrap_or(Direction::Both),
        suggested: rule.is_none(),
        is_new: rule.is_none() && !saved.is_empty(),
        fields: rule
            .and_then(|rule| rule.fields.as_deref())
            .map(fields::ids)
            .unwrap_or_default(),
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
