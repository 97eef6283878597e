//! The loop of a worker.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use upvow_events::{Counter, Event, Histogram, safe::Word};
use upvow_jira::tally;
use upvow_store::jobs;

use crate::{
    App, automations,
    connect::{goodbye, trial},
    health::incidents,
    jobs::{
        Claim, Kind, Outcome, Trouble, Turn,
        attempt::{self, Noted},
        pass,
        trouble::{code_of, pause_after},
    },
    live, notices,
    privacy::{erasure, promises, reporting, requests},
    random,
    sync::{create, hooks, links, pull, push, reconcile, show, votes},
};

/// How many jobs one process does at once: they mostly wait for Jira.
const WORKERS: usize = 4;
/// How long a claim counts.
const LEASE: Duration = Duration::from_mins(1);
/// How long a job may take; below the lease, so that no two workers do the same job.
const LONGEST_JOB: Duration = Duration::from_secs(50);
/// How often to look even if nothing rings: other nodes enqueue without our hearing it.
const POLL: Duration = Duration::from_millis(700);
/// How often the periodic pass runs.
const PASS: Duration = Duration::from_mins(1);
/// After this many attempts a job is given up, unless it waits for somebody else's outage to end.
const MOST_ATTEMPTS: i64 = 12;

/// Works until cancelled, then finishes the job at hand.
pub async fn work(app: App, stop: CancellationToken) {
    if let Err(error) = take_over(&app).await {
        let error = code_of(&error).into();
        Event::JobsOfLastRun { error }.log();
    }
    let mut tasks = JoinSet::new();
    for _ in 0..WORKERS {
        let (app, stop) = (app.clone(), stop.clone());
        tasks.spawn(async move { loop_of_one(&app, &stop).await });
    }
    {
        let (app, stop) = (app.clone(), stop.clone());
        tasks.spawn(async move { passes(&app, &stop).await });
    }
    tasks.spawn(promises::proofs::keep_watch(app, stop));
    while tasks.join_next().await.is_some() {}
}

/// Does all that is due and what follows from it, then returns how many jobs ran. For tests and commands.
pub async fn drain(app: &App) -> usize {
    if let Err(error) = pass::run(app).await {
        let error = code_of(&error).into();
        Event::Pass { error }.log();
    }
    let mut ran = 0;
    // The bound is for a job that enqueues itself for ever: a bug, and no reason to hang.
    while ran < 10_000 {
        match claim(app).await {
            Ok(Some(claim)) => {
                one(app, &claim).await;
                ran += 1;
            }
            Ok(None) => break,
            Err(error) => {
                let error = code_of(&error).into();
                Event::Claim { error }.log();
                break;
            }
        }
    }
    ran
}

/// With SQLite there is one process, so what still runs was left by the one before: no need to wait for its lease.
async fn take_over(app: &App) -> crate::Result<()> {
    if app.db.is_postgres() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    jobs::expire_all(&mut tx, app.now()).await?;
    Ok(tx.commit().await?)
}

async fn loop_of_one(app: &App, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match claim(app).await {
            Ok(Some(claim)) => {
                // There may be more: let somebody else look meanwhile.
                app.work.notify_one();
                one(app, &claim).await;
                // And the lane is free now.
                app.work.notify_one();
                continue;
            }
            Ok(None) => {}
            Err(error) => Event::Claim {
                error: code_of(&error).into(),
            }
            .log(),
        }
        let wait = until_next(app).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.work.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn passes(app: &App, stop: &CancellationToken) {
    loop {
        if let Err(error) = pass::run(app).await {
            let error = code_of(&error).into();
            Event::Pass { error }.log();
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PASS) => {}
        }
    }
}

async fn until_next(app: &App) -> Duration {
    let next = async {
        let mut tx = app.db.read().await?;
        jobs::next_at(&mut tx).await
    };
    match next.await {
        // What is due and was not claimed waits for its lane: that rings.
        Ok(Some(at)) if at > app.now() => at.since(app.now()).min(POLL),
        _ => POLL,
    }
}

async fn claim(app: &App) -> crate::Result<Option<Claim>> {
    let mut tx = app.db.write().await?;
    let began_at = app.now();
    let job = jobs::claim(&mut tx, began_at, LEASE).await?;
    tx.commit().await?;
    Ok(job.map(|job| Claim { job, began_at }))
}

async fn one(app: &App, claim: &Claim) {
    // A job is as large as its largest kind, and a worker's loop need not carry that.
    Box::pin(tally::counted(run(app, claim))).await;
}

async fn run(app: &App, claim: &Claim) {
    let kind = Kind::named(&claim.job.kind);
    let name = kind.map_or("unknown", Kind::name);
    let turn = match kind {
        None => Err(Trouble::Never {
            code: "unknown_kind",
        }),
        Some(kind) => {
            let work = AssertUnwindSafe(carry_out(app, kind, claim)).catch_unwind();
            match tokio::time::timeout(LONGEST_JOB, work).await {
                Ok(Ok(turn)) => turn,
                // A bug. What was not committed did not happen, so the job can be tried again.
                Ok(Err(_)) => later("panicked", false),
                Err(_) => later("took_too_long", true),
            }
        }
    };
    let noted = match turn {
        Ok(finished) => Ok(finished.noted),
        Err(trouble) => match settle(app, kind, claim, &trouble).await {
            Ok(noted) => noted.ok_or("lost"),
            Err(error) => {
                // The lease gives the job back.
                let (kind, error) = (name.into(), code_of(&error).into());
                Event::JobUnsettled { kind, error }.log();
                Err("unsettled")
            }
        },
    };
    let outcome = match &noted {
        Ok(noted) => noted.outcome.name(),
        Err(outcome) => outcome,
    };
    let (kind_word, outcome) = (Word::new(name), Word::new(outcome));
    let attempts = claim.job.attempts;
    Event::Job {
        kind: kind_word,
        outcome,
        attempts,
    }
    .log();
    Counter::Jobs {
        kind: kind_word,
        outcome,
    }
    .add();
    let Ok(noted) = noted else { return };
    if kind == Some(Kind::PullIssue) && matches!(noted.outcome, Outcome::Done | Outcome::Stuck) {
        let waited = app.now().since(claim.job.created_at);
        Histogram::SignalApplied {}.record(waited.as_secs_f64());
    }
    if noted.is_bad() {
        for (project, connection) in noted.of {
            incidents::look_at(app, project, connection).await;
        }
    }
}

fn later(code: &'static str, patient: bool) -> Turn {
    Err(Trouble::Later {
        code,
        after: None,
        patient,
    })
}

async fn carry_out(app: &App, kind: Kind, claim: &Claim) -> Turn {
    match kind {
        Kind::CreateIssue => create::run(app, claim).await,
        Kind::PullIssue => pull::run_issue(app, claim).await,
        Kind::PullLink => pull::run_link(app, claim).await,
        Kind::PushStatus => push::run_status(app, claim).await,
        Kind::PushBackLink => show::run_back_link(app, claim).await,
        Kind::PushVotes => votes::run(app, claim).await,
        Kind::RemoveBackLink => show::run_remove(app, claim).await,
        Kind::RegisterWebhook => hooks::run(app, claim).await,
        Kind::Reconcile => reconcile::run(app, claim).await,
        Kind::SayGoodbye => goodbye::run(app, claim).await,
        Kind::TryIssue => trial::run(app, claim).await,
        Kind::TurnEpoch => erasure::turn::run_turn(app, claim).await,
        Kind::CatchUp => automations::catch_up::run(app, claim).await,
        Kind::SendNotice => notices::post_round::run(app, claim).await,
        Kind::TellOwner => incidents::run(app, claim).await,
        Kind::TellOfCase => requests::run_letter(app, claim).await,
        Kind::CarryOutCase => requests::run_case(app, claim).await,
        Kind::ReportAccounts => reporting::run(app, claim).await,
    }
}

/// Writes what becomes of a job that did not finish; nothing if it was lost to another worker.
async fn settle(
    app: &App,
    kind: Option<Kind>,
    claim: &Claim,
    trouble: &Trouble,
) -> crate::Result<Option<Noted>> {
    let job = &claim.job;
    let now = app.now();
    let draw = u32::from_be_bytes(random::bytes::<4>());
    let mut tx = app.db.write().await?;
    let (outcome, code, kept) = match *trouble {
        Trouble::Lost => return Ok(None),
        Trouble::Moot => (Outcome::Moot, None, jobs::complete(&mut tx, job).await?),
        Trouble::At { code, at } => {
            let kept = jobs::wait(&mut tx, job, at, code, now).await?;
            (Outcome::Waiting, Some(code), kept)
        }
        Trouble::Later {
            code,
            after,
            patient,
        } if patient || job.attempts < MOST_ATTEMPTS => {
            let pause = pause_after(job.attempts, draw).max(after.unwrap_or_default());
            let at = now.plus(pause);
            let kept = jobs::retry(&mut tx, job, at, code, now).await?;
            (Outcome::Retried, Some(code), kept)
        }
        Trouble::Later { code, .. } | Trouble::Never { code } => {
            match kind {
                Some(
                    Kind::CreateIssue
                    | Kind::PullIssue
                    | Kind::PullLink
                    | Kind::PushStatus
                    | Kind::PushBackLink,
                ) => links::given_up(&mut tx, app, job, code).await?,
                Some(Kind::RegisterWebhook) => hooks::given_up(&mut tx, app, job, code).await?,
                Some(Kind::Reconcile) => reconcile::given_up(&mut tx, app, job, code).await?,
                Some(Kind::TryIssue) => trial::given_up(&mut tx, app, job, code).await?,
                Some(
                    Kind::PushVotes
                    | Kind::RemoveBackLink
                    | Kind::SayGoodbye
                    | Kind::TurnEpoch
                    | Kind::CatchUp
                    | Kind::SendNotice
                    | Kind::TellOwner
                    | Kind::TellOfCase
                    | Kind::CarryOutCase
                    | Kind::ReportAccounts,
                )
                | None => {}
            }
            let kept = jobs::bury(&mut tx, job, code, now).await?;
            (Outcome::Buried, Some(code), kept)
        }
    };
    if !kept {
        return Ok(None);
    }
    let noted = attempt::note(&mut tx, app, claim, outcome, code).await?;
    live::commit(app, tx, &noted.changes()).await?;
    Ok(Some(noted))
}
