//! Telling the voters of a post what became of it.
//!
//! - here: which statuses are told of, and how many hear of a post;
//! - `follow`: what a change of status means; `desk`: notices that wait for a decision, and those that went;
//! - `post_round`: the job that sends; `stop`: how somebody ends mail without signing in.

mod desk;
mod follow;
pub(crate) mod post_round;
mod stop;

pub use desk::{Notice, State, drop_it, list, of_post, send};
pub(crate) use follow::Step;
pub(crate) use follow::status_changed;
pub(crate) use stop::{Addresses, forget_old_key};
pub use stop::{Stop, stop, stop_of, take_back};
use upvow_db::Tx;
use upvow_domain::{Caller, Invalid, PostId, Role, Scope, StatusId, board::StatusKind};
use upvow_store::{notices, statuses as stored_statuses};

use crate::{
    App, AppError, Result, access, audit,
    boards::{self, Status},
    posts,
};

/// Whether the voters of a post hear that it reached a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tells {
    /// They do not.
    Never,
    /// A member decides each time.
    Ask,
    /// They do, after a short time in which the status may change again.
    Always,
}

impl Tells {
    /// Every way.
    pub const ALL: [Tells; 3] = [Tells::Never, Tells::Ask, Tells::Always];

    /// Its name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Tells::Never => "never",
            Tells::Ask => "ask",
            Tells::Always => "always",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Tells> {
        Tells::ALL.into_iter().find(|tells| tells.name() == name)
    }

    /// What goes for a status nobody chose for: that an idea waits is no news, what becomes of it may be.
    fn of_kind(kind: StatusKind) -> Tells {
        match kind {
            StatusKind::Open => Tells::Never,
            StatusKind::Planned | StatusKind::Started | StatusKind::Done | StatusKind::Closed => {
                Tells::Ask
            }
        }
    }
}

/// What a member decided about telling the voters while changing a status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tell {
    /// Nothing: the status's own setting counts.
    #[default]
    AsSet,
    /// Not this time. A status that always tells does so all the same.
    No,
    /// Now, with these words of theirs, which may be empty.
    Yes(String),
}

/// How the voters hear of each status.
pub async fn settings(app: &App, caller: &Caller) -> Result<Vec<(Status, Tells)>> {
    access::need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    let chosen = notices::tells(&mut tx, caller.project).await?;
    let rows = stored_statuses::list(&mut tx, caller.project).await?;
    rows.into_iter()
        .map(|row| {
            let status = boards::status(row)?;
            let tells = chosen
                .iter()
                .find(|(id, _)| *id == status.id)
                .and_then(|(_, name)| Tells::named(name))
                .unwrap_or_else(|| Tells::of_kind(status.kind));
            Ok((status, tells))
        })
        .collect()
}

/// Sets how the voters hear of a status. Needs an admin.
pub async fn set_tells(app: &App, caller: &Caller, status: StatusId, tells: Tells) -> Result<()> {
    access::need(caller, Role::Admin, Scope::Admin)?;
    let mut tx = app.db.write().await?;
    let found = stored_statuses::find(&mut tx, caller.project, status).await?;
    found.ok_or(AppError::NotFound)?;
    notices::set_tells(&mut tx, status, tells.name()).await?;
    let (subject, detail) = (status.to_string(), tells.name());
    audit::note(&mut tx, app, caller, "status.tells_set", &subject, detail).await?;
    Ok(tx.commit().await?)
}

/// How many hear of a post if the caller tells its voters: those with a vote who can see it, want mail, and are not
/// the caller. Needs a moderator.
pub async fn audience(app: &App, caller: &Caller, post: PostId) -> Result<i64> {
    access::need(caller, Role::Moderator, Scope::PostsRead)?;
    let mut tx = app.db.read().await?;
    posts::find(&mut tx, caller, post).await?;
    Ok(notices::count_audience(&mut tx, caller.project, post, caller.person).await?)
}

/// How the voters hear of this status.
async fn tells_of(tx: &mut Tx, caller: &Caller, status: StatusId) -> Result<Tells> {
    let chosen = notices::tells(tx, caller.project).await?;
    if let Some((_, name)) = chosen.into_iter().find(|(id, _)| *id == status) {
        return Tells::named(&name).ok_or(AppError::Internal { code: "tells" });
    }
    let row = stored_statuses::find(tx, caller.project, status).await?;
    let row = row.ok_or(AppError::NotFound)?;
    Ok(Tells::of_kind(boards::kind(&row.kind)?))
}

/// The most characters a member may add to a notice.
const MOST_WORDS: usize = 1_000;

/// Plain text of a few lines.
fn words(text: &str) -> Result<String, Invalid> {
    let text = text.trim().replace("\r\n", "\n");
    let odd = |c: char| c.is_control() && c != '\n';
    if text.chars().count() > MOST_WORDS || text.chars().any(odd) {
        return Err(Invalid::new(
            "tell_words",
            format!("use at most {MOST_WORDS} characters of plain text"),
        ));
    }
    Ok(text)
}
