//! The site, and its projects.

use std::collections::{BTreeMap, BTreeSet};

use upvow_domain::{
    Caller, ConnectionId, Invalid, Role, Scope,
    jira::{CloudId, JiraProjectId, ProjectKey},
};
use upvow_jira::JiraProject;
use upvow_store::{board_targets, connections, issue_votes, links, rule_versions, rules};

use super::{are_free, find, is_free, reach};
use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        change,
        grants::{self, CallError, Need},
        reach::Reach,
        scopes,
    },
    live,
    sync::{
        hooks,
        reconcile::{self, Cause},
    },
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
    /// Scopes that were granted elsewhere but not on this site: it cannot be used.
    pub missing: Vec<String>,
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

/// More would not fit one webhook filter comfortably, nor one page of the status map.
const MOST_PROJECTS: usize = 50;

/// How many pages of projects are looked through for the chosen ones.
const MOST_PAGES: usize = 40;

/// The scopes that Atlassian tells of each site.
const ON_SITE: [&str; 3] = ["read:jira-work", "write:jira-work", "manage:jira-webhook"];

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
            missing: ON_SITE
                .iter()
                .filter(|scope| !site.scopes.iter().any(|granted| granted == *scope))
                .map(|scope| (*scope).to_owned())
                .collect(),
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
    if !chosen.missing.is_empty() {
        let missing: Vec<&str> = chosen.missing.iter().map(String::as_str).collect();
        return Err(AppError::Conflict {
            code: "scope_missing",
            message: format!(
                "On {} Atlassian did not grant {}. Reconnect and agree to all of it, or have a site admin allow the app there.",
                chosen.name,
                scopes::told(&missing)
            ),
        });
    }
    let found = find(app, caller, id).await?;
    let grant = found.grant_id.ok_or(CallError::Ended)?;
    let hook = hooks::prepare(app, grant, site).await?;

    let mut tx = app.db.write().await?;
    is_free(&mut tx, caller, id, site, found.grant_id).await?;
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
        rule_versions::delete(&mut tx, id).await?;
        board_targets::delete(&mut tx, id).await?;
        issue_votes::forget(&mut tx, id).await?;
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
    let found = connections::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    are_free(&mut tx, caller, &found, projects).await?;
    connections::set_projects(&mut tx, id, &chosen).await?;
    rules::delete_strays(&mut tx, id).await?;
    board_targets::delete_strays(&mut tx, id).await?;
    issue_votes::forget_strays(&mut tx, id).await?;
    connections::touch(&mut tx, caller.project, id, app.now()).await?;
    // At work already: Jira is to tell us of these from now on.
    hooks::look_after_active(&mut tx, app, caller.project, id).await?;
    reconcile::begin(&mut tx, app, caller.project, id, Cause::ProjectsChosen).await?;
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

/// A connected project that is to go, and carries links.
#[derive(Debug, Clone)]
pub struct Removed {
    /// Its key.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// How many links stay without being followed.
    pub links: i64,
}

/// The same as [`choose_projects`], but taking a project out that carries links has to be `confirmed`. What the answer
/// names was not done.
pub async fn change_projects(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    projects: &[JiraProjectId],
    confirmed: bool,
) -> Result<Vec<Removed>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut going = Vec::new();
    if !confirmed {
        find(app, caller, id).await?;
        let mut tx = app.db.read().await?;
        for one in connections::projects(&mut tx, caller.project, id).await? {
            if projects.contains(&one.jira_project_id) {
                continue;
            }
            let links = links::count_in(&mut tx, caller.project, id, &one.jira_project_id).await?;
            if links > 0 {
                going.push(Removed {
                    key: one.project_key,
                    name: one.name,
                    links,
                });
            }
        }
    }
    if going.is_empty() {
        choose_projects(app, caller, id, projects).await?;
    }
    Ok(going)
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
