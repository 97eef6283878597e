//! API tokens. A token acts as the person who made it, within its scopes and never beyond that person's role of now.

use std::time::Duration;

use upvow_domain::{
    Caller, Invalid, Role, Scope, Time, TokenId, board,
    page::{Page, PageOf},
    secret::ApiSecret,
};
use upvow_store::api_tokens;

use crate::{App, AppError, Result, access, audit, cursor::Cursor, random, sign_in};

/// What every token begins with, so that one that got out can be found in texts by a machine.
const PREFIX: &str = "upvow_";
/// The longest life of a token that has an end: ten years.
const MOST_DAYS: u32 = 3_650;
/// The letter of this list's cursors.
const LIST: u8 = b'k';

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

/// Makes a token; the secret is shown this once. `days` until it ends, `None` for never. With a token, only one that
/// may do no more than that token can be made.
pub async fn create(
    app: &App,
    caller: &Caller,
    name: &str,
    scopes: &[Scope],
    days: Option<u32>,
) -> Result<(Token, ApiSecret)> {
    access::need(caller, Role::Voter, Scope::Admin)?;
    let person = access::person(caller)?;
    let name = board::name("name", name)?;
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Invalid::new("scopes", "choose at least one").into());
    }
    for &scope in &scopes {
        access::need(caller, Role::Voter, scope)?;
    }
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        return Err(Invalid::new("days", "use 1 to 3650 days").into());
    }
    let now = app.now();
    let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
    let row = api_tokens::Token {
        id: app.fresh_id(),
        name,
        scopes: names.join(" "),
        created_at: now,
        used_at: None,
        expires_at: days.map(|days| now.plus(Duration::from_hours(24) * days)),
    };
    let secret = format!("{PREFIX}{}", random::secret());
    let hash = random::hash(&secret);

    let mut tx = app.db.write().await?;
    api_tokens::insert(&mut tx, caller.project, person, &row, &hash).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "token.created",
        &row.id.to_string(),
        &row.scopes,
    )
    .await?;
    tx.commit().await?;
    Ok((token(row), ApiSecret::new(secret)))
}

fn token(row: api_tokens::Token) -> Token {
    Token {
        id: row.id,
        name: row.name,
        scopes: sign_in::scopes(&row.scopes),
        created_at: row.created_at,
        used_at: row.used_at,
        expires_at: row.expires_at,
    }
}

/// The caller's own living tokens in this project, newest first.
pub async fn list(app: &App, caller: &Caller, page: &PageOf) -> Result<Page<Token>> {
    access::need(caller, Role::Voter, Scope::Admin)?;
    let person = access::person(caller)?;
    let before = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    let rows = api_tokens::list(
        &mut tx,
        caller.project,
        person,
        before,
        app.now(),
        limit + 1,
    )
    .await?;
    Ok(Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id)).map(token))
}

/// Ends one of the caller's own tokens.
pub async fn revoke(app: &App, caller: &Caller, id: TokenId) -> Result<()> {
    access::need(caller, Role::Voter, Scope::Admin)?;
    let person = access::person(caller)?;
    let mut tx = app.db.write().await?;
    if !api_tokens::revoke(&mut tx, caller.project, person, id, app.now()).await? {
        return Err(AppError::NotFound);
    }
    audit::note(&mut tx, app, caller, "token.revoked", &id.to_string(), "").await?;
    Ok(tx.commit().await?)
}
