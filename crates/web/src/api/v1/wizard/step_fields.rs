//! What a step in Jira is sent along.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::connect::wizard;
use upvow_domain::jira::{JiraProjectId, JiraStatusId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent},
        output::{Answer, DONE, Done},
        v1::{
            connections::OneConnection,
            issue_fields::{FieldInput, IssueField, texts},
        },
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read_step_fields, set_step_fields))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OneStep {
    /// The Jira project.
    #[param(value_type = words::JiraNumberWord)]
    jira_project_id: JiraProjectId,
    /// The status the step leads to.
    #[param(value_type = words::JiraNumberWord)]
    jira_status_id: JiraStatusId,
}

/// What a step asks for.
#[derive(Serialize, ToSchema)]
struct StepScreen {
    jira_status_name: String,
    /// The linked issue whose step was read; null if none can take it now.
    #[schema(example = "DEMO-12")]
    seen_on: Option<String>,
    /// Those that can be filled, the needed ones first.
    fields: Vec<IssueField>,
    /// What it needs and cannot be filled from here, each with what can be done about it in Jira.
    unfillable: Vec<String>,
}

/// Read what the step to a status asks for, from Jira. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/status-map/step-fields", tag = "setup", params(OneConnection, OneStep),
    responses((status = 200, body = StepScreen))
)]
async fn read_step_fields(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(step): Params<OneStep>,
) -> Answer<StepScreen> {
    let (project, status) = (&step.jira_project_id, &step.jira_status_id);
    let told = wizard::step_fields(&asked.app, &asked.caller, at.id, project, status).await?;
    Ok(Json(StepScreen {
        jira_status_name: told.jira_status_name,
        seen_on: told.seen_on.map(|key| key.to_string()),
        fields: told.fields.into_iter().map(IssueField::from).collect(),
        unfillable: told
            .unfillable
            .into_iter()
            .map(|field| format!("{} {}", field.name, field.what_to_do))
            .collect(),
    }))
}

/// Set what the step to a status is sent along. A field that wants a person is refused. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/status-map/step-fields", tag = "setup", params(OneConnection, OneStep),
    request_body = FieldInput, responses((status = 204, description = "It is set."))
)]
async fn set_step_fields(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(step): Params<OneStep>,
    Sent(input): Sent<FieldInput>,
) -> Done {
    let to = (&step.jira_project_id, &step.jira_status_id);
    wizard::set_step_fields(&asked.app, &asked.caller, at.id, to, &texts(input.fields)).await?;
    Ok(DONE)
}
