//! Connections to Jira: consent, beginning, how they stand, goodbye.

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use upvow_app::{
    connect::{self, consent, goodbye, oauth},
    privacy::receipt,
};
use upvow_domain::ConnectionId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, List, moment, whole},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_consent))
        .routes(routes!(list_connections, begin_connection))
        .routes(routes!(get_connection, disconnect))
        .routes(routes!(read_goodbye))
        .routes(routes!(read_receipt))
}

/// A tie to a Jira site. There is nothing of a person in Jira in it.
#[derive(Serialize, ToSchema)]
struct Connection {
    #[schema(value_type = words::ConnectionIdWord)]
    id: String,
    #[schema(value_type = words::ConnectionStateWord)]
    state: connect::State,
    /// The site, once chosen.
    #[schema(value_type = Option<words::CloudIdWord>)]
    cloud_id: Option<String>,
    site_name: Option<String>,
    site_url: Option<String>,
    projects: Vec<JiraProject>,
    /// A code of what is wrong, if anything.
    #[schema(example = "webhook_refused")]
    problem: Option<String>,
    /// What happened, and what to do.
    problem_text: Option<String>,
    /// When Jira's webhook ends unless renewed.
    #[schema(value_type = Option<words::TimeWord>)]
    webhook_expires_at: Option<String>,
    /// When Jira last told us something.
    #[schema(value_type = Option<words::TimeWord>)]
    last_event_at: Option<String>,
    /// How many links it carries.
    links: i64,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
    /// The step of the set-up to go on with; null once it is through.
    #[schema(value_type = Option<words::SetupStepWord>)]
    next_step: Option<connect::Step>,
    /// Another Atlassian account authorised than before; until then an admin can say whether to use it.
    #[schema(value_type = Option<words::TimeWord>)]
    other_account_until: Option<String>,
}

/// A Jira project of a connection. Key and name are labels.
#[derive(Serialize, ToSchema)]
struct JiraProject {
    #[schema(value_type = words::JiraNumberWord)]
    id: String,
    #[schema(example = "DEMO")]
    key: String,
    name: String,
}

impl From<connect::Connection> for Connection {
    fn from(connection: connect::Connection) -> Connection {
        let projects = connection.projects.into_iter();
        Connection {
            id: connection.id.to_string(),
            state: connection.state,
            cloud_id: connection.cloud_id.map(|id| id.to_string()),
            site_name: connection.site_name,
            site_url: connection.site_url,
            projects: projects
                .map(|project| JiraProject {
                    id: project.id.to_string(),
                    key: project.key.to_string(),
                    name: project.name,
                })
                .collect(),
            problem: connection.problem,
            problem_text: connection.problem_text,
            webhook_expires_at: moment(connection.webhook_expires_at),
            last_event_at: moment(connection.last_event_at),
            links: connection.links,
            created_at: connection.created_at.rfc3339(),
            next_step: connection.next_step,
            other_account_until: moment(connection.other_account_until),
        }
    }
}

/// What an admin agrees to before connecting.
#[derive(Serialize, ToSchema)]
struct Consent {
    /// Send it when you begin; it changes with every change of the text.
    version: String,
    /// What Atlassian is asked to allow, each with what it is for.
    permissions: Vec<String>,
    /// What is read in Jira.
    read: Vec<String>,
    /// What is written in Jira.
    written: Vec<String>,
    /// What is kept here, and how long.
    kept: Vec<String>,
    /// What is never kept.
    never: Vec<String>,
    /// How it ends.
    ends: Vec<String>,
}

/// The beginning of a connection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Beginning {
    /// The `version` of the consent that was read and agreed to.
    consent_version: String,
    /// A connection that needs to be authorised again, if this is not a new one.
    #[schema(value_type = Option<words::ConnectionIdWord>)]
    reconnect: Option<ConnectionId>,
}

/// Where to go on.
#[derive(Serialize, ToSchema)]
struct Begun {
    /// Open it in the browser that asked.
    authorize_url: String,
}

/// How a connection's end stands.
#[derive(Serialize, ToSchema)]
struct Goodbye {
    /// Every step, in order, with its true result so far.
    steps: Vec<GoodbyeStep>,
    /// All that can be done is done.
    finished: bool,
    /// When the old key was destroyed, so that no copy of the vault can be read any more.
    #[schema(value_type = Option<words::TimeWord>)]
    final_at: Option<String>,
    /// Atlassian's page where the person removes the app for good, unless a probe confirmed the end.
    remove_at: Option<String>,
    /// Other connections live on by the same authorisation, so it was kept.
    grant_shared: bool,
}

/// A step of the goodbye.
#[derive(Serialize, ToSchema)]
struct GoodbyeStep {
    #[schema(example = "revoked")]
    name: String,
    #[schema(example = "accepted_not_verified")]
    result: String,
    /// A sentence that says no more than is true.
    text: String,
    #[schema(value_type = Option<words::TimeWord>)]
    at: Option<String>,
}

impl From<goodbye::Goodbye> for Goodbye {
    fn from(goodbye: goodbye::Goodbye) -> Goodbye {
        let steps = goodbye.steps.into_iter();
        Goodbye {
            steps: steps
                .map(|step| GoodbyeStep {
                    name: step.name,
                    result: step.result,
                    text: step.text,
                    at: moment(step.at),
                })
                .collect(),
            finished: goodbye.finished,
            final_at: moment(goodbye.final_at),
            remove_at: goodbye.remove_at,
            grant_shared: goodbye.grant_shared,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::api::v1) struct OneConnection {
    /// The connection's id.
    #[param(value_type = words::ConnectionIdWord)]
    pub(in crate::api::v1) id: ConnectionId,
}

/// Read what connecting Jira means: what is read, written and kept.
#[utoipa::path(get, path = "/consent", tag = "connections", responses((status = 200, body = Consent)))]
async fn read_consent(asked: Asked) -> Answer<Consent> {
    let text = consent::text(&asked.app);
    Ok(Json(Consent {
        version: text.version.to_owned(),
        read: text.read,
        written: text.written,
        kept: text.kept,
        never: text.never,
        permissions: text.permissions,
        ends: text.ends,
    }))
}

/// List the connections, newest first; ended ones tell their goodbye. Needs an admin.
#[utoipa::path(get, path = "/connections", tag = "connections", responses((status = 200, body = List<Connection>)))]
async fn list_connections(asked: Asked) -> Answer<List<Connection>> {
    Ok(whole(connect::list(&asked.app, &asked.caller).await?))
}

/// Begin a connection. Needs an admin with a browser session, because the answer from Atlassian comes back with that
/// browser; a token is answered 409.
#[utoipa::path(
    post, path = "/connections", tag = "connections", request_body = Beginning,
    responses((status = 200, body = Begun))
)]
async fn begin_connection(asked: Asked, Sent(beginning): Sent<Beginning>) -> Answer<Begun> {
    if asked.caller.person.is_some() && asked.session.is_none() {
        return Err(Failure::new(
            StatusCode::CONFLICT,
            "session_needed",
            "Connecting needs a browser that is signed in here: Atlassian's answer comes back with it. Open the \
             project's settings, Connections, and begin there.",
        ));
    }
    let session = asked
        .session
        .as_ref()
        .ok_or(upvow_app::AppError::SignInNeeded)?;
    let authorize_url = oauth::begin(
        &asked.app,
        &asked.caller,
        session,
        &beginning.consent_version,
        beginning.reconnect,
    )
    .await?;
    Ok(Json(Begun { authorize_url }))
}

/// Read a connection. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}", tag = "connections", params(OneConnection),
    responses((status = 200, body = Connection))
)]
async fn get_connection(asked: Asked, At(at): At<OneConnection>) -> Answer<Connection> {
    let connection = connect::get(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(connection.into()))
}

/// Disconnect. Processing stops at once; webhooks are deleted, the authorisation is revoked as far as Atlassian
/// allows, and everything of it is erased. Works in every state and with Jira down. Needs an admin.
#[utoipa::path(
    delete, path = "/connections/{id}", tag = "connections", params(OneConnection),
    responses((status = 202, body = Goodbye, description = "It has stopped; the answer says what is done and what is under way."))
)]
async fn disconnect(
    asked: Asked,
    At(at): At<OneConnection>,
) -> Result<(StatusCode, Json<Goodbye>), Failure> {
    goodbye::disconnect(&asked.app, &asked.caller, at.id).await?;
    let status = goodbye::status(&asked.app, &asked.caller, at.id).await?;
    Ok((StatusCode::ACCEPTED, Json(status.into())))
}

/// Read how a connection's goodbye stands, step by step. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/goodbye", tag = "connections", params(OneConnection),
    responses((status = 200, body = Goodbye))
)]
async fn read_goodbye(asked: Asked, At(at): At<OneConnection>) -> Answer<Goodbye> {
    let status = goodbye::status(&asked.app, &asked.caller, at.id).await?;
    Ok(Json(status.into()))
}

/// The signed receipt of an erasure.
#[derive(Serialize, ToSchema)]
struct Receipt {
    /// A compact JWS (EdDSA) of the type `upvow-erasure-receipt+jwt`; its payload names nobody.
    receipt: String,
    /// Where the public keys are that it is verified with.
    keys: String,
}

/// Read the signed receipt of a connection that ended: what was erased, when, and how far Atlassian confirmed the end
/// of the authorisation. There is none until the erasure is final, and none where another connection keeps the
/// authorisation. Needs an admin.
#[utoipa::path(
    get, path = "/connections/{id}/receipt", tag = "connections", params(OneConnection),
    responses((status = 200, body = Receipt))
)]
async fn read_receipt(asked: Asked, At(at): At<OneConnection>) -> Answer<Receipt> {
    let receipt = receipt::of_connection(&asked.app, &asked.caller, at.id).await?;
    let keys = asked.app.settings.address("/trust/keys.json");
    Ok(Json(Receipt { receipt, keys }))
}
