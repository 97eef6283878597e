//! Cases: what was asked about data of people in Jira. There is nothing of such a person here.
//!
//! - `read`, `write`: the cases themselves; [`events`]: what happened to them; [`erasures`]: what they erased.
//! - [`evidence`]: what the checks of the promises count.
//! - [`letters`], [`alarms`]: who was told what; [`trips`], [`exports`]: ways to Atlassian, and copies that can be fetched.

pub mod alarms;
pub mod erasures;
pub mod events;
pub mod evidence;
pub mod exports;
pub mod letters;
mod read;
pub mod trips;
mod write;

use upvow_db::{FromRow, Result, Row};
use upvow_domain::{
    CaseId, ConnectionId, GrantId, PersonId, ProjectId, Time, jira::CloudId, secret::Email,
};

pub use read::*;
pub use write::*;

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// In whose desk it is.
    pub project_id: ProjectId,
    /// `export` or `deletion`.
    pub kind: String,
    /// `admin`, `site`, `atlassian`, `person`, `contact`.
    pub route: String,
    /// A code of the table of laws.
    pub law: String,
    /// `open`, `verified`, `working`, `done`, `denied`.
    pub state: String,
    /// The connection it is about, if it is about one.
    pub connection_id: Option<ConnectionId>,
    /// The vault's record it is about, until it is closed.
    pub grant_id: Option<GrantId>,
    /// The site it is about, if it is about a whole one.
    pub cloud_id: Option<CloudId>,
    /// The member who opened it, if one did.
    pub person_id: Option<PersonId>,
    /// Where whoever asked wants letters.
    pub email: Option<Email>,
    /// When it was received.
    pub received_at: Time,
    /// When its answer is due by law, as last counted.
    pub due_at: Time,
    /// When receipt must be confirmed.
    pub acknowledge_by: Option<Time>,
    /// When receipt was confirmed.
    pub acknowledged_at: Option<Time>,
    /// When it was shown who asks.
    pub verified_at: Option<Time>,
    /// When we want to be through at the latest.
    pub ceiling_at: Option<Time>,
    /// Since when its clock stands still.
    pub paused_at: Option<Time>,
    /// For how many milliseconds it stood still before.
    pub stood: i64,
    /// When it was extended.
    pub extended_at: Option<Time>,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// A code of why it was denied.
    pub reason: Option<String>,
    /// A code of what became of it.
    pub result: Option<String>,
}

impl FromRow for Case {
    fn from_row(row: &Row) -> Result<Self> {
        let email = row.get::<Option<String>>("email")?;
        Ok(Case {
            id: row.get("id")?,
            project_id: row.get("project_id")?,
            kind: row.get("kind")?,
            route: row.get("route")?,
            law: row.get("law")?,
            state: row.get("state")?,
            connection_id: row.get("connection_id")?,
            grant_id: row.get("grant_id")?,
            cloud_id: row.get("cloud_id")?,
            person_id: row.get("person_id")?,
            email: email.and_then(|text| Email::parse(&text).ok()),
            received_at: row.get("received_at")?,
            due_at: row.get("due_at")?,
            acknowledge_by: row.get("acknowledge_by")?,
            acknowledged_at: row.get("acknowledged_at")?,
            verified_at: row.get("verified_at")?,
            ceiling_at: row.get("ceiling_at")?,
            paused_at: row.get("paused_at")?,
            stood: row.get("stood")?,
            extended_at: row.get("extended_at")?,
            closed_at: row.get("closed_at")?,
            reason: row.get("reason")?,
            result: row.get("result")?,
        })
    }
}
