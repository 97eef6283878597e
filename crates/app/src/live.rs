//! Tells open pages what changed, so that they show it at once. Only ids travel here; a page asks again for what it
//! may see. Lost notices cost freshness, never truth.

use tokio::sync::broadcast;
use upvow_domain::{BoardId, ConnectionId, PostId, ProjectId};

/// Something a page may show has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// In which project.
    pub project: ProjectId,
    /// What.
    pub what: What,
    /// The board of the post, so that a private board's changes reach only those who see it.
    pub board: Option<BoardId>,
    /// Which post.
    pub post: Option<PostId>,
    /// Which connection.
    pub connection: Option<ConnectionId>,
}

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A post's status, text or place.
    Post,
    /// A post's votes.
    Votes,
    /// A post's comments.
    Comments,
    /// A post's links to Jira.
    Links,
    /// A connection's state.
    Connection,
}

/// The channel between use cases and open pages.
#[derive(Clone)]
pub struct Live(broadcast::Sender<Change>);

impl Live {
    /// A channel nobody listens to yet.
    pub fn new() -> Live {
        Live(broadcast::channel(1024).0)
    }

    /// Says that something changed. Call it after the commit.
    pub fn say(&self, change: Change) {
        // Nobody listening is no error.
        let _ = self.0.send(change);
    }

    /// Hears what is said from now on.
    pub fn hear(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}

impl Default for Live {
    fn default() -> Self {
        Live::new()
    }
}
