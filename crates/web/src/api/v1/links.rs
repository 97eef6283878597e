//! Links: posts tied to Jira issues.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::sync::{
    choir,
    links::{self, LinkState, NewIssue},
};
use upvow_domain::{
    ConnectionId, Invalid, LinkId, PostId,
    combination::{Combination, Why},
    jira::{Category, IssueTypeId, JiraProjectId},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    connections::OneConnection,
    issue_fields::{FieldInput, FieldTexts, IssueField, texts},
    posts::OnePost,
};
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, SubmitKey},
        output::{Answer, Created, DONE, Done, List, moment, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_links, create_link))
        .routes(routes!(read_together))
        .routes(routes!(get_link, unlink))
        .routes(routes!(read_live_issue))
        .routes(routes!(refresh_link))
        .routes(routes!(make_link_primary))
        .routes(routes!(find_issues))
        .routes(routes!(list_refused_fields, fill_fields))
}

/// A post's tie to a Jira issue. The issue's own words are not in it; they are fetched live.
#[derive(Serialize, ToSchema)]
pub(super) struct Link {
    #[schema(value_type = words::LinkIdWord)]
    id: String,
    #[schema(value_type = words::PostIdWord)]
    post_id: String,
    #[schema(value_type = words::ConnectionIdWord)]
    connection_id: String,
    #[schema(value_type = words::LinkStateWord)]
    state: LinkState,
    /// The issue's key, once known: a label that changes when the issue is moved.
    #[schema(example = "DEMO-12")]
    key: Option<String>,
    /// The issue's page at Jira.
    browse_url: Option<String>,
    /// What the issue's status means.
    #[schema(value_type = Option<words::CategoryWord>)]
    category: Option<Category>,
    /// The status's name as the status map last saw it.
    status_name: Option<String>,
    /// The one that counts where only one can.
    is_primary: bool,
    /// A code of what is wrong.
    problem: Option<String>,
    /// What happened, and what to do.
    problem_text: Option<String>,
    /// When it was last compared with Jira.
    #[schema(value_type = Option<words::TimeWord>)]
    synced_at: Option<String>,
}

impl From<links::Link> for Link {
    fn from(link: links::Link) -> Link {
        Link {
            id: link.id.to_string(),
            post_id: link.post.to_string(),
            connection_id: link.connection.to_string(),
            state: link.state,
            key: link.key.map(|key| key.to_string()),
            browse_url: link.browse_url,
            category: link.category,
            status_name: link.status_name,
            is_primary: link.is_primary,
            problem: link.problem,
            problem_text: link.problem_text,
            synced_at: moment(link.synced_at),
        }
    }
}

/// An issue to be made of the post (`jira_project_id` and `issue_type_id`), or an issue that exists (`issue`).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkInput {
    #[schema(value_type = words::ConnectionIdWord)]
    connection_id: ConnectionId,
    /// Make a new issue in this Jira project.
    #[schema(value_type = Option<words::JiraNumberWord>)]
    jira_project_id: Option<JiraProjectId>,
    /// As this type.
    #[schema(value_type = Option<words::JiraNumberWord>)]
    issue_type_id: Option<IssueTypeId>,
    /// Values for the fields of the new issue, by field id; without them, what the board puts in. See
    /// `GET /connections/{id}/targets/{board_id}/fields` for what a field takes.
    fields: Option<BTreeMap<String, FieldTexts>>,
    /// Or link this one: its key, or its address on the connection's site.
    #[schema(example = "DEMO-12")]
    issue: Option<String>,
}

/// What several linked issues of a post say together.
#[derive(Serialize, ToSchema)]
struct Together {
    #[schema(value_type = words::CombinationWord)]
    combination: Combination,
    /// How many issues are heard. With fewer than two there is nothing to combine.
    issues: usize,
    /// How many of them are done.
    done: usize,
    /// The issue that decides, or that keeps the others from deciding.
    #[schema(value_type = Option<words::LinkIdWord>)]
    leader_id: Option<String>,
    #[schema(example = "DEMO-12")]
    leader_key: Option<String>,
    /// The board status that it gives; null leaves the post where it is.
    #[schema(value_type = Option<words::StatusIdWord>)]
    status_id: Option<String>,
    #[schema(value_type = words::WhyWord)]
    why: Why,
    /// All of that in one sentence.
    sentence: String,
}

impl From<choir::Together> for Together {
    fn from(told: choir::Together) -> Together {
        Together {
            combination: told.combination,
            issues: told.issues,
            done: told.done,
            leader_id: told.leader.map(|id| id.to_string()),
            leader_key: told.leader_key.map(|key| key.to_string()),
            status_id: told.status.map(|id| id.to_string()),
            why: told.why,
            sentence: told.sentence,
        }
    }
}

/// Read what several linked issues of a post say together: an empty list with fewer than two. Needs a moderator.
#[utoipa::path(
    get, path = "/posts/{id}/links/together", tag = "links", params(OnePost),
    responses((status = 200, body = List<Together>))
)]
async fn read_together(asked: Asked, At(at): At<OnePost>) -> Answer<List<Together>> {
    let told = choir::together(&asked.app, &asked.caller, at.id).await?;
    Ok(whole(told.into_iter().collect()))
}

/// What the issue says of itself right now. It is not stored.
#[derive(Serialize, ToSchema)]
struct LiveIssue {
    #[schema(example = "DEMO-12")]
    key: String,
    summary: String,
    #[schema(example = "In Progress")]
    status: String,
    #[schema(value_type = words::CategoryWord)]
    category: Category,
}

/// An issue found by its words. It is not stored.
#[derive(Serialize, ToSchema)]
struct FoundIssue {
    #[schema(value_type = words::JiraNumberWord)]
    id: String,
    #[schema(example = "DEMO-12")]
    key: String,
    summary: String,
    /// The post named in the query is tied to it already.
    is_linked: bool,
}

impl From<links::FoundIssue> for FoundIssue {
    fn from(issue: links::FoundIssue) -> FoundIssue {
        FoundIssue {
            id: issue.id.to_string(),
            key: issue.key.to_string(),
            summary: issue.summary,
            is_linked: issue.is_linked,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneLink {
    /// The link's id.
    #[param(value_type = words::LinkIdWord)]
    id: LinkId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Unlinking {
    /// Leave the link back to the post on the Jira issue.
    #[serde(default)]
    #[param(required = false)]
    keep_backlink: bool,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Words {
    /// Words of the summary, or a key.
    text: String,
    /// Mark the issues that this post is tied to.
    #[param(value_type = Option<words::PostIdWord>, nullable = false)]
    post_id: Option<PostId>,
}

/// List a post's links. Needs a moderator.
#[utoipa::path(get, path = "/posts/{id}/links", tag = "links", params(OnePost), responses((status = 200, body = List<Link>)))]
async fn list_links(asked: Asked, At(at): At<OnePost>) -> Answer<List<Link>> {
    Ok(whole(links::list(&asked.app, &asked.caller, at.id).await?))
}

/// Make an issue of a post, or link one that exists. Needs a moderator, and a token the scope `links:write`. A new
/// issue follows by itself: the link is there at once, in state `creating`. An issue that is linked already gives the
/// link that is there.
#[utoipa::path(
    post, path = "/posts/{id}/links", tag = "links", request_body = LinkInput,
    params(
        OnePost,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same link, never a second issue.", nullable = false)
    ),
    responses((status = 201, body = Link, headers(("Location" = String, description = "Its address."))))
)]
async fn create_link(
    asked: Asked,
    At(at): At<OnePost>,
    SubmitKey(submit_key): SubmitKey,
    Sent(input): Sent<LinkInput>,
) -> Result<Created<Link>, Failure> {
    let (app, caller) = (&asked.app, &asked.caller);
    let link = match (input.jira_project_id, input.issue_type_id, input.issue) {
        (Some(jira_project), Some(issue_type), None) => {
            let new = NewIssue {
                connection: input.connection_id,
                jira_project,
                issue_type,
                fields: input.fields.map(texts),
                submit_key,
            };
            links::create_issue(app, caller, at.id, &new).await?
        }
        (None, None, Some(issue)) => {
            links::link_existing(app, caller, at.id, input.connection_id, &issue).await?
        }
        _ => {
            return Err(Invalid::new(
                "issue",
                "send either `issue`, or both `jira_project_id` and `issue_type_id`",
            )
            .into());
        }
    };
    Ok(Created(
        asked.address(&format!("/links/{}", link.id)),
        link.into(),
    ))
}

/// Read a link. Needs a moderator.
#[utoipa::path(get, path = "/links/{id}", tag = "links", params(OneLink), responses((status = 200, body = Link)))]
async fn get_link(asked: Asked, At(at): At<OneLink>) -> Answer<Link> {
    let link = links::get(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(link.into()))
}

/// Untie a post from an issue. Needs a moderator.
#[utoipa::path(
    delete, path = "/links/{id}", tag = "links", params(OneLink, Unlinking),
    responses((status = 204, description = "They are untied."))
)]
async fn unlink(asked: Asked, At(at): At<OneLink>, Params(unlinking): Params<Unlinking>) -> Done {
    links::unlink(&asked.app, &asked.caller, at.id, unlinking.keep_backlink).await?;
    Ok(DONE)
}

/// Read what the issue says of itself, asked of Jira now. Needs a moderator.
#[utoipa::path(
    get, path = "/links/{id}/live", tag = "links", params(OneLink),
    responses((status = 200, body = LiveIssue))
)]
async fn read_live_issue(asked: Asked, At(at): At<OneLink>) -> Answer<LiveIssue> {
    let issue = links::live(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(LiveIssue {
        key: issue.key.to_string(),
        summary: issue.summary,
        status: issue.status,
        category: issue.category,
    }))
}

/// Compare a link with Jira now, and try again what failed. Needs a moderator.
#[utoipa::path(
    post, path = "/links/{id}/refresh", tag = "links", params(OneLink),
    responses((status = 204, description = "It is under way."))
)]
async fn refresh_link(asked: Asked, At(at): At<OneLink>) -> Done {
    links::refresh(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Make a link the one that counts where only one can. Needs a moderator.
#[utoipa::path(
    put, path = "/links/{id}/primary", tag = "links", params(OneLink),
    responses((status = 204, description = "It counts."))
)]
async fn make_link_primary(asked: Asked, At(at): At<OneLink>) -> Done {
    links::make_primary(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Find issues by their words, asked of Jira now. Needs a moderator.
#[utoipa::path(
    get, path = "/connections/{id}/issues", tag = "links", params(OneConnection, Words),
    responses((status = 200, body = List<FoundIssue>))
)]
async fn find_issues(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(words): Params<Words>,
) -> Answer<List<FoundIssue>> {
    Ok(whole(
        links::search(&asked.app, &asked.caller, at.id, &words.text, words.post_id).await?,
    ))
}

/// List the fields of an issue that Jira refused to make, as Jira asks for them now, with what was given and what Jira
/// said of each. Needs a moderator.
#[utoipa::path(
    get, path = "/links/{id}/fields", tag = "links", params(OneLink),
    responses((status = 200, body = List<IssueField>))
)]
async fn list_refused_fields(asked: Asked, At(at): At<OneLink>) -> Answer<List<IssueField>> {
    Ok(whole(
        links::refused_form(&asked.app, &asked.caller, at.id).await?,
    ))
}

/// Give values to an issue that Jira refused to make, and have it tried again. Needs a moderator.
#[utoipa::path(
    put, path = "/links/{id}/fields", tag = "links", params(OneLink), request_body = FieldInput,
    responses((status = 200, body = Link))
)]
async fn fill_fields(
    asked: Asked,
    At(at): At<OneLink>,
    Sent(input): Sent<FieldInput>,
) -> Answer<Link> {
    let link = links::fill(&asked.app, &asked.caller, at.id, &texts(input.fields)).await?;
    Ok(Json(link.into()))
}
