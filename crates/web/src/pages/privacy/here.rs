//! An admin asks for a connection of the project, after showing again that it is them.

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use upvow_app::{
    AppError,
    connect::{self, Connection, State},
    privacy::requests::{Kind, here},
    sign_in,
};
use upvow_domain::{ConnectionId, Invalid, deadlines};

use crate::{
    Ctx, PageError, Web,
    pages::{
        errors::Errors,
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show_as},
        panel::site,
        settings::admins_only,
    },
};

pub(super) fn routes() -> Router<Web> {
    let base = "/p/{project}/settings/privacy/requests/new";
    Router::new()
        .route(base, get(form).post(ask))
        .route(&format!("{base}/confirm"), post(confirm))
}

#[derive(Template)]
#[template(path = "privacy_request_new.html")]
struct Form {
    frame: Frame,
    typed: Fields,
    connections: Vec<Connection>,
    laws: Vec<(&'static str, &'static str)>,
    is_fresh: bool,
    has_password: bool,
    email: String,
    errors: Errors,
}

impl Form {
    fn site(&self, connection: &Connection) -> String {
        site(connection)
    }

    fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.typed.get(name) == value
    }

    fn is_connection(&self, connection: &Connection) -> bool {
        self.typed.get("connection") == connection.id.to_string()
    }
}

async fn form(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    page(&ctx, asked.0, Errors::default()).await
}

async fn page(ctx: &Ctx, typed: Fields, errors: Errors) -> Result<Response, PageError> {
    let me = ctx.me.as_ref().ok_or(AppError::SignInNeeded)?;
    let mut connections = connect::list(&ctx.app, &ctx.caller).await?;
    connections.retain(|one| !matches!(one.state, State::Disconnecting | State::Invalidated));
    let form = Form {
        frame: Frame::of(ctx, Part::Settings, "Ask for a connection"),
        connections,
        laws: deadlines::table()
            .laws
            .iter()
            .map(|law| (law.code.as_str(), law.name.as_str()))
            .collect(),
        is_fresh: here::is_fresh(&ctx.app, &ctx.caller).await?,
        has_password: me.has_password,
        email: me.email.expose().to_owned(),
        typed,
        errors,
    };
    show_as(form.errors.status(), &form)
}

async fn ask(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let session = ctx.session.as_ref().ok_or(AppError::SignInNeeded)?;
    let kind = Kind::named(fields.get("kind"));
    let connection: Option<ConnectionId> = fields.id("connection");
    let asked = match (kind, connection) {
        (None, _) => Err(Invalid::new("kind", "choose a copy or deletion").into()),
        (_, None) => Err(Invalid::new("connection", "choose a connection").into()),
        (Some(kind), Some(connection)) => {
            let law = fields.get("law");
            here::ask(&ctx.app, &ctx.caller, session, (kind, law), connection).await
        }
    };
    match asked {
        Ok(case) => {
            let there = format!("/p/{}/settings/privacy/requests/{case}", ctx.project.slug);
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => page(&ctx, fields, Errors::of(error)?).await,
    }
}

async fn confirm(ctx: Ctx, fields: Fields) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let password = fields.get("password").to_owned();
    match sign_in::prove(&ctx.app, &ctx.caller, password).await {
        Ok(()) => {
            let there = format!("/p/{}/settings/privacy/requests/new", ctx.project.slug);
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => page(&ctx, fields, Errors::of(error)?).await,
    }
}
