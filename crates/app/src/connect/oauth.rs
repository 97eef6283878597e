//! The round trip to Atlassian: state bound to the session, used once; PKCE; the grant goes straight into the vault.

use upvow_domain::{
    Caller, ConnectionId,
    secret::{AuthorizationCode, SessionSecret},
};

use crate::{App, Result};

/// Records the consent (`agreed` is the version that was shown) and gives the address at Atlassian to send the browser
/// to. `reconnect` names a connection whose grant died. Needs an admin with a session; `session` is its secret.
pub async fn begin(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    agreed: &str,
    reconnect: Option<ConnectionId>,
) -> Result<String> {
    todo!()
}

/// What Atlassian sent back with the browser.
#[derive(Debug)]
pub enum Answer {
    /// The person agreed.
    Code(AuthorizationCode),
    /// The person declined, or Atlassian refused; its own code, cut to a closed set.
    Refused(String),
}

/// The browser is back. The state must be one this session began, not used and not expired. Gives the connection in
/// setup (or the reconnected one).
pub async fn finish(
    app: &App,
    caller: &Caller,
    session: &SessionSecret,
    state: &str,
    answer: Answer,
) -> Result<ConnectionId> {
    todo!()
}

/// The project of the round trip that this state belongs to, so that the callback, which has one address for all
/// projects, knows where it is. `None` for a state we never made.
pub async fn project_of(app: &App, state: &str) -> Result<Option<upvow_domain::ProjectId>> {
    todo!()
}
