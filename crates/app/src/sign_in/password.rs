//! Signing in by password, and setting one.

use std::time::Duration;

use upvow_domain::{
    Caller, Invalid, SessionId, Time,
    access::Via,
    secret::{Email, Password, PasswordHash},
};
use upvow_store::{people, sessions};

use super::{SignedIn, begin, next};
use crate::{
    App, AppError, Result, access, audit, password,
    throttle::{self, Limit},
};

/// Of tries at one account, wherever they come from.
const PER_ADDRESS: Limit = Limit {
    name: "password of",
    burst: 10,
    every: Duration::from_secs(30),
};
/// Of tries from one network.
const PER_NETWORK: Limit = Limit {
    name: "password from",
    burst: 60,
    every: Duration::from_secs(5),
};
/// Whoever sets a first password must have signed in this recently, so that a browser left open is not an account lost.
const FRESH_FOR: Duration = Duration::from_hours(1);

/// Signs in by password. Wrong address and wrong password are one answer in the same time.
pub async fn by_password(
    app: &App,
    email: &str,
    password: String,
    next: &str,
    device: &str,
    from: &str,
) -> Result<SignedIn> {
    let password = Password::new(password);
    let email = Email::parse(email)?;
    let now = app.now();
    app.throttle()
        .take(&PER_NETWORK, &throttle::network(from), now)?;
    app.throttle().take(&PER_ADDRESS, email.expose(), now)?;

    let mut tx = app.db.read().await?;
    let person = people::by_email(&mut tx, &email).await?;
    drop(tx);
    let kept = person.as_ref().and_then(|p| p.password_hash.clone());
    let right = password::is_right(password, kept.clone()).await?;
    let Some(person) = person.filter(|_| right) else {
        return Err(wrong());
    };

    let mut tx = app.db.write().await?;
    // The password may have been changed while the old one was being compared.
    let there = people::find(&mut tx, person.id).await?;
    let kept_now = there.and_then(|person| person.password_hash);
    if kept_now.as_ref().map(PasswordHash::expose) != kept.as_ref().map(PasswordHash::expose) {
        return Err(wrong());
    }
    let secret = begin(&mut tx, app, person.id, device).await?;
    tx.commit().await?;
    Ok(SignedIn {
        secret,
        next: next::local(next).to_owned(),
    })
}

/// Shows again that it is still the person of this session who sits there: for what a browser left open must not do.
pub async fn prove(app: &App, caller: &Caller, password: String) -> Result<()> {
    let person = access::own_account(caller)?;
    let Via::Session(session) = caller.via else {
        return Err(AppError::SignInNeeded);
    };
    let password = Password::new(password);
    let found = {
        let mut tx = app.db.read().await?;
        people::find(&mut tx, person).await?
    };
    let found = found.ok_or(AppError::NotFound)?;
    app.throttle()
        .take(&PER_ADDRESS, found.email.expose(), app.now())?;
    if !password::is_right(password, found.password_hash).await? {
        return Err(Invalid::new("password", "this is not your password").into());
    }
    let mut tx = app.db.write().await?;
    sessions::set_authenticated(&mut tx, person, session, app.now()).await?;
    Ok(tx.commit().await?)
}

fn wrong() -> AppError {
    Invalid::new(
        "password",
        "address and password do not fit; you can also ask for a sign-in link",
    )
    .into()
}

/// Sets or changes one's own password; ends the other sessions. `current` is needed if there is one; without one, the
/// session must be fresh.
pub async fn set_password(
    app: &App,
    caller: &Caller,
    current: Option<String>,
    new: String,
) -> Result<()> {
    let person = access::own_account(caller)?;
    let current = current.map(Password::new);
    let new = Password::chosen(new).map_err(|invalid| Invalid::new("new", invalid.message))?;
    let session = match caller.via {
        Via::Session(id) => Some(id),
        _ => None,
    };

    let mut tx = app.db.read().await?;
    let before = people::find(&mut tx, person).await?;
    let before = before.ok_or(AppError::NotFound)?;
    let authenticated_at = authenticated_at(&mut tx, caller, session).await?;
    drop(tx);

    if let Some(kept) = before.password_hash.clone() {
        app.throttle()
            .take(&PER_ADDRESS, before.email.expose(), app.now())?;
        let current = current.unwrap_or_else(|| Password::new(String::new()));
        if !password::is_right(current, Some(kept)).await? {
            return Err(Invalid::new("current", "this is not your password").into());
        }
    } else if app.now().since(authenticated_at) > FRESH_FOR {
        return Err(AppError::Conflict {
            code: "sign_in_again",
            message: "You signed in a while ago. Sign out and in again, then set a password."
                .to_owned(),
        });
    }
    let hash = password::hash(new).await?;

    let mut tx = app.db.write().await?;
    people::set_password(&mut tx, person, &hash).await?;
    sessions::delete_others(&mut tx, person, session).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "person.password_set",
        &person.to_string(),
        "",
    )
    .await?;
    Ok(tx.commit().await?)
}

/// When the caller last proved who they are; the program is always fresh.
async fn authenticated_at(
    tx: &mut upvow_db::Tx,
    caller: &Caller,
    session: Option<SessionId>,
) -> Result<Time> {
    let Some(id) = session else {
        return Ok(Time(i64::MAX));
    };
    let person = access::person(caller)?;
    let at = sessions::authenticated_at(tx, person, id).await?;
    at.ok_or(AppError::SignInNeeded)
}
