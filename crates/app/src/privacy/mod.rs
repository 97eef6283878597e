//! What is promised to people about their data, carried out.
//!
//! - [`registry`]: the one list of what is personal data; [`retention`]: how long everything is kept;
//!   [`own_data`]: the data of people of the board in their own hands.
//! - [`erasure`]: the one way in which something of a person in Jira is erased.
//! - [`promises`]: the addendum sentence by sentence, the checks that look whether each is true now, who is told of changes.
//! - [`receipt`]: what says so afterwards, signed.
//! - [`requests`]: whoever asks for a copy of their data, or for its deletion.
//! - [`reporting`]: Atlassian is asked in each cycle whether the accounts are still open.

pub mod erasure;
pub mod own_data;
pub mod promises;
pub mod receipt;
pub mod registry;
pub mod reporting;
pub mod requests;
pub mod retention;
