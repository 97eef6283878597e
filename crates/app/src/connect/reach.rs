//! A call to Jira on behalf of a connection: asked for each time, made with a fresh token, and what its failure means
//! for the connection is noted.

use std::{future::Future, sync::Arc, time::Duration};

use upvow_db::Tx;
use upvow_domain::{ConnectionId, GrantId, ProjectId, Time, jira::CloudId, secret::AccessToken};
use upvow_jira::{
    Jira, JiraError, OnSite, Site,
    limits::{Heard, Road},
};
use upvow_store::{
    connections::{self, Connection},
    pauses,
};

use crate::{
    App, Result,
    connect::{
        grants::{self, CallError, Need},
        limits,
    },
    sync::reconcile::{self, Cause},
};

/// A connection as it was when the work began. Calls are refused once it is another.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) project: ProjectId,
    pub(crate) connection: ConnectionId,
    pub(crate) cloud: CloudId,
    pub(crate) site_url: String,
    grant: GrantId,
    generation: i64,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Jobs and links: the connection is at work.
    Work,
    /// The wizard: or it is being set up.
    Setup,
}

/// A site that did not answer for longer than this may have lost what it had to tell us.
const LONG_SILENCE: Duration = Duration::from_mins(20);

impl Reach {
    /// The connection, if it allows calls. [`CallError::Ended`] if not.
    pub(crate) async fn of(
        tx: &mut Tx,
        project: ProjectId,
        id: ConnectionId,
        purpose: For,
    ) -> Result<Reach, CallError> {
        let found = connections::get(tx, project, id).await?;
        found
            .filter(|connection| allows(connection, purpose))
            .and_then(Reach::from_row)
            .ok_or(CallError::Ended)
    }

    /// The same, in a transaction of its own.
    pub(crate) async fn find(
        app: &App,
        project: ProjectId,
        id: ConnectionId,
        purpose: For,
    ) -> Result<Reach, CallError> {
        let mut tx = app.db.read().await?;
        Reach::of(&mut tx, project, id, purpose).await
    }

    /// Reads what a row says; nothing if it has no site or grant.
    pub(crate) fn from_row(row: Connection) -> Option<Reach> {
        Some(Reach {
            project: row.project_id,
            connection: row.id,
            cloud: row.cloud_id?,
            site_url: row.site_url.unwrap_or_default(),
            grant: row.grant_id?,
            generation: row.generation,
        })
    }

    /// Whether the connection is still the one the work began with: to be asked in the transaction that writes.
    pub(crate) async fn still(&self, tx: &mut Tx) -> Result<(), CallError> {
        self.current(tx).await.map(drop)
    }

    async fn current(&self, tx: &mut Tx) -> Result<Connection, CallError> {
        connections::get(tx, self.project, self.connection)
            .await?
            .filter(|row| row.generation == self.generation && allows(row, For::Setup))
            .ok_or(CallError::Ended)
    }

    /// Makes a call. A token that Jira refuses though it should be good is renewed once, and the call made once more.
    pub(crate) async fn call<T, Answer>(
        &self,
        app: &App,
        call: impl Fn(At) -> Answer + Send,
    ) -> Result<T, CallError>
    where
        Answer: Future<Output = Result<T, JiraError>> + Send,
    {
        let jira = app.jira()?;
        let mut need = Need::Fresh;
        loop {
            let (row, held) = {
                let mut tx = app.db.read().await?;
                let row = self.current(&mut tx).await?;
                (
                    row,
                    pauses::in_force(&mut tx, &self.cloud, app.now()).await?,
                )
            };
            if let Some((until, reason)) = limits::stops(&held) {
                return Err(CallError::Wait {
                    until,
                    error: JiraError::RateLimited {
                        retry_after: Some(until.since(app.now())),
                        reason,
                    },
                });
            }
            let token = grants::token(app, self.grant, need).await?;
            let at = At {
                jira: jira.clone(),
                cloud: self.cloud.clone(),
                access: token.access.clone(),
                road: Arc::new(limits::road(&held, app.now())),
            };
            let road = at.road.clone();
            let answer = call(at).await;
            let heard = road.heard();
            limits::near(app, &self.cloud, &held, &heard).await?;
            let error = match answer {
                Ok(value) => {
                    if let Some(since) = row.unreachable_since {
                        self.is_back(app, since).await?;
                    }
                    return Ok(value);
                }
                Err(error) => error,
            };
            let now = app.now();
            let may_be_age = match error {
                JiraError::Expired => token.is_old(now) || !token.is_young(now),
                // Atlassian's gateway answers so, too, when a token is past its time.
                JiraError::Forbidden | JiraError::NotFound => token.is_old(now),
                _ => false,
            };
            if may_be_age && matches!(need, Need::Fresh) {
                need = Need::NewerThan(token.version);
                continue;
            }
            return Err(self.note(app, error, &heard).await?);
        }
    }

    /// Notes what a failure means for the connection, and says what it means for the caller.
    async fn note(
        &self,
        app: &App,
        error: JiraError,
        heard: &Heard,
    ) -> Result<CallError, CallError> {
        match &error {
            JiraError::ScopeMissing => {
                let mut tx = app.db.write().await?;
                let code = Some("scope_missing");
                connections::set_problem(&mut tx, self.project, self.connection, code, app.now())
                    .await?;
                tx.commit().await?;
            }
            JiraError::RateLimited {
                retry_after,
                reason,
            } => {
                let until = if heard.held {
                    app.now().plus(retry_after.unwrap_or_default())
                } else {
                    limits::refused(app, &self.cloud, heard, *retry_after, *reason).await?
                };
                return Ok(CallError::Wait { until, error });
            }
            JiraError::Unavailable { .. } | JiraError::TimedOut => {
                let mut tx = app.db.write().await?;
                connections::set_unreachable(&mut tx, self.project, self.connection, app.now())
                    .await?;
                tx.commit().await?;
            }
            _ => {}
        }
        Ok(CallError::Jira(error))
    }

    /// The site answers again. If that took longer than Jira tries to deliver what it has to say, the links are compared.
    async fn is_back(&self, app: &App, since: Time) -> Result<(), CallError> {
        let mut tx = app.db.write().await?;
        let was_first =
            connections::clear_unreachable(&mut tx, self.project, self.connection).await?;
        if was_first && app.now().since(since) > LONG_SILENCE {
            let cause = Cause::SiteBack;
            reconcile::begin(&mut tx, app, self.project, self.connection, cause).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn allows(row: &Connection, purpose: For) -> bool {
    row.state == "active" || purpose == For::Setup && row.state == "setup"
}

/// What a call needs: owned, so that the call can be made again.
pub(crate) struct At {
    jira: Jira,
    cloud: CloudId,
    access: AccessToken,
    road: Arc<Road>,
}

impl At {
    /// The calls.
    pub(crate) fn site(&self) -> OnSite<'_> {
        self.jira.on(&self.cloud, &self.access).by(&self.road)
    }

    /// The site's own entry in the list of sites that the grant reaches.
    pub(crate) async fn entry(&self) -> Result<Option<Site>, JiraError> {
        let sites = self.jira.accessible_sites(&self.access).await?;
        Ok(sites.into_iter().find(|site| site.cloud_id == self.cloud))
    }
}
