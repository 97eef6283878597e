//! What Jira asked us to wait. It is kept in the database, so that all nodes and all jobs know: who would only be refused
//! does not call. Nothing is dropped: a job that meets a pause waits until it is over.

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, ConnectionId, Role, Scope, Time, jira::CloudId};
use upvow_events::Counter;
use upvow_jira::{
    LimitReason,
    limits::{Heard, Hold, Place, Road},
};
use upvow_store::{
    connections,
    pauses::{self, Pause},
};

use crate::{App, AppError, Result, access::need, random};

/// Something that waits because Jira asked for it.
#[derive(Debug, Clone)]
pub struct Waits {
    /// `app`, `site`, `call`, `issue`.
    pub what: &'static str,
    /// The endpoint or the issue's number, if it is about one.
    pub which: Option<String>,
    /// Which limit: `app_quota`, `site_quota`, `burst`, `issue_writes`, `unknown`.
    pub reason: String,
    /// Nothing waits but comparisons: the limit is near, and not reached.
    pub background_only: bool,
    /// Since when.
    pub since: Time,
    /// Until when.
    pub until: Time,
}

/// What waits now of what a connection does. Needs an admin.
pub async fn waits(app: &App, caller: &Caller, connection: ConnectionId) -> Result<Vec<Waits>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let found = connections::get(&mut tx, caller.project, connection)
        .await?
        .ok_or(AppError::NotFound)?;
    let Some(cloud) = found.cloud_id else {
        return Ok(vec![]);
    };
    let rows = pauses::in_force(&mut tx, &cloud, app.now()).await?;
    Ok(rows.into_iter().map(tell).collect())
}

fn tell(row: Pause) -> Waits {
    let mut parts = row.subject.splitn(3, '/');
    let what = match parts.next() {
        Some("site") => "site",
        Some("call") => "call",
        Some("issue") => "issue",
        Some("near") if row.cloud_id.is_some() => "site",
        _ => "app",
    };
    Waits {
        what,
        which: parts.nth(1).map(str::to_owned),
        reason: row.reason,
        background_only: row.background_only,
        since: row.since,
        until: row.until_at,
    }
}

/// Until when no call may be made on a site at all, and which limit that is about.
pub(crate) fn stops(held: &[Pause]) -> Option<(Time, LimitReason)> {
    held.iter()
        .filter(|pause| !pause.background_only)
        .filter(|pause| pause.subject == "app" || pause.subject.starts_with("site/"))
        .map(|pause| (pause.until_at, reason(&pause.reason)))
        .max_by_key(|(until, _)| *until)
}

/// What else is held, for the client that knows which call is about to be made.
pub(crate) fn road(held: &[Pause], now: Time) -> Road {
    let holds = held.iter().filter_map(|pause| {
        let mut parts = pause.subject.splitn(3, '/');
        let place = match (parts.next()?, parts.nth(1)?) {
            ("call", name) => Place::Call(name.to_owned()),
            ("issue", id) => Place::Issue(id.to_owned()),
            _ => return None,
        };
        Some(Hold {
            place,
            wait: pause.until_at.since(now),
            reason: reason(&pause.reason),
        })
    });
    Road::new(holds.collect())
}

/// Until when work that can wait is to wait, because a limit is near or reached.
pub(crate) async fn background_waits(
    tx: &mut Tx,
    cloud: &CloudId,
    now: Time,
) -> Result<Option<Time>> {
    let held = pauses::in_force(tx, cloud, now).await?;
    Ok(held
        .iter()
        .filter(|pause| pause.background_only)
        .map(|pause| pause.until_at)
        .max())
}

/// Notes a refusal; gives until when the caller waits.
pub(crate) async fn refused(
    app: &App,
    cloud: &CloudId,
    heard: &Heard,
    asked: Option<Duration>,
    reason: LimitReason,
) -> Result<Time> {
    let now = app.now();
    let until = now.plus(wait(asked, reason));
    let subject = match (reason, &heard.limited) {
        (LimitReason::AppQuota, _) => "app".to_owned(),
        (LimitReason::Burst, Some((call, _))) => format!("call/{cloud}/{call}"),
        (LimitReason::IssueWrites, Some((_, Some(issue)))) => format!("issue/{cloud}/{issue}"),
        _ => format!("site/{cloud}"),
    };
    let of = (reason != LimitReason::AppQuota).then_some(cloud);
    let mut tx = app.db.write().await?;
    pauses::hold(&mut tx, &subject, of, reason.code(), false, until, now).await?;
    tx.commit().await?;
    Counter::RateLimits {
        reason: reason.code().into(),
    }
    .add();
    Ok(until)
}

/// Notes that a limit is near, once until it is not any more.
pub(crate) async fn near(app: &App, cloud: &CloudId, held: &[Pause], heard: &Heard) -> Result<()> {
    let Some(near) = heard.near else {
        return Ok(());
    };
    let (subject, of, reason) = if near.of_site {
        (format!("near/{cloud}"), Some(cloud), LimitReason::SiteQuota)
    } else {
        ("near".to_owned(), None, LimitReason::AppQuota)
    };
    if held.iter().any(|pause| pause.subject == subject) {
        return Ok(());
    }
    let now = app.now();
    let until = now.plus(spread(near.resets_in));
    let mut tx = app.db.write().await?;
    pauses::hold(&mut tx, &subject, of, reason.code(), true, until, now).await?;
    Ok(tx.commit().await?)
}

fn reason(code: &str) -> LimitReason {
    LimitReason::ALL
        .into_iter()
        .find(|reason| reason.code() == code)
        .unwrap_or(LimitReason::Unknown)
}

/// How long to wait: at least what was asked, and up to a third more, so that not all come back at once.
fn wait(asked: Option<Duration>, reason: LimitReason) -> Duration {
    let least = match reason {
        LimitReason::Burst | LimitReason::IssueWrites => Duration::from_secs(2),
        LimitReason::AppQuota | LimitReason::SiteQuota | LimitReason::Unknown => {
            Duration::from_secs(30)
        }
    };
    spread(match asked {
        // "Now" from somebody who just said "too fast".
        Some(Duration::ZERO) => Duration::from_secs(1),
        Some(asked) => asked,
        None => least,
    })
}

/// The longest that is added, so that an hour's wait does not become an hour and twenty minutes.
const MOST_SPREAD: Duration = Duration::from_secs(30);

fn spread(base: Duration) -> Duration {
    let draw = f64::from(u16::from_be_bytes(random::bytes::<2>())) / f64::from(u16::MAX);
    base + (base / 3).min(MOST_SPREAD).mul_f64(draw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_the_least_and_never_nothing() {
        for reason in LimitReason::ALL {
            for _ in 0..50 {
                let at = |asked| wait(asked, reason);
                assert!(at(Some(Duration::ZERO)) >= Duration::from_secs(1));
                let five = at(Some(Duration::from_secs(5)));
                assert!(five >= Duration::from_secs(5) && five < Duration::from_secs(7));
                assert!(at(None) >= Duration::from_secs(2));
                let hour = at(Some(Duration::from_hours(1)));
                assert!(hour >= Duration::from_hours(1) && hour < Duration::from_secs(3_631));
            }
        }
    }
}
