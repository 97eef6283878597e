//! What is wrong on a connection, by cause: found where it is, told in a sentence, tried again at a click.

use std::{collections::BTreeMap, time::Duration};

use upvow_db::Tx;
use upvow_domain::{
    Caller, ConnectionId, LinkId, PostId, Role, Scope, Time,
    jira::IssueKey,
    page::{Page, PageOf},
};
use upvow_store::{
    connections::{self, Connection},
    hooks::{self, Hook},
    problems as stored,
};

use super::causes::{CAUSES, Cause, Class, Need, cause, sentence};
use crate::{App, AppError, Result, access::need, cursor::Cursor, privacy::reporting, sync};

/// Work that waits longer than this needs a look.
const STUCK_AFTER: Duration = Duration::from_hours(3);
/// A site that does not answer for this long is no passing trouble.
const UNREACHABLE_AFTER: Duration = Duration::from_hours(1);
/// Atlassian may end an authorisation after a year; from this age on we say so.
pub(super) const CONSENT_OLD: Duration = Duration::from_hours(335 * 24);
/// The letter of this list's cursors.
const LIST: u8 = b'y';

/// Things that failed for one cause.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The cause's code.
    pub code: String,
    /// What it is called.
    pub title: &'static str,
    /// What happened, and what to do.
    pub text: String,
    /// What has to change before trying again can help.
    pub need: Need,
    /// It concerns the connection as a whole, or its webhook.
    pub is_whole: bool,
    /// How many links have it.
    pub links: i64,
    /// How many jobs about something else have it.
    pub jobs: i64,
    /// How many of the links are being tried again.
    pub trying: i64,
    /// Since when it is there.
    pub first_at: Time,
    /// When it was last met.
    pub last_at: Time,
    /// Whether it can be tried again.
    pub can_retry: bool,
}

/// A link with a problem.
#[derive(Debug, Clone)]
pub struct Affected {
    /// The link.
    pub link: LinkId,
    /// Its post.
    pub post: PostId,
    /// The post's title.
    pub title: String,
    /// The issue's key, once known.
    pub key: Option<IssueKey>,
    /// What is wrong with this one, in a sentence.
    pub text: String,
    /// Since when.
    pub first_at: Time,
    /// When it was last met.
    pub last_at: Time,
    /// It is being tried again.
    pub is_trying: bool,
}

/// What is wrong on a connection, gravest first. Needs an admin.
pub async fn list(app: &App, caller: &Caller, id: ConnectionId) -> Result<Vec<Problem>> {
    need(caller, Role::Admin, Scope::Admin)?;
    Ok(super::look(app, caller, id).await?.problems)
}

/// The links that one cause keeps from being in step. Needs an admin.
pub async fn affected(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    code: &str,
    page: &PageOf,
) -> Result<Page<Affected>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let after = Cursor::of(page, LIST)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    find(&mut tx, caller, id).await?;
    let rows = stored::affected(&mut tx, caller.project, id, code, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(LIST, row.id));
    Ok(page.map(|row| Affected {
        link: row.id,
        post: row.post_id,
        title: row.title,
        key: row.issue_key,
        text: sync::links::problem_text(code, row.problem_detail.as_deref()),
        first_at: row.first_at,
        last_at: row.last_at,
        is_trying: row.is_trying,
    }))
}

pub(super) async fn find(tx: &mut Tx, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    connections::get(tx, caller.project, id)
        .await?
        .ok_or(AppError::NotFound)
}

/// The door of a connection.
pub(super) async fn door(tx: &mut Tx, row: &Connection) -> Result<Option<Hook>> {
    Ok(match row.hook_id {
        Some(hook) => hooks::get(tx, hook).await?,
        None => None,
    })
}

/// What is wrong on a connection that is set up and has not ended. `consented_at`: when somebody last agreed.
pub(super) async fn found(
    tx: &mut Tx,
    row: &Connection,
    hook: Option<&Hook>,
    consented_at: Option<Time>,
    now: Time,
) -> Result<Vec<Problem>> {
    let is_active = row.state == "active";
    if !is_active && row.state != "needs_reconnect" {
        return Ok(vec![]);
    }
    let (project, id) = (row.project_id, row.id);
    let mut found = Found::default();
    if let Some(code) = &row.problem {
        let since = row.problem_at.unwrap_or(row.updated_at);
        found.whole(code, since, row.updated_at);
    } else if !is_active {
        found.whole("grant_dead", row.updated_at, row.updated_at);
    }
    if let Some(at) = consented_at.map(|at| at.plus(CONSENT_OLD))
        && at <= now
    {
        found.whole("consent_old", at, now);
    }
    if is_active {
        if let Some(hook) = hook
            && let Some(code) = &hook.problem
        {
            let last = hook.refused_at.unwrap_or(row.updated_at);
            found.whole(code, hook.problem_at.unwrap_or(last), last);
        }
        if let Some(since) = row.unreachable_since
            && now.since(since) >= UNREACHABLE_AFTER
        {
            found.whole("site_unreachable", since, now);
        }
        let before = now.minus(STUCK_AFTER);
        if let Some(stuck) = stored::stuck(tx, project, id, row.hook_id, before).await? {
            let code = match stuck.last_error.as_deref() {
                Some("jira_unavailable" | "jira_timed_out" | "jira_malformed") => {
                    "site_unreachable"
                }
                Some("jira_rate_limited") => "rate_limited",
                _ => "queue_stuck",
            };
            let entry = found.whole(code, stuck.first_at.unwrap_or(before), now);
            entry.jobs += stuck.n;
        }
    }
    for (code, since) in reporting::status::problems(tx, row, now).await? {
        found.whole(code, since, now);
    }
    for group in stored::of_links(tx, project, id).await? {
        found.part(&group).links += group.n;
    }
    for group in stored::of_jobs(tx, project, id).await? {
        found.part(&group).jobs += group.n;
    }
    for trying in stored::trying(tx, project, id).await? {
        if let Some(problem) = found.0.get_mut(&trying.problem) {
            problem.trying = trying.n;
        }
    }
    let mut problems: Vec<Problem> = found.0.into_values().collect();
    for problem in &mut problems {
        problem.can_retry = is_active && problem.need != Need::Reconnect;
    }
    problems.sort_by_key(|problem| {
        let place = CAUSES.iter().position(|cause| cause.code == problem.code);
        (!problem.is_whole, place.unwrap_or(usize::MAX))
    });
    Ok(problems)
}

/// Problems by code, while they are gathered.
#[derive(Default)]
struct Found(BTreeMap<String, Problem>);

impl Found {
    fn whole(&mut self, code: &str, first_at: Time, last_at: Time) -> &mut Problem {
        let entry = self.entry(code, first_at, last_at);
        entry.is_whole = true;
        entry
    }

    fn part(&mut self, group: &stored::Group) -> &mut Problem {
        self.entry(&group.problem, group.first_at, group.last_at)
    }

    fn entry(&mut self, code: &str, first_at: Time, last_at: Time) -> &mut Problem {
        let cause = cause(code);
        let entry = self.0.entry(code.to_owned()).or_insert_with(|| Problem {
            code: code.to_owned(),
            title: cause.title,
            text: sentence(code),
            need: cause.need,
            is_whole: false,
            links: 0,
            jobs: 0,
            trying: 0,
            first_at,
            last_at,
            can_retry: false,
        });
        entry.first_at = entry.first_at.min(first_at);
        entry.last_at = entry.last_at.max(last_at);
        entry
    }
}

impl Problem {
    pub(super) fn cause(&self) -> &'static Cause {
        cause(&self.code)
    }

    /// The incident that it belongs to, if the owners are to hear of it.
    pub(super) fn incident(&self) -> Option<Class> {
        Some(self.cause().class).filter(|class| class.is_mailed())
    }
}
