//! The status map: which Jira status and which board status follow each other.

use serde::{Deserialize, Serialize};
use upvow_app::connect::wizard::{self, MapSave};
use upvow_domain::{
    StatusId, VersionId,
    combination::Combination,
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
    /// How many Jira statuses are not mapped; those that Jira has since the map was saved are among them.
    unmapped: usize,
    /// Rules whose status Jira has no more. Saving the map again removes them.
    vanished: Vec<Vanished>,
    /// Linked issues that stand in a status that is not mapped.
    astray: Vec<Astray>,
}

/// A rule whose status Jira has no more.
#[derive(Serialize, ToSchema)]
struct Vanished {
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: String,
    jira_status_name: String,
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<String>,
}

/// A linked issue that no rule speaks of: it leaves its post alone.
#[derive(Serialize, ToSchema)]
pub(super) struct Astray {
    #[schema(value_type = words::LinkIdWord)]
    link_id: String,
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    post_title: String,
    #[schema(example = "DEMO-12")]
    issue_key: Option<String>,
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: String,
}

impl From<wizard::Astray> for Astray {
    fn from(one: wizard::Astray) -> Astray {
        Astray {
            link_id: one.link.to_string(),
            post_id: one.post.to_string(),
            post_title: one.title,
            issue_key: one.key.map(|key| key.to_string()),
            jira_status_id: one.jira_status.to_string(),
        }
    }
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
    /// Jira has it since the map was saved; it counts as not mapped.
    is_new: bool,
    /// Ids of the fields that a step to this status is sent along.
    step_fields: Vec<String>,
}

impl From<wizard::ProjectMap> for ProjectMap {
    fn from(map: wizard::ProjectMap) -> ProjectMap {
        let unmapped = map.unmapped();
        let rows = map.rows.into_iter();
        let vanished = map.vanished.into_iter().map(|one| Vanished {
            jira_status_id: one.jira_status.to_string(),
            jira_status_name: one.jira_status_name,
            status_id: one.status.map(|id| id.to_string()),
        });
        ProjectMap {
            unmapped,
            vanished: vanished.collect(),
            astray: map.astray.into_iter().map(Astray::from).collect(),
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
                    is_new: row.is_new,
                    step_fields: row.fields,
                })
                .collect(),
        }
    }
}

/// The status map as it is to be, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MapInput {
    rules: Vec<RuleInput>,
    /// How several linked issues move their post, on all boards; left out, it stays as it is.
    #[schema(value_type = Option<words::CombinationWord>)]
    combination: Option<Combination>,
    /// The version these rules were made from: if another one was saved since, nothing is.
    #[schema(value_type = Option<words::VersionIdWord>)]
    base_version: Option<VersionId>,
    /// Moves the posts that the map puts elsewhere, now; otherwise each moves when its issue does.
    #[serde(default)]
    move_posts: bool,
}

impl MapInput {
    /// The rows as they are to be.
    pub(super) fn rows(&self) -> Vec<wizard::MapChoice> {
        self.rules.iter().cloned().map(Into::into).collect()
    }

    /// The rows with all that is asked around them.
    pub(super) fn save<'a>(&self, rows: &'a [wizard::MapChoice]) -> MapSave<'a> {
        MapSave {
            rows,
            combination: self.combination,
            base: self.base_version,
            move_posts: self.move_posts,
        }
    }
}

/// How a Jira status and a board status follow each other.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleInput {
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
    let rows = input.rows();
    wizard::save_map(&asked.app, &asked.caller, at.id, &input.save(&rows)).await?;
    Ok(DONE)
}
