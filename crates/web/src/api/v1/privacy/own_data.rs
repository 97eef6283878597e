//! One's own data: what is held, a copy of it, and deleting the account. For a signed-in browser only: a token that leaks must
//! not become an account that is lost.

use axum::{Json, response::Response};
use serde::{Deserialize, Serialize};
use upvow_app::privacy::own_data::{self, Held, Words};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Web,
    api::{asked::Asked, input::Sent, output::Answer},
    failure::Failure,
    pages::own_data_file,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read_own_data))
        .routes(routes!(copy_own_data))
        .routes(routes!(delete_own_account))
}

/// What is held of you.
#[derive(Serialize, ToSchema)]
struct OwnData {
    records: Vec<OwnRecord>,
    /// Whether a copy and the deletion ask for your password; without one, for a sign-in of the last hour.
    has_password: bool,
    /// Projects that need another owner before your account can be deleted.
    only_owner_of: Vec<String>,
}

/// A kind of record.
#[derive(Serialize, ToSchema)]
struct OwnRecord {
    table: &'static str,
    title: &'static str,
    /// How many are yours.
    count: i64,
    /// How long, in words.
    kept: String,
    /// What becomes of it when the account is deleted.
    afterwards: String,
}

impl From<Held> for OwnRecord {
    fn from(held: Held) -> OwnRecord {
        OwnRecord {
            table: held.table,
            title: held.title,
            count: held.count,
            kept: held.kept,
            afterwards: held.afterwards,
        }
    }
}

/// Shows that it is you.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// Your password, if the account has one.
    password: Option<String>,
}

/// What is to be deleted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Deletion {
    /// Your password, if the account has one.
    password: Option<String>,
    /// Your own address, to confirm.
    #[schema(format = "email", example = "ana@example.com")]
    email: String,
    /// Whether your comments and the words of your posts go, too.
    #[serde(default)]
    with_words: bool,
}

/// What was deleted.
#[derive(Serialize, ToSchema)]
struct Deleted {
    /// Posts that stay without your name.
    posts: usize,
    /// Comments that stay without your name, or went.
    comments: usize,
    /// Whether the words went, too.
    with_words: bool,
}

/// Read what is held of you, kind by kind. Needs a signed-in browser.
#[utoipa::path(get, path = "/me/data", tag = "privacy", responses((status = 200, body = OwnData)))]
async fn read_own_data(asked: Asked) -> Answer<OwnData> {
    let held = own_data::overview(&asked.app, &asked.caller).await?;
    Ok(Json(OwnData {
        records: held.tables.into_iter().map(OwnRecord::from).collect(),
        has_password: held.has_password,
        only_owner_of: held.only_owner_of,
    }))
}

/// Get a copy of everything that is held of you. Its schema is at `/trust/schemas/own-data.json`. Needs a signed-in browser.
#[utoipa::path(
    post, path = "/me/data/copy", tag = "privacy", request_body = Proof,
    responses((status = 200, description = "The copy.", content_type = "application/json", body = Object))
)]
async fn copy_own_data(asked: Asked, Sent(proof): Sent<Proof>) -> Result<Response, Failure> {
    let json = own_data::download(&asked.app, &asked.caller, proof.password).await?;
    Ok(own_data_file(json))
}

/// Delete your account, in all projects, for good. Needs a signed-in browser.
#[utoipa::path(
    post, path = "/me/data/delete", tag = "privacy", request_body = Deletion,
    responses((status = 200, body = Deleted))
)]
async fn delete_own_account(asked: Asked, Sent(deletion): Sent<Deletion>) -> Answer<Deleted> {
    let words = if deletion.with_words {
        Words::Go
    } else {
        Words::Stay
    };
    let (app, caller) = (&asked.app, &asked.caller);
    let done = own_data::delete(app, caller, deletion.password, &deletion.email, words).await?;
    Ok(Json(Deleted {
        posts: done.posts,
        comments: done.comments,
        with_words: done.words == Words::Go,
    }))
}
