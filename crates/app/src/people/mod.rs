//! The people of the board: members and their roles, one's own account and sessions.

mod members;

pub use members::{invite, members, set_role};
use upvow_domain::{Caller, PersonId, Role, SessionId, Time, access::Via, board, secret::Email};
use upvow_store::{people, sessions as stored_sessions};

use crate::{App, AppError, Result, access, audit};

/// One's own account.
#[derive(Debug, Clone)]
pub struct Me {
    /// Their id.
    pub id: PersonId,
    /// Their name on the board.
    pub name: String,
    /// Their address.
    pub email: Email,
    /// What they are in this project.
    pub role: Role,
    /// Whether they have a password.
    pub has_password: bool,
}

/// A member of the project.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their id.
    pub id: PersonId,
    /// Their name on the board.
    pub name: String,
    /// Their address; admins see it.
    pub email: Email,
    /// What they are.
    pub role: Role,
    /// Since when.
    pub since: Time,
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// `Firefox on Linux`: a guess from what the browser said.
    pub device: String,
    /// Whether it is the one asking.
    pub is_this: bool,
    /// When it was last used.
    pub seen_at: Time,
    /// When it began.
    pub created_at: Time,
}

/// The caller's own account.
pub async fn me(app: &App, caller: &Caller) -> Result<Me> {
    let person = access::person(caller)?;
    let mut tx = app.db.read().await?;
    let row = people::find(&mut tx, person).await?;
    Ok(own(caller, row.ok_or(AppError::NotFound)?))
}

fn own(caller: &Caller, row: people::Person) -> Me {
    Me {
        id: row.id,
        name: row.name,
        email: row.email,
        role: caller.role,
        has_password: row.password_hash.is_some(),
    }
}

/// Changes one's own name: 1 to 60 characters.
pub async fn rename(app: &App, caller: &Caller, name: &str) -> Result<Me> {
    let person = access::own_account(caller)?;
    let name = board::name("name", name)?;
    let mut tx = app.db.write().await?;
    people::rename(&mut tx, person, &name).await?;
    let row = people::find(&mut tx, person).await?;
    let me = own(caller, row.ok_or(AppError::NotFound)?);
    tx.commit().await?;
    Ok(me)
}

/// One's own sessions, newest use first.
pub async fn sessions(app: &App, caller: &Caller) -> Result<Vec<Session>> {
    let person = access::own_account(caller)?;
    let mut tx = app.db.read().await?;
    let rows = stored_sessions::list(&mut tx, person, app.now()).await?;
    Ok(rows
        .into_iter()
        .map(|row| Session {
            is_this: caller.via == Via::Session(row.id),
            id: row.id,
            device: row.device,
            seen_at: row.seen_at,
            created_at: row.created_at,
        })
        .collect())
}

/// Ends one of one's own sessions.
pub async fn end_session(app: &App, caller: &Caller, id: SessionId) -> Result<()> {
    let person = access::own_account(caller)?;
    let mut tx = app.db.write().await?;
    if !stored_sessions::delete(&mut tx, person, id).await? {
        return Err(AppError::NotFound);
    }
    audit::note(&mut tx, app, caller, "session.ended", &id.to_string(), "").await?;
    Ok(tx.commit().await?)
}
