//! How a connection is told: problems by cause and what cures them, letters to the owners, the timeline.

mod activity;
mod incidents;
mod problems;

use serde_json::json;
use upvow_app::{
    health::{self, Health, Problem},
    mail::Letter,
};
use upvow_domain::{ConnectionId, PostId};

use crate::{atlassian::Fault, town::Town};

pub(super) const CREATE: &str =
    "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue";
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

impl Town {
    async fn health(&self, by: ConnectionId) -> Health {
        health::read(self.app(), self.owner(), by).await.unwrap()
    }

    /// The one thing that is wrong.
    async fn problem(&self, by: ConnectionId) -> Problem {
        let mut problems = self.health(by).await.problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.remove(0)
    }

    async fn codes(&self, by: ConnectionId) -> Vec<String> {
        let problems = self.health(by).await.problems;
        problems.into_iter().map(|problem| problem.code).collect()
    }

    /// Letters about this connection, oldest first.
    fn letters(&self) -> Vec<Letter> {
        let mut letters = self.app().mail.letters();
        letters.retain(|letter| letter.text.contains("/settings/connections/"));
        letters.reverse();
        letters
    }

    /// Jira refuses to make the next issue; gives the post.
    async fn refused(&self, by: ConnectionId, title: &str) -> PostId {
        let post = self.post(title).await;
        let body =
            json!({"errorMessages": [], "errors": {"customfield_10042": "Team is required."}});
        self.atlassian.fail(CREATE, Fault::Answer(400, body));
        self.create(post, by).await;
        self.work().await;
        post
    }
}
