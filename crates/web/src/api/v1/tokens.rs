//! API tokens.

use serde::{Deserialize, Serialize};
use upvow_app::tokens;
use upvow_domain::{Scope, TokenId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::posts::Paging;
use crate::{
    Web,
    api::{
        asked::Asked,
        input::{At, Params, Sent, page},
        output::{Answer, Created, DONE, Done, List, moment, paged},
        words,
    },
    failure::Failure,
};

pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(revoke_token))
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
struct Token {
    #[schema(value_type = words::TokenIdWord)]
    id: String,
    #[schema(example = "Nightly export")]
    name: String,
    #[schema(value_type = Vec<words::ScopeWord>)]
    scopes: Vec<&'static str>,
    #[schema(value_type = words::TimeWord)]
    created_at: String,
    #[schema(value_type = Option<words::TimeWord>)]
    used_at: Option<String>,
    #[schema(value_type = Option<words::TimeWord>)]
    expires_at: Option<String>,
}

impl From<tokens::Token> for Token {
    fn from(token: tokens::Token) -> Token {
        Token {
            id: token.id.to_string(),
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::name).collect(),
            created_at: token.created_at.rfc3339(),
            used_at: moment(token.used_at),
            expires_at: moment(token.expires_at),
        }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
struct NewToken {
    #[serde(flatten)]
    token: Token,
    /// What to send as bearer token. It is shown this once.
    #[schema(example = "upvow_...")]
    secret: String,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenInput {
    /// What it is for.
    #[schema(min_length = 1, max_length = 60, example = "Nightly export")]
    name: String,
    /// What it may do, within what you may.
    #[schema(value_type = Vec<words::ScopeWord>, min_items = 1)]
    scopes: Vec<Scope>,
    /// After how many days it ends; never if left out.
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OneToken {
    /// The token's id.
    #[param(value_type = words::TokenIdWord)]
    id: TokenId,
}

/// List your own living tokens of this project.
#[utoipa::path(get, path = "/tokens", tag = "tokens", params(Paging), responses((status = 200, body = List<Token>)))]
async fn list_tokens(asked: Asked, Params(paging): Params<Paging>) -> Answer<List<Token>> {
    let page = page(paging.limit, paging.after)?;
    Ok(paged(tokens::list(&asked.app, &asked.caller, &page).await?))
}

/// Make a token. It acts as you, within its scopes, and never beyond your role of the moment.
#[utoipa::path(
    post, path = "/tokens", tag = "tokens", request_body = TokenInput,
    responses((status = 201, body = NewToken, headers(("Location" = String, description = "Its address."))))
)]
async fn create_token(
    asked: Asked,
    Sent(input): Sent<TokenInput>,
) -> Result<Created<NewToken>, Failure> {
    let (token, secret) = tokens::create(
        &asked.app,
        &asked.caller,
        &input.name,
        &input.scopes,
        input.days,
    )
    .await?;
    Ok(Created(
        asked.address(&format!("/tokens/{}", token.id)),
        NewToken {
            token: token.into(),
            secret: secret.expose().to_owned(),
        },
    ))
}

/// End one of your own tokens.
#[utoipa::path(
    delete, path = "/tokens/{id}", tag = "tokens", params(OneToken),
    responses((status = 204, description = "It is ended."))
)]
async fn revoke_token(asked: Asked, At(at): At<OneToken>) -> Done {
    tokens::revoke(&asked.app, &asked.caller, at.id).await?;
    Ok(DONE)
}
