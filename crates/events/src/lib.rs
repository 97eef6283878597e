//! What may be logged and counted. This is the only crate that writes to the log or to the figures, so what is not in
//! its lists cannot be said:
//!
//! - [`Event`]: every line the log can have, each with its fields.
//! - [`Counter`], [`Gauge`], [`Histogram`]: every figure, each with its labels.
//! - [`safe`]: the few types that fields and labels are made of. None can be made of free text.
//!
//! A line is written by making an event and logging it:
//! ```
//! upvow_events::Event::PassPart { error: "db_statement".into() }.log();
//! ```
//! Text that somebody wrote is refused by the compiler, owned:
//! ```compile_fail,E0277
//! let title = String::from("Dark mode, says Mia Krystof");
//! upvow_events::Event::PassPart { error: title.into() }.log();
//! ```
//! or borrowed:
//! ```compile_fail,E0597
//! let title = String::from("Dark mode, says Mia Krystof");
//! upvow_events::Event::PassPart { error: title.as_str().into() }.log();
//! ```
//! So are the id of an account, also when it is opened:
//! ```compile_fail,E0277
//! fn tell(of: &upvow_domain::secret::AccountId) {
//!     upvow_events::Event::PassPart { error: of.into() }.log();
//! }
//! ```
//! ```compile_fail
//! fn tell(of: &upvow_domain::secret::AccountId) {
//!     upvow_events::Event::PassPart { error: of.expose().into() }.log();
//! }
//! ```
//! an address:
//! ```compile_fail,E0277
//! fn tell(of: upvow_domain::secret::Email) {
//!     upvow_events::Event::PassPart { error: of.into() }.log();
//! }
//! ```
//! what a foreign error says:
//! ```compile_fail,E0277
//! fn tell(error: std::io::Error) {
//!     upvow_events::Event::PassPart { error: error.into() }.log();
//! }
//! ```
//! ```compile_fail,E0277
//! fn tell(error: std::io::Error) {
//!     upvow_events::Event::PassPart { error: error.to_string().into() }.log();
//! }
//! ```
//! the path of a request in the place of its route's template:
//! ```compile_fail,E0277
//! let path = upvow_events::safe::Route::from("/sign-in/link/a-secret");
//! ```
//! a type of another crate that says of itself that it is safe:
//! ```compile_fail
//! struct Name(String);
//! impl upvow_events::safe::Safe for Name {}
//! ```
//! and, in the figures, a label of free text:
//! ```compile_fail,E0277
//! let site = String::from("acme.atlassian.net");
//! upvow_events::Counter::Reconciles { cause: site.into() }.add();
//! ```

#![expect(
    clippy::disallowed_macros,
    reason = "the one place that writes to the log and to the figures"
)]

mod event;
mod figure;
pub mod safe;

pub use event::Event;
pub use figure::{Counter, Gauge, Histogram};

/// The one target of every line: what any library says has another one, and is not written.
pub const TARGET: &str = "upvow";
