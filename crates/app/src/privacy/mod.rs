//! What is promised to people about their data, carried out.
//!
//! - [`registry`]: the one list of what is personal data; [`retention`]: how long everything is kept;
//!   [`own_data`]: the data of people of the board in their own hands.
//! - [`erasure`]: the one way in which something of a person in Jira is erased.
//! - [`receipt`]: what says so afterwards, signed.

pub mod erasure;
pub mod own_data;
pub mod receipt;
pub mod registry;
pub mod retention;
