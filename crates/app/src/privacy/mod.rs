//! What is promised to people, carried out.
//!
//! - [`erasure`]: the one way in which something of a person in Jira is erased.
//! - [`receipt`]: what says so afterwards, signed.

pub mod erasure;
pub mod receipt;
