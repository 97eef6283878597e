//! The status map: which Jira status and which board status follow each other.

use serde::{Deserialize, Serialize};
use upvow_app::connect::wizard;
use upvow_domain::{
    StatusId,
    jira::{Category, JiraProjectId, JiraStatusId},
    rule::Direction,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, DONE, Done, List, whole},
        v1::connections::OneConnection,
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read_status_map, save_status_map))
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
