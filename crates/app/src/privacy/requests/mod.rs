//! Requests for a copy of what is held of a person in Jira, or for its deletion. Whoever asks is verified before anything
//! is done; an e-mail or a form opens a case and nothing more. A case names nobody: where it is about an account, it names
//! the vault's record of it, until it is closed.
//!
//! - [`desk`]: the cases of a project, for its admins; [`here`]: an admin asks for a connection of the project.
//! - [`public`]: the contact form and the link it answers with; [`trip`]: showing at Atlassian who one is.
//! - [`copy`]: what is in a copy, how it is signed and fetched; `act`: what a deletion does.
//! - `open`: how a case begins; `letters`: who is told what; `watch`: clocks, alarms, and what goes on by itself.
//! - `proof`: what the checks of the promises ask.

mod act;
pub mod copy;
pub mod desk;
pub mod here;
mod letters;
mod open;
pub(crate) mod proof;
pub mod public;
mod rows;
pub mod trip;
pub(crate) mod watch;

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{
    CaseId, ConnectionId, Time,
    deadlines::{Clock, Term, share, table},
};
use upvow_store::cases as stored;

pub(crate) use letters::run as run_letter;
pub use open::open_by_atlassian;
pub use upvow_domain::deadlines::{Kind, UNKNOWN};
pub(crate) use watch::run as run_case;

use crate::{App, AppError, Result};

/// How long a copy can be fetched.
pub const FETCH_WITHIN: Duration = Duration::from_mins(15);

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$one:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$one])* $word,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$word),*];

            /// Its name in the database and in addresses.
            pub const fn name(self) -> &'static str {
                match self { $($name::$word => $text,)* }
            }

            /// The one of that name.
            pub fn named(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

names! {
    /// How a case came.
    Route {
        /// An admin of the project, freshly signed in.
        Admin = "admin",
        /// Somebody who administers the Jira site, as Jira said at that moment.
        Site = "site",
        /// Atlassian, by the reporting of personal data.
        Atlassian = "atlassian",
        /// The person, by signing in at Atlassian.
        Person = "person",
        /// The contact form: nobody is verified by that.
        Contact = "contact",
    }
}

names! {
    /// Where a case is.
    State {
        /// It is not known yet who asks; nothing is done.
        Open = "open",
        /// It is known who asks.
        Verified = "verified",
        /// Being carried out.
        Working = "working",
        /// Carried out.
        Done = "done",
        /// Denied, with a reason.
        Denied = "denied",
    }
}

names! {
    /// Why a case is denied.
    Reason {
        /// Nobody showed who they are.
        NotVerified = "not_verified",
        /// Whoever asked may not ask for this.
        NotAuthorised = "not_authorised",
        /// It repeats what was answered, without need.
        Excessive = "excessive",
        /// It is not about people in Jira.
        NotAboutJira = "not_about_jira",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn",
        /// A law obliges us to keep what is asked for.
        LawForbids = "law_forbids",
    }
}

names! {
    /// Why a case takes longer.
    Grounds {
        /// It is complex.
        Complexity = "complexity",
        /// There are many requests.
        Number = "number",
    }
}

/// A case as its desk shows it. There is nothing of a person in it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// What is asked for.
    pub kind: Kind,
    /// How it came.
    pub route: Route,
    /// Where it is.
    pub state: State,
    /// The law's code, or `unknown`.
    pub law: String,
    /// What the law is called.
    pub law_name: String,
    /// Where its terms are written.
    pub basis: String,
    /// The connection it is about, if it is about one.
    pub connection: Option<ConnectionId>,
    /// When it was received.
    pub received_at: Time,
    /// When the answer is due by law.
    pub due_at: Time,
    /// How much of the law's time is used up, in percent.
    pub used: u32,
    /// When receipt must be confirmed, and when it was.
    pub acknowledge_by: Option<Time>,
    /// When receipt was confirmed.
    pub acknowledged_at: Option<Time>,
    /// When it was shown who asks.
    pub verified_at: Option<Time>,
    /// When we want to be through, and when at the latest: from when it is known who asks.
    pub target_at: Option<Time>,
    /// The latest moment by our own promise.
    pub ceiling_at: Option<Time>,
    /// Since when the clock stands still.
    pub paused_at: Option<Time>,
    /// Whether it may be made to stand still.
    pub can_pause: bool,
    /// When it was extended.
    pub extended_at: Option<Time>,
    /// By how much it can still be extended.
    pub extension: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// Why it was denied.
    pub reason: Option<Reason>,
    /// A code of what became of it.
    pub result: Option<String>,
}

impl Case {
    /// Whole days left by law; negative when it is late. Nothing once it is closed.
    pub fn days_left(&self, now: Time) -> Option<i64> {
        const DAY: i64 = 86_400_000;
        let left = self.due_at.0.saturating_sub(now.0).div_euclid(DAY);
        self.closed_at.is_none().then_some(left)
    }
}

fn kind_of(row: &stored::Case) -> Result<Kind> {
    Kind::named(&row.kind).ok_or(AppError::Internal { code: "case_kind" })
}

fn term_of(row: &stored::Case) -> Result<Term> {
    Ok(table().term(&row.law, kind_of(row)?, row.received_at))
}

fn clock_of(row: &stored::Case) -> Clock {
    Clock {
        received_at: row.received_at,
        stood: Duration::from_millis(u64::try_from(row.stood).unwrap_or_default()),
        paused_at: row.paused_at,
        extended: row.extended_at.is_some(),
    }
}

/// How much of our own time is used up, in percent.
fn ceiling_used(row: &stored::Case, now: Time) -> Option<u32> {
    let (from, to) = (row.verified_at?, row.ceiling_at?);
    Some(share(from, to, now))
}

fn case(app: &App, row: stored::Case) -> Result<Case> {
    let now = row.closed_at.unwrap_or_else(|| app.now());
    let (term, clock) = (term_of(&row)?, clock_of(&row));
    let name = table()
        .law(&row.law)
        .map_or("Not said: the strictest of all", |law| law.name.as_str());
    let odd = || AppError::Internal { code: "case_word" };
    let is_open = row.closed_at.is_none();
    Ok(Case {
        id: row.id,
        kind: kind_of(&row)?,
        route: Route::named(&row.route).ok_or_else(odd)?,
        state: State::named(&row.state).ok_or_else(odd)?,
        law_name: name.to_owned(),
        basis: term.basis.clone(),
        law: row.law,
        connection: row.connection_id,
        received_at: row.received_at,
        due_at: clock.due_at(&term, now),
        used: clock.used(&term, now),
        acknowledge_by: row.acknowledge_by,
        acknowledged_at: row.acknowledged_at,
        verified_at: row.verified_at,
        target_at: row
            .verified_at
            .map(|at| at.plus(app.settings.requests_target)),
        ceiling_at: row.ceiling_at,
        paused_at: row.paused_at,
        can_pause: is_open && term.pauses && row.paused_at.is_none() && row.verified_at.is_none(),
        extended_at: row.extended_at,
        extension: term
            .extension
            .filter(|_| is_open && row.extended_at.is_none())
            .map(|span| span.to_string()),
        closed_at: row.closed_at,
        reason: row.reason.as_deref().and_then(Reason::named),
        result: row.result,
    })
}

/// Adds a line to a case's timeline: a code, and an id of ours or another code.
async fn happened(tx: &mut Tx, app: &App, case: CaseId, code: &str, detail: &str) -> Result<()> {
    let id = app.fresh_id();
    Ok(stored::events::insert(tx, id, case, code, detail, app.now()).await?)
}

/// The law of an input: a code of the table, or that it is not known.
fn law(code: &str) -> Result<&str> {
    match code {
        "" | UNKNOWN => Ok(UNKNOWN),
        code if table().law(code).is_some() => Ok(code),
        _ => Err(upvow_domain::Invalid::new("law", "choose one of the list").into()),
    }
}

/// What is asked for, as typed.
fn kind(text: &str) -> Result<Kind> {
    Kind::named(text)
        .ok_or_else(|| upvow_domain::Invalid::new("kind", "choose a copy or deletion").into())
}
