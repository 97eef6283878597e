//! The desk: the cases of a project, and what its admins can do with them. Nothing here shows anything of a person in
//! Jira; whoever wrote on the contact page is written to, not named.

use upvow_db::Tx;
use upvow_domain::{
    Caller, CaseId, ErasureId, Role, Scope, Time,
    deadlines::{Clock, Kind},
    page::{Page, PageOf},
};
use upvow_store::cases::{self as stored, Which, alarms, events};

pub use upvow_store::cases::{Counts, alarms::Alarm, events::Event};

use super::{
    Case, Grounds, Reason, Route, State, case, clock_of, happened, letters, public::Receipt,
    public::receipts, term_of,
};
use crate::{App, AppError, Result, access::need, audit, cursor::Cursor, privacy::receipt};

/// The letter of this list's cursors.
const LIST: u8 = b'Q';

/// Which cases are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that are open, or that are closed.
    pub open: Option<bool>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only by this route.
    pub route: Option<Route>,
}

/// A case with all that is known of it.
#[derive(Debug)]
pub struct Detail {
    /// The case.
    pub case: Case,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// Alarms that were raised.
    pub alarms: Vec<Alarm>,
    /// What was erased, and how far that is.
    pub receipts: Vec<Receipt>,
    /// Whether whoever asked left an address: then they hear of what becomes of it.
    pub is_written_to: bool,
}

/// The project's cases, newest first. Needs an admin.
pub async fn list(app: &App, caller: &Caller, filter: Filter, page: &PageOf) -> Result<Page<Case>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let after = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let which = Which {
        open: filter.open,
        kind: filter.kind.map(|kind| kind.name().to_owned()),
        route: filter.route.map(|route| route.name().to_owned()),
    };
    let mut tx = app.db.read().await?;
    let rows = stored::list(&mut tx, caller.project, &which, after, limit + 1).await?;
    let rows = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    let items: Result<Vec<Case>> = rows.items.into_iter().map(|row| case(app, row)).collect();
    Ok(Page {
        items: items?,
        next: rows.next,
    })
}

/// How many there are. Needs an admin.
pub async fn counts(app: &App, caller: &Caller) -> Result<Counts> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    Ok(stored::counts(&mut tx, caller.project, app.now()).await?)
}

/// One case. Needs an admin.
pub async fn get(app: &App, caller: &Caller, id: CaseId) -> Result<Detail> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let row = find(&mut tx, caller, id).await?;
    let events = events::list(&mut tx, id).await?;
    let alarms = alarms::list(&mut tx, id).await?;
    drop(tx);
    Ok(Detail {
        is_written_to: row.email.is_some(),
        case: case(app, row)?,
        events,
        alarms,
        receipts: receipts(app, id).await?,
    })
}

/// Stops the clock while it is open who asks, where the law lets it. Again changes nothing. Needs an admin.
pub async fn pause(app: &App, caller: &Caller, id: CaseId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let row = find_open(&mut tx, caller, id).await?;
    if row.paused_at.is_some() {
        return Ok(());
    }
    if !term_of(&row)?.pauses || row.verified_at.is_some() {
        return Err(AppError::Conflict {
            code: "no_pause",
            message: "The law of this request does not stop its clock, or it is known who asks."
                .to_owned(),
        });
    }
    if stored::pause(&mut tx, id, app.now()).await? {
        act(&mut tx, app, caller, id, "paused", "identity_open").await?;
    }
    Ok(tx.commit().await?)
}

/// Lets the clock go on. Again changes nothing. Needs an admin.
pub async fn resume(app: &App, caller: &Caller, id: CaseId) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let row = find_open(&mut tx, caller, id).await?;
    let Some(since) = row.paused_at else {
        return Ok(());
    };
    let clock = clock_of(&row);
    let stood = clock.stood + app.now().since(since);
    let clock = Clock {
        stood,
        paused_at: None,
        ..clock
    };
    let due_at = clock.due_at(&term_of(&row)?, app.now());
    let millis = i64::try_from(stood.as_millis()).unwrap_or(i64::MAX);
    if stored::resume(&mut tx, id, millis, due_at).await? {
        act(&mut tx, app, caller, id, "resumed", "").await?;
    }
    Ok(tx.commit().await?)
}

/// Takes the one extension, within the first term; whoever asked is told. Needs an admin.
pub async fn extend(app: &App, caller: &Caller, id: CaseId, grounds: Grounds) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let row = find_open(&mut tx, caller, id).await?;
    if row.extended_at.is_some() {
        return Ok(());
    }
    let (term, clock, now) = (term_of(&row)?, clock_of(&row), app.now());
    if term.extension.is_none() {
        return Err(AppError::Conflict {
            code: "no_extension",
            message: "The law of this request gives no more time.".to_owned(),
        });
    }
    if clock.due_at(&term, now) < now {
        return Err(AppError::Conflict {
            code: "too_late",
            message: "The first term is over. More time has to be told within it.".to_owned(),
        });
    }
    let longer = Clock {
        extended: true,
        ..clock
    };
    if stored::extend(&mut tx, id, longer.due_at(&term, now), now).await? {
        act(&mut tx, app, caller, id, "extended", grounds.name()).await?;
        letters::to_asker(&mut tx, app, id, "extended").await?;
    }
    Ok(tx.commit().await?)
}

/// Denies a case, with a reason that whoever asked is told. What was begun cannot be denied. Needs an admin.
pub async fn deny(app: &App, caller: &Caller, id: CaseId, reason: Reason) -> Result<()> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let row = find(&mut tx, caller, id).await?;
    if row.state == State::Denied.name() {
        return Ok(());
    }
    if row.state != State::Open.name() {
        return Err(AppError::Conflict {
            code: "begun",
            message: "It is known who asks, and what they asked for is under way or done."
                .to_owned(),
        });
    }
    let (state, now) = (State::Denied.name(), app.now());
    if stored::close(&mut tx, id, state, Some(reason.name()), None, now).await? {
        act(&mut tx, app, caller, id, "denied", reason.name()).await?;
        letters::to_asker(&mut tx, app, id, &format!("denied_{}", reason.name())).await?;
    }
    Ok(tx.commit().await?)
}

/// What is held now, as far as it is this project's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Connections that work by somebody's authorisation.
    pub authorised: usize,
    /// Of those, how many have tokens that can be used.
    pub with_tokens: usize,
    /// Connections that are ending: their tokens can only be revoked.
    pub ending: usize,
    /// Connections that ended: nothing of a person is left of them.
    pub ended: usize,
    /// When somebody last consented.
    pub newest: Option<Time>,
}

/// Counts what is held now of people in Jira for this project. Needs an admin.
pub async fn held(app: &App, caller: &Caller) -> Result<Held> {
    need(caller, Role::Admin, Scope::Admin)?;
    let rows = {
        let mut tx = app.db.read().await?;
        upvow_store::connections::list(&mut tx, caller.project).await?
    };
    let mut held = Held::default();
    for row in rows {
        match row.state.as_str() {
            "disconnecting" => held.ending += 1,
            "invalidated" => held.ended += 1,
            _ => {
                let Some(grant) = row.grant_id else { continue };
                if let Some(grant) = app.vault.open_grant(grant).await? {
                    held.authorised += 1;
                    held.with_tokens += usize::from(grant.access.is_some());
                    held.newest = held.newest.max(Some(grant.consented_at));
                }
            }
        }
    }
    Ok(held)
}

/// The receipt of an erasure of a case of the project. Needs an admin.
pub async fn receipt(app: &App, caller: &Caller, id: CaseId, erasure: ErasureId) -> Result<String> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    find(&mut tx, caller, id).await?;
    let begun = stored::erasures::list(&mut tx, id).await?;
    drop(tx);
    if !begun.contains(&erasure) {
        return Err(AppError::NotFound);
    }
    receipt::find(app, erasure).await?.ok_or(AppError::NotFound)
}

async fn find(tx: &mut Tx, caller: &Caller, id: CaseId) -> Result<stored::Case> {
    stored::get(tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)
}

async fn find_open(tx: &mut Tx, caller: &Caller, id: CaseId) -> Result<stored::Case> {
    let row = find(tx, caller, id).await?;
    if row.closed_at.is_some() {
        return Err(AppError::Conflict {
            code: "closed",
            message: "This request is closed.".to_owned(),
        });
    }
    Ok(row)
}

/// A line of the timeline, and one of the audit trail.
async fn act(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: CaseId,
    code: &str,
    detail: &str,
) -> Result<()> {
    happened(tx, app, id, code, detail).await?;
    let action = match code {
        "paused" => "request.paused",
        "resumed" => "request.resumed",
        "extended" => "request.extended",
        _ => "request.denied",
    };
    audit::note(tx, app, caller, action, &id.to_string(), detail).await
}
