//! One's own data: what is held, a copy of it, and deleting the account.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use upvow_app::{
    AppError,
    people::Me,
    privacy::own_data::{self, Farewell, Overview, SCHEMA, SCHEMA_PATH, Words},
    projects,
};

use super::super::{
    errors::Errors,
    fields::{Asked, Fields},
    filters,
    frame::{Frame, Part, show, show_as},
};
use crate::{Ctx, PageError, Visit, Web, cookie};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/account/data", get(read))
        .route("/account/data/copy", post(copy))
        .route("/account/data/delete", post(delete))
        .route(SCHEMA_PATH, get(schema))
}

#[derive(Template)]
#[template(path = "own_data.html")]
struct OwnData {
    frame: Frame,
    me: Me,
    held: Overview,
    typed: Fields,
    copy_errors: Errors,
    delete_errors: Errors,
}

impl OwnData {
    fn total(&self) -> i64 {
        self.held.tables.iter().map(|table| table.count).sum()
    }

    /// Which categories a table has, in words.
    fn categories(&self, table: &own_data::Held) -> String {
        let mut names: Vec<&str> = vec![];
        for field in &table.fields {
            if !names.contains(&field.category) {
                names.push(field.category);
            }
        }
        names.join(", ")
    }

    fn takes_words(&self) -> bool {
        self.typed.get("words") == "go"
    }
}

#[derive(Template)]
#[template(path = "own_data_gone.html")]
struct Gone {
    frame: Frame,
    done: Farewell,
}

impl Gone {
    fn words_stay(&self) -> bool {
        self.done.words == Words::Stay
    }
}

/// Like the account's page, it is seen from the first project.
async fn enter(visit: Visit) -> Result<(Ctx, Me), PageError> {
    let project = projects::first(&visit.app)
        .await?
        .ok_or(AppError::SignInNeeded)?;
    let ctx = visit.enter(project).await?;
    let me = ctx.me.clone().ok_or(AppError::SignInNeeded)?;
    Ok((ctx, me))
}

async fn read(visit: Visit, asked: Asked) -> Result<Response, PageError> {
    let (ctx, me) = enter(visit).await?;
    let none = Errors::default;
    page(&ctx, me, Fields::default(), none(), none(), &asked).await
}

async fn page(
    ctx: &Ctx,
    me: Me,
    typed: Fields,
    copy_errors: Errors,
    delete_errors: Errors,
    asked: &Asked,
) -> Result<Response, PageError> {
    let status = if copy_errors.status().is_success() {
        delete_errors.status()
    } else {
        copy_errors.status()
    };
    let page = OwnData {
        frame: Frame::of(ctx, Part::Other, "Your data").with_notice(asked),
        me,
        held: own_data::overview(&ctx.app, &ctx.caller).await?,
        typed,
        copy_errors,
        delete_errors,
    };
    show_as(status, &page)
}

async fn copy(visit: Visit, fields: Fields) -> Result<Response, PageError> {
    let (ctx, me) = enter(visit).await?;
    match own_data::download(&ctx.app, &ctx.caller, fields.some("password")).await {
        Ok(json) => Ok(file(json)),
        Err(error) => {
            let errors = Errors::of(error)?;
            let (none, asked) = (Errors::default(), Asked::default());
            page(&ctx, me, Fields::default(), errors, none, &asked).await
        }
    }
}

/// A file that no cache keeps: the answer's heads say `no-store` like those of every page.
pub(crate) fn file(json: Vec<u8>) -> Response {
    let heads = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"my-data.json\"",
        ),
    ];
    (heads, json).into_response()
}

async fn delete(
    State(web): State<Web>,
    visit: Visit,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, PageError> {
    let frame = Frame::outside(&visit, "Your account is deleted");
    let (ctx, me) = enter(visit).await?;
    let words = if fields.get("words") == "go" {
        Words::Go
    } else {
        Words::Stay
    };
    let tried = if fields.is_on("sure") {
        let (password, typed) = (fields.some("password"), fields.get("email"));
        own_data::delete(&ctx.app, &ctx.caller, password, typed, words).await
    } else {
        Err(upvow_domain::Invalid::new("sure", "tick this to go on").into())
    };
    match tried {
        Ok(done) => {
            let jar = jar.add(cookie::clear_cookie(&web));
            Ok((jar, show(&Gone { frame, done })?).into_response())
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            let (none, asked) = (Errors::default(), Asked::default());
            page(&ctx, me, fields, none, errors, &asked).await
        }
    }
}

async fn schema() -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], SCHEMA).into_response()
}
