//! Signing in: by one-time link, by password, and as the first owner. Who is behind a session or a token.

use upvow_domain::{
    Caller, ProjectId,
    secret::{ApiSecret, LinkSecret, SessionSecret},
};

use crate::{App, Result};

/// A new session.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser keeps in its cookie.
    pub secret: SessionSecret,
    /// Where the person wanted to go: a path of ours.
    pub next: String,
}

/// Mails a one-time sign-in link. The answer is the same whether or not the address is known; a new address becomes a
/// voter when the link is used. `next` is where to go then: a path of ours, anything else becomes `/`.
/// `name` is used if the address is new. `from` is the network address that asks, for the rate limit; it is not kept.
pub async fn request_link(
    app: &App,
    email: &str,
    name: &str,
    next: &str,
    from: &str,
) -> Result<()> {
    todo!()
}

/// Uses a one-time link. A GET must not do this: mail scanners follow links. `device` is the User-Agent header.
pub async fn finish_link(app: &App, secret: &LinkSecret, device: &str) -> Result<SignedIn> {
    todo!()
}

/// Signs in by password. Wrong address and wrong password are one answer in the same time.
pub async fn by_password(
    app: &App,
    email: &str,
    password: String,
    next: &str,
    device: &str,
    from: &str,
) -> Result<SignedIn> {
    todo!()
}

/// Sets or changes one's own password; ends the other sessions. `current` is needed if there is one.
pub async fn set_password(
    app: &App,
    caller: &Caller,
    current: Option<String>,
    new: String,
) -> Result<()> {
    todo!()
}

/// Ends the session.
pub async fn sign_out(app: &App, secret: &SessionSecret) -> Result<()> {
    todo!()
}

/// A new one-time link that makes its user the owner of a new project; `None` once there is an owner.
/// Older unused owner links end.
pub async fn owner_link(app: &App) -> Result<Option<LinkSecret>> {
    todo!()
}

/// The first owner comes: makes project, account and session. `password` may be empty (sign-in links work then).
pub async fn claim(
    app: &App,
    secret: &LinkSecret,
    project: &str,
    email: &str,
    name: &str,
    password: String,
    device: &str,
) -> Result<SignedIn> {
    todo!()
}

/// A one-time sign-in link without a mail: for the operator's command and the demo's start page.
pub async fn operator_link(app: &App, email: &str, next: &str) -> Result<LinkSecret> {
    todo!()
}

/// Who a session cookie is, in this project. An unknown or ended session is a visitor. Notes the use at most once a minute.
pub async fn caller_of_session(
    app: &App,
    secret: &SessionSecret,
    project: ProjectId,
) -> Result<Caller> {
    todo!()
}

/// Who a bearer token is. `None` for an unknown, ended or expired one. The token belongs to one project.
pub async fn caller_of_token(app: &App, secret: &ApiSecret) -> Result<Option<Caller>> {
    todo!()
}
