//! The people of the board: members and their roles, one's own account and sessions.

use upvow_domain::{
    Caller, PersonId, Role, SessionId, Time,
    page::{Page, PageOf},
    secret::Email,
};

use crate::{App, Result};

/// One's own account.
#[derive(Debug, Clone)]
pub struct Me {
    /// Their id.
    pub id: PersonId,
    /// Their name on the board.
    pub name: String,
    /// Their address.
    pub email: Email,
    /// What they are in this project.
    pub role: Role,
    /// Whether they have a password.
    pub has_password: bool,
}

/// A member of the project.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their id.
    pub id: PersonId,
    /// Their name on the board.
    pub name: String,
    /// Their address; admins see it.
    pub email: Email,
    /// What they are.
    pub role: Role,
    /// Since when.
    pub since: Time,
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// `Firefox on Linux`: a guess from what the browser said.
    pub device: String,
    /// Whether it is the one asking.
    pub is_this: bool,
    /// When it was last used.
    pub seen_at: Time,
    /// When it began.
    pub created_at: Time,
}

/// The caller's own account.
pub async fn me(app: &App, caller: &Caller) -> Result<Me> {
    todo!()
}

/// Changes one's own name: 1 to 60 characters.
pub async fn rename(app: &App, caller: &Caller, name: &str) -> Result<Me> {
    todo!()
}

/// The members, strongest role first. Needs an admin.
pub async fn members(app: &App, caller: &Caller, page: &PageOf) -> Result<Page<Member>> {
    todo!()
}

/// Makes somebody a member by address, and mails them a sign-in link. Needs an admin; for an owner, an owner.
pub async fn invite(app: &App, caller: &Caller, email: &str, role: Role) -> Result<Member> {
    todo!()
}

/// Gives a member another role, [`Role::Voter`] ends the membership. The last owner stays.
pub async fn set_role(app: &App, caller: &Caller, person: PersonId, role: Role) -> Result<()> {
    todo!()
}

/// One's own sessions, newest use first.
pub async fn sessions(app: &App, caller: &Caller) -> Result<Vec<Session>> {
    todo!()
}

/// Ends one of one's own sessions.
pub async fn end_session(app: &App, caller: &Caller, id: SessionId) -> Result<()> {
    todo!()
}
