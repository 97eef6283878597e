//! Links that ask a Jira admin without an account here to authorise; and the answer when another account did than before.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use upvow_app::connect::{self, invites};
use upvow_domain::{ConnectionId, InviteId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Sent},
        output::{Answer, DONE, Done, List, moment, whole},
        v1::connections::OneConnection,
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_invites, make_invite))
        .routes(routes!(revoke_invite))
        .routes(routes!(decide_account))
}

/// A link. There is nothing of whoever uses it in it.
#[derive(Serialize, ToSchema)]
struct Invite {
    #[schema(value_type = words::InviteIdWord)]
    id: String,
    #[schema(value_type = words::InviteStateWord)]
    state: invites::InviteState,
    /// Who made it, by their name here.
    by: String,
    /// Whether it is to bring a connection back to life.
    reconnects: bool,
    /// That connection, or the one it led to.
    #[schema(value_type = Option<words::ConnectionIdWord>)]
    connection_id: Option<String>,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
    /// When whoever has it agreed first.
    #[schema(value_type = Option<words::TimeWord>)]
    begun_at: Option<String>,
    #[schema(value_type = words::TimeWord)]
    expires_at: String,
}

impl From<invites::Invite> for Invite {
    fn from(invite: invites::Invite) -> Invite {
        Invite {
            id: invite.id.to_string(),
            state: invite.state,
            by: invite.by,
            reconnects: invite.reconnects,
            connection_id: invite.connection.map(|id| id.to_string()),
            created_at: invite.created_at.rfc3339(),
            begun_at: moment(invite.begun_at),
            expires_at: invite.expires_at.rfc3339(),
        }
    }
}

/// What the link is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteInput {
    /// A connection that is to be authorised again, if not a new one.
    #[schema(value_type = Option<words::ConnectionIdWord>)]
    reconnect: Option<ConnectionId>,
    /// Mail the link to this address as well. The address is not kept.
    #[schema(format = "email", example = "jira.admin@example.com")]
    email: Option<String>,
}

/// A link that was just made.
#[derive(Serialize, ToSchema)]
struct InviteMade {
    #[schema(value_type = words::InviteIdWord)]
    id: String,
    /// Told this once. Whoever has it can authorise and choose the site, and nothing else.
    address: String,
    #[schema(value_type = words::TimeWord)]
    expires_at: String,
    /// Whether a letter was sent.
    mailed: bool,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneInvite {
    /// The link's id.
    #[param(value_type = words::InviteIdWord)]
    id: InviteId,
}

/// Whether to use the other account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChoice {
    /// True: work by the account that authorised last. False: by the one before.
    use_other: bool,
}

/// List the links that ask somebody to authorise, newest first. Needs an admin.
#[utoipa::path(
    get, path = "/connect-invites", tag = "connections",
    responses((status = 200, body = List<Invite>))
)]
async fn list_invites(asked: Asked) -> Answer<List<Invite>> {
    Ok(whole(invites::invites(&asked.app, &asked.caller).await?))
}

/// Make a link that asks a Jira admin, who needs no account here, to authorise. It works once and for seven days. Needs an
/// admin.
#[utoipa::path(
    post, path = "/connect-invites", tag = "connections", request_body = InviteInput,
    responses((status = 201, body = InviteMade))
)]
async fn make_invite(asked: Asked, Sent(input): Sent<InviteInput>) -> Result<Response, Failure> {
    let email = input.email.as_deref();
    let made = invites::invite(&asked.app, &asked.caller, input.reconnect, email).await?;
    let made = InviteMade {
        id: made.id.to_string(),
        address: made.address.expose().to_owned(),
        expires_at: made.expires_at.rfc3339(),
        mailed: made.is_mailed,
    };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Take a link back. What it led to stays. Needs an admin.
#[utoipa::path(
    delete, path = "/connect-invites/{id}", tag = "connections", params(OneInvite),
    responses((status = 204, description = "It works no more."))
)]
async fn revoke_invite(asked: Asked, At(at): At<OneInvite>) -> Done {
    invites::revoke(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}

/// Say whether to work by the other Atlassian account that authorised. Links, map and targets stay either way. Needs an
/// admin.
#[utoipa::path(
    put, path = "/connections/{id}/account", tag = "connections", params(OneConnection),
    request_body = AccountChoice,
    responses((status = 204, description = "It is decided."))
)]
async fn decide_account(
    asked: Asked,
    At(at): At<OneConnection>,
    Sent(choice): Sent<AccountChoice>,
) -> Done {
    connect::decide(&asked.app, &asked.caller, at.id, choice.use_other).await?;
    Ok(DONE)
}
