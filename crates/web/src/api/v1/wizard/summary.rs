//! What a connection reads, writes and keeps.

use axum::Json;
use serde::Serialize;
use upvow_app::connect::wizard;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{asked::Asked, input::At, output::Answer, v1::connections::OneConnection, words},
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read_summary))
}

/// What a connection reads, writes and keeps, as it is set now.
#[derive(Serialize, ToSchema)]
struct Summary {
    site_name: Option<String>,
    site_url: Option<String>,
    /// No other is read or written.
    projects: Vec<SummaryProject>,
    /// The fields of a linked issue that are read.
    fields: Vec<&'static str>,
    /// What Jira tells us of, in these projects.
    events: Vec<&'static str>,
    read: Vec<String>,
    written: Vec<String>,
    kept: Vec<String>,
    never: Vec<String>,
    /// Every call to Atlassian that this program can make at all.
    calls: Vec<Call>,
}

/// A Jira project of the connection.
#[derive(Serialize, ToSchema)]
struct SummaryProject {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(example = "DEMO")]
    key: String,
    name: String,
    /// Boards whose issues are made there.
    boards: Vec<SummaryBoard>,
    statuses: Vec<SummaryStatus>,
}

/// A board, and the type of the issues made of its posts.
#[derive(Serialize, ToSchema)]
struct SummaryBoard {
    name: String,
    issue_type_name: String,
}

/// A row of the status map.
#[derive(Serialize, ToSchema)]
struct SummaryStatus {
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: String,
    jira_status_name: String,
    /// Null if it is not mapped.
    status_name: Option<String>,
    #[schema(value_type = words::DirectionWord)]
    direction: upvow_domain::rule::Direction,
}

/// A call to Atlassian.
#[derive(Serialize, ToSchema)]
struct Call {
    method: &'static str,
    path: &'static str,
    scope: &'static str,
    purpose: &'static str,
}

impl From<wizard::SummaryProject> for SummaryProject {
    fn from(project: wizard::SummaryProject) -> SummaryProject {
        let boards = project.boards.into_iter();
        let statuses = project.statuses.into_iter();
        SummaryProject {
            jira_project_id: project.id.to_string(),
            key: project.key.to_string(),
            name: project.name,
            boards: boards
                .map(|(name, issue_type_name)| SummaryBoard {
                    name,
                    issue_type_name,
                })
                .collect(),
            statuses: statuses
                .map(|line| SummaryStatus {
                    jira_status_id: line.id.to_string(),
                    jira_status_name: line.name,
                    status_name: line.board_status,
                    direction: line.direction,
                })
                .collect(),
        }
    }
}

/// Read what a connection reads, writes and keeps, as it is set now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/summary", tag = "setup", params(OneConnection),
    responses((status = 200, body = Summary))
)]
async fn read_summary(asked: Asked, At(at): At<OneConnection>) -> Answer<Summary> {
    let summary = wizard::summary(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(Summary {
        site_name: summary.site_name,
        site_url: summary.site_url,
        projects: summary.projects.into_iter().map(Into::into).collect(),
        fields: summary.fields,
        events: summary.events,
        read: summary.read,
        written: summary.written,
        kept: summary.kept,
        never: summary.never,
        calls: summary
            .calls
            .into_iter()
            .map(|call| Call {
                method: call.method,
                path: call.path,
                scope: call.scope,
                purpose: call.purpose,
            })
            .collect(),
    }))
}
