//! The wizard's steps after authorising: which site, which projects, which statuses, and are the rights there.
//! Each step is saved by itself, so the wizard can be left and taken up again.

use upvow_domain::{
    BoardId, Caller, ConnectionId, StatusId,
    jira::{Category, CloudId, IssueTypeId, JiraProjectId, JiraStatusId, ProjectKey},
    rule::Direction,
};

use crate::{App, Result, connect::Target};

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
    todo!()
}

/// Chooses the site; it must be one the grant can reach. A site the project already has an active connection to is refused.
pub async fn choose_site(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    site: &CloudId,
) -> Result<()> {
    todo!()
}

/// The site's projects, those connected marked.
pub async fn projects(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    query: Option<&str>,
    start_at: u32,
) -> Result<ProjectChoices> {
    todo!()
}

/// Chooses the projects, at least one; each must exist on the site. Rules of projects no longer chosen go.
pub async fn choose_projects(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    projects: &[JiraProjectId],
) -> Result<()> {
    todo!()
}

/// The status map, read fresh from Jira; rows not saved yet carry a suggestion.
pub async fn status_map(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<ProjectMap>> {
    todo!()
}

/// Saves the map, all of it. Statuses are checked against Jira.
pub async fn save_status_map(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    rows: &[MapChoice],
) -> Result<()> {
    todo!()
}

/// The issue types of a connected project.
pub async fn issue_types(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    project: &JiraProjectId,
) -> Result<Vec<TypeChoice>> {
    todo!()
}

/// Where the boards' issues are made now.
pub async fn targets(app: &App, caller: &Caller) -> Result<Vec<Target>> {
    todo!()
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
    todo!()
}

/// What the grant may do in each connected project, asked of Jira now.
pub async fn rights(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<Rights>> {
    todo!()
}

/// Ends the wizard: the connection is at work, and its webhook is registered at once. Needs site, projects and a saved map.
pub async fn activate(app: &App, caller: &Caller, id: ConnectionId) -> Result<()> {
    todo!()
}
