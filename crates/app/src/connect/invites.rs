//! "Ask a Jira admin": a link that lets somebody without an account here give the authorisation, choose the site, and
//! nothing else. It works once, for a week, in the browser that agreed first, as long as whoever made it is an admin
//! and has not taken it back. Nothing of its holder is kept but what the vault keeps of every authorisation.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, InviteId, PersonId, ProjectId, Role, Scope, Time,
    jira::CloudId,
    secret::{Email, LinkSecret, SessionSecret},
};
use upvow_store::{
    connect_invites::{self as stored, NewInvite},
    connections, members, people, projects,
};

use super::{
    change,
    oauth::{self, Answer, Traveller},
    wizard::{self, SiteChoice},
};
use crate::{
    App, AppError, Result,
    access::{need, person},
    audit, live, mail, random, sign_in,
    throttle::Limit,
};

/// How long a link works: whoever may say yes is often away.
const WORKS_FOR: Duration = Duration::from_hours(7 * 24);
/// How long one that is over is shown.
const SHOWN_FOR: Duration = Duration::from_hours(14 * 24);
/// How many are shown.
const SHOWN: i64 = 50;
/// Of links one admin may make.
const LINKS: Limit = Limit {
    name: "connect links of",
    burst: 20,
    every: Duration::from_mins(2),
};

/// Where a link is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteState {
    /// Nobody has agreed yet.
    Open,
    /// Somebody agreed and went to Atlassian.
    Begun,
    /// They authorised, and may still choose the site.
    Authorised,
    /// They have nothing left to do.
    Done,
    /// An admin took it back.
    Revoked,
    /// Nobody used it in time.
    Expired,
}

/// A link as admins see it. There is nothing of its holder in it.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// Where it is in its life.
    pub state: InviteState,
    /// Who made it, by their name here.
    pub by: String,
    /// Whether it is to bring a connection back to life.
    pub reconnects: bool,
    /// That connection, or the one it made.
    pub connection: Option<ConnectionId>,
    /// When it was made.
    pub created_at: Time,
    /// When its holder agreed first.
    pub begun_at: Option<Time>,
    /// Until when it works.
    pub expires_at: Time,
}

/// A link that was just made: its address is told this once.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub id: InviteId,
    /// Where it leads. Whoever has it can use it.
    pub address: LinkSecret,
    /// Until when it works.
    pub expires_at: Time,
    /// Whether a letter with it was sent; false if none was wanted, or it could not be sent.
    pub is_mailed: bool,
}

/// What the holder of a link is told.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub id: InviteId,
    /// For which project, by name.
    pub project: String,
    /// Who asks, by their name there.
    pub by: String,
    /// The site to be authorised again, if that is what it is for.
    pub site: Option<String>,
    /// Until when it works.
    pub expires_at: Time,
}

/// Makes a link; `reconnect` names a connection that is to be authorised again. With an address, it is mailed as well; the
/// address is not kept. Needs an admin.
pub async fn invite(
    app: &App,
    caller: &Caller,
    reconnect: Option<ConnectionId>,
    mail_to: Option<&str>,
) -> Result<Made> {
    need(caller, Role::Admin, Scope::Admin)?;
    let by = person(caller)?;
    app.jira()?;
    let mail_to = mail_to.map(Email::parse).transpose()?;
    app.throttle().take(&LINKS, &by.to_string(), app.now())?;
    let secret = random::secret();
    let (id, now) = (app.fresh_id(), app.now());
    let expires_at = now.plus(WORKS_FOR);
    let mut tx = app.db.write().await?;
    if let Some(connection) = reconnect {
        let found = connections::get(&mut tx, caller.project, connection)
            .await?
            .ok_or(AppError::NotFound)?;
        if matches!(found.state.as_str(), "disconnecting" | "invalidated") {
            return Err(oauth::ended());
        }
    }
    let new = NewInvite {
        id,
        by,
        secret_hash: random::hash(&secret),
        reconnect,
        expires_at,
    };
    stored::insert(&mut tx, caller.project, new, now).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "connection.link_made",
        &id.to_string(),
        "",
    )
    .await?;
    let project = projects::find(&mut tx, caller.project).await?;
    let name = name_of(&mut tx, by).await?;
    tx.commit().await?;

    let address = app.settings.address(&format!("/invited/{secret}"));
    let is_mailed = match mail_to {
        None => false,
        Some(to) => {
            let project = project.map_or_else(String::new, |project| project.name);
            let letter = mail::connect_request(app, to, &name, &project, &address);
            app.mail.send(letter).await.is_ok()
        }
    };
    Ok(Made {
        id,
        address: LinkSecret::new(address),
        expires_at,
        is_mailed,
    })
}

/// The project's links, newest first; those long over are not told. Needs an admin.
pub async fn invites(app: &App, caller: &Caller) -> Result<Vec<Invite>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let now = app.now();
    let mut tx = app.db.read().await?;
    let rows = stored::list(&mut tx, caller.project, now.minus(SHOWN_FOR), SHOWN).await?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        told.push(Invite {
            state: state_of(&row, now),
            by: name_of(&mut tx, row.invited_by).await?,
            id: row.id,
            reconnects: row.reconnects,
            connection: row.connection_id,
            created_at: row.created_at,
            begun_at: row.begun_at,
            expires_at: row.expires_at,
        });
    }
    Ok(told)
}

/// Takes a link back. What it led to stays; its holder can do nothing more. Needs an admin.
pub async fn revoke(app: &App, caller: &Caller, id: InviteId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    stored::get(&mut tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)?;
    if stored::revoke(&mut tx, caller.project, id, app.now()).await? {
        audit::note(
            &mut tx,
            app,
            caller,
            "connection.link_revoked",
            &id.to_string(),
            "",
        )
        .await?;
    }
    Ok(tx.commit().await?)
}

/// What a browser that goes on with a link is known again by.
pub fn new_browser() -> SessionSecret {
    SessionSecret::new(random::secret())
}

/// What a link asks for. Looking uses nothing up: mail scanners follow links, too.
pub async fn look(app: &App, secret: &LinkSecret) -> Result<Request> {
    let mut tx = app.db.read().await?;
    let row = open(&mut tx, app, secret).await?;
    request(&mut tx, row).await
}

/// The holder agrees, in this browser. From now on no other can go on with the link. Gives the address at Atlassian.
pub async fn agree(
    app: &App,
    secret: &LinkSecret,
    browser: &SessionSecret,
    agreed: &str,
) -> Result<String> {
    let row = {
        let mut tx = app.db.read().await?;
        open(&mut tx, app, secret).await?
    };
    let who = Traveller::invited(row.project_id, row.invited_by, row.id);
    let reconnect = row.connection_id.filter(|_| row.reconnects);
    oauth::set_out(app, &who, browser, agreed, reconnect, None).await
}

/// The holder of a link in the browser that began, while the link holds.
pub(super) async fn traveller(
    app: &App,
    id: InviteId,
    browser: &SessionSecret,
) -> Result<Traveller> {
    let mut tx = app.db.read().await?;
    let row = stored::by_browser(&mut tx, id, random::hash(browser.expose())).await?;
    let row = row.filter(|row| row.state == "begun").ok_or_else(over)?;
    still_asked(&mut tx, app, &row).await?;
    Ok(Traveller::invited(row.project_id, row.invited_by, row.id))
}

/// The holder's browser is back from Atlassian.
pub async fn finish(
    app: &App,
    id: InviteId,
    browser: &SessionSecret,
    state: &str,
    answer: Answer,
) -> Result<()> {
    let who = traveller(app, id, browser).await?;
    oauth::arrive(app, &who, browser, state, answer)
        .await
        .map(drop)
}

/// What is left to do for the holder, after authorising.
#[derive(Debug)]
pub enum Left {
    /// To choose the site.
    Site(Request, Vec<SiteChoice>),
    /// To hear that an admin was asked whether another account than before is to be used.
    OtherAccount(Request),
    /// Nothing.
    Nothing(Request),
}

/// What is left to do for the holder of a link in the browser that began.
pub async fn left(app: &App, id: InviteId, browser: &SessionSecret) -> Result<Left> {
    let (request, connection) = authorised(app, id, browser).await?;
    let Some(found) = connection else {
        return Ok(Left::Nothing(request));
    };
    if found.other_until.is_some() {
        return Ok(Left::OtherAccount(request));
    }
    if found.state != "setup" || found.cloud_id.is_some() {
        return Ok(Left::Nothing(request));
    }
    let program = Caller::program(found.project_id);
    let sites = wizard::sites(app, &program, found.id).await?;
    Ok(Left::Site(request, sites))
}

/// The holder chooses the site of the connection they authorised; then the project's admins go on, and the link is done.
pub async fn choose_site(
    app: &App,
    id: InviteId,
    browser: &SessionSecret,
    site: &CloudId,
) -> Result<()> {
    let (_, connection) = authorised(app, id, browser).await?;
    let found = connection
        .filter(|found| found.state == "setup" && found.cloud_id.is_none())
        .ok_or_else(over)?;
    let program = Caller::program(found.project_id);
    wizard::choose_site(app, &program, found.id, site).await?;
    let mut tx = app.db.write().await?;
    stored::set_done(&mut tx, id).await?;
    live::commit(app, tx, &[change(found.project_id, found.id)]).await?;
    Ok(())
}

/// The link's state goes with the connection it led to, in the transaction that makes or mends it. Only a link that still
/// holds can do that. Nothing for somebody who signed in.
pub(super) async fn use_up(
    tx: &mut Tx,
    app: &App,
    who: &Traveller,
    connection: ConnectionId,
) -> Result<()> {
    let Some(invite) = who.invite else {
        return Ok(());
    };
    if !stored::set_authorised(tx, invite, connection, app.now()).await? {
        return Err(over());
    }
    let subject = invite.to_string();
    audit::note(tx, app, &who.caller, "connection.link_used", &subject, "").await
}

/// The one answer for links that were used, revoked, begun elsewhere, are too old, or never were.
pub fn over() -> AppError {
    AppError::Conflict {
        code: "link_over",
        message: "This link was used, was taken back, is older than seven days, or was begun in another browser. Ask for a new one."
            .to_owned(),
    }
}

async fn open(tx: &mut Tx, app: &App, secret: &LinkSecret) -> Result<stored::Invite> {
    let row = stored::by_secret(tx, random::hash(secret.expose()))
        .await?
        .filter(|row| matches!(row.state.as_str(), "open" | "begun"))
        .filter(|row| row.expires_at > app.now())
        .ok_or_else(over)?;
    still_asked(tx, app, &row).await?;
    Ok(row)
}

/// Whoever made the link must still be one who may: otherwise it would outlive their role.
async fn still_asked(tx: &mut Tx, app: &App, row: &stored::Invite) -> Result<()> {
    if row.expires_at <= app.now() {
        return Err(over());
    }
    let role = members::find_role(tx, row.project_id, row.invited_by).await?;
    if sign_in::role(role.as_deref())? < Role::Admin {
        return Err(over());
    }
    Ok(())
}

async fn authorised(
    app: &App,
    id: InviteId,
    browser: &SessionSecret,
) -> Result<(Request, Option<connections::Connection>)> {
    let mut tx = app.db.read().await?;
    let row = stored::by_browser(&mut tx, id, random::hash(browser.expose()))
        .await?
        .filter(|row| matches!(row.state.as_str(), "authorised" | "done"))
        .ok_or_else(over)?;
    still_asked(&mut tx, app, &row).await?;
    let is_done = row.state == "done";
    let connection = match row.connection_id.filter(|_| !is_done) {
        Some(id) => connections::get(&mut tx, row.project_id, id).await?,
        None => None,
    };
    Ok((request(&mut tx, row).await?, connection))
}

async fn request(tx: &mut Tx, row: stored::Invite) -> Result<Request> {
    let site = match row.connection_id.filter(|_| row.reconnects) {
        Some(id) => connections::get(tx, row.project_id, id).await?,
        None => None,
    };
    Ok(Request {
        id: row.id,
        project: project_name(tx, row.project_id).await?,
        by: name_of(tx, row.invited_by).await?,
        site: site.and_then(|found| found.site_name),
        expires_at: row.expires_at,
    })
}

async fn project_name(tx: &mut Tx, project: ProjectId) -> Result<String> {
    let project = projects::find(tx, project).await?;
    Ok(project.ok_or(AppError::NotFound)?.name)
}

async fn name_of(tx: &mut Tx, person: PersonId) -> Result<String> {
    let found = people::find(tx, person).await?;
    Ok(found.map_or_else(String::new, |person| person.name))
}

fn state_of(row: &stored::Invite, now: Time) -> InviteState {
    match row.state.as_str() {
        "authorised" => InviteState::Authorised,
        "done" => InviteState::Done,
        "revoked" => InviteState::Revoked,
        _ if row.expires_at <= now => InviteState::Expired,
        "begun" => InviteState::Begun,
        _ => InviteState::Open,
    }
}
