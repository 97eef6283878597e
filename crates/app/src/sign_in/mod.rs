//! Signing in: by one-time link, by password, and as the first owner. Who is behind a session or a token.
//!
//! - `link`: one-time links; `password`: passwords; `owner`: the first owner;
//! - `caller`: who a cookie or a bearer token is;
//! - `next`, `device`: what may be kept of where somebody came from.

mod caller;
mod device;
mod link;
mod next;
mod owner;
mod password;

pub use caller::{caller_of_session, caller_of_token, renewed};
pub(crate) use caller::{role, scopes};
pub(crate) use link::{INVITATION_FOR, insert_link, path, person_of};
pub use link::{finish_link, operator_link, request_link};
pub use owner::{claim, owner_link};
pub use password::{by_password, prove, set_password};
use upvow_db::Tx;
use upvow_domain::{PersonId, secret::SessionSecret};
use upvow_store::sessions::{self, NewSession};

use crate::{App, Result, random};

/// A new session.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser keeps in its cookie.
    pub secret: SessionSecret,
    /// Where the person wanted to go: a path of ours.
    pub next: String,
}

/// Begins a session.
async fn begin(
    tx: &mut Tx,
    app: &App,
    person: PersonId,
    user_agent: &str,
) -> Result<SessionSecret> {
    let secret = random::secret();
    let new = NewSession {
        id: app.fresh_id(),
        person,
        secret_hash: &random::hash(&secret),
        device: &device::device(user_agent),
        expires_at: app.now().plus(app.settings.session_for()),
    };
    sessions::insert(tx, &new, app.now()).await?;
    Ok(SessionSecret::new(secret))
}

/// Ends the session.
pub async fn sign_out(app: &App, secret: &SessionSecret) -> Result<()> {
    let mut tx = app.db.write().await?;
    sessions::delete_by_secret(&mut tx, &random::hash(secret.expose())).await?;
    Ok(tx.commit().await?)
}
