//! Personal data reporting: each account once in each cycle, whatever happens, and what follows from the answers.

mod answers;
mod breaker;
mod cycle;
mod random;
mod relay;

use upvow_app::{App, Time};
use upvow_domain::{
    ConnectionId, GrantId,
    secret::{AccessToken, AccountId, RefreshToken},
};
use upvow_vault::NewGrant;

use crate::{atlassian::reports::Reports, town::Town};

pub(super) const REPORT: &str = "POST /app/report-accounts/";
pub(super) const HOUR: u64 = 3_600;
pub(super) const DAY: u64 = 24 * HOUR;
/// After this, whoever was asked about is asked again: a cycle, its margin and all of its jitter.
pub(super) const CYCLE: u64 = 7 * DAY + 7 * HOUR;

impl Town {
    /// The owner has connected, and the stand-in reads our clock.
    pub(super) async fn reporting() -> (Town, ConnectionId) {
        let (town, by) = Town::connected().await;
        town.atlassian.world().reports.clock = Some(town.app().clock.clone());
        (town, by)
    }

    /// What the stand-in knows.
    pub(super) fn reports<T>(&self, look: impl FnOnce(&mut Reports) -> T) -> T {
        look(&mut self.atlassian.world().reports)
    }

    /// So many others have authorised, each with a connection that waits for a reconnect.
    pub(super) async fn others(
        &self,
        names: impl IntoIterator<Item = String>,
    ) -> Vec<ConnectionId> {
        let mut made = Vec::new();
        for name in names {
            made.push(other(self.app(), &name, "access-of-nobody", "").await);
        }
        made
    }

    /// Atlassian is asked about whoever is due, until nobody is.
    pub(super) async fn report(&self) {
        self.work().await;
    }

    pub(super) fn times(&self, account: &str) -> usize {
        self.reports(|reports| reports.times(account))
    }

    /// No account was asked about twice within a cycle.
    pub(super) fn nobody_too_often(&self, cycle: u64) {
        let world = self.atlassian.world();
        for times in world.reports.asked.values() {
            for two in times.windows(2) {
                let apart = two[1].0.since(two[0].0).as_secs();
                assert!(apart >= cycle, "asked again after {apart} s");
            }
        }
    }
}

/// Somebody else's grant, and a connection that names it.
pub(super) async fn other(app: &App, account: &str, access: &str, scopes: &str) -> ConnectionId {
    let now = app.now();
    let grant = NewGrant {
        account: AccountId::new(account.to_owned()),
        access: AccessToken::new(access.to_owned()),
        refresh: Some(RefreshToken::new("refresh-of-nobody".to_owned())),
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        expires_at: Time(i64::MAX / 2),
    };
    let kept = app.vault.keep_grant(app.fresh_id(), grant, now).await;
    let grant: GrantId = kept.unwrap().id;
    let id: ConnectionId = app.fresh_id();
    let mut tx = app.db.write().await.unwrap();
    let made = "INSERT INTO connections
        (id, project_id, grant_id, consent_id, cloud_id, site_name, site_url, state, generation, created_at, updated_at)
        SELECT $1, project_id, $2, consent_id, cloud_id, site_name, site_url, 'needs_reconnect', 0, created_at, updated_at
        FROM connections ORDER BY id LIMIT 1";
    let args = upvow_db::args![id, grant];
    assert_eq!(tx.run(made, args).await.unwrap(), 1);
    tx.commit().await.unwrap();
    id
}

/// `p001`, `p002`, ...
pub(super) fn names(many: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    many.map(|n| format!("712020:p{n:03}"))
}
