//! Step 1: who authorises. Oneself, or a Jira admin by a link; and the links that are out.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::connect::{
    self, Connection, State,
    invites::{self, Invite, InviteState, Made},
    oauth::{self, Away},
};
use upvow_domain::{ConnectionId, InviteId, Time};

use super::{Step, Way};
use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields, id},
        filters,
        frame::{Frame, Part, show_as},
        panel::site,
        settings::admins_only,
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/p/{project}/settings/connections/who", get(ask).post(make))
        .route(
            "/p/{project}/settings/connections/who/{invite}/revoke",
            post(revoke),
        )
}

#[derive(Template)]
#[template(path = "connect_who.html")]
struct Page {
    frame: Frame,
    way: Way,
    has_jira: bool,
    invites: Vec<Invite>,
    away: Vec<Away>,
    /// Connections that a link could bring back.
    connections: Vec<Connection>,
    reconnect: Option<ConnectionId>,
    made: Option<Made>,
    email: String,
    errors: Errors,
    now: Time,
}

impl Page {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn is_chosen(&self, connection: &Connection) -> bool {
        self.reconnect == Some(connection.id)
    }

    fn is_out(&self, invite: &Invite) -> bool {
        matches!(
            invite.state,
            InviteState::Open | InviteState::Begun | InviteState::Authorised
        )
    }

    /// Somebody went to Atlassian and is not back.
    fn is_away(&self) -> bool {
        self.away.iter().any(|one| one.is_over)
    }
}

/// How a link stands: a class and a word.
fn words(invite: &Invite) -> (&'static str, &'static str) {
    match invite.state {
        InviteState::Open => ("calm", "Not used yet"),
        InviteState::Begun => ("warn", "At Atlassian"),
        InviteState::Authorised | InviteState::Done => ("ok", "Authorised"),
        InviteState::Revoked => ("plain", "Taken back"),
        InviteState::Expired => ("plain", "Expired"),
    }
}

fn of_connection(connection: &Connection) -> String {
    site(connection)
}

async fn ask(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    let reconnect = asked.0.id("reconnect");
    page(&ctx, &asked, reconnect, None, "", Errors::default()).await
}

async fn page(
    ctx: &Ctx,
    asked: &Asked,
    reconnect: Option<ConnectionId>,
    made: Option<Made>,
    email: &str,
    errors: Errors,
) -> Result<Response, PageError> {
    admins_only(ctx)?;
    let mut connections = connect::list(&ctx.app, &ctx.caller).await?;
    connections.retain(|one| matches!(one.state, State::Active | State::NeedsReconnect));
    let page = Page {
        frame: Frame::of(ctx, Part::Settings, "Who authorises?").with_notice(asked),
        way: Way {
            base: format!("/p/{}/settings/connections", ctx.project.slug),
            step: Step::Who,
            next: Step::Who,
            is_setup: true,
            site: "Jira".to_owned(),
            state: None,
        },
        has_jira: ctx.app.jira.is_some(),
        invites: invites::invites(&ctx.app, &ctx.caller).await?,
        away: oauth::away(&ctx.app, &ctx.caller).await?,
        connections,
        reconnect,
        made,
        email: email.to_owned(),
        errors,
        now: ctx.app.now(),
    };
    show_as(page.errors.status(), &page)
}

/// The address is in this answer and nowhere else, so there is no redirect to a page that could show it again.
async fn make(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    let reconnect = fields.id("reconnect");
    let email = fields.some("email");
    let tried = invites::invite(&ctx.app, &ctx.caller, reconnect, email.as_deref()).await;
    let asked = Asked::default();
    match tried {
        Ok(made) => page(&ctx, &asked, None, Some(made), "", Errors::default()).await,
        Err(error) => {
            let email = email.unwrap_or_default();
            page(&ctx, &asked, reconnect, None, &email, Errors::of(error)?).await
        }
    }
}

async fn revoke(
    ctx: Ctx,
    Path((project, invite)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let invite: InviteId = id(&invite)?;
    invites::revoke(&ctx.app, &ctx.caller, invite).await?;
    let there = format!("/p/{project}/settings/connections/who?done=link_revoked");
    Ok(Redirect::to(&there).into_response())
}
