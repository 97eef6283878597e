//! API tokens. A token acts as the person who made it, within its scopes and never beyond that person's role of now.

use upvow_domain::{
    Caller, Scope, Time, TokenId,
    page::{Page, PageOf},
    secret::ApiSecret,
};

use crate::{App, Result};

/// A token, without its secret.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What its maker called it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used.
    pub used_at: Option<Time>,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
}

/// Makes a token; the secret is shown this once. `days` until it ends, `None` for never.
pub async fn create(
    app: &App,
    caller: &Caller,
    name: &str,
    scopes: &[Scope],
    days: Option<u32>,
) -> Result<(Token, ApiSecret)> {
    todo!()
}

/// The caller's own living tokens in this project.
pub async fn list(app: &App, caller: &Caller, page: &PageOf) -> Result<Page<Token>> {
    todo!()
}

/// Ends one of the caller's own tokens.
pub async fn revoke(app: &App, caller: &Caller, id: TokenId) -> Result<()> {
    todo!()
}
