//! The team: who belongs to it, and with which role.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::people::{self, Member};
use upvow_domain::{
    Invalid, PersonId, Role, Time,
    page::{Page, PageOf},
};

use super::{
    errors::Errors,
    fields::{Asked, Fields, id},
    filters,
    frame::{Frame, Part, show_as},
    settings::admins_only,
    words::{When, initial},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/members", get(read).post(invite))
        .route("/p/{project}/settings/members/{id}", post(set_role))
}

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    frame: Frame,
    members: Page<Member>,
    me: Option<PersonId>,
    is_owner: bool,
    email: String,
    role: Role,
    errors: Errors,
    now: Time,
}

impl MembersPage {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn letter(&self, name: &str) -> String {
        initial(Some(name))
    }

    fn is_me(&self, member: &Member) -> bool {
        self.me == Some(member.id)
    }

    /// Admins do not decide about owners.
    fn may_change(&self, member: &Member) -> bool {
        self.is_owner || member.role < Role::Owner
    }

    /// The roles this reader can give, strongest first.
    fn roles(&self) -> Vec<Role> {
        let most = if self.is_owner {
            Role::Owner
        } else {
            Role::Admin
        };
        let mut roles = Role::ALL.to_vec();
        roles.retain(|role| (Role::Moderator..=most).contains(role));
        roles.reverse();
        roles
    }
}

/// What a role is called.
fn role_name(role: &Role) -> &'static str {
    match role {
        Role::Voter => "Voter",
        Role::Moderator => "Moderator",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    page(&ctx, &asked, "", Role::Moderator, Errors::default()).await
}

async fn page(
    ctx: &Ctx,
    asked: &Asked,
    email: &str,
    role: Role,
    errors: Errors,
) -> Result<Response, PageError> {
    admins_only(ctx)?;
    let of = PageOf {
        limit: Some(50),
        after: asked.0.some("after"),
    };
    let page = MembersPage {
        frame: Frame::of(ctx, Part::Settings, "Members").with_notice(asked),
        members: people::members(&ctx.app, &ctx.caller, &of).await?,
        me: ctx.caller.person,
        is_owner: ctx.caller.at_least(Role::Owner),
        email: email.to_owned(),
        role,
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

async fn invite(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let email = fields.get("email");
    let role = Role::named(fields.get("role"));
    let tried = match role {
        Some(role) => people::invite(&ctx.app, &ctx.caller, email, role).await,
        None => Err(Invalid::new("role", "choose a role").into()),
    };
    match tried {
        Ok(_) => Ok(done(&ctx, "invited")),
        Err(error) => {
            let role = role.unwrap_or(Role::Moderator);
            page(&ctx, &Asked::default(), email, role, Errors::of(error)?).await
        }
    }
}

async fn set_role(
    ctx: Ctx,
    Path((_, person)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let person = id(&person)?;
    let role = Role::named(fields.get("role"));
    let tried = match role {
        Some(role) => people::set_role(&ctx.app, &ctx.caller, person, role).await,
        None => Err(Invalid::new("role", "choose a role").into()),
    };
    match tried {
        Ok(()) if role == Some(Role::Voter) => Ok(done(&ctx, "member_removed")),
        Ok(()) => Ok(done(&ctx, "role")),
        Err(error) => {
            let errors = Errors::of(error)?;
            page(&ctx, &Asked::default(), "", Role::Moderator, errors).await
        }
    }
}

fn done(ctx: &Ctx, what: &str) -> Response {
    let there = format!("/p/{}/settings/members?done={what}", ctx.project.slug);
    Redirect::to(&there).into_response()
}
