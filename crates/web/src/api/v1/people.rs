//! Oneself, and the members.

use axum::Json;
use serde::{Deserialize, Serialize};
use upvow_app::people;
use upvow_domain::{PersonId, Role};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::posts::Paging;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, Created, DONE, Done, List, paged},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_me, rename_me))
        .routes(routes!(list_members, invite_member))
        .routes(routes!(set_member_role, end_membership))
}

/// Your own account, in this project.
#[derive(Serialize, ToSchema)]
struct Me {
    #[schema(value_type = words::PersonIdWord)]
    id: String,
    /// Your name on the board.
    name: String,
    #[schema(example = "ana@example.com")]
    email: String,
    #[schema(value_type = words::RoleWord)]
    role: &'static str,
    has_password: bool,
}

impl From<people::Me> for Me {
    fn from(me: people::Me) -> Me {
        Me {
            id: me.id.to_string(),
            name: me.name,
            email: me.email.expose().to_owned(),
            role: me.role.name(),
            has_password: me.has_password,
        }
    }
}

/// What you can change of yourself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MeChange {
    /// Your name on the board.
    #[schema(min_length = 1, max_length = 60, example = "Ana")]
    name: String,
}

/// A member of the project.
#[derive(Serialize, ToSchema)]
struct Member {
    #[schema(value_type = words::PersonIdWord)]
    id: String,
    /// Their name on the board.
    name: String,
    email: String,
    #[schema(value_type = words::RoleWord)]
    role: &'static str,
    #[schema(value_type = words::TimeWord)]
    since: String,
}

impl From<people::Member> for Member {
    fn from(member: people::Member) -> Member {
        Member {
            id: member.id.to_string(),
            name: member.name,
            email: member.email.expose().to_owned(),
            role: member.role.name(),
            since: member.since.rfc3339(),
        }
    }
}

/// Somebody to be made a member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitation {
    #[schema(format = "email", example = "ben@example.com")]
    email: String,
    #[schema(value_type = words::RoleWord)]
    role: Role,
}

/// What a member is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleChoice {
    /// `voter` ends the membership.
    #[schema(value_type = words::RoleWord)]
    role: Role,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneMember {
    /// The person's id.
    #[param(value_type = words::PersonIdWord)]
    id: PersonId,
}

/// Read your own account. Needs somebody signed in.
#[utoipa::path(get, path = "/me", tag = "people", responses((status = 200, body = Me)))]
async fn read_me(asked: Asked) -> Answer<Me> {
    Ok(Json(people::me(&asked.app, &asked.caller).await?.into()))
}

/// Change your own name.
#[utoipa::path(put, path = "/me", tag = "people", request_body = MeChange, responses((status = 200, body = Me)))]
async fn rename_me(asked: Asked, Sent(change): Sent<MeChange>) -> Answer<Me> {
    let me = people::rename(&asked.app, &asked.caller, &change.name).await?;
    Ok(Json(me.into()))
}

/// List the members, strongest role first. Needs an admin.
#[utoipa::path(get, path = "/members", tag = "people", params(Paging), responses((status = 200, body = List<Member>)))]
async fn list_members(asked: Asked, Params(paging): Params<Paging>) -> Answer<List<Member>> {
    let page = page(paging.limit, paging.after)?;
    Ok(paged(
        people::members(&asked.app, &asked.caller, &page).await?,
    ))
}

/// Make somebody a member, and mail them a sign-in link. Needs an admin; for an owner, an owner.
#[utoipa::path(
    post, path = "/members", tag = "people", request_body = Invitation,
    responses((status = 201, body = Member, headers(("Location" = String, description = "Its address."))))
)]
async fn invite_member(
    asked: Asked,
    Sent(invitation): Sent<Invitation>,
) -> Result<Created<Member>, Failure> {
    let member = people::invite(
        &asked.app,
        &asked.caller,
        &invitation.email,
        invitation.role,
    )
    .await?;
    Ok(Created(
        asked.address(&format!("/members/{}", member.id)),
        member.into(),
    ))
}

/// Give a member another role. Needs an admin; for an owner, an owner. The last owner stays.
#[utoipa::path(
    put, path = "/members/{id}", tag = "people", params(OneMember), request_body = RoleChoice,
    responses((status = 204, description = "They have it."))
)]
async fn set_member_role(
    asked: Asked,
    At(at): At<OneMember>,
    Sent(choice): Sent<RoleChoice>,
) -> Done {
    people::set_role(&asked.app, &asked.caller, at.id, choice.role).await?;
    Ok(DONE)
}

/// End a membership. The person stays a voter. The last owner stays.
#[utoipa::path(
    delete, path = "/members/{id}", tag = "people", params(OneMember),
    responses((status = 204, description = "They are no member any more."))
)]
async fn end_membership(asked: Asked, At(at): At<OneMember>) -> Done {
    people::set_role(&asked.app, &asked.caller, at.id, Role::Voter).await?;
    Ok(DONE)
}
