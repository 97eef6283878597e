//! The entries, by what they are about.

mod feedback;
mod jira;
mod people;
mod requests;
mod sealed;

use super::table::Table;

/// Every table and kind of file with personal data in it.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    [
        people::TABLES,
        requests::TABLES,
        feedback::TABLES,
        jira::TABLES,
        sealed::TABLES,
    ]
    .into_iter()
    .flatten()
}
