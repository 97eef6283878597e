//! The steps of setting a connection up. How far it is is read off what is stored, so whoever may set it up can go on
//! from any device.

use upvow_db::Tx;
use upvow_store::{board_targets, connections, connections::Connection, rules};

use crate::Result;

/// A step, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Who authorises: oneself, or a Jira admin by link.
    Who,
    /// Consent, and the round trip to Atlassian.
    Authorise,
    /// Which site.
    Site,
    /// Which of its projects.
    Projects,
    /// Where issues of each board are made, and with which fields.
    Issues,
    /// Which statuses go together.
    Statuses,
    /// What the account may do, and the test issue.
    Rights,
    /// What is read, written and kept; then it starts.
    Summary,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 8] = [
        Step::Who,
        Step::Authorise,
        Step::Site,
        Step::Projects,
        Step::Issues,
        Step::Statuses,
        Step::Rights,
        Step::Summary,
    ];

    /// Where it stands, from 1.
    pub fn number(self) -> usize {
        Step::ALL
            .iter()
            .position(|step| *step == self)
            .map_or(1, |at| at + 1)
    }
}

/// The first step that is not done, of a connection that is being set up. Where issues are made may stay open, so that
/// step is behind as soon as a later one is.
pub(super) async fn next(tx: &mut Tx, found: &Connection) -> Result<Option<Step>> {
    if found.state != "setup" {
        return Ok(None);
    }
    let (project, id) = (found.project_id, found.id);
    let step = if found.grant_id.is_none() {
        Step::Authorise
    } else if found.cloud_id.is_none() {
        Step::Site
    } else if connections::projects(tx, project, id).await?.is_empty() {
        Step::Projects
    } else if !rules::list(tx, project, id).await?.is_empty() {
        Step::Rights
    } else if board_targets::list(tx, project)
        .await?
        .iter()
        .any(|target| target.connection_id == id)
    {
        Step::Statuses
    } else {
        Step::Issues
    };
    Ok(Some(step))
}
