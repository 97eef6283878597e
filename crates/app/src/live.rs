//! Tells open pages what changed, so that they show it at once. Only ids travel here; a page asks again for what it
//! may see. Lost notices cost freshness, never truth.

use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use upvow_db::{Listener, Tx};
use upvow_domain::{BoardId, ConnectionId, PostId, ProjectId};
use upvow_events::Event;
use uuid::Uuid;

use crate::{App, Result};

/// Where the nodes of a PostgreSQL set-up tell each other.
const CHANNEL: &str = "upvow_live";

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

impl Change {
    /// A post of this board changed in this way.
    pub(crate) const fn of_post(
        project: ProjectId,
        what: What,
        board: BoardId,
        post: PostId,
    ) -> Change {
        Change {
            project,
            what,
            board: Some(board),
            post: Some(post),
            connection: None,
        }
    }
}

/// A change on its way to the other nodes.
#[derive(serde::Serialize, serde::Deserialize)]
struct Notice {
    /// Who says it: a node does not repeat to itself.
    node: Uuid,
    change: Change,
}

/// Commits, and then says what changed: to the pages of this node, and with PostgreSQL to the other nodes.
pub(crate) async fn commit(app: &App, mut tx: Tx, changes: &[Change]) -> Result<()> {
    for &change in changes {
        let notice = Notice {
            node: app.node,
            change,
        };
        let notice = serde_json::to_string(&notice).map_err(|_| crate::AppError::Internal {
            code: "live_notice",
        })?;
        tx.notify(CHANNEL, &notice).await?;
    }
    tx.commit().await?;
    for &change in changes {
        app.live.say(change);
    }
    Ok(())
}

/// Says here what other nodes did, until stopped. Returns at once on SQLite, where there is one node.
pub async fn relay(app: App, stop: CancellationToken) {
    let mut pause = Duration::from_millis(200);
    while !stop.is_cancelled() {
        match app.db.listen(CHANNEL).await {
            Ok(None) => return,
            Ok(Some(listener)) => {
                pause = Duration::from_millis(200);
                hear_others(&app, listener, &stop).await;
            }
            Err(_) => Event::RelayUnheard {}.log(),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
        }
    }
}

async fn hear_others(app: &App, mut listener: Listener, stop: &CancellationToken) {
    loop {
        let heard = tokio::select! {
            () = stop.cancelled() => return,
            heard = listener.next() => heard,
        };
        let Ok(payload) = heard else { return };
        match serde_json::from_str::<Notice>(&payload) {
            Ok(notice) if notice.node != app.node => app.live.say(notice.change),
            Ok(_) => {}
            // A node of another version may say what this one does not know; its pages ask again by themselves.
            Err(_) => Event::RelayOdd {}.log(),
        }
    }
}
