//! Statuses.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::{
    AppError,
    boards::{self, StatusForm},
};
use upvow_domain::StatusId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent},
        output::{Answer, Created, DONE, Done, List, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_statuses, create_status))
        .routes(routes!(get_status, edit_status, delete_status))
}

/// A status that posts can have.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    #[schema(value_type = words::StatusIdWord)]
    id: String,
    #[schema(example = "In progress")]
    name: String,
    /// What it means, whatever it is called.
    #[schema(value_type = words::StatusKindWord)]
    kind: &'static str,
    #[schema(value_type = words::ColorWord)]
    color: String,
    /// New posts get this one.
    is_default: bool,
    /// Whether it is a column of the roadmap.
    on_roadmap: bool,
}

impl From<boards::Status> for Status {
    fn from(status: boards::Status) -> Status {
        Status {
            id: status.id.to_string(),
            name: status.name,
            kind: status.kind.name(),
            color: status.color,
            is_default: status.is_default,
            on_roadmap: status.on_roadmap,
        }
    }
}

/// A status to be made or changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusInput {
    #[schema(min_length = 1, max_length = 60, example = "In progress")]
    name: String,
    /// What it means, whatever it is called.
    #[schema(value_type = words::StatusKindWord)]
    kind: String,
    #[schema(value_type = words::ColorWord)]
    color: String,
    /// Whether it is a column of the roadmap.
    #[serde(default)]
    on_roadmap: bool,
}

impl From<StatusInput> for StatusForm {
    fn from(input: StatusInput) -> StatusForm {
        StatusForm {
            name: input.name,
            kind: input.kind,
            color: input.color,
            on_roadmap: input.on_roadmap,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneStatus {
    /// The status's id.
    #[param(value_type = words::StatusIdWord)]
    id: StatusId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Removal {
    /// The status that its posts and rules get.
    #[param(value_type = words::StatusIdWord)]
    move_to: StatusId,
}

/// List the statuses, in order.
#[utoipa::path(get, path = "/statuses", tag = "statuses", responses((status = 200, body = List<Status>)))]
async fn list_statuses(asked: Asked) -> Answer<List<Status>> {
    Ok(whole(boards::statuses(&asked.app, &asked.caller).await?))
}

/// Make a status, at the end. Needs an admin.
#[utoipa::path(
    post, path = "/statuses", tag = "statuses", request_body = StatusInput,
    responses((status = 201, body = Status, headers(("Location" = String, description = "Its address."))))
)]
async fn create_status(
    asked: Asked,
    Sent(input): Sent<StatusInput>,
) -> Result<Created<Status>, Failure> {
    let status = boards::create_status(&asked.app, &asked.caller, &input.into()).await?;
    Ok(Created(
        asked.address(&format!("/statuses/{}", status.id)),
        status.into(),
    ))
}

/// Read a status.
#[utoipa::path(get, path = "/statuses/{id}", tag = "statuses", params(OneStatus), responses((status = 200, body = Status)))]
async fn get_status(asked: Asked, At(at): At<OneStatus>) -> Answer<Status> {
    let all = boards::statuses(&asked.app, &asked.caller).await?;
    let status = all
        .into_iter()
        .find(|status| status.id == at.id)
        .ok_or(AppError::NotFound)?;
    Ok(Json(status.into()))
}

/// Change a status. Needs an admin.
#[utoipa::path(
    put, path = "/statuses/{id}", tag = "statuses", params(OneStatus), request_body = StatusInput,
    responses((status = 200, body = Status))
)]
async fn edit_status(
    asked: Asked,
    At(at): At<OneStatus>,
    Sent(input): Sent<StatusInput>,
) -> Answer<Status> {
    let status = boards::edit_status(&asked.app, &asked.caller, at.id, &input.into()).await?;
    Ok(Json(status.into()))
}

/// Remove a status; its posts and rules go to another. Needs an admin. The default one cannot be removed.
#[utoipa::path(
    delete, path = "/statuses/{id}", tag = "statuses", params(OneStatus, Removal),
    responses((status = 204, description = "It is gone."))
)]
async fn delete_status(
    asked: Asked,
    At(at): At<OneStatus>,
    Params(removal): Params<Removal>,
) -> Done {
    boards::delete_status(&asked.app, &asked.caller, at.id, removal.move_to).await?;
    Ok(DONE)
}
