//! Members of a project and their roles.

use std::time::Duration;

use upvow_db::{DbError, Tx};
use upvow_domain::{
    Caller, Invalid, PersonId, Role, Scope, board,
    page::{Page, PageOf},
    secret::{Email, LinkSecret},
};
use upvow_store::{members as stored, projects};

use super::Member;
use crate::{App, AppError, Result, access, audit, cursor::Cursor, mail, sign_in, throttle::Limit};

/// The letter of this list's cursors.
const LIST: u8 = b'm';

/// Of letters one admin may have sent.
const INVITATIONS: Limit = Limit {
    name: "invitations of",
    burst: 50,
    every: Duration::from_mins(2),
};

/// The members, strongest role first. Needs an admin.
pub async fn members(app: &App, caller: &Caller, page: &PageOf) -> Result<Page<Member>> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let after = Cursor::of(page, LIST)?.map(|cursor| (cursor.key.cast_signed(), cursor.id()));
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    let rows = stored::list(&mut tx, caller.project, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| {
        Cursor::by_key(LIST, row.rank.cast_unsigned(), row.id)
    });
    let items = page.items.into_iter().map(member).collect::<Result<_>>()?;
    Ok(Page {
        items,
        next: page.next,
    })
}

fn member(row: stored::Member) -> Result<Member> {
    Ok(Member {
        id: row.id,
        name: row.name,
        email: row.email,
        role: sign_in::role(Some(&row.role))?,
        since: row.created_at,
    })
}

/// Makes somebody a member by address, and mails them a sign-in link. Needs an admin; for an owner, an owner.
pub async fn invite(app: &App, caller: &Caller, email: &str, role: Role) -> Result<Member> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let email = Email::parse(email)?;
    if role == Role::Voter {
        return Err(Invalid::new("role", "use moderator, admin or owner").into());
    }
    if role == Role::Owner {
        access::need(caller, Role::Owner, Scope::Admin)?;
    }
    let admin = caller.person.map_or_else(String::new, |id| id.to_string());
    app.throttle().take(&INVITATIONS, &admin, app.now())?;

    let mut tx = app.db.write().await?;
    let project = projects::find(&mut tx, caller.project).await?;
    let project = project.ok_or(AppError::NotFound)?;
    // A colleague is known by their address; somebody who has a name keeps it.
    let name = email.expose().split(['@', '+']).next().unwrap_or_default();
    let name = board::name("name", name).ok();
    let person = sign_in::person_of(&mut tx, app, &email, name.as_deref()).await?;
    stored::insert(&mut tx, caller.project, person.id, role.name(), app.now())
        .await
        .map_err(|error| match error {
            DbError::Duplicate => AppError::Conflict {
                code: "already_member",
                message: "They are a member already. Change their role in the list.".to_owned(),
            },
            error => error.into(),
        })?;
    let next = format!("/p/{}", project.slug);
    let works_for = sign_in::INVITATION_FOR;
    let secret = sign_in::insert_link(&mut tx, app, &email, None, &next, works_for).await?;
    note(&mut tx, app, caller, "member.added", person.id, role).await?;
    tx.commit().await?;

    tell(app, email.clone(), &project.name, role, &secret).await?;
    Ok(Member {
        id: person.id,
        name: person.name,
        email,
        role,
        since: app.now(),
    })
}

async fn tell(app: &App, to: Email, project: &str, role: Role, secret: &LinkSecret) -> Result<()> {
    let address = app.settings.address(&sign_in::path(secret));
    let letter = mail::invitation(app, to, project, role, &address);
    app.mail.send(letter).await.map_err(|_| AppError::Conflict {
        code: "mail_not_sent",
        message: "They are a member now, but the mail could not be sent. They can sign in with their address."
            .to_owned(),
    })
}

/// Gives a member another role, [`Role::Voter`] ends the membership. Needs an admin; what concerns owners needs an
/// owner. The last owner stays.
pub async fn set_role(app: &App, caller: &Caller, person: PersonId, role: Role) -> Result<()> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    // One at a time: two owners who demote each other at the same moment must not both succeed.
    projects::lock(&mut tx, caller.project).await?;
    let before = stored::find_role(&mut tx, caller.project, person).await?;
    let before = sign_in::role(Some(&before.ok_or(AppError::NotFound)?))?;
    if before == role {
        return Ok(());
    }
    if before == Role::Owner || role == Role::Owner {
        access::need(caller, Role::Owner, Scope::Admin)?;
    }
    if before == Role::Owner && stored::count_owners(&mut tx, caller.project).await? < 2 {
        return Err(AppError::Conflict {
            code: "last_owner",
            message: "A project keeps at least one owner. Make somebody else an owner first."
                .to_owned(),
        });
    }
    if role == Role::Voter {
        stored::delete(&mut tx, caller.project, person).await?;
    } else {
        stored::update(&mut tx, caller.project, person, role.name()).await?;
    }
    note(&mut tx, app, caller, "member.role_set", person, role).await?;
    Ok(tx.commit().await?)
}

async fn note(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    action: &str,
    person: PersonId,
    role: Role,
) -> Result<()> {
    audit::note(tx, app, caller, action, &person.to_string(), role.name()).await
}
