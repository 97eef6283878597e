//! What goes into the fields of the boards' issues, and which number field shows the votes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use upvow_app::connect::wizard;
use upvow_domain::jira::JiraProjectId;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::issues::OneTarget;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, DONE, Done, List, whole},
        v1::{
            connections::OneConnection,
            issue_fields::{FieldTexts, IssueField, texts},
        },
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_target_fields, set_target_fields))
        .routes(routes!(list_vote_fields, set_vote_field))
}

/// What goes into the fields of a board's issues.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TargetFieldsInput {
    /// By field id. A field that is not named is left empty.
    fields: BTreeMap<String, FieldTexts>,
    /// Ids of fields that are asked for each time. What Jira needs and has no value here is asked for in any case.
    #[serde(default)]
    ask: Vec<String>,
}

/// The number field that shows the votes on the issues of a Jira project.
#[derive(Serialize, ToSchema)]
struct VoteField {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(example = "DEMO")]
    key: String,
    /// The field, if one was chosen.
    #[schema(example = "customfield_10031")]
    field: Option<String>,
    /// A code of what is wrong with it; nothing is written to it until it is set again.
    problem: Option<String>,
    /// What happened, and what to do.
    problem_text: Option<String>,
    /// The number fields that the project could have.
    choices: Vec<NumberField>,
}

/// A number field of the site.
#[derive(Serialize, ToSchema)]
struct NumberField {
    #[schema(example = "customfield_10031")]
    id: String,
    name: String,
}

impl From<wizard::VoteField> for VoteField {
    fn from(field: wizard::VoteField) -> VoteField {
        VoteField {
            jira_project_id: field.project.to_string(),
            key: field.key.to_string(),
            field: field.field,
            problem: field.problem,
            problem_text: field.problem_text.map(str::to_owned),
            choices: field
                .choices
                .into_iter()
                .map(|(id, name)| NumberField { id, name })
                .collect(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VoteFieldInput {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: JiraProjectId,
    /// The field, or none.
    #[schema(example = "customfield_10031")]
    field: Option<String>,
}

/// List what can go into the fields of a board's issues, asked of Jira now, with what goes in at present. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/targets/{board_id}/fields", tag = "setup", params(OneTarget),
    responses((status = 200, body = List<IssueField>))
)]
async fn list_target_fields(asked: Asked, At(at): At<OneTarget>) -> Answer<List<IssueField>> {
    Ok(whole(
        wizard::target_fields(&asked.app, &asked.caller, at.board_id, at.id).await?,
    ))
}

/// Set what goes into the fields of a board's issues. Checked against Jira's form as it is now. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/targets/{board_id}/fields", tag = "setup", params(OneTarget),
    request_body = TargetFieldsInput, responses((status = 204, description = "It is set."))
)]
async fn set_target_fields(
    asked: Asked,
    At(at): At<OneTarget>,
    Sent(input): Sent<TargetFieldsInput>,
) -> Done {
    wizard::set_target_fields(
        &asked.app,
        &asked.caller,
        at.board_id,
        at.id,
        &texts(input.fields),
        &input.ask,
    )
    .await?;
    Ok(DONE)
}

/// List the number fields that show votes on issues, one for each Jira project, and what there is to choose from, asked
/// of Jira now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/vote-fields", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<VoteField>))
)]
async fn list_vote_fields(asked: Asked, At(at): At<OneConnection>) -> Answer<List<VoteField>> {
    Ok(whole(
        wizard::vote_fields(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Choose the number field that shows the votes on the issues of a Jira project, or none. It must be on the screen for
/// editing. Unlike the issue property, a field can be used in JQL. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/vote-fields", tag = "setup", params(OneConnection),
    request_body = VoteFieldInput, responses((status = 204, description = "It is set."))
)]
async fn set_vote_field(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<VoteFieldInput>,
) -> Done {
    let field = input.field.as_deref().filter(|field| !field.is_empty());
    wizard::set_vote_field(
        &asked.app,
        &asked.caller,
        at.id,
        &input.jira_project_id,
        field,
    )
    .await?;
    Ok(DONE)
}
