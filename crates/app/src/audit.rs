//! Writing an audit line from a use case.

use upvow_db::Tx;
use upvow_domain::{Caller, access::Via};
use upvow_store::audit::{self, Entry};

use crate::{App, Result};

/// Notes a privileged act in the transaction that does it. `subject` is an id of ours, `detail` a code.
pub(crate) async fn note(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<()> {
    let via = match caller.via {
        Via::Nobody => "nobody",
        Via::Session(_) => "session",
        Via::Token(..) => "token",
        Via::Program => "program",
    };
    let entry = Entry {
        id: app.fresh_id(),
        project_id: Some(caller.project),
        person_id: caller.person,
        via: via.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
        at: app.now(),
    };
    Ok(audit::insert(tx, &entry).await?)
}
