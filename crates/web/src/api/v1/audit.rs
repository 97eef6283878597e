//! The trail of privileged acts.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use upvow_app::audit;
use upvow_domain::{Invalid, PersonId, Time};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{Params, page},
        output::{Answer, List, paged},
        words,
    },
    failure::Failure,
    pages,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_audit))
        .routes(routes!(export_audit))
}

/// A privileged act.
#[derive(Serialize, ToSchema)]
struct Act {
    /// Its number in the project's trail.
    seq: i64,
    /// What was done.
    #[schema(example = "connection.disconnected")]
    action: String,
    /// To what: an id.
    subject: String,
    /// More, as codes.
    detail: String,
    /// Who; null is the program or the operator.
    #[schema(value_type = Option<words::PersonIdWord>)]
    person_id: Option<String>,
    /// `session`, `token`, `nobody`, `program` or `operator`.
    via: String,
    #[schema(value_type = words::TimeWord)]
    at: String,
    /// SHA-256 over what the line says and the hash of the line before.
    hash: String,
}

impl From<audit::Act> for Act {
    fn from(act: audit::Act) -> Act {
        Act {
            seq: act.seq,
            action: act.action,
            subject: act.subject,
            detail: act.detail,
            person_id: act.person.map(|person| person.to_string()),
            via: act.via,
            at: act.at.rfc3339(),
            hash: act.hash,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only this action, or this family of actions: `connection`.
    #[param(nullable = false, max_length = 60, pattern = "^[a-z._]*$")]
    action: Option<String>,
    /// Only what this person did.
    #[param(value_type = words::PersonIdWord, nullable = false, required = false)]
    by: Option<PersonId>,
    /// Only from then on.
    #[param(value_type = words::TimeWord, nullable = false, required = false)]
    since: Option<String>,
    /// Only before then.
    #[param(value_type = words::TimeWord, nullable = false, required = false)]
    until: Option<String>,
    /// How many rows.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(nullable = false)]
    after: Option<String>,
}

fn time(field: &'static str, text: Option<&str>) -> Result<Option<Time>, Invalid> {
    let read = |text| Time::parse(text).ok_or_else(|| Invalid::new(field, "write it as RFC 3339"));
    text.map(read).transpose()
}

/// List the privileged acts in this project, newest first. Needs an admin.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Which), responses((status = 200, body = List<Act>)))]
async fn list_audit(asked: Asked, Params(which): Params<Which>) -> Answer<List<Act>> {
    let page = page(which.limit, which.after)?;
    let wanted = audit::Asked {
        action: which.action,
        person: which.by,
        since: time("since", which.since.as_deref())?,
        until: time("until", which.until.as_deref())?,
    };
    let found = audit::list(&asked.app, &asked.caller, &wanted, &page).await?;
    Ok(paged(found))
}

/// Export the whole trail as JSON lines, the first of them signed; `upvow audit verify --export` checks it. That it was
/// taken is its last line. Needs an admin.
#[utoipa::path(
    get, path = "/audit/export", tag = "audit",
    responses((status = 200, body = String, content_type = "application/jsonl"))
)]
async fn export_audit(asked: Asked) -> Result<Response, Failure> {
    Ok(pages::audit_file(
        audit::export(&asked.app, &asked.caller).await?,
    ))
}
