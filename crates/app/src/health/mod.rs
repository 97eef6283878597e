//! How well everything is: the program itself, and each connection to Jira.
//!
//! - [`ready`]: for load balancers. [`read`]: the tiles of a connection.
//! - [`problems`]: what failed, by cause; [`retry`]: trying it again; `causes`: the closed list of causes.
//! - [`activity`]: what the jobs did, attempt by attempt.
//! - `incidents`: what needs a person, and the letters about it; `gauges`: figures for Prometheus.

pub mod activity;
pub(crate) mod causes;
mod gauges;
pub(crate) mod incidents;
pub mod problems;
pub mod retry;

use std::time::Duration;

pub use causes::Need;
pub use gauges::measure;
pub use problems::{Affected, Problem};
use upvow_domain::{Caller, ConnectionId, GrantId, Role, Scope, Time};
use upvow_store::{attempts, connections, consents, problems as stored};
use upvow_vault::GrantState;

use crate::{App, Result, access::need};

/// Answers once both databases answered.
pub async fn ready(app: &App) -> Result<()> {
    let mut tx = app.db.read().await?;
    tx.value::<i64>("SELECT CAST(1 AS BIGINT) AS one", vec![])
        .await?;
    app.vault.epoch().await?;
    Ok(())
}

/// The codes of all causes, as figures and the API name them.
pub fn causes() -> Vec<&'static str> {
    causes::CAUSES.iter().map(|cause| cause.code).collect()
}

/// How a connection is.
#[derive(Debug, Clone)]
pub struct Health {
    /// The authorisation.
    pub authorisation: Authorisation,
    /// The webhook.
    pub webhook: Webhook,
    /// The work that is not done yet.
    pub queue: Queue,
    /// When Jira last told us something.
    pub last_event_at: Option<Time>,
    /// When we last changed something in Jira.
    pub last_write_at: Option<Time>,
    /// What is wrong, gravest first.
    pub problems: Vec<Problem>,
}

/// What is known of a grant; whose it is at Atlassian is not.
#[derive(Debug, Clone)]
pub struct Authorisation {
    /// The member who agreed on the board, by their name here.
    pub by: Option<String>,
    /// The version of the consent text that they agreed to.
    pub agreed_version: Option<String>,
    /// How the token is.
    pub token: Token,
    /// When the access token ends; it is renewed by itself.
    pub expires_at: Option<Time>,
    /// When it was last renewed.
    pub refreshed_at: Option<Time>,
    /// When somebody last agreed at Atlassian.
    pub consented_at: Option<Time>,
    /// That is so long ago that it should be renewed.
    pub is_old: bool,
}

/// How a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// It can be used.
    Fresh,
    /// It has run out and is renewed when it is needed next.
    Due,
    /// Atlassian ended it.
    Dead,
    /// There is none, or it cannot be opened.
    Missing,
}

impl Token {
    /// All names, for the description of the API.
    pub const NAMES: [&'static str; 4] = ["fresh", "due", "dead", "missing"];
}

/// The registration at Jira.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// It is registered.
    pub is_registered: bool,
    /// When it ends unless renewed.
    pub expires_at: Option<Time>,
    /// When Jira last listed it.
    pub verified_at: Option<Time>,
    /// The one that an administrator of Jira made by hand, as a second way in.
    pub by_hand: Option<ByHand>,
}

/// A webhook that was made by hand.
#[derive(Debug, Clone, Copy)]
pub struct ByHand {
    /// When its address was made.
    pub made_at: Time,
    /// When it last brought something.
    pub last_event_at: Option<Time>,
}

/// Work that is not done yet.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    /// Jobs that wait.
    pub waiting: i64,
    /// Jobs that run.
    pub running: i64,
    /// Since when the oldest that is due waits.
    pub oldest_at: Option<Time>,
    /// No calls before this, because Jira said so.
    pub paused_until: Option<Time>,
    /// Which limit was met.
    pub paused_why: Option<&'static str>,
}

/// How a connection is. Needs an admin.
pub async fn read(app: &App, caller: &Caller, id: ConnectionId) -> Result<Health> {
    need(caller, Role::Admin, Scope::Admin)?;
    look(app, caller, id).await
}

pub(crate) async fn look(app: &App, caller: &Caller, id: ConnectionId) -> Result<Health> {
    let row = {
        let mut tx = app.db.read().await?;
        problems::find(&mut tx, caller, id).await?
    };
    let grant = grant(app, row.grant_id).await?;
    let now = app.now();
    let mut tx = app.db.read().await?;
    let row = problems::find(&mut tx, caller, id).await?;
    let hook = problems::door(&mut tx, &row).await?;
    let queue = stored::queue(&mut tx, row.project_id, id, row.hook_id, now).await?;
    let problems = problems::found(&mut tx, &row, hook.as_ref(), grant.consented_at, now).await?;
    let agreed = consents::agreed(&mut tx, row.project_id, id).await?;
    let (by, agreed_version) = agreed
        .map(|agreed| (agreed.name, agreed.text_version))
        .unzip();
    let paused = match &row.cloud_id {
        Some(cloud) => stored::paused(&mut tx, cloud, now).await?,
        None => None,
    };
    let paused_until = paused
        .as_ref()
        .map(|paused| paused.until_at)
        .max(row.paused_until.filter(|until| *until > now));
    Ok(Health {
        authorisation: Authorisation {
            by,
            agreed_version,
            ..grant
        },
        last_event_at: hook.as_ref().and_then(|hook| hook.last_event_at),
        webhook: Webhook {
            is_registered: hook.as_ref().is_some_and(|hook| hook.state == "registered"),
            expires_at: hook.and_then(|hook| hook.expires_at),
            verified_at: match row.hook_id {
                Some(id) => stored::verified(&mut tx, id).await?,
                None => None,
            },
            by_hand: stored::admin_door(&mut tx, row.project_id, id)
                .await?
                .map(|door| ByHand {
                    made_at: door.made_at,
                    last_event_at: door.last_event_at,
                }),
        },
        last_write_at: attempts::last_write(&mut tx, row.project_id, id).await?,
        queue: Queue {
            waiting: queue.waiting,
            running: queue.running,
            oldest_at: queue.oldest_at,
            paused_until,
            paused_why: paused_until.map(|_| why(paused.map(|paused| paused.reason).as_deref())),
        },
        problems,
    })
}

/// What a pause is for, in words.
fn why(reason: Option<&str>) -> &'static str {
    match reason {
        Some("burst") => "Jira asked us to be slower on this site",
        Some("issue_writes") => "Jira asked us to change an issue less often",
        Some("app_quota") => "The hourly quota of this app is used up",
        Some("site_quota") => "The hourly quota of this app on this site is used up",
        _ => "Jira asked us to wait",
    }
}

/// The grant as admins may know it. Nothing secret leaves this function.
async fn grant(app: &App, id: Option<GrantId>) -> Result<Authorisation> {
    let none = Authorisation {
        by: None,
        agreed_version: None,
        token: Token::Missing,
        expires_at: None,
        refreshed_at: None,
        consented_at: None,
        is_old: false,
    };
    let Some(id) = id else {
        return Ok(none);
    };
    let found = match app.vault.open_grant(id).await {
        Ok(Some(found)) => found,
        Ok(None) | Err(upvow_vault::VaultError::Broken { .. }) => return Ok(none),
        Err(error) => return Err(error.into()),
    };
    let now = app.now();
    let is_live = found.state == GrantState::Live;
    Ok(Authorisation {
        token: match is_live {
            false => Token::Dead,
            true if found.expires_at <= now => Token::Due,
            true => Token::Fresh,
        },
        expires_at: Some(found.expires_at).filter(|_| is_live),
        refreshed_at: Some(found.refreshed_at),
        is_old: is_live && age(found.consented_at, now) >= problems::CONSENT_OLD,
        // What is over has no age that anybody should mind.
        consented_at: Some(found.consented_at).filter(|_| is_live),
        ..none
    })
}

fn age(since: Time, now: Time) -> Duration {
    now.since(since)
}

/// When somebody last agreed at Atlassian to what this connection does; nothing if that cannot be known now.
pub(crate) async fn consented_at(app: &App, row: &connections::Connection) -> Option<Time> {
    grant(app, row.grant_id).await.ok()?.consented_at
}
