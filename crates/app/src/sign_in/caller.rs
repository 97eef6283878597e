//! Who a session cookie or a bearer token is.

use std::time::Duration;

use upvow_domain::{
    Caller, ProjectId, Role, Scope, Time,
    access::Via,
    secret::{ApiSecret, SessionSecret},
};
use upvow_store::{api_tokens, sessions};

use crate::{App, AppError, Result, random};

/// A use is noted once in this span, so that reading a page does not write to the database each time.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// Who a session cookie is, in this project. An unknown or ended session is a visitor. Notes the use at most once a minute.
pub async fn caller_of_session(
    app: &App,
    secret: &SessionSecret,
    project: ProjectId,
) -> Result<Caller> {
    let now = app.now();
    let hash = random::hash(secret.expose());
    let mut tx = app.db.read().await?;
    let known = sessions::by_secret(&mut tx, project, &hash, now).await?;
    drop(tx);
    let Some(known) = known else {
        return Ok(Caller::visitor(project));
    };
    if is_due(Some(known.seen_at), now) {
        let mut tx = app.db.write().await?;
        let ends = now.plus(app.settings.session_for());
        sessions::touch(&mut tx, known.id, now, ends).await?;
        tx.commit().await?;
    }
    Ok(Caller {
        project,
        person: Some(known.person_id),
        role: role(known.role.as_deref())?,
        via: Via::Session(known.id),
    })
}

/// How long a browser's old secret is taken: what it asked for at the same moment is under way with it.
const OLD_SECRET_FOR: Duration = Duration::from_mins(5);

/// Another secret for a browser whose own is older than the last time that secrets were replaced. `None` if there is nothing
/// to do, or if another request of the same browser was first.
pub async fn renewed(app: &App, secret: &SessionSecret) -> Result<Option<SessionSecret>> {
    let old = random::hash(secret.expose());
    let mut tx = app.db.read().await?;
    let is_stale = sessions::is_stale(&mut tx, &old).await?;
    drop(tx);
    if !is_stale {
        return Ok(None);
    }
    let next = SessionSecret::new(random::secret());
    let (now, new) = (app.now(), random::hash(next.expose()));
    let mut tx = app.db.write().await?;
    let renewed = sessions::renew(&mut tx, &old, &new, now, now.plus(OLD_SECRET_FOR)).await?;
    tx.commit().await?;
    Ok(renewed.then_some(next))
}

/// Who a bearer token is. `None` for an unknown, ended or expired one. The token belongs to one project.
pub async fn caller_of_token(app: &App, secret: &ApiSecret) -> Result<Option<Caller>> {
    let now = app.now();
    let hash = random::hash(secret.expose());
    let mut tx = app.db.read().await?;
    let known = api_tokens::by_secret(&mut tx, &hash, now).await?;
    drop(tx);
    let Some(known) = known else {
        return Ok(None);
    };
    if is_due(known.used_at, now) {
        let mut tx = app.db.write().await?;
        api_tokens::touch(&mut tx, known.project_id, known.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Caller {
        project: known.project_id,
        person: Some(known.person_id),
        role: role(known.role.as_deref())?,
        via: Via::Token(known.id, scopes(&known.scopes)),
    }))
}

fn is_due(noted_at: Option<Time>, now: Time) -> bool {
    noted_at.is_none_or(|at| now.since(at) >= NOTED_EVERY)
}

/// Reads what the database holds of a role; without a row one is a voter.
pub(crate) fn role(name: Option<&str>) -> Result<Role> {
    name.map_or(Some(Role::Voter), Role::named)
        .ok_or(AppError::Internal {
            code: "stored_role",
        })
}

/// Reads what the database holds of scopes.
pub(crate) fn scopes(names: &str) -> Vec<Scope> {
    names.split_whitespace().filter_map(Scope::named).collect()
}
