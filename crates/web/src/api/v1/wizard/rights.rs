//! What the authorisation may do; and the last step.

use serde::Serialize;
use upvow_app::connect::wizard;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::At,
        output::{Answer, DONE, Done, List, whole},
        v1::connections::OneConnection,
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_rights))
        .routes(routes!(activate))
}

/// What the authorisation may do in one Jira project.
#[derive(Serialize, ToSchema)]
struct ProjectRights {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(example = "DEMO")]
    key: String,
    name: String,
    rights: Vec<Right>,
}

/// A right, in Jira's words.
#[derive(Serialize, ToSchema)]
struct Right {
    #[schema(example = "CREATE_ISSUES")]
    permission: &'static str,
    #[schema(example = "Create issues")]
    name: &'static str,
    /// What it is used for.
    used_for: &'static str,
    /// What does not work without it.
    without: &'static str,
    /// Who in Jira can grant it, and where.
    granted_by: &'static str,
    /// The daily work does not need it.
    optional: bool,
    granted: bool,
}

impl From<wizard::Rights> for ProjectRights {
    fn from(rights: wizard::Rights) -> ProjectRights {
        let each = rights.rights.into_iter();
        ProjectRights {
            jira_project_id: rights.project.to_string(),
            key: rights.key.to_string(),
            name: rights.name,
            rights: each
                .map(|right| Right {
                    permission: right.permission,
                    name: right.name,
                    used_for: right.used_for,
                    without: right.without,
                    granted_by: right.granted_by,
                    optional: right.optional,
                    granted: right.granted,
                })
                .collect(),
        }
    }
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
