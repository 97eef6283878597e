//! The wizard's steps after authorising: which site, which projects, which statuses, and are the rights there.
//! Each step is saved by itself, so the wizard can be left and taken up again.

use std::collections::{BTreeMap, BTreeSet};

use upvow_db::Tx;
use upvow_domain::{
    BoardId, Caller, ConnectionId, Invalid, Role, Scope, StatusId,
    board::StatusKind,
    jira::{Category, CloudId, IssueTypeId, JiraProjectId, JiraStatusId, ProjectKey},
    rule::{self, Direction},
};
use upvow_jira::{CreateField, JiraProject, JiraStatus};
use upvow_store::{
    board_targets,
    connections::{self, Connection},
    rules::{self, BoardStatus, Rule},
};

use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        Target, change,
        grants::{self, CallError, Need},
        reach::{For, Reach},
    },
    live,
    sync::hooks,
};

/// A site the grant can reach. Shown, chosen from, not stored until chosen.
#[derive(Debug, Clone)]
pub struct SiteChoice {
    /// Its id.
    pub cloud_id: CloudId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A Jira project that can be connected.
#[derive(Debug, Clone)]
pub struct ProjectChoice {
    /// Its number.
    pub id: JiraProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// Made by its team, with statuses of its own.
    pub team_managed: bool,
    /// Whether it is connected already.
    pub chosen: bool,
}

/// A page of [`ProjectChoice`].
#[derive(Debug, Clone)]
pub struct ProjectChoices {
    /// The rows.
    pub items: Vec<ProjectChoice>,
    /// The `start_at` of the next page.
    pub next: Option<u32>,
}

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

/// What the grant may do in one Jira project.
#[derive(Debug, Clone)]
pub struct Rights {
    /// The project.
    pub project: JiraProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// Each right we use: its name in Jira's words, what we use it for, whether it is there.
    pub rights: Vec<Right>,
}

/// One right.
#[derive(Debug, Clone)]
pub struct Right {
    /// `Create issues`.
    pub name: &'static str,
    /// What does not work without it.
    pub used_for: &'static str,
    /// Whether the grant has it.
    pub granted: bool,
}

/// An issue type that posts can become.
#[derive(Debug, Clone)]
pub struct TypeChoice {
    /// Its number.
    pub id: IssueTypeId,
    /// Its name.
    pub name: String,
    /// Names of required fields we cannot fill: the type cannot be used.
    pub missing: Vec<String>,
}

/// The sites to choose from; never chosen for the admin, even if there is one only.
pub async fn sites(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<SiteChoice>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let found = find(app, caller, id).await?;
    let grant = found.grant_id.ok_or(CallError::Ended)?;
    let token = grants::token(app, grant, Need::Fresh).await?;
    let sites = app.jira()?.accessible_sites(&token.access).await?;
    Ok(sites
        .into_iter()
        .map(|site| SiteChoice {
            cloud_id: site.cloud_id,
            name: site.name,
            url: site.url,
        })
        .collect())
}

/// Chooses the site; it must be one the grant can reach. A site the project already has an active connection to is refused.
pub async fn choose_site(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    site: &CloudId,
) -> Result<()> {
    let reachable = sites(app, caller, id).await?;
    let chosen = reachable
        .into_iter()
        .find(|choice| choice.cloud_id == *site)
        .ok_or_else(|| Invalid::new("site", "choose one of the sites in the list"))?;
    let found = find(app, caller, id).await?;
    let grant = found.grant_id.ok_or(CallError::Ended)?;
    let hook = hooks::prepare(app, grant, site).await?;

    let mut tx = app.db.write().await?;
    let others = connections::list(&mut tx, caller.project).await?;
    let taken = others.iter().any(|other| {
        other.id != id
            && other.cloud_id.as_ref() == Some(site)
            && matches!(other.state.as_str(), "active" | "needs_reconnect")
    });
    if taken {
        return Err(AppError::Conflict {
            code: "site_connected",
            message: "This project is connected to this site already. Change that connection, or disconnect it first."
                .to_owned(),
        });
    }
    let site = (site, chosen.name.as_str(), chosen.url.as_str());
    if !connections::set_site(&mut tx, caller.project, id, site, hook, app.now()).await? {
        return Err(AppError::Conflict {
            code: "site_fixed",
            message: "The site of a connection at work cannot be changed. Disconnect, and connect the other site."
                .to_owned(),
        });
    }
    if found.cloud_id.as_ref() != Some(site.0) {
        // Projects and statuses of another site.
        rules::delete(&mut tx, id).await?;
        board_targets::delete(&mut tx, id).await?;
        connections::set_projects(&mut tx, id, &[]).await?;
    }
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.site_chosen",
        &id.to_string(),
        "",
    )
    .await?;
    Ok(tx.commit().await?)
}

/// The site's projects, those connected marked.
pub async fn projects(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    query: Option<&str>,
    start_at: u32,
) -> Result<ProjectChoices> {
    let reach = reach(app, caller, id).await?;
    let chosen = {
        let mut tx = app.db.read().await?;
        connections::projects(&mut tx, caller.project, id).await?
    };
    let page = reach
        .call(app, |at| async move {
            at.site().projects(query, start_at).await
        })
        .await?;
    Ok(ProjectChoices {
        items: page
            .items
            .into_iter()
            .map(|project| ProjectChoice {
                chosen: chosen.iter().any(|one| one.jira_project_id == project.id),
                id: project.id,
                key: project.key,
                name: project.name,
                team_managed: project.team_managed,
            })
            .collect(),
        next: page.next,
    })
}

/// Chooses the projects, at least one; each must exist on the site. Rules of projects no longer chosen go.
pub async fn choose_projects(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    projects: &[JiraProjectId],
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    if projects.is_empty() {
        return Err(Invalid::new("projects", "choose at least one project").into());
    }
    if projects.len() > MOST_PROJECTS {
        return Err(Invalid::new("projects", "choose at most 50 projects").into());
    }
    let mut chosen: Vec<connections::JiraProject> = Vec::new();
    for project in on_site(app, &reach, projects).await? {
        chosen.push(connections::JiraProject {
            jira_project_id: project.id,
            project_key: project.key,
            name: project.name,
        });
    }
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    connections::set_projects(&mut tx, id, &chosen).await?;
    rules::delete_strays(&mut tx, id).await?;
    board_targets::delete_strays(&mut tx, id).await?;
    connections::touch(&mut tx, caller.project, id, app.now()).await?;
    // At work already: Jira is to tell us of these from now on.
    hooks::look_after_active(&mut tx, app, caller.project, id).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.projects_chosen",
        &id.to_string(),
        "",
    )
    .await?;
    live::commit(app, tx, &[change(caller.project, id)]).await?;
    app.work.notify_one();
    Ok(())
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

/// The issue types of a connected project.
pub async fn issue_types(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
) -> Result<Vec<TypeChoice>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    find(app, caller, id).await?;
    let reach = Reach::find(app, caller.project, id, For::Setup).await?;
    is_connected(app, caller, id, project).await?;
    let types = reach
        .call(
            app,
            |at| async move { at.site().issue_types(project).await },
        )
        .await?;
    let mut choices = Vec::new();
    // A subtask needs a parent, which a post has not.
    for kind in types.into_iter().filter(|kind| !kind.subtask) {
        let type_id = &kind.id;
        let fields = reach
            .call(app, |at| async move {
                at.site().create_fields(project, type_id).await
            })
            .await?;
        choices.push(TypeChoice {
            missing: missing(&fields),
            id: kind.id,
            name: kind.name,
        });
    }
    Ok(choices)
}

/// Where the boards' issues are made now.
pub async fn targets(app: &App, caller: &Caller) -> Result<Vec<Target>> {
    need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let rows = board_targets::list(&mut tx, caller.project).await?;
    Ok(rows
        .into_iter()
        .map(|row| Target {
            board: row.board_id,
            connection: row.connection_id,
            jira_project: row.jira_project_id,
            issue_type: row.issue_type_id,
            issue_type_name: row.issue_type_name,
        })
        .collect())
}

/// Sets where a board's issues are made.
pub async fn set_target(
    app: &App,
    caller: &Caller,
    board: BoardId,
    id: ConnectionId,
    project: &JiraProjectId,
    issue_type: &IssueTypeId,
) -> Result<()> {
    let reach = reach(app, caller, id).await?;
    {
        let mut tx = app.db.read().await?;
        if !board_targets::is_board(&mut tx, caller.project, board).await? {
            return Err(AppError::NotFound);
        }
    }
    let choices = issue_types(app, caller, id, project).await?;
    let chosen = choices
        .into_iter()
        .find(|choice| choice.id == *issue_type)
        .ok_or_else(|| Invalid::new("issue_type_id", "choose one of the project's issue types"))?;
    if !chosen.missing.is_empty() {
        return Err(Invalid::new(
            "issue_type_id",
            format!(
                "this type asks for fields that we cannot fill: {}; choose another",
                chosen.missing.join(", ")
            ),
        )
        .into());
    }
    let target = board_targets::Target {
        board_id: board,
        connection_id: id,
        jira_project_id: project.clone(),
        issue_type_id: issue_type.clone(),
        issue_type_name: chosen.name,
    };
    let mut tx = app.db.write().await?;
    reach.still(&mut tx).await?;
    board_targets::set(&mut tx, &target).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "board.target_set",
        &board.to_string(),
        "",
    )
    .await?;
    Ok(tx.commit().await?)
}

/// What the grant may do in each connected project, asked of Jira now.
pub async fn rights(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<Rights>> {
    let reach = reach(app, caller, id).await?;
    let chosen = {
        let mut tx = app.db.read().await?;
        connections::projects(&mut tx, caller.project, id).await?
    };
    let mut all = Vec::new();
    for project in chosen {
        let number = &project.jira_project_id;
        let may = reach
            .call(app, |at| async move { at.site().permissions(number).await })
            .await?;
        let right = |name, used_for, granted| Right {
            name,
            used_for,
            granted,
        };
        all.push(Rights {
            rights: vec![
                right(
                    "Browse projects",
                    "Reading the status of linked issues",
                    may.browse,
                ),
                right("Create issues", "Making issues of posts", may.create),
                right(
                    "Edit issues",
                    "Marking issues we made, so that none is made twice",
                    may.edit,
                ),
                right(
                    "Transition issues",
                    "Moving an issue when its post moves",
                    may.transition,
                ),
                right("Link issues", "Showing the post on the issue", may.link),
            ],
            project: project.jira_project_id,
            key: project.project_key,
        });
    }
    Ok(all)
}

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
    connections::set_state(&mut tx, caller.project, id, "setup", "active", app.now()).await?;
    hooks::look_after_active(&mut tx, app, caller.project, id).await?;
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

/// More would not fit one webhook filter comfortably, nor one page of the status map.
const MOST_PROJECTS: usize = 50;
/// How many pages of projects are looked through for the chosen ones.
const MOST_PAGES: usize = 40;

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

/// The site's own words on the chosen projects, in the order of the choice.
async fn on_site(app: &App, reach: &Reach, wanted: &[JiraProjectId]) -> Result<Vec<JiraProject>> {
    let mut found: BTreeMap<JiraProjectId, JiraProject> = BTreeMap::new();
    let mut start_at = 0;
    for _ in 0..MOST_PAGES {
        let page = reach
            .call(
                app,
                |at| async move { at.site().projects(None, start_at).await },
            )
            .await?;
        let hits = page
            .items
            .into_iter()
            .filter(|one| wanted.contains(&one.id));
        found.extend(hits.map(|one| (one.id.clone(), one)));
        match page.next {
            Some(next) if wanted.iter().any(|id| !found.contains_key(id)) => start_at = next,
            _ => break,
        }
    }
    let mut seen = BTreeSet::new();
    wanted
        .iter()
        .filter(|id| seen.insert(*id))
        .map(|id| {
            found.get(id).cloned().ok_or_else(|| {
                Invalid::new(
                    "projects",
                    "one of the projects is not on this site any more",
                )
                .into()
            })
        })
        .collect()
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
        });
    }
    if wanted.is_empty() {
        return Err(Invalid::new("rows", "save at least one row").into());
    }
    Ok(wanted)
}

/// Names of required fields without a default that an issue made of a post does not bring.
fn missing(fields: &[CreateField]) -> Vec<String> {
    const BROUGHT: [&str; 6] = [
        "project",
        "issuetype",
        "summary",
        "description",
        "labels",
        // Jira fills in whoever makes the issue.
        "reporter",
    ];
    fields
        .iter()
        .filter(|field| field.required && !field.has_default)
        .filter(|field| !BROUGHT.contains(&field.id.as_str()))
        .map(|field| field.name.clone())
        .collect()
}
