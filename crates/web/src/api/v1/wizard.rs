//! Setting a connection up: site, projects, status map, where issues are made, rights. Each step is saved by itself.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::connect::{self, wizard};
use upvow_domain::{
    BoardId, ConnectionId, StatusId,
    jira::{Category, CloudId, IssueTypeId, JiraProjectId, JiraStatusId},
    rule::Direction,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::connections::OneConnection;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent},
        output::{Answer, DONE, Done, List, whole},
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_sites))
        .routes(routes!(choose_site))
        .routes(routes!(list_jira_projects))
        .routes(routes!(choose_jira_projects))
        .routes(routes!(read_status_map, save_status_map))
        .routes(routes!(list_issue_types))
        .routes(routes!(list_targets, set_target))
        .routes(routes!(clear_target))
        .routes(routes!(read_rights))
        .routes(routes!(activate))
}

/// A site that the authorisation reaches.
#[derive(Serialize, ToSchema)]
struct Site {
    #[schema(value_type = words::CloudIdWord)]
    cloud_id: String,
    #[schema(example = "acme")]
    name: String,
    #[schema(example = "https://acme.atlassian.net")]
    url: String,
}

impl From<wizard::SiteChoice> for Site {
    fn from(site: wizard::SiteChoice) -> Site {
        Site {
            cloud_id: site.cloud_id.to_string(),
            name: site.name,
            url: site.url,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SiteInput {
    #[schema(value_type = words::CloudIdWord)]
    cloud_id: CloudId,
}

/// A Jira project that can be connected.
#[derive(Serialize, ToSchema)]
struct JiraProjectRow {
    #[schema(value_type = words::JiraNumberWord)]
    id: String,
    #[schema(example = "DEMO")]
    key: String,
    name: String,
    /// Made by its team, with statuses of its own.
    team_managed: bool,
    /// Whether it is connected already.
    chosen: bool,
}

impl From<wizard::ProjectChoice> for JiraProjectRow {
    fn from(project: wizard::ProjectChoice) -> JiraProjectRow {
        JiraProjectRow {
            id: project.id.to_string(),
            key: project.key.to_string(),
            name: project.name,
            team_managed: project.team_managed,
            chosen: project.chosen,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProjectSearch {
    /// With these words in key or name.
    #[param(nullable = false)]
    query: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,9}$", nullable = false)]
    after: Option<u32>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectsInput {
    /// All that are to be connected. Rules of projects no longer named go.
    #[schema(value_type = Vec<words::JiraNumberWord>, min_items = 1)]
    projects: Vec<JiraProjectId>,
}

/// The status map of one Jira project.
#[derive(Serialize, ToSchema)]
struct ProjectMap {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(example = "DEMO")]
    key: String,
    name: String,
    /// One row for each Jira status.
    rows: Vec<MapRow>,
}

/// A row of the status map.
#[derive(Serialize, ToSchema)]
struct MapRow {
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: String,
    /// In the language of whoever authorised.
    #[schema(example = "In Progress")]
    jira_status_name: String,
    #[schema(value_type = words::CategoryWord)]
    category: Category,
    /// The board status it goes with; null is not mapped.
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<String>,
    #[schema(value_type = words::DirectionWord)]
    direction: Direction,
    /// Not saved yet: what is suggested by category.
    suggested: bool,
}

impl From<wizard::ProjectMap> for ProjectMap {
    fn from(map: wizard::ProjectMap) -> ProjectMap {
        let rows = map.rows.into_iter();
        ProjectMap {
            jira_project_id: map.project.to_string(),
            key: map.key.to_string(),
            name: map.name,
            rows: rows
                .map(|row| MapRow {
                    jira_status_id: row.jira_status.to_string(),
                    jira_status_name: row.jira_status_name,
                    category: row.category,
                    status_id: row.status.map(|id| id.to_string()),
                    direction: row.direction,
                    suggested: row.suggested,
                })
                .collect(),
        }
    }
}

/// The status map as it is to be, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MapInput {
    rules: Vec<RuleInput>,
}

/// How a Jira status and a board status follow each other.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleInput {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: JiraProjectId,
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: JiraStatusId,
    /// Null is not mapped.
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<StatusId>,
    #[schema(value_type = words::DirectionWord)]
    direction: Direction,
}

impl From<RuleInput> for wizard::MapChoice {
    fn from(rule: RuleInput) -> wizard::MapChoice {
        wizard::MapChoice {
            project: rule.jira_project_id,
            jira_status: rule.jira_status_id,
            status: rule.status_id,
            direction: rule.direction,
        }
    }
}

/// An issue type that posts can become.
#[derive(Serialize, ToSchema)]
struct IssueType {
    #[schema(value_type = words::JiraNumberWord)]
    id: String,
    #[schema(example = "Story")]
    name: String,
    /// Names of required fields that cannot be filled from here: such a type cannot be used.
    missing: Vec<String>,
}

impl From<wizard::TypeChoice> for IssueType {
    fn from(kind: wizard::TypeChoice) -> IssueType {
        IssueType {
            id: kind.id.to_string(),
            name: kind.name,
            missing: kind.missing,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfProject {
    /// A connected Jira project.
    #[param(value_type = words::JiraNumberWord)]
    jira_project_id: JiraProjectId,
}

/// Where a board's issues are made.
#[derive(Serialize, ToSchema)]
struct Target {
    #[schema(value_type = words::BoardIdWord)]
    board_id: String,
    #[schema(value_type = words::ConnectionIdWord)]
    connection_id: String,
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(value_type = words::JiraNumberWord)]
    issue_type_id: String,
    /// A label.
    issue_type_name: String,
}

impl From<connect::Target> for Target {
    fn from(target: connect::Target) -> Target {
        Target {
            board_id: target.board.to_string(),
            connection_id: target.connection.to_string(),
            jira_project_id: target.jira_project.to_string(),
            issue_type_id: target.issue_type.to_string(),
            issue_type_name: target.issue_type_name,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "these are the names of the fields in the API"
)]
struct TargetInput {
    #[schema(value_type = words::BoardIdWord)]
    board_id: BoardId,
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: JiraProjectId,
    #[schema(value_type = words::JiraNumberWord)]
    issue_type_id: IssueTypeId,
}

/// Of a board at a connection.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneTarget {
    #[param(value_type = words::ConnectionIdWord)]
    id: ConnectionId,
    #[param(value_type = words::BoardIdWord)]
    board_id: BoardId,
}

/// What the authorisation may do in one Jira project.
#[derive(Serialize, ToSchema)]
struct ProjectRights {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(example = "DEMO")]
    key: String,
    rights: Vec<Right>,
}

/// A right, in Jira's words.
#[derive(Serialize, ToSchema)]
struct Right {
    #[schema(example = "Create issues")]
    name: &'static str,
    /// What does not work without it.
    used_for: &'static str,
    granted: bool,
}

impl From<wizard::Rights> for ProjectRights {
    fn from(rights: wizard::Rights) -> ProjectRights {
        let each = rights.rights.into_iter();
        ProjectRights {
            jira_project_id: rights.project.to_string(),
            key: rights.key.to_string(),
            rights: each
                .map(|right| Right {
                    name: right.name,
                    used_for: right.used_for,
                    granted: right.granted,
                })
                .collect(),
        }
    }
}

/// List the sites that the authorisation reaches, asked of Atlassian now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/sites", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<Site>))
)]
async fn list_sites(asked: Asked, At(at): At<OneConnection>) -> Answer<List<Site>> {
    Ok(whole(
        wizard::sites(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Choose the site. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/site", tag = "setup", params(OneConnection), request_body = SiteInput,
    responses((status = 204, description = "It is chosen."))
)]
async fn choose_site(asked: Asked, At(at): At<OneConnection>, Sent(site): Sent<SiteInput>) -> Done {
    wizard::choose_site(&asked.app, &asked.caller, at.id, &site.cloud_id).await?;
    Ok(DONE)
}

/// List the site's projects, asked of Jira now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/jira-projects", tag = "setup", params(OneConnection, ProjectSearch),
    responses((status = 200, body = List<JiraProjectRow>))
)]
async fn list_jira_projects(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(search): Params<ProjectSearch>,
) -> Answer<List<JiraProjectRow>> {
    let query = search.query.as_deref().filter(|query| !query.is_empty());
    let start_at = search.after.unwrap_or(0);
    let choices = wizard::projects(&asked.app, &asked.caller, at.id, query, start_at).await?;
    Ok(Json(List {
        items: choices.items.into_iter().map(Into::into).collect(),
        next: choices.next.map(|start_at| start_at.to_string()),
    }))
}

/// Choose the projects. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/projects", tag = "setup", params(OneConnection), request_body = ProjectsInput,
    responses((status = 204, description = "They are chosen."))
)]
async fn choose_jira_projects(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<ProjectsInput>,
) -> Done {
    wizard::choose_projects(&asked.app, &asked.caller, at.id, &input.projects).await?;
    Ok(DONE)
}

/// Read the status map, fresh from Jira; rows that are not saved yet carry a suggestion. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/status-map", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<ProjectMap>))
)]
async fn read_status_map(asked: Asked, At(at): At<OneConnection>) -> Answer<List<ProjectMap>> {
    Ok(whole(
        wizard::status_map(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Save the status map, all of it. Needs an admin. Statuses are checked against Jira.
#[utoipa::path(
    put, path = "/connections/{id}/status-map", tag = "setup", params(OneConnection), request_body = MapInput,
    responses((status = 204, description = "It is saved."))
)]
async fn save_status_map(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<MapInput>,
) -> Done {
    let rows: Vec<_> = input.rules.into_iter().map(Into::into).collect();
    wizard::save_status_map(&asked.app, &asked.caller, at.id, &rows).await?;
    Ok(DONE)
}

/// List the issue types of a connected project, asked of Jira now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/issue-types", tag = "setup", params(OneConnection, OfProject),
    responses((status = 200, body = List<IssueType>))
)]
async fn list_issue_types(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(of): Params<OfProject>,
) -> Answer<List<IssueType>> {
    Ok(whole(
        wizard::issue_types(&asked.app, &asked.caller, at.id, &of.jira_project_id).await?,
    ))
}

/// List where the boards' issues are made by this connection. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/targets", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<Target>))
)]
async fn list_targets(asked: Asked, At(at): At<OneConnection>) -> Answer<List<Target>> {
    // Reading it first says 404 where there is no such connection.
    connect::get(&asked.app, &asked.caller, at.id).await?;
    let mut targets = wizard::targets(&asked.app, &asked.caller).await?;
    targets.retain(|target| target.connection == at.id);
    Ok(whole(targets))
}

/// Set where a board's issues are made. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/targets", tag = "setup", params(OneConnection), request_body = TargetInput,
    responses((status = 204, description = "It is set."))
)]
async fn set_target(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<TargetInput>,
) -> Done {
    wizard::set_target(
        &asked.app,
        &asked.caller,
        input.board_id,
        at.id,
        &input.jira_project_id,
        &input.issue_type_id,
    )
    .await?;
    Ok(DONE)
}

/// Have members asked each time where a board's issues are made. Needs an admin.
#[utoipa::path(
    delete, path = "/connections/{id}/targets/{board_id}", tag = "setup", params(OneTarget),
    responses((status = 204, description = "There is none any more."))
)]
async fn clear_target(asked: Asked, At(at): At<OneTarget>) -> Done {
    wizard::clear_target(&asked.app, &asked.caller, at.board_id, at.id).await?;
    Ok(DONE)
}

/// Read what the authorisation may do in each connected project, asked of Jira now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/rights", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<ProjectRights>))
)]
async fn read_rights(asked: Asked, At(at): At<OneConnection>) -> Answer<List<ProjectRights>> {
    Ok(whole(
        wizard::rights(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Put the connection to work: its webhook is registered at once. Needs an admin, and a site, projects and a saved map.
#[utoipa::path(
    post, path = "/connections/{id}/activate", tag = "setup", params(OneConnection),
    responses((status = 204, description = "It is at work."))
)]
async fn activate(asked: Asked, At(at): At<OneConnection>) -> Done {
    wizard::activate(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}
