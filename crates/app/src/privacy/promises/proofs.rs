//! Running the checks and keeping what they found: for the command, for the trust page, and every day by itself.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use upvow_domain::Time;
use upvow_events::{Event, Gauge};
use upvow_store::proofs::{self as stored};

use super::{
    addendum,
    checks::{self, CheckContext, Finding},
    ledger, notices, outgoing,
};
use crate::{App, Result, jobs::code_of};

/// How often the checks run by themselves.
pub const EVERY: Duration = Duration::from_hours(24);
/// A result that is older than this says so: two runs were missed.
pub const OLD: Duration = Duration::from_hours(49);
/// How often to look whether something is due.
const LOOK: Duration = Duration::from_mins(1);

/// One promise with what its check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The sentence's id.
    pub id: String,
    /// Its words, with the operator's values.
    pub sentence: String,
    /// What makes it true.
    pub mechanism: String,
    /// The check's name.
    pub check: &'static str,
    /// What the check looks at.
    pub looks_at: &'static str,
    /// What it found; `None` if it never ran.
    pub finding: Option<Finding>,
    /// When.
    pub checked_at: Option<Time>,
}

/// How a promise stands, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Proven, and not long ago.
    Holds,
    /// The check failed.
    Fails,
    /// There is nothing here to check.
    NotApplicable,
    /// Proven, but too long ago.
    Old,
    /// Not checked yet.
    Never,
}

impl Proof {
    /// How it stands at this moment.
    pub fn standing(&self, now: Time) -> Standing {
        let is_old = self.checked_at.is_some_and(|at| now.since(at) > OLD);
        match &self.finding {
            None => Standing::Never,
            Some(Finding::Fail { .. }) => Standing::Fails,
            Some(_) if is_old => Standing::Old,
            Some(Finding::Pass) => Standing::Holds,
            Some(Finding::NotApplicable { .. }) => Standing::NotApplicable,
        }
    }
}

/// Runs every check now, keeps what they found, and gives it promise by promise.
pub async fn run(app: &App) -> Result<Vec<Proof>> {
    let context = CheckContext::new(app);
    let mut found = Vec::new();
    for check in checks::ALL {
        found.push((check, checks::run(check, &context).await, app.now()));
    }
    let mut tx = app.db.write().await?;
    for (check, finding, at) in &found {
        stored::keep(&mut tx, check.name, finding.word(), finding.what(), *at).await?;
    }
    tx.commit().await?;
    let failing = found
        .iter()
        .filter(|(_, finding, _)| matches!(finding, Finding::Fail { .. }))
        .count();
    Gauge::PromisesFailing {}.set(u32::try_from(failing).map_or(f64::MAX, f64::from));
    Ok(by_promise(app, |name| {
        let (_, finding, at) = found.iter().find(|(check, ..)| check.name == name)?;
        Some((finding.clone(), *at))
    }))
}

/// What the checks found when they last ran.
pub async fn last(app: &App) -> Result<Vec<Proof>> {
    let kept = {
        let mut tx = app.db.read().await?;
        stored::all(&mut tx).await?
    };
    Ok(by_promise(app, |name| {
        let row = kept.iter().find(|row| row.name == name)?;
        Some((Finding::read(&row.result, &row.what)?, row.checked_at))
    }))
}

fn by_promise(app: &App, found: impl Fn(&str) -> Option<(Finding, Time)>) -> Vec<Proof> {
    let sections = addendum::text(app);
    let sentences = sections.into_iter().flat_map(|section| section.sentences);
    sentences
        .filter_map(|sentence| {
            let promise = ledger::find(&sentence.id)?;
            let check = checks::find(&promise.check)?;
            let found = found(check.name);
            Some(Proof {
                id: sentence.id,
                sentence: sentence.text,
                mechanism: promise.mechanism.clone(),
                check: check.name,
                looks_at: check.looks_at,
                checked_at: found.as_ref().map(|(_, at)| *at),
                finding: found.map(|(finding, _)| finding),
            })
        })
        .collect()
}

/// What the program does about its promises by itself: once after the start, then every day; and every minute it looks
/// whether somebody is to be told something. Until cancelled.
pub async fn keep_watch(app: App, stop: CancellationToken) {
    let mut is_first = true;
    loop {
        if let Err(error) = look(&app, is_first).await {
            Event::PromisesUnseen {
                error: code_of(&error).into(),
            }
            .log();
        }
        is_first = false;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// What has to be so before anything runs: what is new is announced, and the gate knows its hosts.
pub async fn settle(app: &App) -> Result<()> {
    notices::announce(app).await?;
    outgoing::open_gate(app).await
}

/// One look.
pub async fn look(app: &App, is_first: bool) -> Result<()> {
    settle(app).await?;
    notices::send_letters(app).await?;
    let oldest = {
        let mut tx = app.db.read().await?;
        stored::oldest(&mut tx).await?
    };
    let is_due = oldest.is_none_or(|at| app.now().since(at) >= EVERY);
    if is_first || is_due {
        run(app).await?;
    }
    Ok(())
}
