//! What a run of a job leaves for the timeline: a row in the transaction that ends the run, so that it costs no commit
//! of its own, and nothing is told that did not happen.

use upvow_db::Tx;
use upvow_domain::{ConnectionId, HookId, LinkId, ProjectId, jira::IssueId};
use upvow_jira::tally;
use upvow_store::{
    attempts::{self, About, NewAttempt},
    jobs::Job,
};

use crate::{
    App, Result, connect,
    jobs::{Claim, Kind},
    live::Change,
};

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is done, and the link says why it is not in step.
    Stuck,
    /// There was nothing to do.
    Moot,
    /// It waits for a time that somebody named.
    Waiting,
    /// It failed and is tried again.
    Retried,
    /// It was given up.
    Buried,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 6] = [
        Outcome::Done,
        Outcome::Stuck,
        Outcome::Moot,
        Outcome::Waiting,
        Outcome::Retried,
        Outcome::Buried,
    ];

    /// Its name in the database, in metrics and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Stuck => "stuck",
            Outcome::Moot => "moot",
            Outcome::Waiting => "waiting",
            Outcome::Retried => "retried",
            Outcome::Buried => "buried",
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL
            .into_iter()
            .find(|outcome| outcome.name() == name)
    }
}

/// What was noted of a run.
#[derive(Debug)]
pub(crate) struct Noted {
    /// What came of it, which may be less than the job believes.
    pub(crate) outcome: Outcome,
    /// Which connections it was about.
    pub(crate) of: Vec<(ProjectId, ConnectionId)>,
}

impl Noted {
    /// What open pages should look at again. That there was nothing to do changes none of them.
    pub(super) fn changes(&self) -> Vec<Change> {
        let told = self.of.iter().filter(|_| self.outcome != Outcome::Moot);
        told.map(|(project, id)| connect::change(*project, *id))
            .collect()
    }

    /// Whether somebody may have to look.
    pub(super) fn is_bad(&self) -> bool {
        matches!(self.outcome, Outcome::Stuck | Outcome::Buried)
    }
}

/// Notes a run.
pub(super) async fn note(
    tx: &mut Tx,
    app: &App,
    claim: &Claim,
    outcome: Outcome,
    code: Option<&str>,
) -> Result<Noted> {
    let job = &claim.job;
    let (now, asked) = (app.now(), tally::so_far());
    let took = i64::try_from(now.since(claim.began_at).as_millis()).unwrap_or(i64::MAX);
    let mut noted = Noted {
        outcome,
        of: Vec::new(),
    };
    for about in about(tx, job).await? {
        // A problem that was met in this very run is what came of it.
        let met = about
            .problem
            .as_deref()
            .filter(|_| about.problem_seen_at.is_some_and(|at| at >= claim.began_at));
        let (outcome, code) = match (outcome, met) {
            (Outcome::Done, Some(problem)) => (Outcome::Stuck, Some(problem)),
            _ => (outcome, code),
        };
        noted.outcome = outcome;
        let of = (about.project_id, about.connection_id);
        if !noted.of.contains(&of) {
            noted.of.push(of);
        }
        let attempt = NewAttempt {
            id: app.fresh_id(),
            project: about.project_id,
            connection: about.connection_id,
            link: about.link_id,
            job: job.id,
            kind: &job.kind,
            outcome: outcome.name(),
            code,
            http_status: asked.status.map(i64::from),
            calls: i64::from(asked.calls),
            writes: i64::from(asked.writes),
            number: job.attempts,
            took,
            at: now,
        };
        attempts::insert(tx, &attempt).await?;
    }
    Ok(noted)
}

/// What a job is about, by its ids: a link or a connection, the links of an issue, or the connections of a door.
async fn about(tx: &mut Tx, job: &Job) -> Result<Vec<About>> {
    if let Some(connection_id) = job.connection_id {
        let link = match LinkId::from_stored(&job.subject) {
            Some(link) => attempts::about_link(tx, job.project_id, link).await?,
            None => None,
        };
        let whole = About {
            project_id: job.project_id,
            connection_id,
            link_id: None,
            problem: None,
            problem_seen_at: None,
        };
        return Ok(vec![link.unwrap_or(whole)]);
    }
    if let Some((hook, issue)) = job.subject.split_once('/')
        && let (Some(hook), Ok(issue)) = (HookId::from_stored(hook), IssueId::parse(issue))
    {
        return Ok(attempts::about_issue(tx, hook, &issue).await?);
    }
    match HookId::from_stored(&job.subject) {
        Some(hook) if job.kind == Kind::RegisterWebhook.name() => {
            Ok(attempts::about_hook(tx, hook).await?)
        }
        _ => Ok(vec![]),
    }
}
