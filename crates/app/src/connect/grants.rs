//! A fresh access token for a call, and the call itself. Refreshing is a single flight, in this process and across
//! nodes: one asks Atlassian, the others wait for what it wrote.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use upvow_db::DbError;
use upvow_domain::{GrantId, Time, secret::AccessToken};
use upvow_events::{Counter, Event};
use upvow_jira::JiraError;
use upvow_store::connections;
use upvow_vault::{Fence, Grant, GrantState, NewTokens, VaultError};

use crate::{App, AppError, Result, live};

/// A token is renewed this long before its end...
const MARGIN: Duration = Duration::from_mins(5);
/// ...and up to this much earlier, so that nodes and grants do not all come at once.
const SPREAD_SECONDS: u64 = 60;
/// How long the right to refresh is ours: longer than the call can take.
const LEASE: Duration = Duration::from_secs(30);
/// How often to look whether another node is through with it, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const MOST_LOOKS: u32 = 250;
/// A token that will last this long is good enough while Atlassian cannot be reached.
const STILL_GOOD: Duration = Duration::from_secs(30);
/// A token younger than this is believed when it is refused: asking for another one changes nothing.
const YOUNG: Duration = Duration::from_mins(1);

/// The refreshes that run in this process.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<GrantId, Arc<tokio::sync::Mutex<()>>>>);

impl Flights {
    pub(crate) fn of(&self, grant: GrantId) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.0.lock().expect("no panic while it is held");
        // Whatever nobody holds any more may go.
        flights.retain(|_, flight| Arc::strong_count(flight) > 1);
        flights.entry(grant).or_default().clone()
    }
}

/// Why a call to Jira was not made, or failed.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The connection or its grant does not allow calls any more.
    Ended,
    /// Jira asked us to wait until then.
    Wait {
        /// Until when.
        until: Time,
        /// What it said.
        error: JiraError,
    },
    /// Jira refused or could not be reached.
    Jira(JiraError),
    /// Something of ours.
    App(AppError),
}

impl From<AppError> for CallError {
    fn from(error: AppError) -> Self {
        CallError::App(error)
    }
}

impl From<DbError> for CallError {
    fn from(error: DbError) -> Self {
        CallError::App(error.into())
    }
}

impl From<VaultError> for CallError {
    fn from(error: VaultError) -> Self {
        CallError::App(error.into())
    }
}

impl From<CallError> for AppError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Ended => AppError::Conflict {
                code: "not_connected",
                message: "This connection is not at work. If its authorisation ended, reconnect it in the project's settings."
                    .to_owned(),
            },
            CallError::Wait { error, .. } | CallError::Jira(error) => AppError::Jira(error),
            CallError::App(error) => error,
        }
    }
}

/// An access token and what is known of it.
pub(crate) struct Token {
    pub(crate) access: AccessToken,
    pub(crate) version: i64,
    pub(crate) expires_at: Time,
    pub(crate) refreshed_at: Time,
}

impl Token {
    /// Past its time: then any refusal may mean just that.
    pub(crate) fn is_old(&self, now: Time) -> bool {
        self.expires_at <= now
    }

    /// So new that a refusal is not about its age.
    pub(crate) fn is_young(&self, now: Time) -> bool {
        now.since(self.refreshed_at) < YOUNG
    }
}

/// Which token will do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// One that is not about to end.
    Fresh,
    /// One newer than this version, which Jira refused.
    NewerThan(i64),
}

/// A token for calls by this grant.
pub(crate) async fn token(app: &App, grant: GrantId, need: Need) -> Result<Token, CallError> {
    if let Some(token) = good(app, &open(app, grant).await?, need) {
        return Ok(token);
    }
    let flight = app.flights().of(grant);
    let _alone = flight.lock().await;
    for _ in 0..MOST_LOOKS {
        let found = open(app, grant).await?;
        if let Some(token) = good(app, &found, need) {
            return Ok(token);
        }
        if let Some(fence) = app.vault.lease_refresh(grant, LEASE, app.now()).await? {
            // In a task of its own: a caller that gives up must not leave an exchange half done.
            let task = app.clone();
            return tokio::spawn(async move { exchange(&task, grant, need, fence).await })
                .await
                .unwrap_or(Err(CallError::App(AppError::Internal { code: "refresh" })));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(CallError::App(AppError::Unavailable))
}

/// Tries the token again before it is needed: a grant that is not used for 90 days ends.
pub(crate) async fn keep_alive(app: &App, grant: GrantId, unused_for: Duration) -> Result<()> {
    let found = match open(app, grant).await {
        Ok(found) => found,
        Err(CallError::Ended) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if app.now().since(found.refreshed_at) < unused_for {
        return Ok(());
    }
    match token(app, grant, Need::NewerThan(found.version)).await {
        Ok(_) | Err(CallError::Ended) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The grant, if it can be used. One that is dead or lost is noted on its connections, however often it is seen.
async fn open(app: &App, grant: GrantId) -> Result<Grant, CallError> {
    match app.vault.open_grant(grant).await {
        Ok(Some(found)) if found.state == GrantState::Live => Ok(found),
        Ok(Some(_)) => {
            lost(app, grant, "grant_dead").await?;
            Err(CallError::Ended)
        }
        Ok(None) => {
            // Being erased, or the vault was started over.
            let erased = app.vault.open_erasures().await?;
            if !erased.iter().any(|erasure| erasure.grant == grant) {
                lost(app, grant, "grant_missing").await?;
            }
            Err(CallError::Ended)
        }
        Err(VaultError::Broken { .. }) => {
            lost(app, grant, "grant_broken").await?;
            Err(CallError::Ended)
        }
        Err(error) => Err(error.into()),
    }
}

fn good(app: &App, grant: &Grant, need: Need) -> Option<Token> {
    let access = grant.access.clone()?;
    let fits = match need {
        Need::Fresh => lasts(app, grant, margin(app, grant)),
        Need::NewerThan(version) => {
            grant.version > version && lasts(app, grant, Duration::from_secs(1))
        }
    };
    fits.then(|| token_of(grant, access))
}

fn token_of(grant: &Grant, access: AccessToken) -> Token {
    Token {
        access,
        version: grant.version,
        expires_at: grant.expires_at,
        refreshed_at: grant.refreshed_at,
    }
}

fn lasts(app: &App, grant: &Grant, span: Duration) -> bool {
    grant.expires_at > app.now().plus(span)
}

fn margin(app: &App, grant: &Grant) -> Duration {
    // The same for one node and grant, so that it does not shrink with every look.
    let draw = (app.node.as_u128() ^ grant.id.uuid().as_u128()) % u128::from(SPREAD_SECONDS);
    let usual = MARGIN + Duration::from_secs(u64::try_from(draw).unwrap_or(0));
    // A token that lives for less than the margin would never be good, and every call would buy another.
    usual.min(grant.expires_at.since(grant.refreshed_at) / 2)
}

/// Asks Atlassian, as the one whose turn it is. What it gives is in the vault before anybody uses it.
async fn exchange(app: &App, grant: GrantId, need: Need, fence: Fence) -> Result<Token, CallError> {
    let answer = exchange_under_lease(app, grant, need, fence).await;
    // A write gave the lease back already, and a lease lost is somebody else's by now: neither minds.
    app.vault.release_refresh(grant, fence).await?;
    answer
}

async fn exchange_under_lease(
    app: &App,
    grant: GrantId,
    need: Need,
    fence: Fence,
) -> Result<Token, CallError> {
    let jira = app.jira()?;
    let mut refused = None;
    // Once more if somebody wrote meanwhile: then the refusal was about the token before.
    for _ in 0..3 {
        let found = open(app, grant).await?;
        if let Some(token) = good(app, &found, need) {
            return Ok(token);
        }
        let Some(refresh) = found.refresh.clone() else {
            // Without `offline_access` there is nothing to trade; the token is good until its end.
            return match found.access.clone() {
                Some(access) if lasts(app, &found, STILL_GOOD) => Ok(token_of(&found, access)),
                _ => give_up(app, grant, found.version).await,
            };
        };
        if refused == Some(found.version) {
            return give_up(app, grant, found.version).await;
        }
        let now = app.now();
        match jira.refresh(&refresh).await {
            Ok(set) => {
                let token = Token {
                    access: set.access.clone(),
                    version: found.version + 1,
                    expires_at: now.plus(set.expires_in),
                    refreshed_at: now,
                };
                let tokens = NewTokens {
                    access: set.access,
                    refresh: set.refresh,
                    expires_at: token.expires_at,
                    scopes: set.scopes,
                };
                if app
                    .vault
                    .rotate(grant, fence, found.version, tokens, now)
                    .await?
                {
                    refreshed(app, grant).await?;
                    Counter::TokenRefreshes {
                        outcome: "done".into(),
                    }
                    .add();
                    return Ok(token);
                }
                // Our turn was over, or the grant is being erased. Whoever wrote has the truth.
                Counter::TokenRefreshes {
                    outcome: "lost".into(),
                }
                .add();
            }
            Err(JiraError::GrantDead | JiraError::AppRemoved) => refused = Some(found.version),
            Err(error) => {
                Counter::TokenRefreshes {
                    outcome: "failed".into(),
                }
                .add();
                if matches!(error, JiraError::ClientRefused) {
                    problem(app, grant, "client_secret_refused").await?;
                    Event::ClientRefused {}.log();
                }
                return match (need, found.access.clone()) {
                    (Need::Fresh, Some(access)) if lasts(app, &found, STILL_GOOD) => {
                        Ok(token_of(&found, access))
                    }
                    _ => Err(CallError::Jira(error)),
                };
            }
        }
    }
    Err(CallError::App(AppError::Unavailable))
}

/// The grant is over: its tokens are erased at once, and its connections wait for a reconnect.
async fn give_up(app: &App, grant: GrantId, version: i64) -> Result<Token, CallError> {
    if !app.vault.mark_dead(grant, version).await? {
        // Somebody wrote at the last moment; the next call finds what.
        return Err(CallError::App(AppError::Unavailable));
    }
    Counter::TokenRefreshes {
        outcome: "dead".into(),
    }
    .add();
    lost(app, grant, "grant_dead").await?;
    Err(CallError::Ended)
}

/// The vault does not have this grant: its connections need somebody to authorise again.
pub(crate) async fn is_missing(app: &App, grant: GrantId) -> Result<()> {
    Ok(lost(app, grant, "grant_missing").await?)
}

/// The grant's connections need somebody to authorise again. Links and rules stay.
async fn lost(app: &App, grant: GrantId, code: &'static str) -> Result<(), CallError> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    let mut changes = Vec::new();
    for connection in connections::of_grant(&mut tx, grant).await? {
        let (project, id) = (connection.project_id, connection.id);
        let was_active =
            connections::set_state(&mut tx, project, id, "active", "needs_reconnect", now).await?;
        if was_active || connection.problem.as_deref() != Some(code) {
            connections::set_problem(&mut tx, project, id, Some(code), now).await?;
            changes.push(super::change(project, id));
        }
    }
    Ok(live::commit(app, tx, &changes).await?)
}

async fn problem(app: &App, grant: GrantId, code: &'static str) -> Result<(), CallError> {
    let mut tx = app.db.write().await?;
    for connection in connections::of_grant(&mut tx, grant).await? {
        let (project, id) = (connection.project_id, connection.id);
        connections::set_problem(&mut tx, project, id, Some(code), app.now()).await?;
    }
    Ok(tx.commit().await?)
}

async fn refreshed(app: &App, grant: GrantId) -> Result<(), CallError> {
    let mut tx = app.db.write().await?;
    for connection in connections::of_grant(&mut tx, grant).await? {
        let (project, id) = (connection.project_id, connection.id);
        connections::clear_problem(&mut tx, project, id, "client_secret_refused", app.now())
            .await?;
    }
    Ok(tx.commit().await?)
}
