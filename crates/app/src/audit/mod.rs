//! The audit trail: every privileged or privacy act is a line, written in the transaction of the act.
//!
//! The lines are chains (`upvow_store::audit`). Here: writing one; `checkpoints`, which signs how far the chains reach
//! and keeps a copy in the key folder; [`check`], which finds whatever was changed, left out, put in or reordered; and
//! what an admin sees of it, [`list`] and [`export`].

pub mod check;
pub(crate) mod checkpoints;
mod export;
mod list;

use std::time::Duration;

use upvow_db::Tx;
use upvow_domain::{Caller, ProjectId, Time, access::Via};
use upvow_store::audit::{self, End, Entry};

use crate::{App, Result, random};

pub use checkpoints::{accept, pass};
pub use export::export;
pub use list::{Act, Actor, Asked, Overview, list, overview};

/// How long lines are kept: as long as a claim about them can be raised in most places.
pub const KEPT_FOR: Duration = Duration::from_hours(3 * 365 * 24);

/// Notes a privileged act in the transaction that does it. `subject` is an id of ours, `detail` a code.
pub(crate) async fn note(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<()> {
    let entry = Entry {
        id: app.fresh_id(),
        project_id: Some(caller.project),
        person_id: caller.person,
        via: via(&caller.via).to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
        at: app.now(),
        seq: None,
        prev: None,
        hash: None,
    };
    Ok(audit::insert(tx, &entry).await?)
}

/// Notes an act of the operator on the server's command line, which belongs to no project.
pub async fn by_operator(
    tx: &mut Tx,
    at: Time,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<()> {
    by_server(tx, at, "operator", action, subject, detail).await
}

/// Notes what the program did by itself for no project alone.
pub(crate) async fn by_program(
    tx: &mut Tx,
    app: &App,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<()> {
    by_server(tx, app.now(), "program", action, subject, detail).await
}

async fn by_server(
    tx: &mut Tx,
    at: Time,
    via: &str,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<()> {
    let entry = Entry {
        id: random::id(at),
        project_id: None,
        person_id: None,
        via: via.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
        at,
        seq: None,
        prev: None,
        hash: None,
    };
    Ok(audit::insert(tx, &entry).await?)
}

/// The line that says that this chain ended here again, and how far it had reached.
fn line_of(chain: &str, at: Time, action: &str, end: &End, reached: &checkpoints::Said) -> Entry {
    Entry {
        id: random::id(at),
        project_id: ProjectId::from_stored(chain),
        person_id: None,
        via: "operator".to_owned(),
        action: action.to_owned(),
        subject: format!("line_{}", end.seq),
        detail: format!("reached_line_{}", reached.seq),
        at,
        seq: None,
        prev: None,
        hash: None,
    }
}

const fn via(via: &Via) -> &'static str {
    match via {
        Via::Nobody => "nobody",
        Via::Session(_) => "session",
        Via::Token(..) => "token",
        Via::Program => "program",
    }
}
