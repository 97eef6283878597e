//! The end of a history: everything that can settle has settled, and then both sides are compared.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::story::{Act, Last, Story};

impl Story {
    /// The trouble is over, and a day passes in which nobody does anything.
    pub(super) async fn quiet(&mut self) {
        let jira = self.town.jira().clone();
        jira.clear_faults();
        jira.newest_first(false);
        jira.pause_deliveries(false);
        jira.lose_deliveries(0);
        jira.duplicate_deliveries(0);
        jira.search_lag(Duration::ZERO);
        for _ in 0..5 {
            self.town.pass(Duration::from_secs(61)).await;
            self.town.work().await;
        }
        for _ in 0..26 {
            self.town.pass(Duration::from_hours(1)).await;
            self.town.work().await;
        }
        self.look().await;
    }

    /// Board and Jira agree, each change was heard, and nothing was made twice.
    pub(super) async fn check(&mut self) {
        let map = self.town.map().await;
        for post in self.posts.clone() {
            let read = self.town.read(&format!("/posts/{}", post.id)).await;
            let links = self.town.read(&format!("/posts/{}/links", post.id)).await;
            let links = links["items"].as_array().unwrap();
            self.made_once(&post.id, post.created);
            let Some(issue_id) = &post.issue else {
                assert!(
                    links.is_empty(),
                    "an issue that was asked for was made: {links:?}"
                );
                continue;
            };
            assert_eq!(links.len(), 1, "{links:?}");
            let link = &links[0];
            if self.deleted.contains(issue_id) {
                let is_told = link["state"] == "gone" || link["problem"] == "not_visible";
                assert!(is_told, "a deleted issue shows as such: {link}");
                continue;
            }
            assert_eq!(link["state"], "active", "{link}");
            assert_eq!(link["problem"], Value::Null, "{link}");
            let issue = self.town.jira().issue(issue_id).unwrap();
            assert_eq!(link["key"], issue["key"], "the label follows");
            let at = |field: &str| issue[field].as_str().unwrap().to_owned();
            let fits = &map[&(at("project"), at("status_id"))];
            let status = read["status"]["id"].as_str().unwrap();
            let untouched = read["status"]["kind"] == "open" && issue["category"] == "new";
            assert!(
                status == fits || untouched,
                "post and issue agree: {} and {}, after {:?}",
                read["status"],
                issue["status"],
                self.last.get(issue_id)
            );
            match self.last.get(issue_id) {
                Some(Last::Jira(moved)) => {
                    assert_eq!(&at("status_id"), moved, "what Jira did last stands");
                }
                Some(Last::Board(moved)) => {
                    assert_eq!(status, moved, "what the board did last stands");
                }
                Some(Last::Either) | None => {}
            }
            shows(&issue, &post.title, &read);
        }
        self.turn_the_page();
    }

    /// The connection is ended while requests fail. Then nothing of it is left at Jira, and Jira moves nothing here.
    pub(super) async fn leave(&mut self) {
        self.act(&Act::Trouble {
            times: 3,
            after: 1,
            harm: 0,
        })
        .await;
        let path = format!("/connections/{}", self.town.connection);
        let left = self.town.attempt(Method::DELETE, &path, None, None).await;
        assert!(left.is_some(), "one can always leave");
        self.quiet().await;
        let jira = self.town.jira();
        assert!(jira.webhooks().is_empty(), "{:?}", jira.webhooks());
        assert_eq!(jira.tokens()["families_alive"], 0, "{}", jira.tokens());
        let mut before = Vec::new();
        for post in &self.posts {
            before.push(self.town.read(&format!("/posts/{}", post.id)).await);
        }
        for number in 0..self.posts.len() {
            for status in 0..3 {
                let issue = number;
                self.act(&Act::JiraMoves { issue, status }).await;
            }
        }
        self.quiet().await;
        for (post, before) in self.posts.iter().zip(&before) {
            let now = self.town.read(&format!("/posts/{}", post.id)).await;
            assert_eq!(now["status"], before["status"]);
            let links = self.town.read(&format!("/posts/{}/links", post.id)).await;
            for link in links["items"].as_array().unwrap() {
                assert!(
                    link["state"] == "ended" || link["state"] == "gone",
                    "{link}"
                );
            }
        }
    }

    /// As many issues carry the post's mark as were asked for; a deleted one is not there to be counted.
    fn made_once(&self, post: &str, asked: u32) {
        let mut made = 0;
        for project in ["KITE", "NEST"] {
            for issue in self.town.jira().issues(project) {
                let links = issue["remote_links"].as_array().unwrap();
                let ours = issue["properties"]["upvow.link"].is_object();
                let of_post = links.iter().any(|link| {
                    link["globalId"]
                        .as_str()
                        .is_some_and(|id| id.ends_with(plain(post)))
                });
                made += u32::from(ours && of_post);
            }
        }
        assert!(
            made <= asked.max(1),
            "no more issues than were asked for: {made} of {asked}"
        );
    }
}

/// The id without its kind: as a remote link carries it.
fn plain(id: &str) -> &str {
    id.rsplit('_').next().unwrap()
}

/// The remote link says what the post says.
fn shows(issue: &Value, title: &str, post: &Value) {
    let links = issue["remote_links"].as_array().unwrap();
    let link = links
        .iter()
        .find(|link| {
            let id = link["globalId"].as_str().unwrap_or_default();
            id.ends_with(plain(post["id"].as_str().unwrap()))
        })
        .unwrap_or_else(|| panic!("a remote link to {title} on {issue}"));
    assert_eq!(link["object"]["title"], title);
    let summary = link["object"]["summary"].as_str().unwrap();
    let votes = format!("{} vote", post["votes"]);
    assert!(summary.starts_with(&votes), "{summary}: {votes}");
}
