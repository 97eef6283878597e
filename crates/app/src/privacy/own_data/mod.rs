//! The data of somebody of the board, in their own hands: what there is, a copy of it, and its end. What belongs to it says
//! the registry.
//!
//! - `copy`: the file; `account`: deleting the account.

mod account;
mod copy;

pub use account::{Farewell, Words, delete};
pub use copy::{FORMAT, SCHEMA, SCHEMA_PATH, TYP, download};
use upvow_domain::{
    Caller, PersonId,
    secret::{Email, Password},
};
use upvow_store::{own_data as stored, people, sessions};

use super::registry::{self, Entry};
use crate::{App, AppError, Result, access, password, throttle::Limit};

/// Of tries to prove who one is.
const PROOFS: Limit = Limit {
    name: "own data of",
    burst: 10,
    every: std::time::Duration::from_mins(1),
};
/// Whoever has no password must have signed in this recently.
const FRESH_FOR: std::time::Duration = std::time::Duration::from_hours(1);

/// What is held of the caller.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Table by table, the empty ones too.
    pub tables: Vec<Held>,
    /// Whether acting on it asks for the password; without one, for a fresh sign-in.
    pub has_password: bool,
    /// Whether the sign-in is fresh enough for an account without a password.
    pub is_fresh: bool,
    /// Projects that only they own: these need another owner before the account can go.
    pub only_owner_of: Vec<String>,
}

/// What is held in one table.
#[derive(Debug, Clone)]
pub struct Held {
    /// What a row is.
    pub title: &'static str,
    /// Its name in a copy.
    pub table: &'static str,
    /// How many rows are theirs.
    pub count: i64,
    /// Its fields.
    pub fields: Vec<Entry>,
    /// How long it is kept.
    pub kept: String,
    /// What becomes of it when the account is deleted.
    pub afterwards: String,
}

/// What is held of the caller. Needs somebody signed in, in a browser.
pub async fn overview(app: &App, caller: &Caller) -> Result<Overview> {
    let (person, found) = own(app, caller).await?;
    let terms = &app.settings.retention;
    let mut tx = app.db.read().await?;
    let counts = registry::copy::count_of_person(&mut tx, person, &found.email).await?;
    let only_owner_of = stored::only_owned(&mut tx, person).await?;
    drop(tx);
    let mut tables = Vec::with_capacity(counts.len());
    for held in counts {
        let fields: Vec<Entry> = registry::entries(terms)
            .filter(|entry| entry.table == held.table.name)
            .collect();
        tables.push(Held {
            title: held.table.title,
            table: held.table.name,
            count: held.count,
            kept: registry::kept(held.table.term, terms),
            afterwards: afterwards(&fields),
            fields,
        });
    }
    Ok(Overview {
        tables,
        has_password: found.password_hash.is_some(),
        is_fresh: is_fresh(app, caller).await?,
        only_owner_of: only_owner_of
            .into_iter()
            .map(|project| project.name)
            .collect(),
    })
}

/// What an erasure does to a table, in the words of its fields.
fn afterwards(fields: &[Entry]) -> String {
    let has = |what: &str| fields.iter().any(|field| field.erasure == what);
    let reason = fields.iter().find_map(|field| field.erasure_reason);
    match (
        has("row deleted"),
        has("emptied"),
        has("replaced by no name"),
    ) {
        (true, ..) => "Deleted.".to_owned(),
        (_, _, true) => "Counted on without a name.".to_owned(),
        (_, true, _) => format!(
            "Your name is taken off; {}.",
            reason.unwrap_or("the rest stays")
        ),
        _ => format!("Kept: {}.", reason.unwrap_or_default()),
    }
}

async fn own(app: &App, caller: &Caller) -> Result<(PersonId, people::Person)> {
    let person = access::own_account(caller)?;
    let mut tx = app.db.read().await?;
    let found = people::find(&mut tx, person).await?;
    Ok((person, found.ok_or(AppError::NotFound)?))
}

async fn is_fresh(app: &App, caller: &Caller) -> Result<bool> {
    let person = access::own_account(caller)?;
    let upvow_domain::access::Via::Session(session) = caller.via else {
        return Ok(false);
    };
    let mut tx = app.db.read().await?;
    let at = sessions::authenticated_at(&mut tx, person, session).await?;
    Ok(at.is_some_and(|at| app.now().since(at) <= FRESH_FOR))
}

/// Shows that it is still the person of this session who sits there: a browser left open must not be enough.
async fn prove(app: &App, caller: &Caller, given: Option<String>) -> Result<PersonId> {
    let (person, found) = own(app, caller).await?;
    app.throttle()
        .take(&PROOFS, &person.to_string(), app.now())?;
    if let Some(kept) = found.password_hash {
        let given = Password::new(given.unwrap_or_default());
        if !password::is_right(given, Some(kept)).await? {
            return Err(upvow_domain::Invalid::new("password", "this is not your password").into());
        }
    } else if !is_fresh(app, caller).await? {
        return Err(AppError::Conflict {
            code: "sign_in_again",
            message:
                "You signed in a while ago. Sign out and in again, then come back to this page."
                    .to_owned(),
        });
    }
    Ok(person)
}

/// Whether an address is the one that was typed to confirm.
fn is_same(email: &Email, typed: &str) -> bool {
    Email::parse(typed).is_ok_and(|typed| typed.expose() == email.expose())
}
