//! What was saved before: a version per save, what differs from it now, and bringing it back.

use serde::{Deserialize, Serialize};
use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, Role, Scope, StatusId, Time, VersionId,
    combination::Combination,
    jira::{JiraProjectId, JiraStatusId},
    page::{Page, PageOf},
    rule::Direction,
};
use upvow_store::{
    connections,
    rule_versions::{self, NewVersion, Version},
    rules::{self, Rule},
};

use super::{Difference, MapChoice, MapSave, reach, save};
use crate::{App, AppError, Result, access::need, cursor::Cursor, sync::choir};

/// The letter of this list's cursors.
const LIST: u8 = b'm';

/// A row as it is kept in a version: ids, and the names of that day as labels. Nothing of a person.
#[derive(Serialize, Deserialize)]
struct KeptRow {
    project: JiraProjectId,
    jira_status: JiraStatusId,
    name: String,
    category: String,
    status: Option<StatusId>,
    direction: String,
    position: i64,
    fields: Option<String>,
}

/// A version of the map.
#[derive(Debug, Clone)]
pub struct MapVersion {
    /// Its id.
    pub id: VersionId,
    /// Who on the board saved it.
    pub saved_by: Option<String>,
    /// When.
    pub saved_at: Time,
    /// How several issues moved their post.
    pub combination: Combination,
    /// How many rows differed from the version before.
    pub changed: i64,
    /// The version it brought back.
    pub restored_from: Option<VersionId>,
    /// Every row.
    pub rows: Vec<MapChoice>,
    /// What each row's Jira status was called, in the same order.
    pub names: Vec<String>,
}

/// What bringing a version back changes, and what of it cannot come back.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The version.
    pub version: MapVersion,
    /// What differs from now.
    pub difference: Difference,
    /// Names of Jira statuses that are gone, or whose Jira project is not connected any more.
    pub left_out: Vec<String>,
    /// Names of Jira statuses whose board status was removed: they come back not mapped.
    pub unmapped: Vec<String>,
}

/// The versions, newest first. Needs an admin.
pub async fn map_versions(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    page: &PageOf,
) -> Result<Page<MapVersion>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let before = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let rows = rule_versions::list(&mut tx, caller.project, id, before, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(read(row)?.0);
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

/// A version, and what bringing it back would change, held against Jira as it is now. Needs an admin.
pub async fn map_version(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    version: VersionId,
) -> Result<Restored> {
    Ok(plan(app, caller, id, version).await?.told)
}

/// Brings a version back: what Jira still has of it. Jira's newer statuses stay as they are. Needs an admin.
pub async fn restore_map(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    version: VersionId,
    base: Option<VersionId>,
    move_posts: bool,
) -> Result<Restored> {
    let plan = plan(app, caller, id, version).await?;
    let back = MapSave {
        rows: &plan.choices,
        combination: Some(plan.told.version.combination),
        base,
        move_posts,
    };
    let reach = reach(app, caller, id).await?;
    let difference = save::put(app, caller, &reach, plan.rules, &back, Some(version)).await?;
    Ok(Restored {
        difference,
        ..plan.told
    })
}

struct Plan {
    told: Restored,
    choices: Vec<MapChoice>,
    rules: Vec<Rule>,
}

async fn plan(app: &App, caller: &Caller, id: ConnectionId, version: VersionId) -> Result<Plan> {
    let reach = reach(app, caller, id).await?;
    let (kept, now) = {
        let mut tx = app.db.read().await?;
        let kept = rule_versions::find(&mut tx, caller.project, id, version).await?;
        let now = rules::list(&mut tx, caller.project, id).await?;
        (kept.ok_or(AppError::NotFound)?, now)
    };
    let (version, kept) = read(kept)?;
    let (known, board) = save::known(app, caller, &reach).await?;
    let (mut choices, mut left_out, mut unmapped) = (Vec::new(), Vec::new(), Vec::new());
    let has = |project: &JiraProjectId, status: &JiraStatusId| {
        let statuses = known.get(project);
        statuses.is_some_and(|all| all.iter().any(|one| one.id == *status))
    };
    for (choice, row) in version.rows.iter().zip(&kept) {
        if !has(&choice.project, &choice.jira_status) {
            left_out.push(row.name.clone());
            continue;
        }
        let mut choice = choice.clone();
        let is_there = |status: StatusId| board.iter().any(|one| one.id == status);
        if choice.status.is_some_and(|status| !is_there(status)) {
            unmapped.push(row.name.clone());
            (choice.status, choice.direction) = (None, Direction::Off);
        }
        choices.push(choice);
    }
    // What Jira has since that version stays as it is now.
    let is_kept = |row: &Rule| {
        kept.iter()
            .any(|old| old.project == row.jira_project_id && old.jira_status == row.jira_status_id)
    };
    let newer = now.iter().filter(|row| !is_kept(row));
    choices.extend(
        newer
            .filter(|row| has(&row.jira_project_id, &row.jira_status_id))
            .map(|row| MapChoice {
                project: row.jira_project_id.clone(),
                jira_status: row.jira_status_id.clone(),
                status: row.status_id,
                direction: Direction::named(&row.direction).unwrap_or(Direction::Off),
            }),
    );
    let mut rules = save::check(app, &choices, &known, &board)?;
    for row in &mut rules {
        let old = kept.iter().find(|old| {
            old.project == row.jira_project_id && old.jira_status == row.jira_status_id
        });
        let same = now.iter().find(|new| {
            new.jira_project_id == row.jira_project_id && new.jira_status_id == row.jira_status_id
        });
        row.fields = match old {
            Some(old) => old.fields.clone(),
            None => same.and_then(|new| new.fields.clone()),
        };
    }
    let mut tx = app.db.read().await?;
    let difference =
        save::difference(&mut tx, caller, id, &rules, Some(version.combination)).await?;
    Ok(Plan {
        told: Restored {
            version,
            difference,
            left_out,
            unmapped,
        },
        choices,
        rules,
    })
}

/// Keeps what is saved now as a version.
pub(super) async fn keep(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    rows: &[Rule],
    difference: &Difference,
    restored_from: Option<VersionId>,
) -> Result<()> {
    let kept: Vec<KeptRow> = rows
        .iter()
        .map(|row| KeptRow {
            project: row.jira_project_id.clone(),
            jira_status: row.jira_status_id.clone(),
            name: row.jira_status_name.clone(),
            category: row.category.clone(),
            status: row.status_id,
            direction: row.direction.clone(),
            position: row.position,
            fields: row.fields.clone(),
        })
        .collect();
    let rows = serde_json::to_string(&kept).map_err(|_| UNREADABLE)?;
    let combination = choir::combination_of(tx, caller.project).await?;
    let new = NewVersion {
        id: app.fresh_id(),
        combination: combination.name(),
        rows: &rows,
        changed: i64::try_from(difference.rows.len()).unwrap_or(i64::MAX),
        restored_from,
        saved_by: caller.person,
    };
    Ok(rule_versions::insert(tx, caller.project, id, &new, app.now()).await?)
}

const UNREADABLE: AppError = AppError::Internal {
    code: "map_version",
};

fn read(row: Version) -> Result<(MapVersion, Vec<KeptRow>)> {
    let kept: Vec<KeptRow> = serde_json::from_str(&row.rows).map_err(|_| UNREADABLE)?;
    let rows = kept.iter().map(|row| MapChoice {
        project: row.project.clone(),
        jira_status: row.jira_status.clone(),
        status: row.status,
        direction: Direction::named(&row.direction).unwrap_or(Direction::Off),
    });
    let version = MapVersion {
        id: row.id,
        saved_by: row.saved_by_name,
        saved_at: row.saved_at,
        combination: Combination::named(&row.combination).ok_or(UNREADABLE)?,
        changed: row.changed,
        restored_from: row.restored_from,
        rows: rows.collect(),
        names: kept.iter().map(|row| row.name.clone()).collect(),
    };
    Ok((version, kept))
}
