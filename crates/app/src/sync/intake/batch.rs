//! Signals that wait at the same moment share one commit.

use std::collections::BTreeSet;

use tokio::sync::oneshot;
use upvow_db::{DbError, Tx};
use upvow_domain::{
    HookId, ProjectId,
    jira::{CloudId, IssueId},
};
use upvow_events::{Event, Histogram};
use upvow_store::{
    admin_hooks, hooks,
    signals::{self, Signal},
};

use super::lock;
use crate::{
    App,
    jobs::{self, Kind, Order},
};

/// More waiting deliveries than this mean that the database does not keep up.
const MOST_WAITING: usize = 4_096;
/// How many deliveries share a commit at most.
const MOST_PER_COMMIT: usize = 128;

pub(super) struct Waiting {
    entry: Entry,
    answer: oneshot::Sender<bool>,
}

/// A signal and what its job needs.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) signal: Signal,
    pub(super) cloud: CloudId,
    pub(super) project: ProjectId,
    /// The door that an administrator made, if it came by that.
    pub(super) by_hand: Option<HookId>,
}

/// Stores an entry together with all that wait at this moment. True once it is committed.
pub(super) async fn keep(app: &App, entry: Entry) -> bool {
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
        let (code, waiting) = (jobs::code_of_db(error).into(), batch.len());
        Event::DeliveriesNotStored { code, waiting }.log();
    }
    Histogram::WebhookBatch {}.record(batch_size(&batch));
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
    let doors: BTreeSet<_> = batch
        .iter()
        .map(|waiting| (waiting.entry.by_hand, waiting.entry.signal.hook))
        .collect();
    for door in doors {
        match door {
            (Some(by_hand), _) => admin_hooks::set_heard(&mut tx, by_hand, now).await?,
            (None, hook) => hooks::set_heard(&mut tx, hook, now).await?,
        }
    }
    for Waiting { entry, .. } in batch {
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

#[expect(
    clippy::cast_precision_loss,
    reason = "a batch has at most MOST_PER_COMMIT entries"
)]
fn batch_size(batch: &[Waiting]) -> f64 {
    batch.len() as f64
}
