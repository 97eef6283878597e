//! An admin asks for a connection of their project. The session must be fresh: a browser left open is nobody's proof.

use std::time::Duration;

use upvow_domain::{
    Caller, CaseId, ConnectionId, Role, Scope, SessionId, access::Via, deadlines::Kind,
    secret::SessionSecret,
};
use upvow_store::{
    cases::exports::{self, Waiting},
    connections, sessions,
};

use super::{
    FETCH_WITHIN, Route, act, happened, law,
    open::{self, Opening},
    trip,
};
use crate::{
    App, AppError, Result,
    access::{need, own_account},
    random,
};

/// How recently an admin must have proved who they are.
const FRESH_FOR: Duration = Duration::from_mins(15);

/// Whether the caller proved who they are recently enough. Needs an admin.
pub async fn is_fresh(app: &App, caller: &Caller) -> Result<bool> {
    need(caller, Role::Admin, Scope::Admin)?;
    match fresh(app, caller).await {
        Ok(()) => Ok(true),
        Err(AppError::Conflict { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Asks for a copy of what is held for a connection, or for its deletion with all that is held of the account behind it.
/// Where the account serves other projects, too, only this project's ties end. Needs an admin in a fresh session; `session`
/// is its secret, and a copy can be fetched in it alone.
pub async fn ask(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    (kind, law_code): (Kind, &str),
    connection: ConnectionId,
) -> Result<CaseId> {
    need(caller, Role::Admin, Scope::Admin)?;
    fresh(app, caller).await?;
    let person = own_account(caller)?;
    let law = law(law_code)?;
    let mut tx = app.db.write().await?;
    let found = connections::get(&mut tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let opening = Opening {
        kind,
        route: Route::Admin,
        law,
        connection: Some(connection),
        grant: found.grant_id,
        cloud: None,
        person: Some(person),
        secret_hash: None,
        email: None,
        is_verified: true,
    };
    let id = open::open(&mut tx, app, caller, opening).await?;
    if kind == Kind::Export {
        let waiting = Waiting {
            suppressed_at: None,
            expires_at: app.now().plus(FETCH_WITHIN),
        };
        exports::insert(&mut tx, id, random::hash(session.expose()), &waiting).await?;
        happened(&mut tx, app, id, "copy_ready", "").await?;
    }
    tx.commit().await?;
    if kind == Kind::Deletion {
        let acted = match found.grant_id {
            Some(grant) => act::of_project(app, caller.project, grant).await?,
            None => act::Acted::default(),
        };
        trip::note(app, id, &acted).await?;
    }
    Ok(id)
}

async fn fresh(app: &App, caller: &Caller) -> Result<()> {
    let person = own_account(caller)?;
    let mut tx = app.db.read().await?;
    let at = match session_of(caller) {
        Some(session) => sessions::authenticated_at(&mut tx, person, session).await?,
        None => None,
    };
    let at = at.ok_or(AppError::SignInNeeded)?;
    if app.now().since(at) <= FRESH_FOR {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "sign_in_again",
        message: "You signed in a while ago. Show again that it is you; then ask.".to_owned(),
    })
}

const fn session_of(caller: &Caller) -> Option<SessionId> {
    match caller.via {
        Via::Session(id) => Some(id),
        _ => None,
    }
}
