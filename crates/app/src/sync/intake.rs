//! The webhook door's inner half: verify, parse to a Signal, store signal and job in one transaction.
//! Signals that wait at the same moment share one commit.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest;
use tokio::sync::oneshot;
use upvow_db::{DbError, Tx};
use upvow_domain::{
    HookId, ProjectId, Time,
    jira::{CloudId, IssueId},
    secret::WebhookToken,
};
use upvow_jira::{
    DoorError, Event,
    webhook::{self, LARGEST_DELIVERY},
};
use upvow_store::{
    connections, hooks, links,
    signals::{self, Signal},
};
use zeroize::Zeroize as _;

use crate::{
    App,
    connect::consent::hex,
    jobs::{self, Kind, Order},
    random, sync,
};

/// A delivery as it came in. Nothing of it is kept but the Signal.
pub struct Delivery {
    /// The unguessable part of the address.
    pub token: WebhookToken,
    /// Every `Authorization` header.
    pub authorization: Vec<String>,
    /// `X-Atlassian-Webhook-Identifier`: the same across retries.
    pub delivery_id: Option<String>,
    /// The raw body; wiped after parsing.
    pub body: Vec<u8>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Stored, or already stored, or about nothing of ours: answer 2xx.
    Taken,
    /// Not ours to take: the one constant refusal.
    Refused,
    /// More than this door takes per minute: 429, Jira tries again.
    TooMany,
    /// It cannot be verified or stored now: 503, Jira tries again.
    NotNow,
}

/// What one door may bring in a minute. Jira delivers 20 at a time, so this is far above what one site can send.
const MOST_PER_MINUTE: u32 = 60_000;
/// More waiting deliveries than this mean that the database does not keep up.
const MOST_WAITING: usize = 4_096;
/// How many deliveries share a commit at most.
const MOST_PER_COMMIT: usize = 128;
/// Jira's ids are far shorter.
const LONGEST_ID: usize = 200;

/// Deliveries that wait for their commit, and how many each door brought.
#[derive(Default)]
pub(crate) struct Intake {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever commits for all who wait.
    leader: tokio::sync::Mutex<()>,
    meters: Mutex<HashMap<HookId, Meter>>,
}

struct Waiting {
    entry: Entry,
    answer: oneshot::Sender<bool>,
}

/// A signal and what its job needs.
#[derive(Clone)]
struct Entry {
    signal: Signal,
    cloud: CloudId,
    project: ProjectId,
}

/// Counts within a minute.
#[derive(Clone, Copy)]
struct Meter {
    minute: i64,
    count: u32,
}

/// Takes a delivery.
pub async fn receive(app: &App, mut delivery: Delivery) -> Outcome {
    let judged = judge(app, &mut delivery).await;
    delivery.body.zeroize();
    let (outcome, why) = match judged {
        Ok(Judged::Drop(why)) => (Outcome::Taken, why),
        Ok(Judged::Keep(entry)) => {
            if keep(app, *entry).await {
                (Outcome::Taken, "stored")
            } else {
                (Outcome::NotNow, "not_stored")
            }
        }
        Err((outcome, why)) => (outcome, why),
    };
    metrics::counter!("upvow_webhook_deliveries_total", "result" => why).increment(1);
    outcome
}

enum Judged {
    Keep(Box<Entry>),
    Drop(&'static str),
}

type Refusal = (Outcome, &'static str);

/// The checks, cheapest first.
async fn judge(app: &App, delivery: &mut Delivery) -> Result<Judged, Refusal> {
    let not_now = |_: DbError| (Outcome::NotNow, "database");
    if delivery.body.len() > LARGEST_DELIVERY {
        return Err((Outcome::Refused, "too_large"));
    }
    let Some(jira) = &app.jira else {
        return Err((Outcome::NotNow, "no_secret"));
    };
    let hash = random::hash(delivery.token.expose());
    let mut tx = app.db.read().await.map_err(not_now)?;
    let hook = hooks::of_token(&mut tx, hash).await.map_err(not_now)?;
    let Some(hook) = hook else {
        return Err((Outcome::Refused, "unknown_address"));
    };
    let now = app.now();
    if !app.intake().admits(hook.id, now) {
        return Err((Outcome::TooMany, "too_many"));
    }
    let headers: Vec<&str> = delivery.authorization.iter().map(String::as_str).collect();
    match webhook::verify(&headers, jira.app(), now) {
        Ok(()) => {}
        Err(DoorError::NoSecret) => return Err((Outcome::NotNow, "no_secret")),
        Err(error) => return Err((Outcome::Refused, error.code())),
    }
    let delivery_id = match delivery.delivery_id.take().filter(|id| !id.is_empty()) {
        Some(id) if id.len() <= LONGEST_ID => id,
        // Without an id, or with an odd one, the same bytes are the same delivery.
        _ => hex(digest::digest(&digest::SHA256, &delivery.body).as_ref()),
    };
    let signal =
        webhook::parse(&delivery.body).map_err(|error| (Outcome::Refused, error.code()))?;
    delivery.body.zeroize();

    let own = sync::hooks::ids(&hook.webhook_ids);
    if !signal.matched.iter().any(|id| own.contains(id)) {
        return Err((Outcome::Refused, "foreign_webhook"));
    }
    let event = match signal.event {
        Event::IssueUpdated => "issue_updated",
        Event::IssueDeleted => "issue_deleted",
        // A new issue is one that nobody has linked; ours is read once after it was made.
        Event::IssueCreated | Event::Other => return Ok(Judged::Drop("other_event")),
    };
    let Some(issue) = signal.issue_id else {
        return Ok(Judged::Drop("no_issue"));
    };
    if !links::watched(&mut tx, hook.id, &issue)
        .await
        .map_err(not_now)?
    {
        return Ok(Judged::Drop("unlinked_issue"));
    }
    let users = connections::of_hook(&mut tx, hook.id)
        .await
        .map_err(not_now)?;
    let Some(user) = users.first() else {
        return Ok(Judged::Drop("nobody_at_work"));
    };
    Ok(Judged::Keep(Box::new(Entry {
        signal: Signal {
            id: app.fresh_id(),
            hook: hook.id,
            delivery: delivery_id,
            event,
            issue,
            key: signal.issue_key,
            issue_type: signal.issue_type_id,
            status: signal.status_id,
            sent_at: signal.sent_at,
            received_at: now,
        },
        cloud: hook.cloud_id,
        project: user.project_id,
    })))
}

/// Stores an entry together with all that wait at this moment. True once it is committed.
async fn keep(app: &App, entry: Entry) -> bool {
    let (answer, mut told) = oneshot::channel();
    {
        let mut waiting = lock(&app.intake().waiting);
        if waiting.len() >= MOST_WAITING {
            return false;
        }
        waiting.push(Waiting { entry, answer });
    }
    // Whoever gets the lead commits for everybody. Most are told by somebody else before it is their turn.
    tokio::select! {
        biased;
        stored = &mut told => stored.unwrap_or(false),
        lead = app.intake().leader.lock() => {
            // Until it is ours: there may be more before us than one commit takes.
            let stored = loop {
                if let Ok(stored) = told.try_recv() {
                    break stored;
                }
                let batch = {
                    let mut waiting = lock(&app.intake().waiting);
                    let count = waiting.len().min(MOST_PER_COMMIT);
                    waiting.drain(..count).collect::<Vec<_>>()
                };
                if batch.is_empty() {
                    break false;
                }
                commit(app, batch).await;
            };
            drop(lead);
            stored
        }
    }
}

/// Commits a batch and tells each what became of it. A leader that is dropped half-way tells nobody: then all hear
/// that it was not stored, and Jira tries again.
async fn commit(app: &App, mut batch: Vec<Waiting>) {
    // The same order on all nodes, so that two of them never wait for each other.
    batch.sort_by(|a, b| {
        let of = |w: &Waiting| (w.entry.signal.hook, w.entry.signal.issue.clone());
        of(a).cmp(&of(b))
    });
    let mut stored = write(app, &batch).await;
    if let Err(DbError::Driver { .. } | DbError::Duplicate) = stored {
        // A door that was closed meanwhile, or a knot with another node: gone on the second look.
        stored = write(app, &batch).await;
    }
    if let Err(error) = &stored {
        let code = jobs::code_of_db(error);
        tracing::warn!(code, waiting = batch.len(), "webhooks not stored");
    }
    metrics::histogram!("upvow_webhook_batch_size").record(batch_size(&batch));
    let stored = stored.is_ok();
    for waiting in batch {
        // Nobody there any more is no error: Jira tries again and is told that it is known.
        let _ = waiting.answer.send(stored);
    }
    if stored {
        app.work.notify_one();
    }
}

async fn write(app: &App, batch: &[Waiting]) -> Result<(), DbError> {
    let mut tx = app.db.write().await?;
    let now = app.now();
    let mut last = None;
    for Waiting { entry, .. } in batch {
        let hook = entry.signal.hook;
        if last != Some(hook) {
            hooks::set_heard(&mut tx, hook, now).await?;
            last = Some(hook);
        }
        if signals::insert(&mut tx, &entry.signal).await? {
            enqueue(&mut tx, app, entry).await?;
        }
    }
    tx.commit().await
}

async fn enqueue(tx: &mut Tx, app: &App, entry: &Entry) -> Result<(), DbError> {
    let order = Order {
        kind: Kind::PullIssue,
        subject: subject(entry.signal.hook, &entry.signal.issue),
        lane: jobs::issue_lane(&entry.cloud, &entry.signal.issue),
        project: entry.project,
        // Of no connection: the others of the same door want it when one goes.
        connection: None,
        run_at: app.now(),
    };
    jobs::enqueue_plain(tx, app, &order).await
}

fn subject(hook: HookId, issue: &IssueId) -> String {
    format!("{}/{issue}", hook.stored())
}

impl Intake {
    fn admits(&self, hook: HookId, now: Time) -> bool {
        let minute = now.0.div_euclid(60_000);
        let mut meters = lock(&self.meters);
        meters.retain(|_, meter| meter.minute == minute);
        let meter = meters.entry(hook).or_insert(Meter { minute, count: 0 });
        meter.count = meter.count.saturating_add(1);
        meter.count <= MOST_PER_MINUTE
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing is left half done by a panic between two statements that only count and move.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a batch has at most MOST_PER_COMMIT entries"
)]
fn batch_size(batch: &[Waiting]) -> f64 {
    batch.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_that_brings_too_much_waits_for_the_next_minute() {
        let intake = Intake::default();
        let hook = HookId::new(uuid::Uuid::from_u128(1));
        let other = HookId::new(uuid::Uuid::from_u128(2));
        let now = Time(60_000 * 7);
        for _ in 0..MOST_PER_MINUTE {
            assert!(intake.admits(hook, now));
        }
        assert!(!intake.admits(hook, now));
        assert!(intake.admits(other, now), "one door does not close another");
        assert!(intake.admits(hook, Time(60_000 * 8)));
    }
}
