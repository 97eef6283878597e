//! What the status map would do: the difference a save makes, what happens if an issue moves, and earlier versions.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::connect::wizard::{self, Question};
use upvow_domain::{
    ConnectionId, StatusId, VersionId,
    combination::{Combination, Why},
    jira::{IssueKey, JiraProjectId, JiraStatusId},
    rule::Direction,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::status_map::{Astray, MapInput, RuleInput};
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, List, paged},
        v1::connections::OneConnection,
        words,
    },
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_map_settings))
        .routes(routes!(compare_status_map))
        .routes(routes!(ask_what_if))
        .routes(routes!(list_map_versions))
        .routes(routes!(read_map_version))
        .routes(routes!(restore_map_version))
}

/// What holds for the whole map.
#[derive(Serialize, ToSchema)]
struct MapSettings {
    /// How several linked issues move their post, on all boards.
    #[schema(value_type = words::CombinationWord)]
    combination: Combination,
    /// The newest saved version.
    #[schema(value_type = Option<words::VersionIdWord>)]
    version_id: Option<String>,
    /// Linked issues in Jira projects that are not connected (any more): nothing moves their posts.
    elsewhere: Vec<Astray>,
}

/// What a save changes.
#[derive(Serialize, ToSchema)]
struct MapDifference {
    /// Nothing was saved before.
    is_first: bool,
    rows: Vec<RowDifference>,
    /// The rule for several issues as it is, if it would change.
    #[schema(value_type = Option<words::CombinationWord>)]
    combination_was: Option<Combination>,
    /// The rule for several issues as it would be.
    #[schema(value_type = Option<words::CombinationWord>)]
    combination: Option<Combination>,
    /// Posts that the map would have in another status now.
    posts: Vec<PostDifference>,
}

/// A row that differs.
#[derive(Serialize, ToSchema)]
struct RowDifference {
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: String,
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: String,
    jira_status_name: String,
    /// Null is a row that was not there.
    was: Option<RowGoes>,
    /// Null is a row that is taken away.
    is: Option<RowGoes>,
}

/// What a row goes with.
#[derive(Serialize, ToSchema)]
struct RowGoes {
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<String>,
    #[schema(value_type = words::DirectionWord)]
    direction: Direction,
}

/// A post that would move.
#[derive(Serialize, ToSchema)]
struct PostDifference {
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    title: String,
    votes: i64,
    #[schema(value_type = words::StatusIdWord)]
    from_status_id: String,
    #[schema(value_type = words::StatusIdWord)]
    to_status_id: String,
}

fn goes((status, direction): (Option<StatusId>, Direction)) -> RowGoes {
    RowGoes {
        status_id: status.map(|id| id.to_string()),
        direction,
    }
}

impl From<wizard::Difference> for MapDifference {
    fn from(found: wizard::Difference) -> MapDifference {
        MapDifference {
            is_first: found.is_first,
            combination_was: found.combination.map(|(was, _)| was),
            combination: found.combination.map(|(_, is)| is),
            rows: found
                .rows
                .into_iter()
                .map(|row| RowDifference {
                    jira_project_id: row.project.to_string(),
                    jira_status_id: row.jira_status.to_string(),
                    jira_status_name: row.jira_status_name,
                    was: row.was.map(goes),
                    is: row.is.map(goes),
                })
                .collect(),
            posts: found
                .posts
                .into_iter()
                .map(|post| PostDifference {
                    post_id: post.post.to_string(),
                    title: post.title,
                    votes: post.votes,
                    from_status_id: post.from.to_string(),
                    to_status_id: post.to.to_string(),
                })
                .collect(),
        }
    }
}

/// An issue that might move.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatIfInput {
    /// A linked issue; left out, the question is of any that is its post's only one.
    #[schema(value_type = Option<String>, example = "DEMO-12")]
    issue: Option<IssueKey>,
    #[schema(value_type = words::JiraNumberWord)]
    jira_project_id: JiraProjectId,
    #[schema(value_type = words::JiraNumberWord)]
    jira_status_id: JiraStatusId,
    /// Rules that are not saved; left out, the saved ones are asked.
    rules: Option<Vec<RuleInput>>,
    /// A rule for several issues that is not saved.
    #[schema(value_type = Option<words::CombinationWord>)]
    combination: Option<Combination>,
}

/// What would happen. Nothing is moved.
#[derive(Serialize, ToSchema)]
struct WhatIf {
    /// What the row of that status says.
    sentence: String,
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<String>,
    #[schema(value_type = words::DirectionWord)]
    direction: Direction,
    /// The posts that are tied to the issue.
    posts: Vec<Outcome>,
}

/// What would happen to a post.
#[derive(Serialize, ToSchema)]
struct Outcome {
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    title: String,
    votes: i64,
    #[schema(value_type = words::StatusIdWord)]
    from_status_id: String,
    /// Null leaves it where it is.
    #[schema(value_type = Option<words::StatusIdWord>)]
    to_status_id: Option<String>,
    #[schema(value_type = words::WhyWord)]
    why: Why,
    sentence: String,
}

/// A save of the map.
#[derive(Serialize, ToSchema)]
struct MapVersion {
    #[schema(value_type = words::VersionIdWord)]
    id: String,
    /// Who on the board saved it.
    saved_by: Option<String>,
    #[schema(value_type = words::TimeWord)]
    saved_at: String,
    #[schema(value_type = words::CombinationWord)]
    combination: Combination,
    /// How many rows it has.
    rows: usize,
    /// How many of them differed from the version before.
    changed: i64,
    /// The version it brought back.
    #[schema(value_type = Option<words::VersionIdWord>)]
    restored_from: Option<String>,
}

impl From<wizard::MapVersion> for MapVersion {
    fn from(version: wizard::MapVersion) -> MapVersion {
        MapVersion {
            id: version.id.to_string(),
            saved_by: version.saved_by,
            saved_at: version.saved_at.rfc3339(),
            combination: version.combination,
            rows: version.rows.len(),
            changed: version.changed,
            restored_from: version.restored_from.map(|id| id.to_string()),
        }
    }
}

/// A save of the map, and what bringing it back changes.
#[derive(Serialize, ToSchema)]
struct MapRestore {
    version: MapVersion,
    difference: MapDifference,
    /// Names of Jira statuses that are gone: their rows cannot come back.
    left_out: Vec<String>,
    /// Names of Jira statuses whose board status was removed: they come back not mapped.
    unmapped: Vec<String>,
}

impl From<wizard::Restored> for MapRestore {
    fn from(told: wizard::Restored) -> MapRestore {
        MapRestore {
            version: told.version.into(),
            difference: told.difference.into(),
            left_out: told.left_out,
            unmapped: told.unmapped,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneVersion {
    /// The connection's id.
    #[param(value_type = words::ConnectionIdWord)]
    id: ConnectionId,
    /// The version's id.
    #[param(value_type = words::VersionIdWord)]
    version: VersionId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct VersionsAsked {
    /// How many rows: 25 unless asked otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// How a version is brought back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RestoreInput {
    /// The newest version that was seen: if another one was saved since, nothing is.
    #[schema(value_type = Option<words::VersionIdWord>)]
    base_version: Option<VersionId>,
    /// Moves the posts that the map puts elsewhere, now.
    #[serde(default)]
    move_posts: bool,
}

/// Read what holds for the whole map. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/status-map/settings", tag = "setup", params(OneConnection),
    responses((status = 200, body = MapSettings))
)]
async fn read_map_settings(asked: Asked, At(at): At<OneConnection>) -> Answer<MapSettings> {
    let head = wizard::map_head(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(MapSettings {
        combination: head.combination,
        version_id: head.version.map(|id| id.to_string()),
        elsewhere: head.elsewhere.into_iter().map(Astray::from).collect(),
    }))
}

/// What saving this map would change. Nothing is written. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/status-map/difference", tag = "setup", params(OneConnection),
    request_body = MapInput, responses((status = 200, body = MapDifference))
)]
async fn compare_status_map(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<MapInput>,
) -> Answer<MapDifference> {
    let rows = input.rows();
    let save = input.save(&rows);
    let found = wizard::map_difference(&asked.app, &asked.caller, at.id, &save).await?;
    Ok(Json(found.into()))
}

/// What happens if an issue moves, by the saved map or by one that is not saved. Nothing is moved. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/status-map/what-if", tag = "setup", params(OneConnection),
    request_body = WhatIfInput, responses((status = 200, body = WhatIf))
)]
async fn ask_what_if(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(input): Sent<WhatIfInput>,
) -> Answer<WhatIf> {
    let rows: Option<Vec<wizard::MapChoice>> = input
        .rules
        .map(|rules| rules.into_iter().map(Into::into).collect());
    let question = Question {
        issue: input.issue.as_ref(),
        project: &input.jira_project_id,
        jira_status: &input.jira_status_id,
        rows: rows.as_deref(),
        combination: input.combination,
    };
    let told = wizard::what_if(&asked.app, &asked.caller, at.id, &question).await?;
    Ok(Json(WhatIf {
        sentence: told.sentence,
        status_id: told.status.map(|id| id.to_string()),
        direction: told.direction,
        posts: told
            .posts
            .into_iter()
            .map(|post| Outcome {
                post_id: post.post.to_string(),
                title: post.title,
                votes: post.votes,
                from_status_id: post.from.to_string(),
                to_status_id: post.to.map(|id| id.to_string()),
                why: post.why,
                sentence: post.sentence,
            })
            .collect(),
    }))
}

/// List the saves of the map, newest first. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/status-map/versions", tag = "setup", params(OneConnection, VersionsAsked),
    responses((status = 200, body = List<MapVersion>))
)]
async fn list_map_versions(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(params): Params<VersionsAsked>,
) -> Answer<List<MapVersion>> {
    let page = page(params.limit, params.after)?;
    Ok(paged(
        wizard::map_versions(&asked.app, &asked.caller, at.id, &page).await?,
    ))
}

/// Read a save, and what bringing it back would change, held against Jira as it is now. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/status-map/versions/{version}", tag = "setup", params(OneVersion),
    responses((status = 200, body = MapRestore))
)]
async fn read_map_version(asked: Asked, At(at): At<OneVersion>) -> Answer<MapRestore> {
    let told = wizard::map_version(&asked.app, &asked.caller, at.id, at.version).await?;
    Ok(Json(told.into()))
}

/// Bring a save back, as far as Jira still has its statuses. Needs an admin.
#[utoipa::path(
    post, path = "/connections/{id}/status-map/versions/{version}/restore", tag = "setup", params(OneVersion),
    request_body = RestoreInput, responses((status = 200, body = MapRestore))
)]
async fn restore_map_version(
    asked: Asked,
    At(at): At<OneVersion>,
    Sent(input): Sent<RestoreInput>,
) -> Answer<MapRestore> {
    let (app, caller, base) = (&asked.app, &asked.caller, input.base_version);
    let told = wizard::restore_map(app, caller, at.id, at.version, base, input.move_posts).await?;
    Ok(Json(told.into()))
}
