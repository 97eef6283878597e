//! The job: asks about a batch of accounts. Each account counts as asked about from a transaction *before* the call, so
//! that neither a crash nor another node asks twice. If Atlassian did not take the batch, that is put back; if nobody
//! knows whether it did, the accounts wait for their next cycle rather than being asked about again.

use std::{collections::HashMap, time::Duration};

use upvow_db::Tx;
use upvow_domain::{GrantId, ReportBatchId, Time, secret::AccountId};
use upvow_events::{Counter, Event};
use upvow_jira::{AccountReport, LARGEST_BATCH, Report, Standing};
use upvow_store::{
    account_reports::{self as stored, Reporting},
    connections, jobs as queue,
};

use super::{
    act::{self, note},
    action, answer, cycle,
    reporter::{self, Sent},
};
use crate::{
    App, Result,
    jobs::{self, Claim, Kind, Order, Trouble, Turn},
    random,
};

/// Nobody can ask until a person does something: looked at again after this.
const NOBODY_FOR: Duration = Duration::from_hours(1);
/// Where nobody was to be asked about, nobody is a moment later.
const IDLE_FOR: Duration = Duration::from_mins(1);
/// A job waits for its time no longer than this: a few periodic passes.
const AHEAD: Duration = Duration::from_mins(3);
/// The least wait after an answer that was none.
const LEAST_WAIT: Duration = Duration::from_secs(30);

/// What the periodic pass does: the ledger follows the vault, and a job is there for the time when somebody is due.
pub(crate) async fn pass(app: &App) -> Result<()> {
    if app.jira.is_none() {
        return Ok(());
    }
    follow_vault(app).await?;
    act::take_up(app).await?;
    let mut tx = app.db.write().await?;
    // A job that waits for a retry has its own time.
    if !queue::is_live(&mut tx, Kind::ReportAccounts.name(), "accounts").await? {
        order(&mut tx, app, app.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Somebody authorised, in this transaction: the ledger takes them up at once.
pub(crate) async fn noticed(tx: &mut Tx, app: &App) -> Result<()> {
    order_at(tx, app, app.now()).await
}

/// Has a job wait for whoever is due next; if that was long ago, until `earliest`.
async fn order(tx: &mut Tx, app: &App, earliest: Time) -> Result<()> {
    let Some(due) = stored::next_due(tx).await? else {
        return Ok(());
    };
    let standing = stored::standing(tx).await?;
    // Whoever is due and may not be asked about yet is no reason to look again at once.
    let run_at = if due > app.now() { due } else { earliest };
    let run_at = run_at.max(standing.paused_until.unwrap_or(run_at));
    if run_at > app.now().plus(AHEAD) {
        // The periodic pass orders it in time; a queue is no calendar.
        return Ok(());
    }
    order_at(tx, app, run_at).await
}

pub(super) async fn order_at(tx: &mut Tx, app: &App, run_at: Time) -> Result<()> {
    let Some(project) = connections::any_project(tx).await? else {
        return Ok(());
    };
    let order = Order {
        kind: Kind::ReportAccounts,
        subject: "accounts".to_owned(),
        lane: "reporting".to_owned(),
        project,
        connection: None,
        run_at,
    };
    jobs::enqueue(tx, app, &order).await
}

/// Every account of the vault has a row, and no other has.
pub(super) async fn follow_vault(app: &App) -> Result<()> {
    let now = app.now();
    let held = app.vault.consented_before(Time(i64::MAX)).await?;
    let known = {
        let mut tx = app.db.read().await?;
        stored::present(&mut tx).await?
    };
    let mut new = Vec::new();
    for grant in held.iter().filter(|grant| !known.contains(grant)) {
        if let Some(at) = consented_at(app, *grant).await? {
            new.push((*grant, at));
        }
    }
    let gone: Vec<_> = known.iter().filter(|grant| !held.contains(grant)).collect();
    if new.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    let cycle = cycle_of(app, &stored::standing(&mut tx).await?);
    for (grant, fetched_at) in new {
        // Fetched from Atlassian at that moment, so it is as good as asked about: the first time is a cycle later. An
        // account that leaves and comes back under another record is not asked about more often either.
        let due = cycle::due(fetched_at, cycle, draw());
        stored::insert(&mut tx, grant, fetched_at, due, largest()).await?;
    }
    for grant in gone {
        stored::set_gone(&mut tx, *grant, now).await?;
    }
    Ok(tx.commit().await?)
}

async fn consented_at(app: &App, grant: GrantId) -> Result<Option<Time>> {
    match app.vault.open_grant(grant).await {
        Ok(found) => Ok(found.map(|found| found.consented_at)),
        // It is asked about all the same if its account can be opened.
        Err(upvow_vault::VaultError::Broken { .. }) => Ok(Some(app.now())),
        Err(error) => Err(error.into()),
    }
}

/// The job.
pub(crate) async fn run(app: &App, claim: &Claim) -> Turn {
    if app.jira.is_none() {
        return Err(Trouble::Moot);
    }
    follow_vault(app).await?;
    act::take_up(app).await?;
    let id: ReportBatchId = app.fresh_id();
    let taken = take(app, id).await?;
    if taken.is_empty() {
        act::decide(app).await?;
        act::take_up(app).await?;
        let mut tx = app.db.write().await?;
        order(&mut tx, app, app.now().plus(IDLE_FOR)).await?;
        return claim.finish(app, tx, &[]).await;
    }
    let batch = open(app, &taken).await?;
    let lines: Vec<AccountReport> = batch.iter().map(|(_, line)| line.clone()).collect();
    let sent = if lines.is_empty() {
        return Err(Trouble::At {
            code: "report_nothing",
            at: app.now(),
        });
    } else {
        reporter::send(app, &lines).await
    };
    drop(lines);
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => {
            not_taken(app, id, None, "report_failed", None).await?;
            return Err(error.into());
        }
    };
    match sent {
        Sent::Answered { report, by } => {
            answered(app, id, &batch, report, by).await?;
            act::take_up(app).await?;
            let mut tx = app.db.write().await?;
            order_next(&mut tx, app).await?;
            claim.finish(app, tx, &[]).await
        }
        Sent::Refused if batch.len() > 1 => {
            // One of them is the culprit: halves find it.
            let half = i64::try_from(batch.len() / 2).unwrap_or(1);
            not_taken(app, id, Some(half), "report_refused", None).await?;
            Err(Trouble::At {
                code: "report_refused",
                at: app.now(),
            })
        }
        Sent::Refused => {
            refused(app, id, &batch).await?;
            let mut tx = app.db.write().await?;
            order_next(&mut tx, app).await?;
            claim.finish(app, tx, &[]).await
        }
        Sent::NotTaken { code, after } => {
            let wait = after.unwrap_or_default().max(LEAST_WAIT);
            let until = app.now().plus(wait);
            not_taken(app, id, None, code, Some(until)).await?;
            Err(Trouble::Later {
                code,
                after: Some(wait),
                patient: true,
            })
        }
        Sent::Nobody { code } => {
            not_taken(app, id, None, code, None).await?;
            Err(Trouble::At {
                code,
                at: app.now().plus(NOBODY_FOR),
            })
        }
        Sent::Unknown { code } => {
            lost(app, id, code).await?;
            let mut tx = app.db.write().await?;
            order_next(&mut tx, app).await?;
            claim.finish(app, tx, &[]).await
        }
    }
}

/// More of this cycle at once, in a job of its own so that other work goes in between.
async fn order_next(tx: &mut Tx, app: &App) -> Result<()> {
    let now = app.now();
    let standing = stored::standing(tx).await?;
    let before = cycle::ready_before(now, cycle_of(app, &standing));
    let more = !stored::may_be_asked(tx, before, 1).await?.is_empty();
    let waiting = stored::count_at(tx, action::WAITING).await? > 0;
    if more || waiting {
        return order_at(tx, app, now).await;
    }
    order(tx, app, now).await
}

/// Takes the accounts of a batch: nobody else asks about them in this cycle. Nothing while it is paused, or nobody is
/// due.
async fn take(app: &App, id: ReportBatchId) -> Result<Vec<GrantId>, Trouble> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    let standing = stored::standing(&mut tx).await?;
    if let Some(at) = standing.paused_until.filter(|until| *until > now) {
        return Err(Trouble::At {
            code: "report_paused",
            at,
        });
    }
    let cycle = cycle_of(app, &standing);
    let before = cycle::ready_before(now, cycle);
    let ready = stored::may_be_asked(&mut tx, before, largest()).await?;
    // One is due by its drawn time; then all who may be asked about go along, and batches are full.
    let is_due = ready.iter().any(|row| row.due_at <= now);
    let goes_on = standing
        .asked_at
        .is_some_and(|at| now.since(at) < cycle::spread(cycle));
    if !is_due && !goes_on {
        return Ok(vec![]);
    }
    let most = ready.iter().map(|row| row.most).min().unwrap_or(1).max(1);
    let most = usize::try_from(most).unwrap_or(1);
    let mut taken = Vec::new();
    for row in ready.iter().take(most) {
        let due = cycle::due(now, cycle, draw());
        if stored::take(&mut tx, row.grant_id, id, before, due, now).await? {
            taken.push(row.grant_id);
        }
    }
    if !taken.is_empty() {
        let standing = Reporting {
            asked_at: Some(now),
            ..standing
        };
        stored::set_standing(&mut tx, &standing).await?;
    }
    tx.commit().await?;
    Ok(taken)
}

/// Who they are, for the moment of the call. Whoever is being erased meanwhile is not named to anybody any more.
async fn open(app: &App, taken: &[GrantId]) -> Result<Vec<(GrantId, AccountReport)>> {
    let fetched: HashMap<GrantId, Time> = {
        let mut tx = app.db.read().await?;
        let mut fetched = HashMap::new();
        for grant in taken {
            if let Some(row) = stored::get(&mut tx, *grant).await? {
                fetched.insert(*grant, row.fetched_at);
            }
        }
        fetched
    };
    let mut batch = Vec::new();
    for (grant, updated_at) in taken
        .iter()
        .filter_map(|grant| Some((*grant, *fetched.get(grant)?)))
    {
        match app.vault.account_of(grant).await {
            Ok(Some(account)) => batch.push((
                grant,
                AccountReport {
                    account,
                    updated_at,
                },
            )),
            // Not to be opened is the matter of the connection's health; the ledger shows that it has no answer.
            Ok(None) | Err(upvow_vault::VaultError::Broken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(batch)
}

/// Writes what Atlassian answered.
async fn answered(
    app: &App,
    id: ReportBatchId,
    batch: &[(GrantId, AccountReport)],
    report: Report,
    by: GrantId,
) -> Result<()> {
    let now = app.now();
    let (said, foreign) = sort(batch, &report.accounts);
    drop(report.accounts);
    let mut tx = app.db.write().await?;
    for (grant, _) in batch {
        let Some(row) = stored::get(&mut tx, *grant).await? else {
            continue;
        };
        let (answer, next) = match said.get(grant) {
            None if matches!(row.action.as_str(), action::ASKING_AGAIN | action::HELD) => {
                (answer::NOTHING, action::TAKEN_BACK)
            }
            None => (answer::NOTHING, action::NONE),
            Some(Standing::Updated) => (answer::UPDATED, action::REFRESHED),
            Some(Standing::Other) => (answer::OTHER, action::NONE),
            Some(Standing::Closed) => match row.action.as_str() {
                // A person looked, and Atlassian says so again.
                action::ASKING_AGAIN => (answer::CLOSED, action::ERASING),
                action::HELD => (answer::CLOSED, action::HELD),
                _ => (answer::CLOSED, action::WAITING),
            },
        };
        if !stored::set_answer(&mut tx, *grant, id, answer, next, largest(), now).await? {
            continue;
        }
        count(answer);
        match next {
            action::ERASING => act::tell(&mut tx, app, *grant).await?,
            action::REFRESHED | action::TAKEN_BACK => {
                note(&mut tx, app, *grant, answer, next).await?;
            }
            _ => {}
        }
    }
    let mut standing = stored::standing(&mut tx).await?;
    if let Some(cycle) = report.cycle.and_then(cycle::believed) {
        let before = cycle_of(app, &standing);
        if cycle != before {
            stored::stretch(&mut tx, cycle.as_secs_f64() / before.as_secs_f64()).await?;
        }
        standing.cycle_for = i64::try_from(cycle.as_millis()).ok();
    }
    if foreign > 0 {
        Event::ForeignAccounts { count: foreign }.log();
        count("foreign");
        standing.foreign_at = Some(now);
    }
    standing.reporter_grant_id = Some(by);
    standing.problem = None;
    standing.problem_at = None;
    standing.paused_until = None;
    stored::set_standing(&mut tx, &standing).await?;
    Ok(tx.commit().await?)
}

/// Which of ours was named, and how many of nobody that was asked about. Where one is named twice, closed counts.
fn sort(
    batch: &[(GrantId, AccountReport)],
    named: &[(AccountId, Standing)],
) -> (HashMap<GrantId, Standing>, u64) {
    let asked: HashMap<&str, GrantId> = batch
        .iter()
        .map(|(grant, line)| (line.account.expose(), *grant))
        .collect();
    let mut said = HashMap::new();
    let mut foreign = 0;
    for (account, standing) in named {
        match asked.get(account.expose()) {
            Some(grant) if said.get(grant) != Some(&Standing::Closed) => {
                said.insert(*grant, *standing);
            }
            Some(_) => {}
            None => foreign += 1,
        }
    }
    (said, foreign)
}

/// Nobody in the batch was asked about.
async fn not_taken(
    app: &App,
    id: ReportBatchId,
    halved: Option<i64>,
    code: &'static str,
    until: Option<Time>,
) -> Result<()> {
    count("not_taken");
    let mut tx = app.db.write().await?;
    stored::put_back(&mut tx, id, halved).await?;
    let standing = stored::standing(&mut tx).await?;
    let standing = Reporting {
        paused_until: until,
        problem_at: standing
            .problem_at
            .filter(|_| standing.problem.as_deref() == Some(code))
            .or(Some(app.now())),
        problem: Some(code.to_owned()),
        ..standing
    };
    stored::set_standing(&mut tx, &standing).await?;
    Ok(tx.commit().await?)
}

/// Atlassian refuses to be asked about this one account.
async fn refused(app: &App, id: ReportBatchId, batch: &[(GrantId, AccountReport)]) -> Result<()> {
    count(answer::REFUSED);
    let mut tx = app.db.write().await?;
    for (grant, _) in batch {
        let (answer, next) = (answer::REFUSED, action::NONE);
        if stored::set_answer(&mut tx, *grant, id, answer, next, 1, app.now()).await? {
            note(&mut tx, app, *grant, answer, next).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// The answer is lost: the accounts stay as asked about, and the ledger shows that there is no answer.
async fn lost(app: &App, id: ReportBatchId, code: &'static str) -> Result<()> {
    count("lost");
    Event::ReportLost { code: code.into() }.log();
    let mut tx = app.db.write().await?;
    stored::hold_again(&mut tx, id).await?;
    let standing = stored::standing(&mut tx).await?;
    let standing = Reporting {
        problem: Some(code.to_owned()),
        problem_at: Some(app.now()),
        ..standing
    };
    stored::set_standing(&mut tx, &standing).await?;
    Ok(tx.commit().await?)
}

/// How often each account is reported: as Atlassian says, if it did.
pub(super) fn cycle_of(app: &App, standing: &Reporting) -> Duration {
    said(standing).unwrap_or(app.settings.reporting_cycle)
}

pub(super) fn said(standing: &Reporting) -> Option<Duration> {
    let ms = u64::try_from(standing.cycle_for?).ok()?;
    Some(Duration::from_millis(ms))
}

fn largest() -> i64 {
    i64::try_from(LARGEST_BATCH).unwrap_or(1)
}

fn draw() -> u32 {
    u32::from_be_bytes(random::bytes::<4>())
}

fn count(answer: &'static str) {
    let answer = answer.into();
    Counter::AccountReports { answer }.add();
}
