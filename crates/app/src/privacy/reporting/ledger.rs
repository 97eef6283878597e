//! What the owners of a project see of the reporting of their own connections' accounts. An account is told by the
//! connection that it authorised, and by nothing of its own.

use std::time::Duration;

use upvow_domain::{
    Caller, ConnectionId, ReportActId, Role, Scope, Time,
    page::{Page, PageOf},
};
use upvow_store::{account_acts, account_reports as stored, connections};

use super::{action, answer, batch};
use crate::{App, AppError, Result, access::need, audit, cursor::Cursor};

/// The letters of these lists' cursors.
const ENTRIES: u8 = b'r';
const ACTS: u8 = b'R';

/// The account of a connection.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which connection it authorised.
    pub connection: ConnectionId,
    /// The site's name, a label.
    pub site: Option<String>,
    /// When Atlassian was last asked about it.
    pub asked_at: Option<Time>,
    /// When it will be next.
    pub next_at: Option<Time>,
    /// A code of what it answered.
    pub answer: &'static str,
    /// The same in words.
    pub answer_text: &'static str,
    /// A code of what was done.
    pub action: &'static str,
    /// The same in words.
    pub action_text: &'static str,
    /// It waits for a person to decide.
    pub is_held: bool,
}

/// Something that came of a report.
#[derive(Debug, Clone)]
pub struct Act {
    /// Its id.
    pub id: ReportActId,
    /// For which connection.
    pub connection: ConnectionId,
    /// A code of what Atlassian answered.
    pub answer: &'static str,
    /// The same in words.
    pub answer_text: &'static str,
    /// A code of what was done.
    pub action: &'static str,
    /// The same in words.
    pub action_text: &'static str,
    /// When.
    pub at: Time,
}

/// The accounts of the project's connections, newest connection first. Needs an owner.
pub async fn entries(app: &App, caller: &Caller, page: &PageOf) -> Result<Page<Entry>> {
    need(caller, Role::Owner, Scope::Admin)?;
    let after = Cursor::of(page, ENTRIES)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    let rows = stored::of_project(&mut tx, caller.project, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(ENTRIES, row.connection_id));
    Ok(page.map(entry))
}

fn entry(row: stored::OfConnection) -> Entry {
    let is_known = match (row.asked_at, row.answered_at) {
        (Some(asked), Some(answered)) => answered >= asked,
        (asked, _) => asked.is_none(),
    };
    let (answer, answer_text) = if is_known {
        answer_words(row.answer.as_deref().unwrap_or(answer::NONE))
    } else {
        ("lost", "No answer came back")
    };
    let action = row.action.as_deref().unwrap_or(action::NONE);
    let (action, action_text) = action_words(action);
    Entry {
        connection: row.connection_id,
        site: row.site_name,
        asked_at: row.asked_at,
        next_at: row.due_at,
        answer,
        answer_text,
        is_held: action == action::HELD,
        action,
        action_text,
    }
}

/// What came of the reports, newest first. Needs an owner.
pub async fn acts(app: &App, caller: &Caller, page: &PageOf) -> Result<Page<Act>> {
    need(caller, Role::Owner, Scope::Admin)?;
    let after = Cursor::of(page, ACTS)?.map(Cursor::id);
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    let rows = account_acts::list(&mut tx, caller.project, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| Cursor::by_id(ACTS, row.id));
    Ok(page.map(|row| {
        let (answer, answer_text) = answer_words(&row.answer);
        let (action, action_text) = action_words(&row.action);
        Act {
            id: row.id,
            connection: row.connection_id,
            answer,
            answer_text,
            action,
            action_text,
            at: row.at,
        }
    }))
}

/// How often each account is reported.
pub async fn cycle(app: &App, caller: &Caller) -> Result<Duration> {
    need(caller, Role::Owner, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    let standing = stored::standing(&mut tx).await?;
    Ok(batch::cycle_of(app, &standing))
}

/// When a connection ended because its account was closed, if it did. Needs an admin.
pub async fn closed_at(app: &App, caller: &Caller, id: ConnectionId) -> Result<Option<Time>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.read().await?;
    Ok(account_acts::closed_at(&mut tx, caller.project, id).await?)
}

/// What to do with a closed account that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Atlassian is asked once more; if it says the same, the account is erased.
    Approve,
    /// The answer is believed to be wrong. Atlassian is asked again in the next cycle.
    Discard,
}

impl Decision {
    /// All names, for the description of the API.
    pub const NAMES: [&'static str; 2] = ["approve", "discard"];
}

/// Decides what becomes of a closed account that is held. Needs an owner.
pub async fn decide(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    decision: Decision,
) -> Result<()> {
    need(caller, Role::Owner, Scope::Admin)?;
    let now = app.now();
    let mut tx = app.db.write().await?;
    let grant = connections::get(&mut tx, caller.project, id)
        .await?
        .and_then(|row| row.grant_id)
        .ok_or(AppError::NotFound)?;
    let (is_done, name) = match decision {
        Decision::Approve => (stored::approve(&mut tx, grant, now).await?, "approved"),
        Decision::Discard => {
            let (from, to) = (action::HELD, action::DISCARDED);
            (
                stored::set_action(&mut tx, grant, from, to).await?,
                "discarded",
            )
        }
    };
    if !is_done {
        return Err(AppError::Conflict {
            code: "not_held",
            message: "Nothing waits for a decision here: somebody decided, or Atlassian said something else."
                .to_owned(),
        });
    }
    super::act::note(&mut tx, app, grant, answer::CLOSED, name).await?;
    audit::note(
        &mut tx,
        app,
        caller,
        "reporting.decided",
        &id.to_string(),
        name,
    )
    .await?;
    if decision == Decision::Approve {
        batch::order_at(&mut tx, app, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Codes of answers, and sentences.
const ANSWERS: [(&str, &str); 6] = [
    (answer::NONE, "Not asked yet"),
    (answer::NOTHING, "Nothing to do"),
    (answer::CLOSED, "The account was closed"),
    (answer::UPDATED, "The account was changed"),
    (answer::OTHER, "An answer that we do not know"),
    (answer::REFUSED, "Atlassian refuses to be asked about it"),
];

/// Codes of actions, and sentences.
const ACTIONS: [(&str, &str); 10] = [
    (action::NONE, "Nothing"),
    (
        action::REFRESHED,
        "Its date is newer; nothing of it is cached",
    ),
    (
        action::WAITING,
        "Erased when the others of this cycle have answered",
    ),
    (
        action::HELD,
        "Held: so many were closed at once that you have to decide",
    ),
    (action::APPROVED, "Approved: Atlassian is asked once more"),
    (
        action::ASKING_AGAIN,
        "Approved: Atlassian is being asked once more",
    ),
    (action::ERASING, "Being erased; the connection ends"),
    (
        action::ERASED,
        "Handed to the erasure; the connection ended",
    ),
    (
        action::DISCARDED,
        "Discarded: asked again in the next cycle",
    ),
    (
        action::TAKEN_BACK,
        "Kept: Atlassian does not say so any more",
    ),
];

/// The codes of all answers, for the description of the API.
pub fn answers() -> Vec<&'static str> {
    let words = ANSWERS.iter().map(|(code, _)| *code);
    words.chain(["lost"]).collect()
}

/// The codes of all actions, for the description of the API.
pub fn actions() -> Vec<&'static str> {
    ACTIONS.iter().map(|(code, _)| *code).collect()
}

fn answer_words(code: &str) -> (&'static str, &'static str) {
    let found = ANSWERS.into_iter().find(|(known, _)| *known == code);
    found.unwrap_or(ANSWERS[4])
}

fn action_words(code: &str) -> (&'static str, &'static str) {
    let found = ACTIONS.into_iter().find(|(known, _)| *known == code);
    found.unwrap_or(ACTIONS[0])
}
