//! What a step in Jira is sent along.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::connect::wizard::{self, FieldKind};
use upvow_domain::jira::{JiraProjectId, JiraStatusId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent},
        output::{Answer, DONE, Done},
        v1::connections::OneConnection,
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
    fields: Vec<StepField>,
}

/// A field of a step.
#[derive(Serialize, ToSchema)]
struct StepField {
    #[schema(example = "resolution")]
    id: String,
    name: String,
    is_required: bool,
    /// `one`, `many`, `text`, `number`, `date`, `labels`, or `refused`.
    kind: &'static str,
    /// Why it cannot be set here.
    refused: Option<&'static str>,
    /// What can be chosen.
    allowed: Vec<StepChoice>,
    /// What is set: ids of choices, or a text.
    value: Vec<String>,
}

/// A value of a field.
#[derive(Serialize, ToSchema)]
struct StepChoice {
    id: String,
    name: String,
}

impl From<wizard::StepInput> for StepField {
    fn from(field: wizard::StepInput) -> StepField {
        let (kind, refused, allowed) = match field.kind {
            FieldKind::One(all) => ("one", None, all),
            FieldKind::Many(all) => ("many", None, all),
            FieldKind::Text => ("text", None, Vec::new()),
            FieldKind::Number => ("number", None, Vec::new()),
            FieldKind::Date => ("date", None, Vec::new()),
            FieldKind::Labels => ("labels", None, Vec::new()),
            FieldKind::Refused(why) => ("refused", Some(why), Vec::new()),
        };
        StepField {
            id: field.id,
            name: field.name,
            is_required: field.is_required,
            kind,
            refused,
            allowed: allowed
                .into_iter()
                .map(|(id, name)| StepChoice { id, name })
                .collect(),
            value: field.value,
        }
    }
}

/// Values by field id: ids of choices, or one text. What is left out is not sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StepValues {
    values: BTreeMap<String, Vec<String>>,
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
        fields: told.fields.into_iter().map(StepField::from).collect(),
    }))
}

/// Set what the step to a status is sent along. A field that wants a person is refused. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/status-map/step-fields", tag = "setup", params(OneConnection, OneStep),
    request_body = StepValues, responses((status = 204, description = "It is set."))
)]
async fn set_step_fields(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(step): Params<OneStep>,
    Sent(input): Sent<StepValues>,
) -> Done {
    let to = (&step.jira_project_id, &step.jira_status_id);
    wizard::set_step_fields(&asked.app, &asked.caller, at.id, to, &input.values).await?;
    Ok(DONE)
}
