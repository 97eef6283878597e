//! Test issues: made to try the rights, read, and removed.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use upvow_app::connect::trial;
use upvow_domain::{TestIssueId, jira::JiraProjectId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, List, whole},
        v1::connections::OneConnection,
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_test_issues, make_test_issues))
        .routes(routes!(remove_test_issue))
}

/// A test issue.
#[derive(Serialize, ToSchema)]
struct TestIssue {
    #[schema(value_type = words::TestIssueIdWord)]
    id: String,
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    /// Null if the project was taken out of the connection.
    project_key: Option<String>,
    #[schema(value_type = words::TestIssueStateWord)]
    state: trial::TrialState,
    /// The issue's key, once known.
    key: Option<String>,
    /// The issue's page at Jira, while it is there.
    browse_url: Option<String>,
    /// What came of it, and what to do.
    text: String,
    #[schema(value_type = words::TimeWord)]
    changed_at: String,
}

impl From<trial::Trial> for TestIssue {
    fn from(trial: trial::Trial) -> TestIssue {
        TestIssue {
            id: trial.id.to_string(),
            jira_project_id: trial.project.to_string(),
            project_key: trial.project_key.map(|key| key.to_string()),
            state: trial.state,
            key: trial.key.map(|key| key.to_string()),
            browse_url: trial.browse_url,
            text: trial.text,
            changed_at: trial.at.rfc3339(),
        }
    }
}

/// Where to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestIssueInput {
    /// Connected projects. One in which a test issue is under way gets no second one.
    #[schema(value_type = Vec<words::JiraNumberWord>, min_items = 1)]
    jira_project_ids: Vec<JiraProjectId>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneTestIssue {
    /// The test issue's id.
    #[param(value_type = words::TestIssueIdWord)]
    id: TestIssueId,
}

/// List the connection's test issues, newest first. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/test-issues", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<TestIssue>))
)]
async fn list_test_issues(asked: Asked, At(at): At<OneConnection>) -> Answer<List<TestIssue>> {
    Ok(whole(trial::list(&asked.app, &asked.caller, at.id).await?))
}

/// Have a test issue made and removed in each of these projects. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/test-issues", tag = "setup", params(OneConnection),
    request_body = TestIssueInput,
    responses((status = 202, description = "It is under way; the list says what comes of it."))
)]
async fn make_test_issues(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<TestIssueInput>,
) -> Result<StatusCode, Failure> {
    trial::begin(&asked.app, &asked.caller, at.id, &input.jira_project_ids).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Try once more to remove a test issue that was left in Jira. Needs an admin.
#[utoipa::path(
    delete, path = "/test-issues/{id}", tag = "setup", params(OneTestIssue),
    responses((status = 202, description = "It is under way; the list says what comes of it."))
)]
async fn remove_test_issue(asked: Asked, At(at): At<OneTestIssue>) -> Result<StatusCode, Failure> {
    trial::remove(&asked.app, &asked.caller, at.id).await?;
    Ok(StatusCode::ACCEPTED)
}
