//! A connection that gets its grant back, or another one. Another account is never taken silently: an admin is asked.
//! Another site never is: that is a connection of its own, because links belong to the site they were made on.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, ConsentId, GrantId, ProjectId, Role, Scope};
use upvow_jira::Site;
use upvow_store::{
    connect_attempts::Attempt,
    connections::{self, Connection},
};
use upvow_vault::NewGrant;

use crate::{
    App, AppError, Result,
    access::need,
    audit,
    connect::{
        invites,
        oauth::{Traveller, ended, keep, keeps_sites},
    },
    live,
    privacy::erasure::pass::forget_unused,
    sync::{
        hooks,
        reconcile::{self, Cause},
    },
};

/// How long an admin has to say whether another account is to be used. Shorter than the periodic pass leaves a grant
/// alone that no connection names.
const DECIDE_FOR: Duration = Duration::from_mins(30);

pub(super) async fn reconnect(
    app: &App,
    who: &Traveller,
    attempt: &Attempt,
    id: ConnectionId,
    grant: NewGrant,
    sites: &[Site],
) -> Result<ConnectionId> {
    let project = who.caller.project;
    let found = {
        let mut tx = app.db.read().await?;
        connections::get(&mut tx, project, id)
            .await?
            .ok_or(AppError::NotFound)?
    };
    let old = found.grant_id.ok_or_else(ended)?;
    let reaches = match &found.cloud_id {
        Some(cloud) => sites.iter().any(|site| site.cloud_id == *cloud),
        None => true,
    };
    if !reaches && found.state != "setup" {
        return Err(another_site(&found, sites));
    }
    keeps_sites(app, project, Some(id), &grant, sites).await?;
    let same = app.vault.account_is(old, &grant.account).await?;
    // A vault that was started over cannot say whose grant it was: then it is the admin's word, and the site's check.
    let known = app
        .vault
        .open_grant(old)
        .await
        .is_ok_and(|grant| grant.is_some());
    let kept = keep(app, app.fresh_id(), grant).await?;
    if !same && known {
        ask(app, who, &found, kept, attempt.consent_id).await?;
    } else {
        let forgets_site = !reaches;
        let change = Change {
            grant: kept,
            consent: attempt.consent_id,
            forgets_site,
        };
        take_over(app, &who.caller, &found, change, Some(who)).await?;
    }
    Ok(id)
}

fn another_site(found: &Connection, sites: &[Site]) -> AppError {
    let name = found.site_name.as_deref().unwrap_or("the connected site");
    let url = found.site_url.as_deref().unwrap_or_default();
    let instead = match sites {
        [] => "It reaches no Jira site at all".to_owned(),
        sites => {
            let names: Vec<_> = sites.iter().map(|site| site.name.as_str()).collect();
            format!("It reaches {}", names.join(", "))
        }
    };
    AppError::Conflict {
        code: "another_site",
        message: format!(
            "This connection is for {name} ({url}), and what you authorised does not reach it. {instead}. Start again and choose {name} at Atlassian, or sign in there with an account that can see it. For another site make another connection; links stay at the one they were made on."
        ),
    }
}

/// Has an admin asked whether another account is to be used. Until then everything stays as it is.
async fn ask(
    app: &App,
    who: &Traveller,
    found: &Connection,
    kept: GrantId,
    consent: ConsentId,
) -> Result<()> {
    let (project, id) = (found.project_id, found.id);
    let until = app.now().plus(DECIDE_FOR);
    let mut tx = app.db.write().await?;
    connections::ask_account(&mut tx, project, id, kept, consent, until).await?;
    invites::use_up(&mut tx, app, who, id).await?;
    let subject = id.to_string();
    audit::note(
        &mut tx,
        app,
        &who.caller,
        "connection.another_account",
        &subject,
        "",
    )
    .await?;
    live::commit(app, tx, &[super::change(project, id)]).await?;
    if let Some(before) = found.other_grant_id.filter(|before| *before != kept) {
        forget_unused(app, before).await?;
    }
    Ok(())
}

/// The answer to "You authorised as another Atlassian account than before: use it instead?" Links, map and targets stay
/// either way; the account that is not used is forgotten, unless another connection needs it. Needs an admin.
pub async fn decide(app: &App, caller: &Caller, id: ConnectionId, use_it: bool) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let found = {
        let mut tx = app.db.read().await?;
        connections::get(&mut tx, caller.project, id)
            .await?
            .ok_or(AppError::NotFound)?
    };
    let over = || AppError::Conflict {
        code: "choice_over",
        message: "There is nothing to decide any more. To change the account, reconnect."
            .to_owned(),
    };
    let (Some(other), Some(consent), Some(until)) = (
        found.other_grant_id,
        found.other_consent_id,
        found.other_until,
    ) else {
        return Err(over());
    };
    if use_it && until > app.now() {
        let change = Change {
            grant: other,
            consent,
            // Projects and statuses of a set-up are to be looked at with the eyes of the account that it goes on with.
            forgets_site: found.state == "setup",
        };
        return take_over(app, caller, &found, change, None).await;
    }
    forget(app, caller, &found, other).await?;
    if use_it { Err(over()) } else { Ok(()) }
}

async fn forget(app: &App, caller: &Caller, found: &Connection, other: GrantId) -> Result<()> {
    let (project, id) = (found.project_id, found.id);
    let mut tx = app.db.write().await?;
    if connections::forget_question(&mut tx, project, id, other).await? {
        let subject = id.to_string();
        audit::note(
            &mut tx,
            app,
            caller,
            "connection.account_kept",
            &subject,
            "",
        )
        .await?;
    }
    live::commit(app, tx, &[super::change(project, id)]).await?;
    forget_unused(app, other).await
}

/// What the periodic pass does: nobody answered in time, so the account stays what it was.
pub(crate) async fn forget_undecided(app: &App) -> Result<()> {
    let late = {
        let mut tx = app.db.read().await?;
        connections::undecided(&mut tx, app.now()).await?
    };
    for found in late {
        if let Some(other) = found.other_grant_id {
            forget(app, &Caller::program(found.project_id), &found, other).await?;
        }
    }
    Ok(())
}

/// What a connection gets.
#[derive(Clone, Copy)]
struct Change {
    grant: GrantId,
    consent: ConsentId,
    forgets_site: bool,
}

async fn take_over(
    app: &App,
    caller: &Caller,
    found: &Connection,
    to: Change,
    who: Option<&Traveller>,
) -> Result<()> {
    let (project, id) = (found.project_id, found.id);
    let old = found.grant_id.ok_or_else(ended)?;
    let is_another = to.grant != old;
    let hook = match &found.cloud_id {
        Some(cloud) if is_another && !to.forgets_site => {
            Some(hooks::prepare(app, to.grant, cloud).await?)
        }
        _ => None,
    };

    let now = app.now();
    let mut tx = app.db.write().await?;
    if let Some(other) = found.other_grant_id {
        let is_asked = connections::forget_question(&mut tx, project, id, other).await?;
        if !is_asked && other == to.grant {
            // Somebody else decided meanwhile.
            return Err(ended_question());
        }
    }
    if !connections::set_grant(&mut tx, project, id, to.grant, to.consent, now).await? {
        return Err(ended());
    }
    if to.forgets_site {
        connections::forget_site(&mut tx, project, id, now).await?;
    }
    if let Some(hook) = hook {
        connections::set_hook(&mut tx, project, id, hook, now).await?;
    }
    if let Some(who) = who {
        invites::use_up(&mut tx, app, who, id).await?;
    }
    revive(&mut tx, app, project, id).await?;
    revive_others(&mut tx, app, to.grant, id).await?;
    let detail = if is_another { "another_account" } else { "" };
    let subject = id.to_string();
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.reconnected",
        &subject,
        detail,
    )
    .await?;
    live::commit(app, tx, &[super::change(project, id)]).await?;
    app.work.notify_one();
    let other = found.other_grant_id.filter(|other| *other != to.grant);
    for gone in other.into_iter().chain(is_another.then_some(old)) {
        forget_unused(app, gone).await?;
    }
    Ok(())
}

fn ended_question() -> AppError {
    AppError::Conflict {
        code: "choice_over",
        message: "Somebody else decided meanwhile.".to_owned(),
    }
}

/// A connection that waited for a grant is at work again, and everything on it is compared.
async fn revive(tx: &mut Tx, app: &App, project: ProjectId, id: ConnectionId) -> Result<()> {
    connections::set_state(tx, project, id, "needs_reconnect", "active", app.now()).await?;
    hooks::look_after_active(tx, app, project, id).await?;
    reconcile::begin(tx, app, project, id, Cause::Reconnected).await
}

/// The same account serves other connections, too: one consent revives all of them.
pub(super) async fn revive_others(
    tx: &mut Tx,
    app: &App,
    grant: GrantId,
    but: ConnectionId,
) -> Result<()> {
    for other in connections::of_grant(tx, grant).await? {
        if other.id != but && other.state == "needs_reconnect" {
            connections::set_problem(tx, other.project_id, other.id, None, app.now()).await?;
            revive(tx, app, other.project_id, other.id).await?;
        }
    }
    Ok(())
}
