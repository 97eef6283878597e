//! The webhook doors' inner half: verify, parse to a Signal, store signal and job in one transaction.
//!
//! There are two doors with the same rules. The one that Jira's dynamic webhooks use is here: a token signed with the
//! app's secret, and numbers of ours. `signed` is the one that an administrator of Jira can make by hand. `batch`: signals
//! that wait at the same moment share one commit.

mod batch;
mod signed;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest;
use upvow_db::{DbError, Tx};
use upvow_domain::{HookId, Time, hex, secret::WebhookToken};
use upvow_events::Counter;
use upvow_jira::{
    DoorError, Event,
    webhook::{self, LARGEST_DELIVERY},
};
use upvow_store::{
    connections::{self, Connection},
    hooks, links,
    signals::Signal,
};
use zeroize::Zeroize as _;

use batch::{Entry, Waiting, keep};

pub use signed::{SignedDelivery, receive_signed};

use crate::{App, random, sync};

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

/// Counts within a minute.
#[derive(Clone, Copy)]
struct Meter {
    minute: i64,
    count: u32,
}

/// Takes a delivery of a dynamic webhook.
pub async fn receive(app: &App, mut delivery: Delivery) -> Outcome {
    let judged = judge(app, &mut delivery).await;
    delivery.body.zeroize();
    settle(app, judged, "dynamic").await
}

/// What is to be done with a delivery.
enum Judged {
    Keep(Box<Entry>),
    Drop(&'static str),
}

type Refusal = (Outcome, &'static str);

fn not_now(_: DbError) -> Refusal {
    (Outcome::NotNow, "database")
}

/// Stores what is to be kept, and counts what became of it.
async fn settle(app: &App, judged: Result<Judged, Refusal>, door: &'static str) -> Outcome {
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
    let (result, door) = (why.into(), door.into());
    Counter::Deliveries { result, door }.add();
    outcome
}

/// The checks, cheapest first.
async fn judge(app: &App, delivery: &mut Delivery) -> Result<Judged, Refusal> {
    if delivery.body.len() > LARGEST_DELIVERY {
        return Err((Outcome::Refused, "too_large"));
    }
    let Some(jira) = &app.jira else {
        return Err((Outcome::NotNow, "no_secret"));
    };
    let hash = random::hash(delivery.token.expose());
    let mut tx = app.db.read().await.map_err(not_now)?;
    let now = app.now();
    let hook = hooks::of_token(&mut tx, hash, now).await.map_err(not_now)?;
    let Some(hook) = hook else {
        return Err((Outcome::Refused, "unknown_address"));
    };
    if !app.intake().admits(hook.id, now) {
        return Err((Outcome::TooMany, "too_many"));
    }
    let headers: Vec<&str> = delivery.authorization.iter().map(String::as_str).collect();
    match webhook::verify(&headers, &jira.app(), now) {
        Ok(()) => {}
        Err(DoorError::NoSecret) => return Err((Outcome::NotNow, "no_secret")),
        Err(error) => return Err((Outcome::Refused, error.code())),
    }
    let (id, said) = read(delivery.delivery_id.take(), &mut delivery.body)?;
    let mut own = sync::hooks::ids(&hook.webhook_ids);
    if let Some(before) = hook
        .previous_ids
        .filter(|_| hook.previous_until.is_some_and(|at| at > now))
    {
        own.extend(sync::hooks::ids(&before));
    }
    if !said.matched.iter().any(|id| own.contains(id)) {
        return Err((Outcome::Refused, "foreign_webhook"));
    }
    let users = connections::of_hook(&mut tx, hook.id)
        .await
        .map_err(not_now)?;
    note(app, &mut tx, users.first(), None, id, said).await
}

/// What a verified body says, and what the delivery is called. The body is wiped.
fn read(id: Option<String>, body: &mut Vec<u8>) -> Result<(String, webhook::Signal), Refusal> {
    let id = match id.filter(|id| !id.is_empty()) {
        Some(id) if id.len() <= LONGEST_ID && is_a_number(&id) => id,
        // Something else in its place still tells deliveries apart, but it may be anything that somebody wrote.
        Some(id) if id.len() <= LONGEST_ID => {
            hex(digest::digest(&digest::SHA256, id.as_bytes()).as_ref())
        }
        // Without an id, or with an endless one, the same bytes are the same delivery.
        _ => hex(digest::digest(&digest::SHA256, body).as_ref()),
    };
    let said = webhook::parse(body).map_err(|error| (Outcome::Refused, error.code()))?;
    body.zeroize();
    Ok((id, said))
}

/// Of the form that Jira gives its deliveries: digits, hexadecimal ones too, and dashes.
fn is_a_number(id: &str) -> bool {
    id.bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The Signal of a verified delivery that concerns a connection at work, if it is about an issue that somebody linked.
async fn note(
    app: &App,
    tx: &mut Tx,
    user: Option<&Connection>,
    by_hand: Option<HookId>,
    delivery: String,
    said: webhook::Signal,
) -> Result<Judged, Refusal> {
    let event = match said.event {
        Event::IssueUpdated => "issue_updated",
        Event::IssueDeleted => "issue_deleted",
        // A new issue is one that nobody has linked; ours is read once after it was made.
        Event::IssueCreated | Event::Other => return Ok(Judged::Drop("other_event")),
    };
    let Some(issue) = said.issue_id else {
        return Ok(Judged::Drop("no_issue"));
    };
    let at_work =
        user.and_then(|user| Some((user.hook_id?, user.cloud_id.clone()?, user.project_id)));
    let Some((hook, cloud, project)) = at_work else {
        return Ok(Judged::Drop("nobody_at_work"));
    };
    if !links::watched(tx, hook, &issue).await.map_err(not_now)? {
        return Ok(Judged::Drop("unlinked_issue"));
    }
    Ok(Judged::Keep(Box::new(Entry {
        signal: Signal {
            id: app.fresh_id(),
            hook,
            delivery,
            event,
            issue,
            key: said.issue_key,
            issue_type: said.issue_type_id,
            status: said.status_id,
            sent_at: said.sent_at,
            received_at: app.now(),
        },
        cloud,
        project,
        by_hand,
    })))
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
