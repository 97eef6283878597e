//! The last rung of the ladder, where the operator put it there (`UPVOW_REVOKE_BY_REUSE`). Atlassian documents no way for
//! an app to end an authorisation. But a refresh token that is presented again later than ten minutes after it was traded
//! is taken for stolen, and everything that was ever made from it ends. So: wait, present the old token once more, and
//! see by the newest one whether that took. The newest is kept in memory only; if a crash takes it, the ladder begins anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use upvow_domain::{GrantId, Time, secret::RefreshToken};
use upvow_vault::Revocation;

use super::ladder;
use crate::{App, Result};

/// Atlassian's leeway of ten minutes, and some for its clock and ours.
const LEEWAY: Duration = Duration::from_mins(11);

/// The newest tokens of grants whose older one is about to be presented again.
#[derive(Default)]
pub(crate) struct LastTokens(Mutex<HashMap<GrantId, Last>>);

/// What was bought with the token that is to be presented again.
#[derive(Clone)]
pub(crate) struct Last {
    newest: RefreshToken,
    /// Atlassian took the request to revoke.
    accepted: bool,
    since: Time,
}

impl LastTokens {
    pub(crate) fn keep(&self, grant: GrantId, newest: RefreshToken, accepted: bool, since: Time) {
        let last = Last {
            newest,
            accepted,
            since,
        };
        self.all().insert(grant, last);
    }

    pub(crate) fn of(&self, grant: GrantId) -> Option<Last> {
        self.all().get(&grant).cloned()
    }

    fn forget(&self, grant: GrantId) {
        self.all().remove(&grant);
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<GrantId, Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Presents the old token once more when it is time. `None`: it is too early, or Atlassian cannot be reached, and there
/// is time to wait.
pub(crate) async fn present_again(
    app: &App,
    grant: GrantId,
    last: &Last,
    patience: bool,
) -> Result<Option<Revocation>> {
    let is_early = app.now().since(last.since) < LEEWAY;
    if is_early && patience {
        return Ok(None);
    }
    let old = app
        .vault
        .revocable(grant)
        .await?
        .and_then(|found| found.refresh);
    let seen = match (&app.jira, old) {
        (Some(jira), Some(old)) if !is_early => ladder::reuse(jira, &old, &last.newest).await,
        _ => Some(false),
    };
    let known = match seen {
        None if patience => return Ok(None),
        Some(true) => Revocation::ConfirmedByProbe,
        _ => ladder::not_seen(last.accepted),
    };
    app.last_tokens().forget(grant);
    Ok(Some(known))
}
