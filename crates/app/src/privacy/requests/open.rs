//! How a case begins.

use upvow_db::Tx;
use upvow_domain::{
    Caller, CaseId, ConnectionId, ErasureId, GrantId, PersonId, ProjectId, Time,
    deadlines::{Clock, Kind, UNKNOWN, table},
    jira::CloudId,
    secret::Email,
};
use upvow_store::cases::{self as stored, NewCase};

use super::{Route, State, happened};
use crate::{App, AppError, Result, audit, projects};

/// What a case is opened with.
pub(super) struct Opening<'a> {
    pub(super) kind: Kind,
    pub(super) route: Route,
    pub(super) law: &'a str,
    pub(super) connection: Option<ConnectionId>,
    pub(super) grant: Option<GrantId>,
    pub(super) cloud: Option<&'a CloudId>,
    pub(super) person: Option<PersonId>,
    pub(super) secret_hash: Option<Vec<u8>>,
    pub(super) email: Option<&'a Email>,
    /// It is known who asks.
    pub(super) is_verified: bool,
}

/// Opens a case in the desk of the caller's project. Its clock runs from now.
pub(super) async fn open(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    new: Opening<'_>,
) -> Result<CaseId> {
    let (id, now) = (app.fresh_id(), app.now());
    let term = table().term(new.law, new.kind, now);
    let clock = Clock::new(now);
    let verified_at = new.is_verified.then_some(now);
    let row = NewCase {
        id,
        kind: new.kind.name(),
        route: new.route.name(),
        law: new.law,
        state: if new.is_verified {
            State::Verified.name()
        } else {
            State::Open.name()
        },
        connection: new.connection,
        grant: new.grant,
        cloud: new.cloud,
        person: new.person,
        secret_hash: new.secret_hash,
        email: new.email,
        received_at: now,
        due_at: clock.due_at(&term, now),
        acknowledge_by: clock.acknowledge_by(&term),
        verified_at,
        ceiling_at: verified_at.map(|at| at.plus(app.settings.requests_ceiling)),
    };
    stored::insert(tx, caller.project, &row).await?;
    happened(tx, app, id, "received", new.route.name()).await?;
    if new.is_verified {
        // Whoever was verified sees the answer at once; that is the confirmation.
        happened(tx, app, id, "verified", new.route.name()).await?;
        stored::acknowledge(tx, id, now).await?;
    }
    audit::note(
        tx,
        app,
        caller,
        "request.opened",
        &id.to_string(),
        new.kind.name(),
    )
    .await?;
    Ok(id)
}

/// Where a case goes that names a project, or none: then it is the first one's, whose owner set this server up.
pub(super) async fn home(app: &App, slug: Option<&str>) -> Result<ProjectId> {
    if let Some(slug) = slug
        && let Ok(project) = projects::by_slug(app, slug).await
    {
        return Ok(project.id);
    }
    let mut tx = app.db.read().await?;
    stored::first_project(&mut tx)
        .await?
        .ok_or(AppError::NotFound)
}

/// Atlassian said that an account was closed, and `erasure` erases what was held of it: a case in the desk of `project`,
/// so that it is seen there and its receipt is found. The same erasure opens no second case.
pub async fn open_by_atlassian(
    app: &App,
    project: ProjectId,
    erasure: ErasureId,
) -> Result<CaseId> {
    let mut tx = app.db.write().await?;
    if let Some(found) = stored::of_erasure(&mut tx, erasure).await? {
        return Ok(found.id);
    }
    let opening = Opening {
        kind: Kind::Deletion,
        route: Route::Atlassian,
        law: UNKNOWN,
        connection: None,
        grant: None,
        cloud: None,
        person: None,
        secret_hash: None,
        email: None,
        is_verified: true,
    };
    let id = open(&mut tx, app, &Caller::program(project), opening).await?;
    begun(&mut tx, app, id, &[erasure]).await?;
    tx.commit().await?;
    Ok(id)
}

/// The erasures of a case are under way.
pub(super) async fn begun(
    tx: &mut Tx,
    app: &App,
    id: CaseId,
    erasures: &[ErasureId],
) -> Result<()> {
    for erasure in erasures {
        stored::erasures::insert(tx, id, *erasure).await?;
        happened(tx, app, id, "erasure_begun", &erasure.to_string()).await?;
    }
    stored::move_on(tx, id, State::Verified.name(), State::Working.name()).await?;
    Ok(())
}

/// Until when whoever was verified just now can be answered by our own promise.
pub(super) fn ceiling(app: &App) -> Time {
    app.now().plus(app.settings.requests_ceiling)
}
