//! As what, and where, the boards' issues are made.

use serde::{Deserialize, Serialize};
use upvow_app::connect::{self, wizard};
use upvow_domain::{
    BoardId, ConnectionId,
    jira::{IssueTypeId, JiraProjectId},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent},
        output::{Answer, DONE, Done, List, whole},
        v1::connections::OneConnection,
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_issue_types))
        .routes(routes!(list_targets, set_target))
        .routes(routes!(clear_target))
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
    /// For each of them, what it is and what can be done about it in Jira.
    what_to_do: Vec<String>,
}

impl From<wizard::TypeChoice> for IssueType {
    fn from(kind: wizard::TypeChoice) -> IssueType {
        IssueType {
            id: kind.id.to_string(),
            name: kind.name,
            what_to_do: kind
                .missing
                .iter()
                .map(|field| format!("{} {}", field.name, field.what_to_do))
                .collect(),
            missing: kind.missing.into_iter().map(|field| field.name).collect(),
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
    /// Whether there are fields that are asked for each time an issue is made.
    asks: bool,
    /// How many fields are filled in for each issue.
    filled: usize,
}

impl From<connect::Target> for Target {
    fn from(target: connect::Target) -> Target {
        Target {
            board_id: target.board.to_string(),
            connection_id: target.connection.to_string(),
            jira_project_id: target.jira_project.to_string(),
            issue_type_id: target.issue_type.to_string(),
            issue_type_name: target.issue_type_name,
            asks: target.asks,
            filled: target.filled,
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
pub(super) struct OneTarget {
    #[param(value_type = words::ConnectionIdWord)]
    pub(super) id: ConnectionId,
    #[param(value_type = words::BoardIdWord)]
    pub(super) board_id: BoardId,
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
