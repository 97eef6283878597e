//! How long everything is kept: one table of terms, what deletes when a term is over, and how old the oldest is.
//!
//! - [`Kind`], [`Terms`]: the table, with what the operator may set.
//! - `sweeper`: who deletes what of a kind; `pass`: the periodic work; `ages`: the oldest of each kind.

mod ages;
mod kind;
mod pass;
mod sweeper;
mod terms;

pub use ages::{Age, ages, measure};
pub use kind::Kind;
pub(crate) use pass::sweep;
pub use sweeper::{Sweeper, sweeper};
pub use terms::{Terms, in_words};
