//! What admins see of their project's trail.

use upvow_domain::{
    Caller, Invalid, PersonId, Role, Scope, Time,
    page::{Page, PageOf},
};
use upvow_store::audit::{self, Entry, Wanted, checkpoints};

use crate::{App, Result, access::need, cursor::Cursor};

pub use upvow_store::audit::Actor;

/// The letter of this list's cursors.
const LIST: u8 = b'T';
/// The longest name of an action that is looked for.
const LONGEST_ACTION: usize = 60;

/// A line, as shown.
#[derive(Debug, Clone)]
pub struct Act {
    /// Its number.
    pub seq: i64,
    /// What was done: `connection.disconnected`.
    pub action: String,
    /// To what: an id of ours.
    pub subject: String,
    /// More, as codes.
    pub detail: String,
    /// Who; nobody is the program.
    pub person: Option<PersonId>,
    /// `session`, `token`, `program`, `operator` or `nobody`.
    pub via: String,
    /// When.
    pub at: Time,
    /// Its hash.
    pub hash: String,
}

impl Act {
    fn of(entry: Entry) -> Act {
        Act {
            seq: entry.seq.unwrap_or_default(),
            action: entry.action,
            subject: entry.subject,
            detail: entry.detail,
            person: entry.person_id,
            via: entry.via,
            at: entry.at,
            hash: entry.hash.unwrap_or_default(),
        }
    }
}

/// Which lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Only of this action, or of this family of actions (`connection`).
    pub action: Option<String>,
    /// Only by this person.
    pub person: Option<PersonId>,
    /// Only from then on.
    pub since: Option<Time>,
    /// Only before then.
    pub until: Option<Time>,
}

/// A project's lines, newest first.
pub async fn list(app: &App, caller: &Caller, asked: &Asked, page: &PageOf) -> Result<Page<Act>> {
    need(caller, Role::Admin, Scope::Admin)?;
    let is_word = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || b"._".contains(&byte);
        text.len() <= LONGEST_ACTION && text.bytes().all(fits)
    };
    if asked.action.as_deref().is_some_and(|text| !is_word(text)) {
        return Err(Invalid::new("action", "use a name like `connection.disconnected`").into());
    }
    let before = Cursor::of(page, LIST)?.map(|cursor| cursor.key.cast_signed());
    let wanted = Wanted {
        action: asked.action.clone(),
        person: asked.person,
        since: asked.since,
        until: asked.until,
    };
    let limit = page.rows();
    let mut tx = app.db.read().await?;
    let rows = audit::list(&mut tx, caller.project, &wanted, before, limit + 1).await?;
    let cursor =
        |row: &Entry| Cursor::by_key(LIST, row.seq.unwrap_or_default().cast_unsigned(), row.id);
    Ok(Page::cut(rows, limit, cursor).map(Act::of))
}

/// What there is to choose from, and how far the trail is signed.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The actions that the lines tell of.
    pub actions: Vec<String>,
    /// The people whose acts they are.
    pub actors: Vec<Actor>,
    /// The number of the newest line.
    pub lines: i64,
    /// Up to which line it is signed, and when that was; none before the first time.
    pub signed: Option<(i64, Time)>,
}

/// See [`Overview`].
pub async fn overview(app: &App, caller: &Caller) -> Result<Overview> {
    need(caller, Role::Admin, Scope::Admin)?;
    let chain = caller.project.stored();
    let mut tx = app.db.read().await?;
    let newest = checkpoints::newest(&mut tx, &chain).await?;
    Ok(Overview {
        actions: audit::actions(&mut tx, caller.project).await?,
        actors: audit::actors(&mut tx, caller.project).await?,
        lines: audit::end(&mut tx, &chain).await?.unwrap_or_default().seq,
        signed: newest.map(|newest| (newest.seq, newest.at)),
    })
}
