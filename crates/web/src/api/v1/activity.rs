//! What the jobs of a connection did.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use upvow_app::{
    health::{self, activity},
    jobs::Outcome,
};
use upvow_domain::{Invalid, LinkId, Time, jira::IssueKey};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::connections::OneConnection;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, page},
        output::{Answer, List, paged},
        words,
    },
    failure::Failure,
    pages,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_activity))
        .routes(routes!(export_activity))
}

/// One run of a job: ids, codes and numbers.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the wire's name for its number")]
struct Attempt {
    #[schema(value_type = words::AttemptIdWord)]
    id: String,
    /// When it ended.
    #[schema(value_type = words::TimeWord)]
    at: String,
    /// What was to be done.
    #[schema(example = "push_status")]
    kind: String,
    #[schema(value_type = words::OutcomeWord)]
    outcome: &'static str,
    /// Why, if it was not simply done.
    #[schema(example = "no_transition")]
    code: Option<String>,
    /// A sentence for that code.
    text: Option<String>,
    /// The HTTP status of Jira's last answer.
    http_status: Option<i64>,
    /// How many calls were made.
    calls: i64,
    /// How many of them changed something in Jira.
    writes: i64,
    /// Which attempt of its job it was, from 1.
    attempt: i64,
    took_ms: i64,
    /// The same for all attempts of a job.
    #[schema(value_type = words::JobIdWord)]
    job: String,
    #[schema(value_type = Option<words::LinkIdWord>)]
    link: Option<String>,
    #[schema(value_type = Option<words::PostIdWord>)]
    post: Option<String>,
    #[schema(example = "DEMO-12")]
    issue: Option<String>,
}

impl From<activity::Attempt> for Attempt {
    fn from(attempt: activity::Attempt) -> Attempt {
        Attempt {
            id: attempt.id.to_string(),
            at: attempt.at.rfc3339(),
            kind: attempt.kind,
            outcome: attempt.outcome.name(),
            code: attempt.code,
            text: attempt.text,
            http_status: attempt.http_status,
            calls: attempt.calls,
            writes: attempt.writes,
            attempt: attempt.number,
            took_ms: attempt.took,
            job: attempt.job.to_string(),
            link: attempt.link.map(|id| id.to_string()),
            post: attempt.post.map(|id| id.to_string()),
            issue: attempt.key.map(|key| key.to_string()),
        }
    }
}

/// Which attempts are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Of this kind.
    #[param(nullable = false, example = "push_status")]
    kind: Option<String>,
    /// That ended so.
    #[param(nullable = false, value_type = Option<words::OutcomeWord>)]
    outcome: Option<String>,
    /// About this link.
    #[param(nullable = false, value_type = Option<words::LinkIdWord>)]
    link: Option<LinkId>,
    /// About links to this issue.
    #[param(nullable = false, example = "DEMO-12")]
    issue: Option<String>,
    /// Not before this moment.
    #[param(nullable = false, value_type = Option<words::TimeWord>)]
    since: Option<String>,
}

/// Which attempts are asked for, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageOfWhich {
    /// Of this kind.
    #[param(nullable = false, example = "push_status")]
    kind: Option<String>,
    /// That ended so.
    #[param(nullable = false, value_type = Option<words::OutcomeWord>)]
    outcome: Option<String>,
    /// About this link.
    #[param(nullable = false, value_type = Option<words::LinkIdWord>)]
    link: Option<LinkId>,
    /// About links to this issue.
    #[param(nullable = false, example = "DEMO-12")]
    issue: Option<String>,
    /// Not before this moment.
    #[param(nullable = false, value_type = Option<words::TimeWord>)]
    since: Option<String>,
    /// How many rows: 25 unless asked otherwise, 100 at most.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

impl Which {
    fn filter(self) -> Result<activity::Filter, Failure> {
        let known = |field: &'static str, text: &'static str| Invalid::new(field, text);
        let kind = match self.kind.as_deref() {
            None => None,
            Some(name) => {
                Some(activity::kind(name).ok_or_else(|| known("kind", "there is no such kind"))?)
            }
        };
        let outcome = match self.outcome.as_deref() {
            None => None,
            Some(name) => Some(
                Outcome::named(name).ok_or_else(|| known("outcome", "there is no such outcome"))?,
            ),
        };
        let key = self.issue.as_deref().map(IssueKey::parse).transpose()?;
        let since = match self.since.as_deref() {
            None => None,
            Some(text) => {
                Some(Time::parse(text).ok_or_else(|| known("since", "write it as RFC 3339"))?)
            }
        };
        Ok(activity::Filter {
            kind,
            outcome,
            link: self.link,
            key,
            since,
        })
    }
}

/// List what the jobs of a connection did, newest first; kept for 30 days. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/activity", tag = "health", params(OneConnection, PageOfWhich),
    responses((status = 200, body = List<Attempt>))
)]
async fn list_activity(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(wanted): Params<PageOfWhich>,
) -> Answer<List<Attempt>> {
    let page = page(wanted.limit, wanted.after)?;
    let which = Which {
        kind: wanted.kind,
        outcome: wanted.outcome,
        link: wanted.link,
        issue: wanted.issue,
        since: wanted.since,
    };
    let found = activity::list(&asked.app, &asked.caller, at.id, &which.filter()?, &page).await?;
    Ok(paged(found))
}

/// Export what the jobs of a connection did as CSV: the newest 10,000 attempts that fit. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/activity.csv", tag = "health", params(OneConnection, Which),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn export_activity(
    asked: Asked,
    At(at): At<OneConnection>,
    Params(which): Params<Which>,
) -> Result<Response, Failure> {
    let filter = which.filter()?;
    // Whoever may not see it is told before the first line is sent.
    health::read(&asked.app, &asked.caller, at.id).await?;
    Ok(pages::activity_csv(asked.app, asked.caller, at.id, filter))
}
