//! The words and the rules of Upvow. No async, no I/O, no reading of clocks.
//!
//! - [`id`], [`time`]: identifiers and moments, as values.
//! - [`secret`]: values that cannot print themselves.
//! - [`access`]: who is asking, and what a role or a token may do.
//! - [`outgoing`]: which hosts the program may connect to.
//! - [`board`], [`post`], [`page`]: what the board is made of.
//! - [`trend`], [`search`], [`excerpt`]: in which order posts come, how they are found, how they begin. [`mod@hex`]: digits.
//! - [`deadlines`]: how long the law leaves for answering somebody who asks for their data.
//! - [`rule`]: how a Jira status and a board status follow each other; [`combination`]: what several issues say together.

pub mod access;
pub mod board;
pub mod combination;
pub mod deadlines;
pub mod excerpt;
pub mod hex;
pub mod id;
pub mod invalid;
pub mod jira;
pub mod outgoing;
pub mod page;
pub mod post;
pub mod rule;
pub mod search;
pub mod secret;
pub mod time;
pub mod trend;

pub use access::{Caller, Role, Scope};
pub use hex::hex;
pub use id::*;
pub use invalid::Invalid;
pub use time::Time;
