//! The addendum as running code. Three files in `promises/` are compiled in: the text, the ledger (what makes each
//! sentence true, and which check looks), the changes; a fourth, the subprocessors, can be added to by the operator.
//!
//! - [`addendum`]: the text with the operator's values; [`ledger`]: what stands behind each sentence.
//! - [`checks`]: look at the real thing; [`proofs`]: run them, keep what they found.
//! - [`changes`], [`subprocessors`]: what has a date; [`notices`]: who is told of it ahead, and took note.
//! - [`edge`]: what only the HTTP layer can look at.

pub mod addendum;
pub mod changes;
pub mod checks;
mod day;
pub mod edge;
pub mod ledger;
pub mod notices;
pub mod outgoing;
pub mod proofs;
pub mod subprocessors;

pub use addendum::{Section, Sentence};
pub use changes::{Change, in_force};
pub use day::Day;
pub use proofs::{Proof, Standing};
pub use subprocessors::{Subprocessor, Subprocessors};

/// How long before it counts a material change is told.
pub const NOTICE_DAYS: u16 = 30;
