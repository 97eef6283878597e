//! The main job, done by itself: what a person or a program would do through HTTP, step by step, with no way into the code.
//!
//! - [`browser`], [`html`]: a browser without JavaScript.
//! - [`jira`]: Jira's side: its REST API, and what people do there.
//! - `story`: the steps. `report`: what is printed.

pub mod browser;
pub mod html;
pub mod jira;
mod report;
mod story;

use std::{path::PathBuf, time::Instant};

use crate::config::DatabaseUrl;

/// All that the walk may know: addresses and files.
pub struct Places {
    /// The board's address, without a slash at the end.
    pub board: String,
    /// The simulator's address.
    pub jira: String,
    /// The site in it.
    pub cloud_id: String,
    /// A token of a person in Jira, for looking at issues there.
    pub jira_token: String,
    /// The data folder.
    pub folder: PathBuf,
    /// The key folder; may be elsewhere.
    pub keys_dir: PathBuf,
    /// Main database and vault.
    pub databases: Vec<DatabaseUrl>,
}

/// Walks; whether every step went well.
pub async fn run(places: &Places, owner: &str, voter: &str) -> bool {
    let since = Instant::now();
    let mut report = report::Report::new(story::STEPS);
    if let Err(error) = story::tell(places, owner, voter, &mut report).await {
        report.broken(&error);
    }
    report.close(since)
}
