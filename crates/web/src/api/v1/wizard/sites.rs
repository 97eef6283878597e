//! The site and its projects.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use upvow_app::connect::wizard;
use upvow_domain::jira::{CloudId, JiraProjectId};
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
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_sites))
        .routes(routes!(choose_site))
        .routes(routes!(list_jira_projects))
        .routes(routes!(choose_jira_projects))
}

/// A site that the authorisation reaches.
#[derive(Serialize, ToSchema)]
struct Site {
    #[schema(value_type = words::CloudIdWord)]
    cloud_id: String,
    #[schema(example = "acme")]
    name: String,
    #[schema(example = "https://acme.atlassian.net")]
    url: String,
    /// Scopes that were not granted there: it cannot be used.
    missing: Vec<String>,
}

impl From<wizard::SiteChoice> for Site {
    fn from(site: wizard::SiteChoice) -> Site {
        Site {
            cloud_id: site.cloud_id.to_string(),
            name: site.name,
            url: site.url,
            missing: site.missing,
        }
    }
}

/// The site that was chosen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SiteInput {
    #[schema(value_type = words::CloudIdWord)]
    cloud_id: CloudId,
}

/// A Jira project that can be connected.
#[derive(Serialize, ToSchema)]
struct JiraProjectRow {
    #[schema(value_type = words::JiraNumberWord)]
    id: String,
    #[schema(example = "DEMO")]
    key: String,
    name: String,
    /// Made by its team, with statuses of its own.
    team_managed: bool,
    /// Whether it is connected already.
    chosen: bool,
}

impl From<wizard::ProjectChoice> for JiraProjectRow {
    fn from(project: wizard::ProjectChoice) -> JiraProjectRow {
        JiraProjectRow {
            id: project.id.to_string(),
            key: project.key.to_string(),
            name: project.name,
            team_managed: project.team_managed,
            chosen: project.chosen,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProjectSearch {
    /// With these words in key or name.
    #[param(nullable = false)]
    query: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,9}$", nullable = false)]
    after: Option<u32>,
}

/// The projects that were chosen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectsInput {
    /// All that are to be connected. Rules of projects no longer named go.
    #[schema(value_type = Vec<words::JiraNumberWord>, min_items = 1)]
    projects: Vec<JiraProjectId>,
    /// Take projects out although links are in them. The links stay, and are not followed any more.
    #[serde(default)]
    confirm_removal: bool,
}

/// List the sites that the authorisation reaches, asked of Atlassian now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/sites", tag = "setup", params(OneConnection),
    responses((status = 200, body = List<Site>))
)]
async fn list_sites(asked: Asked, At(at): At<OneConnection>) -> Answer<List<Site>> {
    Ok(whole(
        wizard::sites(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Choose the site. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/site", tag = "setup", params(OneConnection), request_body = SiteInput,
    responses((status = 204, description = "It is chosen."))
)]
async fn choose_site(asked: Asked, At(at): At<OneConnection>, Sent(site): Sent<SiteInput>) -> Done {
    wizard::choose_site(&asked.app, &asked.caller, at.id, &site.cloud_id).await?;
    Ok(DONE)
}

/// List the site's projects, asked of Jira now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/jira-projects", tag = "setup", params(OneConnection, ProjectSearch),
    responses((status = 200, body = List<JiraProjectRow>))
)]
async fn list_jira_projects(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(search): Params<ProjectSearch>,
) -> Answer<List<JiraProjectRow>> {
    let query = search.query.as_deref().filter(|query| !query.is_empty());
    let start_at = search.after.unwrap_or(0);
    let choices = wizard::projects(&asked.app, &asked.caller, at.id, query, start_at).await?;
    Ok(Json(List {
        items: choices.items.into_iter().map(Into::into).collect(),
        next: choices.next.map(|start_at| start_at.to_string()),
    }))
}

/// Choose the projects. One that goes and carries links is answered 409, unless that is confirmed. Needs an admin.
#[utoipa::path(
    put, path = "/connections/{id}/projects", tag = "setup", params(OneConnection), request_body = ProjectsInput,
    responses((status = 204, description = "They are chosen."))
)]
async fn choose_jira_projects(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<ProjectsInput>,
) -> Done {
    let (app, caller) = (&asked.app, &asked.caller);
    let confirmed = input.confirm_removal;
    let going = wizard::change_projects(app, caller, at.id, &input.projects, confirmed).await?;
    if going.is_empty() {
        return Ok(DONE);
    }
    let keys: Vec<_> = going.iter().map(|one| one.key.as_str()).collect();
    Err(Failure::new(
        StatusCode::CONFLICT,
        "links_affected",
        format!(
            "Links are in {}. They would stay, and not be followed any more. Send confirm_removal to take it out all the same.",
            keys.join(", ")
        ),
    ))
}
