//! Disconnecting: what will happen, and what did.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::header,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use upvow_app::{
    AppError,
    connect::{
        self, Connection, State,
        goodbye::{self, Goodbye, Step},
    },
    privacy::receipt,
};
use upvow_domain::Time;

use super::{
    connections::keys,
    errors::Errors,
    fields::{Asked, id},
    filters,
    frame::{Frame, Part, show, show_as},
    panel::site,
    settings::admins_only,
    words::{When, count},
};
use crate::{Ctx, PageError, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/p/{project}/settings/connections/{id}/disconnect",
            get(confirm).post(disconnect),
        )
        .route("/p/{project}/settings/connections/{id}/goodbye", get(read))
        .route(
            "/p/{project}/settings/connections/{id}/receipt.jwt",
            get(receipt),
        )
}

#[derive(Template)]
#[template(path = "disconnect.html")]
struct Confirm {
    frame: Frame,
    connection: Connection,
    minutes: u64,
    errors: Errors,
}

impl Confirm {
    fn links(&self) -> String {
        match self.connection.links {
            1 => "1 link to Jira ends: its key stays on the post as a plain label".to_owned(),
            links => format!(
                "{} to Jira end: their keys stay on the posts as plain labels",
                count(links, "link")
            ),
        }
    }

    fn site(&self) -> String {
        site(&self.connection)
    }

    fn keys(&self) -> String {
        keys(&self.connection)
    }
}

#[derive(Template)]
#[template(path = "goodbye.html")]
struct Told {
    frame: Frame,
    connection: Connection,
    goodbye: Goodbye,
    has_receipt: bool,
    now: Time,
}

impl Told {
    fn site(&self) -> String {
        site(&self.connection)
    }

    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    /// How a step looks: its class and its icon. Only what is certainly done looks done.
    fn look(&self, step: &Step) -> (&'static str, &'static str) {
        match step.result.as_str() {
            "done" | "confirmed" | "nothing_to_do" => ("done", "check"),
            "waiting" => ("waits", "clock"),
            "kept_shared" => ("", "info"),
            _ => ("asks", "alert"),
        }
    }

    /// What a step is about. Never that it is done: its result says that, once it is true.
    fn name<'a>(&self, step: &'a Step) -> &'a str {
        match step.name.as_str() {
            "stopped" => "Processing",
            "webhooks_deleted" => "Our webhooks in Jira",
            "revoked" => "The authorisation at Atlassian",
            "erased" => "Tokens and account id kept here",
            "key_destroyed" => "The key they were sealed with",
            other => other,
        }
    }

    /// The page at Atlassian where the person removes the app by hand, if that is asked of them.
    fn must_remove(&self) -> Option<&str> {
        let settled = self
            .goodbye
            .steps
            .iter()
            .any(|step| step.result == "confirmed");
        self.goodbye.remove_at.as_deref().filter(|_| !settled)
    }
}

async fn confirm(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let connection = connect::get(&ctx.app, &ctx.caller, id(&connection)?).await?;
    if matches!(connection.state, State::Disconnecting | State::Invalidated) {
        let there = format!(
            "/p/{project}/settings/connections/{}/goodbye",
            connection.id
        );
        return Ok(Redirect::to(&there).into_response());
    }
    asking(&ctx, connection, Errors::default())
}

fn asking(ctx: &Ctx, connection: Connection, errors: Errors) -> Result<Response, PageError> {
    let page = Confirm {
        frame: Frame::of(ctx, Part::Settings, "Disconnect Jira"),
        connection,
        minutes: ctx.app.settings.epoch_turn_within.as_secs() / 60,
        errors,
    };
    show_as(page.errors.status(), &page)
}

async fn disconnect(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let connection = id(&connection)?;
    match goodbye::disconnect(&ctx.app, &ctx.caller, connection).await {
        Ok(()) => {
            let there = format!("/p/{project}/settings/connections/{connection}/goodbye");
            Ok(Redirect::to(&there).into_response())
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            let connection = connect::get(&ctx.app, &ctx.caller, connection).await?;
            asking(&ctx, connection, errors)
        }
    }
}

async fn read(
    ctx: Ctx,
    Path((project, connection)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let connection = connect::get(&ctx.app, &ctx.caller, id(&connection)?).await?;
    if !matches!(connection.state, State::Disconnecting | State::Invalidated) {
        let there = format!("/p/{project}/settings/connections/{}", connection.id);
        return Ok(Redirect::to(&there).into_response());
    }
    let goodbye = goodbye::status(&ctx.app, &ctx.caller, connection.id).await?;
    let found = receipt::of_connection(&ctx.app, &ctx.caller, connection.id).await;
    let has_receipt = match found {
        Ok(_) => true,
        Err(AppError::NotFound) => false,
        Err(error) => return Err(error.into()),
    };
    show(&Told {
        frame: Frame::of(&ctx, Part::Settings, "Goodbye").with_notice(&asked),
        connection,
        goodbye,
        has_receipt,
        now: ctx.app.now(),
    })
}

/// The signed receipt, as a file: to be kept by whoever may be asked for it.
async fn receipt(
    ctx: Ctx,
    Path((_, connection)): Path<(String, String)>,
) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let connection = id(&connection)?;
    let text = receipt::of_connection(&ctx.app, &ctx.caller, connection).await?;
    let name = format!("attachment; filename=\"upvow-receipt-{connection}.jwt\"");
    let head = [
        (header::CONTENT_TYPE, "application/jwt".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((head, text + "\n").into_response())
}
