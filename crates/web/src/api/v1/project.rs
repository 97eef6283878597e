//! The project itself.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::projects;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{asked::Asked, input::Sent, output::Answer, words},
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(get_project, rename_project))
}

/// A project.
#[derive(Serialize, ToSchema)]
struct Project {
    #[schema(value_type = words::ProjectIdWord)]
    id: String,
    /// Its part of the address.
    #[schema(example = "acme")]
    slug: String,
    #[schema(example = "Acme")]
    name: String,
}

impl From<projects::Project> for Project {
    fn from(project: projects::Project) -> Project {
        Project {
            id: project.id.to_string(),
            slug: project.slug,
            name: project.name,
        }
    }
}

/// What of a project can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectChange {
    #[schema(min_length = 1, max_length = 60, example = "Acme")]
    name: String,
}

/// Read the project.
#[utoipa::path(get, path = "/", tag = "project", responses((status = 200, body = Project)))]
async fn get_project(asked: Asked) -> Answer<Project> {
    Ok(Json(asked.project.into()))
}

/// Rename the project. Needs an admin. Its slug stays.
#[utoipa::path(put, path = "/", tag = "project", request_body = ProjectChange, responses((status = 200, body = Project)))]
async fn rename_project(asked: Asked, Sent(change): Sent<ProjectChange>) -> Answer<Project> {
    let project = projects::rename(&asked.app, &asked.caller, &change.name).await?;
    Ok(Json(project.into()))
}
