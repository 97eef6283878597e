//! Sending: in order per address, with Atlassian's headers, and again when the answer says so.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clock::jira_time;
use crate::people::Who;
use crate::secret;
use crate::sim::Sim;

/// Sends again at most this often.
const RETRIES: usize = 5;

/// Atlassian waits 5 to 15 minutes before it sends again. Nobody who watches a demo would, so this simulator waits seconds of its own
/// clock; whoever needs the real gaps sets them and moves the clock.
const RETRY_GAP_MS: i64 = 2_000;

const REAL_GAP_MS: std::ops::Range<i64> = 5 * 60_000..15 * 60_000;

/// The token of a delivery is good for this long.
const TOKEN_FOR_S: i64 = 180;

/// How the receiver can tell that it is Jira who calls.
#[derive(Clone, Debug)]
pub(crate) enum Seal {
    /// A webhook of the app, registered in the name of this person: a JWT signed with the app's secret.
    App(Who),
    /// A webhook an administrator made: a signature over the raw body, if it has a secret.
    Secret(Option<String>),
}

/// One event on its way to one address.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) number: u64,
    pub(crate) site: usize,
    pub(crate) seal: Seal,
    pub(crate) url: String,
    pub(crate) event: &'static str,
    pub(crate) issue: u64,
    pub(crate) identifier: String,
    pub(crate) flow: &'static str,
    pub(crate) body: String,
    pub(crate) matched: Vec<u64>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) stage: Stage,
}

/// One try: when, and the status if there was an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    at: i64,
    status: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Waiting { due_at: i64 },
    Sending,
    Delivered,
    Failed,
}

impl Delivery {
    pub(crate) fn to_json(&self) -> Value {
        let stage = match self.stage {
            Stage::Waiting { .. } if self.attempts.is_empty() => "queued",
            Stage::Waiting { .. } => "retrying",
            Stage::Sending => "sending",
            Stage::Delivered => "delivered",
            Stage::Failed => "failed",
        };
        let statuses: Vec<Option<u16>> =
            self.attempts.iter().map(|attempt| attempt.status).collect();
        json!({
            "number": self.number,
            "event": self.event,
            "issue_id": self.issue.to_string(),
            "identifier": self.identifier,
            "flow": self.flow,
            "stage": stage,
            "attempts": self.attempts.len(),
            "statuses": statuses,
            "status": statuses.last(),
            "last_attempt": self.attempts.last().map(|attempt| jira_time(attempt.at)),
            "matched_webhook_ids": self.matched,
        })
    }
}

/// Every delivery there ever was, and how to send.
pub(crate) struct Deliveries {
    list: Vec<Delivery>,
    /// Nothing is sent meanwhile.
    pub(crate) paused: bool,
    /// What waits is sent newest first.
    pub(crate) newest_first: bool,
    /// So many of the next events are sent twice, with the same identifier.
    pub(crate) duplicate: u64,
    /// So many of the next events are lost.
    pub(crate) lose: u64,
    pub(crate) retry_gap_ms: i64,
    /// Gaps of Atlassian's length instead.
    pub(crate) real_gaps: bool,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            paused: false,
            newest_first: false,
            duplicate: 0,
            lose: 0,
            retry_gap_ms: RETRY_GAP_MS,
            real_gaps: false,
        }
    }
}

impl Deliveries {
    pub(crate) fn queue(&mut self, delivery: &Delivery) {
        if self.lose > 0 {
            self.lose -= 1;
            return;
        }
        let copies = if self.duplicate > 0 { 2 } else { 1 };
        self.duplicate = self.duplicate.saturating_sub(1);
        for _ in 0..copies {
            let number = self.list.len() as u64 + 1;
            self.list.push(Delivery {
                number,
                ..delivery.clone()
            });
        }
    }

    pub(crate) fn list(&self) -> &[Delivery] {
        &self.list
    }

    /// Sends an old delivery once more, as a replay would: same identifier, same body.
    pub(crate) fn again(&mut self, number: u64, now: i64) -> bool {
        let Some(found) = self
            .list
            .iter()
            .find(|delivery| delivery.number == number)
            .cloned()
        else {
            return false;
        };
        let number = self.list.len() as u64 + 1;
        self.list.push(Delivery {
            number,
            attempts: Vec::new(),
            stage: Stage::Waiting { due_at: now },
            ..found
        });
        true
    }

    pub(crate) fn forget(&mut self, who: Who) {
        for delivery in &mut self.list {
            if matches!(&delivery.seal, Seal::App(owner) if owner.account_id == who.account_id)
                && matches!(delivery.stage, Stage::Waiting { .. })
            {
                delivery.stage = Stage::Failed;
            }
        }
    }

    /// Is nothing on its way or waiting for another try?
    pub(crate) fn idle(&self) -> bool {
        self.list
            .iter()
            .all(|delivery| matches!(delivery.stage, Stage::Delivered | Stage::Failed))
    }

    /// Is nothing on its way, and nothing that could go now?
    pub(crate) fn settled(&self, now: i64) -> bool {
        self.list.iter().all(|delivery| match delivery.stage {
            Stage::Waiting { due_at } => self.paused || due_at > now,
            Stage::Sending => false,
            Stage::Delivered | Stage::Failed => true,
        })
    }

    /// What can go now: for each address one, and only if none is on its way there.
    fn pick(&mut self, now: i64) -> Vec<Delivery> {
        if self.paused {
            return Vec::new();
        }
        let mut busy: Vec<String> = self
            .list
            .iter()
            .filter(|delivery| delivery.stage == Stage::Sending)
            .map(|delivery| delivery.url.clone())
            .collect();
        let mut order: Vec<usize> = (0..self.list.len()).collect();
        if self.newest_first {
            order.reverse();
        }
        let mut picked = Vec::new();
        for at in order {
            let delivery = &mut self.list[at];
            let due = matches!(delivery.stage, Stage::Waiting { due_at } if due_at <= now);
            if due && !busy.contains(&delivery.url) {
                busy.push(delivery.url.clone());
                delivery.stage = Stage::Sending;
                picked.push(delivery.clone());
            }
        }
        picked
    }

    fn next_due(&self) -> Option<i64> {
        let due = |delivery: &Delivery| match delivery.stage {
            Stage::Waiting { due_at } if !self.paused => Some(due_at),
            _ => None,
        };
        self.list.iter().filter_map(due).min()
    }

    fn answered(&mut self, number: u64, now: i64, status: Option<u16>) {
        let gap = if self.real_gaps {
            REAL_GAP_MS.start + secret::below(REAL_GAP_MS.end - REAL_GAP_MS.start)
        } else {
            self.retry_gap_ms
        };
        let Some(delivery) = self
            .list
            .iter_mut()
            .find(|delivery| delivery.number == number)
        else {
            return;
        };
        delivery.attempts.push(Attempt { at: now, status });
        delivery.stage = match status {
            Some(200..=299) => Stage::Delivered,
            Some(408 | 409 | 425 | 429 | 500..=599) | None
                if delivery.attempts.len() <= RETRIES =>
            {
                Stage::Waiting { due_at: now + gap }
            }
            _ => Stage::Failed,
        };
    }
}

/// Sends until the simulator stops.
pub(crate) async fn run(sim: Arc<Sim>) {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is Atlassian, which calls whom it is told to"
    )]
    let client = reqwest::Client::builder()
        .user_agent("Atlassian Webhook HTTP Client")
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
        .expect("a client without special needs can be built");
    let mut changes = sim.changes();
    let mut sending = JoinSet::new();
    loop {
        changes.borrow_and_update();
        let now = sim.clock.now_ms();
        let (picked, next_due) = sim.quietly(|world| {
            let picked = world.webhooks.deliveries.pick(now);
            (picked, world.webhooks.deliveries.next_due())
        });
        for delivery in picked {
            let (sim, client) = (Arc::clone(&sim), client.clone());
            sending.spawn(async move {
                let status = send(&sim, &client, &delivery).await;
                let now = sim.clock.now_ms();
                sim.act(|world| {
                    world
                        .webhooks
                        .deliveries
                        .answered(delivery.number, now, status);
                });
            });
        }
        let due = async {
            match next_due.filter(|due| *due > now) {
                Some(due) => sim.clock.until(due).await,
                // Nothing waits, or what waits is held up by one that is on its way: the answer to that one is a change.
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sim.stop.cancelled() => return,
            _ = changes.changed() => {}
            () = due => {}
            Some(_) = sending.join_next() => {}
        }
    }
}

/// One attempt; `None` means nobody answered.
async fn send(sim: &Sim, client: &reqwest::Client, delivery: &Delivery) -> Option<u16> {
    let mut request = client
        .post(&delivery.url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("X-Atlassian-Webhook-Identifier", &delivery.identifier)
        .header("X-Atlassian-Webhook-Flow", delivery.flow);
    if !delivery.attempts.is_empty() {
        request = request.header(
            "X-Atlassian-Webhook-Retry",
            delivery.attempts.len().to_string(),
        );
    }
    match &delivery.seal {
        Seal::App(_) => {
            let now = sim.clock.now_ms() / 1_000;
            let key = sim.quietly(|world| world.app.client_secret.clone());
            let token = secret::jwt(&key, &json!({ "iat": now, "exp": now + TOKEN_FOR_S }));
            request = request.bearer_auth(token);
        }
        Seal::Secret(Some(key)) => {
            let signature = secret::body_signature(key, delivery.body.as_bytes());
            request = request.header("X-Hub-Signature", format!("sha256={signature}"));
        }
        Seal::Secret(None) => {}
    }
    let answer = request.body(delivery.body.clone()).send().await.ok()?;
    Some(answer.status().as_u16())
}
