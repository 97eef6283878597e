//! Personal data reporting: once in each cycle Atlassian is asked about every account that the vault holds, and whoever
//! closed theirs is erased.
//!
//! - [`cycle`]: the rules, without any I/O: when an account is due, when too many are closed at once.
//! - `batch`: the job; an account counts as asked about before the call is made, so that no crash asks twice.
//! - `reporter`: whose token asks. `act`: what follows from an answer.
//! - [`relay`]: erasures that a trusted sender passes on by machine.
//! - `proof`: what the checks of the promises ask.
//! - [`ledger`]: what owners see of their own connections; [`mod@status`]: what the operator sees.
//!
//! The main database names an account by the vault's record. Who it is is opened for the moment of the call.

mod act;
mod batch;
pub mod cycle;
pub mod ledger;
pub(crate) mod proof;
pub mod relay;
mod reporter;
pub mod status;

pub(crate) use batch::{noticed, pass, run};
pub use status::{Status, hurry, status};

/// What became of an account, as the ledger writes it.
pub(crate) mod action {
    /// Nothing was to be done.
    pub(crate) const NONE: &str = "none";
    /// Nothing of it is cached, so only its date is newer.
    pub(crate) const REFRESHED: &str = "refreshed";
    /// It is closed, and erased once the others of its cycle have answered.
    pub(crate) const WAITING: &str = "waiting";
    /// So many are closed at once that a person has to look.
    pub(crate) const HELD: &str = "held";
    /// A person said that it may be erased: Atlassian is asked once more.
    pub(crate) const APPROVED: &str = "approved";
    /// That is being done.
    pub(crate) const ASKING_AGAIN: &str = "asking_again";
    /// It is being erased.
    pub(crate) const ERASING: &str = "erasing";
    /// It is erased.
    pub(crate) const ERASED: &str = "erased";
    /// A person said that the answer is wrong.
    pub(crate) const DISCARDED: &str = "discarded";
    /// Atlassian does not say so any more.
    pub(crate) const TAKEN_BACK: &str = "taken_back";
}

/// What Atlassian answered, as the ledger writes it.
pub(crate) mod answer {
    /// Not asked yet.
    pub(crate) const NONE: &str = "none";
    /// Nothing is to be done.
    pub(crate) const NOTHING: &str = "nothing";
    /// The account was closed.
    pub(crate) const CLOSED: &str = "closed";
    /// The person changed something.
    pub(crate) const UPDATED: &str = "updated";
    /// A word that we do not know.
    pub(crate) const OTHER: &str = "other";
    /// It refuses to be asked about this account.
    pub(crate) const REFUSED: &str = "refused";
}
