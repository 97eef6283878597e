//! Votes. A person has one per post.

use upvow_domain::{
    Caller, PostId, Time,
    page::{Page, PageOf},
};

use crate::{App, Result};

/// Where a post stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many voted.
    pub votes: i64,
    /// Whether the caller did.
    pub voted: bool,
}

/// Somebody who voted.
#[derive(Debug, Clone)]
pub struct Voter {
    /// Their name on the board.
    pub name: String,
    /// When.
    pub at: Time,
}

/// Votes; voting twice is voting once. Needs somebody signed in.
pub async fn vote(app: &App, caller: &Caller, post: PostId) -> Result<Tally> {
    todo!()
}

/// Takes the vote back; without one it changes nothing.
pub async fn unvote(app: &App, caller: &Caller, post: PostId) -> Result<Tally> {
    todo!()
}

/// Who voted, newest first. Needs a moderator.
pub async fn voters(
    app: &App,
    caller: &Caller,
    post: PostId,
    page: &PageOf,
) -> Result<Page<Voter>> {
    todo!()
}
