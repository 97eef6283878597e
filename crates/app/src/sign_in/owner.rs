//! The first owner: there is no default password, only a link that is printed where the program was started.

use std::time::Duration;

use upvow_domain::{
    Caller, Invalid, Role, board,
    secret::{Email, LinkSecret, Password},
};
use upvow_store::{
    members,
    one_time_links::{self, NewLink},
    people,
};

use super::{SignedIn, begin, link};
use crate::{App, AppError, Result, audit, password, projects, random};

/// What these links are called in the database.
const PURPOSE: &str = "owner";

/// How long an owner link works; each start of the program makes a new one.
const WORKS_FOR: Duration = Duration::from_hours(24);

/// A new one-time link that makes its user the owner of a new project; `None` once there is an owner.
/// Older unused owner links end.
pub async fn owner_link(app: &App) -> Result<Option<LinkSecret>> {
    let mut tx = app.db.write().await?;
    if members::has_any_owner(&mut tx).await? {
        return Ok(None);
    }
    one_time_links::delete_all(&mut tx, PURPOSE).await?;
    let secret = random::secret();
    let new = NewLink {
        secret_hash: &random::hash(&secret),
        purpose: PURPOSE,
        email: None,
        name: None,
        next_path: "/",
        expires_at: app.now().plus(WORKS_FOR),
    };
    one_time_links::insert(&mut tx, &new, app.now()).await?;
    tx.commit().await?;
    Ok(Some(LinkSecret::new(secret)))
}

/// The first owner comes: makes project, account and session. `password` may be empty (sign-in links work then).
/// Input that is refused does not use the link up.
pub async fn claim(
    app: &App,
    secret: &LinkSecret,
    project: &str,
    email: &str,
    name: &str,
    password: String,
    device: &str,
) -> Result<SignedIn> {
    let password = Password::new(password);
    let (email, name) = checked(project, email, name, &password)?;
    let hash = if password.expose().is_empty() {
        None
    } else {
        Some(password::hash(password).await?)
    };

    let mut tx = app.db.write().await?;
    let link_hash = random::hash(secret.expose());
    let used = one_time_links::take(&mut tx, PURPOSE, &link_hash, app.now()).await?;
    used.ok_or_else(link::ended)?;
    if members::has_any_owner(&mut tx).await? {
        return Err(link::ended());
    }
    let project = projects::found(&mut tx, app, project).await?;
    let owner = link::person_of(&mut tx, app, &email, Some(&name)).await?;
    if let Some(hash) = &hash {
        people::set_password(&mut tx, owner.id, hash).await?;
    }
    let role = Role::Owner.name();
    members::insert(&mut tx, project.id, owner.id, role, app.now()).await?;
    let caller = Caller {
        person: Some(owner.id),
        ..Caller::program(project.id)
    };
    audit::note(
        &mut tx,
        app,
        &caller,
        "project.claimed",
        &project.id.to_string(),
        "",
    )
    .await?;
    let secret = begin(&mut tx, app, owner.id, device).await?;
    tx.commit().await?;
    Ok(SignedIn {
        secret,
        next: format!("/p/{}", project.slug),
    })
}

/// Checks every field, so that all that is wrong is said at once.
fn checked(project: &str, email: &str, name: &str, password: &Password) -> Result<(Email, String)> {
    let project = board::name("project", project);
    let email = Email::parse(email);
    let name = board::name("name", name);
    let chosen = match password.expose() {
        "" => Ok(()),
        text => Password::chosen(text.to_owned()).map(drop),
    };
    match (project, email, name, chosen) {
        (Ok(_), Ok(email), Ok(name), Ok(())) => Ok((email, name)),
        (project, email, name, chosen) => {
            let wrong: [Option<Invalid>; 4] =
                [project.err(), email.err(), name.err(), chosen.err()];
            Err(AppError::Invalid(wrong.into_iter().flatten().collect()))
        }
    }
}
