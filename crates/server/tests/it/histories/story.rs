//! What may happen, and what is remembered of it, so that the end can be judged.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::json;
use upvow_jira_sim::{Fault, Harm};

use super::town::Town;

/// More moves than this in one go and a link is held on purpose: it flips.
const MOST_MOVES: u32 = 4;
/// Who works in Jira: the person who connected it does not have to be the one.
const SOMEBODY: &str = "Marisol Etxeberria";

/// One thing that happens. Numbers choose among what there is by then.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// An issue is made of a post.
    Create { post: usize },
    /// A post without a link is tied to an issue that another post has.
    LinkTo { post: usize, issue: usize },
    /// Somebody moves an issue in Jira.
    JiraMoves { issue: usize, status: usize },
    /// A member moves a post.
    BoardMoves { post: usize, status: usize },
    /// The owner's vote on a post comes or goes.
    Vote { post: usize, on: bool },
    /// A post is called something else.
    Rename { post: usize, number: u8 },
    /// An issue goes to the other Jira project.
    Moved { issue: usize },
    /// An issue is deleted in Jira.
    Deleted { issue: usize },
    /// A post is untied from its issue.
    Unlink { post: usize },
    /// The next events do not arrive.
    Lose { times: u64 },
    /// The next events arrive twice.
    Double { times: u64 },
    /// Events are held back...
    HoldBack,
    /// ...and come all at once, perhaps the newest first.
    LetGo { newest_first: bool },
    /// The next requests to Atlassian suffer.
    Trouble { times: u64, after: u64, harm: usize },
    /// Nothing can be found for a while after it was made.
    SearchLags,
    /// What is due is done.
    Work,
    /// The program dies in the middle of it and starts again.
    Crash { steps: u32 },
    /// Time passes.
    Pass { seconds: u64 },
    /// Every access token ends.
    TokensExpire,
    /// The person takes the authorisation away and gives it again.
    Reconnect,
}

/// A post.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) id: String,
    /// The issue it is tied to, by its number; `None` until it is known, or without one.
    pub(super) issue: Option<String>,
    /// An issue was asked for this often, each time once.
    pub(super) created: u32,
    pub(super) voted: bool,
    pub(super) title: String,
}

/// What must have come of an issue and its posts since both sides last agreed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Last {
    /// Only Jira moved: this is its status.
    Jira(String),
    /// Only one post was moved: this is its status.
    Board(String),
    /// Both moved, or more than one post: they must agree, on whatever.
    Either,
}

/// The story so far.
pub(super) struct Story {
    pub(super) town: Town,
    pub(super) posts: Vec<Post>,
    pub(super) last: BTreeMap<String, Last>,
    pub(super) deleted: Vec<String>,
    /// Board statuses that the map knows, by id.
    mapped: Vec<String>,
    moves: BTreeMap<String, u32>,
}

impl Story {
    /// Four posts on the first board.
    pub(super) async fn begin() -> Story {
        let town = Town::start().await;
        let board = town.read("/boards").await["items"][0]["id"].clone();
        let mut posts = Vec::new();
        for number in 0..4 {
            let title = format!("Idea {number}");
            let new = json!({ "board_id": board, "title": title, "body": "Please." });
            let post = town.send(Method::POST, "/posts", new).await;
            posts.push(Post {
                id: post["id"].as_str().unwrap().to_owned(),
                issue: None,
                created: 0,
                voted: true,
                title,
            });
        }
        let map = town.map().await;
        let mut mapped: Vec<String> = map.values().cloned().collect();
        mapped.sort();
        mapped.dedup();
        Story {
            town,
            posts,
            last: BTreeMap::new(),
            deleted: Vec::new(),
            mapped,
            moves: BTreeMap::new(),
        }
    }

    pub(super) async fn act(&mut self, act: &Act) {
        match *act {
            Act::Create { post } => self.create(post % self.posts.len()).await,
            Act::LinkTo { post, issue } => self.link_to(post % self.posts.len(), issue).await,
            Act::JiraMoves { issue, status } => self.jira_moves(issue, status),
            Act::BoardMoves { post, status } => {
                self.board_moves(post % self.posts.len(), status).await;
            }
            Act::Vote { post, on } => {
                let at = post % self.posts.len();
                let method = if on { Method::PUT } else { Method::DELETE };
                let path = format!("/posts/{}/vote", self.posts[at].id);
                self.town.attempt(method, &path, None, None).await.unwrap();
                self.posts[at].voted = on;
            }
            Act::Rename { post, number } => {
                let at = post % self.posts.len();
                let title = format!("Idea {at}, version {number}");
                let path = format!("/posts/{}", self.posts[at].id);
                let body = json!({ "title": title, "body": "Please." });
                self.town.send(Method::PUT, &path, body).await;
                self.posts[at].title = title;
            }
            Act::Moved { issue } => self.moved(issue),
            Act::Deleted { issue } => self.delete(issue),
            Act::Unlink { post } => self.unlink(post % self.posts.len()).await,
            Act::Lose { times } => self.town.jira().lose_deliveries(times),
            Act::Double { times } => self.town.jira().duplicate_deliveries(times),
            Act::HoldBack => self.town.jira().pause_deliveries(true),
            Act::LetGo { newest_first } => {
                self.town.jira().newest_first(newest_first);
                self.town.jira().pause_deliveries(false);
            }
            Act::Trouble { times, after, harm } => {
                let harm = harms().swap_remove(harm % harms().len());
                let fault = Fault::next(times, "/", harm).after(after);
                self.town.jira().fault(fault);
            }
            Act::SearchLags => self.town.jira().search_lag(Duration::from_secs(20)),
            Act::Work => {
                self.town.work().await;
                self.look().await;
            }
            Act::Crash { steps } => {
                self.town.jira().wait_settled().await;
                self.town.crash(steps).await;
            }
            Act::Pass { seconds } => self.town.pass(Duration::from_secs(seconds)).await,
            Act::TokensExpire => self.town.jira().expire_access_tokens(),
            Act::Reconnect => {
                self.town.jira().clear_faults();
                self.town.revoke_and_reconnect().await;
            }
        }
    }

    async fn create(&mut self, at: usize) {
        if self.posts[at].created > 0 || self.posts[at].issue.is_some() {
            return;
        }
        let path = format!("/posts/{}/links", self.posts[at].id);
        // A person presses twice, a program repeats itself: it is one issue.
        for _ in 0..2 {
            let asked = self
                .town
                .attempt(
                    Method::POST,
                    &path,
                    Some(&self.town.new_issue),
                    Some("create"),
                )
                .await;
            if asked.is_some() {
                self.posts[at].created = 1;
            }
        }
    }

    async fn link_to(&mut self, at: usize, issue: usize) {
        let Some(issue) = self.an_issue(issue) else {
            return;
        };
        if self.posts[at].created > 0 || self.posts[at].issue.is_some() {
            return;
        }
        let key = self.town.jira().issue(&issue).unwrap()["key"].clone();
        let path = format!("/posts/{}/links", self.posts[at].id);
        let body = json!({ "connection_id": self.town.connection, "issue": key });
        let linked = self
            .town
            .attempt(Method::POST, &path, Some(&body), None)
            .await;
        if linked.is_some() {
            self.last.insert(issue.clone(), Last::Either);
            self.posts[at].issue = Some(issue);
        }
    }

    fn jira_moves(&mut self, issue: usize, status: usize) {
        let Some(issue) = self.an_issue(issue) else {
            return;
        };
        if !self.may_move(&issue) {
            return;
        }
        let status = ["To Do", "In Progress", "Done"][status % 3];
        if self
            .town
            .jira()
            .move_issue(&issue, status, SOMEBODY)
            .is_err()
        {
            return; // it is there already
        }
        let now = self.town.jira().issue(&issue).unwrap()["status_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let last = match self.last.get(&issue) {
            None | Some(Last::Jira(_)) => Last::Jira(now),
            Some(_) => Last::Either,
        };
        self.last.insert(issue, last);
    }

    async fn board_moves(&mut self, at: usize, status: usize) {
        let status = self.mapped[status % self.mapped.len()].clone();
        let path = format!("/posts/{}", self.posts[at].id);
        let before = self.town.read(&path).await["status"]["id"].clone();
        let issue = self.posts[at].issue.clone();
        if before == status.as_str() || issue.as_ref().is_some_and(|issue| !self.may_move(issue)) {
            return;
        }
        let path = format!("{path}/status");
        self.town
            .send(Method::PUT, &path, json!({ "status_id": status }))
            .await;
        if let Some(issue) = issue {
            let alone = self
                .posts
                .iter()
                .filter(|post| post.issue.as_ref() == Some(&issue))
                .count()
                == 1;
            let last = match self.last.get(&issue) {
                None | Some(Last::Board(_)) if alone => Last::Board(status),
                _ => Last::Either,
            };
            self.last.insert(issue, last);
        }
    }

    fn moved(&mut self, issue: usize) {
        let Some(issue) = self.an_issue(issue) else {
            return;
        };
        if !self.may_move(&issue) {
            return;
        }
        let is_kite = self.town.jira().issue(&issue).unwrap()["project"] == "KITE";
        let to = if is_kite { "NEST" } else { "KITE" };
        self.town
            .jira()
            .move_to_project(&issue, to, SOMEBODY)
            .unwrap();
        self.last.insert(issue, Last::Either);
    }

    fn delete(&mut self, issue: usize) {
        let Some(issue) = self.an_issue(issue) else {
            return;
        };
        self.town.jira().delete_issue(&issue, SOMEBODY).unwrap();
        self.last.remove(&issue);
        self.deleted.push(issue);
    }

    async fn unlink(&mut self, at: usize) {
        if self.posts[at].issue.is_none() {
            return;
        }
        let path = format!("/posts/{}/links", self.posts[at].id);
        let links = self.town.read(&path).await;
        for link in links["items"].as_array().unwrap() {
            let path = format!("/links/{}", link["id"].as_str().unwrap());
            self.town.attempt(Method::DELETE, &path, None, None).await;
        }
        if let Some(issue) = self.posts[at].issue.take() {
            self.last
                .entry(issue)
                .and_modify(|last| *last = Last::Either);
        }
        // A second issue is not asked for: that it was asked once is what the end counts.
    }

    /// Learns which issue was made of which post.
    pub(super) async fn look(&mut self) {
        for at in 0..self.posts.len() {
            let post = &self.posts[at];
            if post.issue.is_some() || post.created == 0 {
                continue;
            }
            let links = self.town.read(&format!("/posts/{}/links", post.id)).await;
            let Some(key) = links["items"][0]["key"].as_str() else {
                continue;
            };
            let Some(issue) = self.town.jira().issue(key) else {
                continue;
            };
            let id = issue["id"].as_str().unwrap().to_owned();
            let status = &self.town.read(&format!("/posts/{}", post.id)).await["status"];
            // A post that was moved before it had an issue moves the issue: that is a change of the board, and while
            // nobody knows whether it has arrived, Jira may change the same.
            if status["kind"] != "open" {
                let status = status["id"].as_str().unwrap().to_owned();
                self.last.insert(id.clone(), Last::Board(status));
            }
            self.posts[at].issue = Some(id);
        }
    }

    /// An issue that is there and tied to a post.
    fn an_issue(&self, number: usize) -> Option<String> {
        let mut there: Vec<&String> = self
            .posts
            .iter()
            .filter_map(|post| post.issue.as_ref())
            .filter(|issue| !self.deleted.contains(issue))
            .collect();
        there.sort();
        there.dedup();
        (!there.is_empty()).then(|| there[number % there.len()].clone())
    }

    fn may_move(&mut self, issue: &str) -> bool {
        let moves = self.moves.entry(issue.to_owned()).or_default();
        *moves += 1;
        *moves <= MOST_MOVES
    }

    /// Both sides agreed: from here on is another chapter.
    pub(super) fn turn_the_page(&mut self) {
        self.last.clear();
        self.moves.clear();
    }
}

/// What can happen to a request.
pub(super) fn harms() -> Vec<Harm> {
    vec![
        Harm::status(500),
        Harm::retry_after(503, "7"),
        Harm::Status {
            status: 429,
            retry_after: Some("3".to_owned()),
            reason: Some("jira-burst-based".to_owned()),
            body: None,
        },
        Harm::status(429),
        Harm::Drop,
        Harm::DropAfterWork,
        Harm::Html,
    ]
}
