//! A day of simulated time: many linked issues, thousands of changes on both sides, a tenth of all requests failing, and a
//! process that is killed three times. At its end everything is in step and nothing is there twice.
//!
//! The product runs as a process of its own (this test binary again, see [`a_day_of_the_product`]), so that killing it is
//! real; the simulated Atlassian lives on in this one. A test run plays a small day; `./test day` plays the full one.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::json;
use upvow_app::{Time, jobs, sign_in};
use upvow_domain::secret::LinkSecret;
use upvow_jira_sim::Fault;

use super::{
    child::{Child, Order, orders},
    desk::Desk,
    dice::Dice,
    product::{Place, Product},
    story::harms,
    town::START,
};

/// How much happens.
struct Plan {
    issues: usize,
    changes: usize,
    kills: usize,
    /// How much time passes between two looks at what is due.
    tick: Duration,
}

/// The whole day.
const DAY: Duration = Duration::from_hours(24);
/// One request of so many suffers.
const ONE_IN: usize = 10;
/// Jira moves one issue no more often than this: what flips faster is held on purpose.
const BETWEEN_MOVES: Duration = Duration::from_mins(5);
/// Who works in Jira.
const SOMEBODY: &str = "Marisol Etxeberria";
const STATUSES: [&str; 3] = ["To Do", "In Progress", "Done"];

fn plan() -> Plan {
    if std::env::var_os("UPVOW_FULL_DAY").is_some() {
        return Plan {
            issues: 200,
            changes: 5_000,
            kills: 3,
            tick: Duration::from_mins(1),
        };
    }
    Plan {
        issues: 12,
        changes: 150,
        kills: 3,
        tick: Duration::from_mins(20),
    }
}

/// What the day was like.
#[derive(Debug, Default)]
struct Told {
    jira_moves: u32,
    board_moves: u32,
    votes: u32,
    kills: u32,
    lost: u32,
    doubled: u32,
    jobs: u64,
}

/// A post and its issue.
struct Pair {
    post: String,
    issue: String,
    jira_moved_at: Duration,
}

struct Day {
    desk: Desk,
    child: Child,
    pairs: Vec<Pair>,
    dice: Dice,
    passed: Duration,
    told: Told,
    /// Board statuses that the map knows.
    mapped: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_outages_and_deaths_ends_in_step() {
    let plan = plan();
    let folder = tempfile::tempdir().unwrap();
    let sim = Desk::simulator(START).await;
    let place = Place::new(folder.path().to_owned(), &sim);
    let home = place.home();
    let (child, claim) = Child::start(&place, START).await;
    let mut desk = Desk::claim(sim, &home, &claim.expect("there is no owner yet")).await;
    desk.connect().await;
    let mut mapped: Vec<String> = desk.map().await.values().cloned().collect();
    mapped.sort();
    mapped.dedup();
    let mut day = Day {
        desk,
        child,
        pairs: Vec::new(),
        dice: Dice(20_261_123),
        passed: Duration::ZERO,
        told: Told::default(),
        mapped,
    };
    day.link(plan.issues).await;
    day.live(&plan).await;
    day.settle().await;
    day.compare(&BTreeMap::new(), &BTreeMap::new()).await;
    day.last_words(&plan).await;
    day.tell(&plan);
}

impl Day {
    /// Every post has its issue, made or to be made while requests fail.
    async fn link(&mut self, count: usize) {
        let board = self.desk.read("/boards").await["items"][0]["id"].clone();
        let mut posts = Vec::new();
        for number in 0..count {
            let new =
                json!({ "board_id": board, "title": format!("Idea {number}"), "body": "Please." });
            let post = self.desk.send(Method::POST, "/posts", new).await;
            posts.push(post["id"].as_str().unwrap().to_owned());
        }
        self.trouble();
        for post in &posts {
            let path = format!("/posts/{post}/links");
            let made = self
                .desk
                .attempt(
                    Method::POST,
                    &path,
                    Some(&self.desk.new_issue),
                    Some("once"),
                )
                .await;
            assert!(made.is_some(), "an issue is asked for");
        }
        while posts.len() > self.pairs.len() {
            self.tick(Duration::from_secs(61)).await;
            self.trouble();
            self.pairs.clear();
            for post in &posts {
                let links = self.desk.read(&format!("/posts/{post}/links")).await;
                let Some(key) = links["items"][0]["key"].as_str() else {
                    continue;
                };
                self.pairs.push(Pair {
                    post: post.clone(),
                    issue: self.desk.jira().issue(key).unwrap()["id"]
                        .as_str()
                        .unwrap()
                        .to_owned(),
                    jira_moved_at: Duration::ZERO,
                });
            }
        }
        self.passed = Duration::ZERO;
    }

    /// The day, from tick to tick.
    async fn live(&mut self, plan: &Plan) {
        let ticks = usize::try_from(DAY.as_secs() / plan.tick.as_secs()).unwrap();
        let mut done = 0;
        for tick in 0..ticks {
            self.trouble();
            self.weather();
            while done * ticks < plan.changes * (tick + 1) {
                self.change().await;
                done += 1;
            }
            if plan.kills * tick / ticks < plan.kills * (tick + 1) / ticks {
                self.kill().await;
            }
            self.tick(plan.tick).await;
        }
    }

    /// From here on a tenth of the next requests suffers, each in its own way.
    fn trouble(&mut self) {
        let jira = self.desk.jira();
        jira.clear_faults();
        for number in 0..400_u64 {
            if self.dice.below(ONE_IN) == 0 {
                let harm = harms().swap_remove(self.dice.below(harms().len()));
                // Of those between two that suffer, each order leaves its share alone.
                jira.fault(Fault::next(1, "/", harm).after(number));
            }
        }
    }

    /// Events get lost, come twice, or late and the newest first.
    fn weather(&mut self) {
        let jira = self.desk.jira();
        match self.dice.below(20) {
            0 => {
                jira.lose_deliveries(1);
                self.told.lost += 1;
            }
            1 => {
                jira.duplicate_deliveries(2);
                self.told.doubled += 2;
            }
            2 => jira.pause_deliveries(true),
            3 => {
                jira.newest_first(true);
                jira.pause_deliveries(false);
            }
            _ => jira.pause_deliveries(false),
        }
    }

    async fn change(&mut self) {
        let at = self.dice.below(self.pairs.len());
        match self.dice.below(10) {
            0..5 => {
                if self.passed < self.pairs[at].jira_moved_at + BETWEEN_MOVES {
                    return Box::pin(self.board_moves(at)).await;
                }
                let status = STATUSES[self.dice.below(3)];
                self.jira_moves(at, status);
            }
            5..9 => self.board_moves(at).await,
            _ => {
                let path = format!("/posts/{}/vote", self.pairs[at].post);
                let method = [Method::PUT, Method::DELETE]
                    .into_iter()
                    .nth(self.dice.below(2));
                self.desk
                    .attempt(method.expect("one of two"), &path, None, None)
                    .await;
                self.told.votes += 1;
            }
        }
    }

    fn jira_moves(&mut self, at: usize, status: &str) {
        // Being there already is no move, and Jira says so.
        let moved = self
            .desk
            .jira()
            .move_issue(&self.pairs[at].issue, status, SOMEBODY);
        if moved.is_ok() {
            self.told.jira_moves += 1;
            self.pairs[at].jira_moved_at = self.passed;
        }
    }

    async fn board_moves(&mut self, at: usize) {
        let status = self.mapped[self.dice.below(self.mapped.len())].clone();
        self.board_moves_to(at, &status).await;
    }

    async fn board_moves_to(&mut self, at: usize, status: &str) {
        let path = format!("/posts/{}/status", self.pairs[at].post);
        let body = json!({ "status_id": status });
        let moved = self
            .desk
            .attempt(Method::PUT, &path, Some(&body), None)
            .await;
        assert!(moved.is_some(), "a member may move a post");
        self.told.board_moves += 1;
    }

    /// Kills it in the middle of its work, and starts it again on what is there.
    async fn kill(&mut self) {
        let moment = Duration::from_millis(u64::try_from(1 + self.dice.below(60)).unwrap());
        self.child.order(&Order::Work);
        tokio::time::sleep(moment).await;
        self.child.kill();
        self.told.kills += 1;
        self.child = self.child.again(self.now()).await;
    }

    fn now(&self) -> Time {
        Time(self.desk.jira().clock().now_ms())
    }

    /// Time passes, and what is due by then is done.
    async fn tick(&mut self, span: Duration) {
        // What Jira signs says when it ends: nothing is under way while the clocks go one after the other.
        self.desk.jira().wait_settled().await;
        self.passed += span;
        self.child.order(&Order::Advance(span));
        self.child.did().await;
        self.desk.jira().clock().advance(span);
        self.work().await;
    }

    async fn work(&mut self) {
        loop {
            self.desk.jira().wait_settled().await;
            self.child.order(&Order::Work);
            let did = self.child.did().await;
            self.told.jobs += did;
            if did == 0 {
                return;
            }
        }
    }

    /// The trouble is over; another day passes in which nobody does anything.
    async fn settle(&mut self) {
        let jira = self.desk.jira();
        jira.clear_faults();
        jira.newest_first(false);
        jira.lose_deliveries(0);
        jira.duplicate_deliveries(0);
        jira.pause_deliveries(false);
        for minutes in [1, 1, 2, 5, 10, 20, 40] {
            self.tick(Duration::from_mins(minutes)).await;
        }
        for _ in 0..26 {
            self.tick(Duration::from_hours(1)).await;
        }
    }

    /// One more change each, known to be the last: it must stand on both sides, whatever fails meanwhile.
    async fn last_words(&mut self, plan: &Plan) {
        self.trouble();
        let (mut in_jira, mut on_board) = (BTreeMap::new(), BTreeMap::new());
        for at in 0..self.pairs.len() {
            let issue = self.pairs[at].issue.clone();
            if at % 2 == 0 {
                let is = self.desk.jira().issue(&issue).unwrap();
                let status = if is["status"] == "Done" {
                    "In Progress"
                } else {
                    "Done"
                };
                self.jira_moves(at, status);
                let is = self.desk.jira().issue(&issue).unwrap();
                in_jira.insert(issue, is["status_id"].as_str().unwrap().to_owned());
            } else {
                let status = self.mapped[self.dice.below(self.mapped.len())].clone();
                self.board_moves_to(at, &status).await;
                on_board.insert(issue, status);
            }
        }
        if plan.kills > 0 {
            self.kill().await;
        }
        self.settle().await;
        self.compare(&in_jira, &on_board).await;
    }

    async fn compare(
        &mut self,
        in_jira: &BTreeMap<String, String>,
        on_board: &BTreeMap<String, String>,
    ) {
        let map = self.desk.map().await;
        let mut apart = Vec::new();
        for pair in &self.pairs {
            let post = self.desk.read(&format!("/posts/{}", pair.post)).await;
            let links = self.desk.read(&format!("/posts/{}/links", pair.post)).await;
            assert_eq!(links["items"].as_array().unwrap().len(), 1, "{links}");
            let issue = self.desk.jira().issue(&pair.issue).unwrap();
            let at = |field: &str| issue[field].as_str().unwrap().to_owned();
            let fits = &map[&(at("project"), at("status_id"))];
            let status = post["status"]["id"].as_str().unwrap();
            let untouched = post["status"]["kind"] == "open" && issue["category"] == "new";
            let heard = in_jira
                .get(&pair.issue)
                .is_none_or(|moved| *moved == at("status_id"))
                && on_board
                    .get(&pair.issue)
                    .is_none_or(|moved| moved == status);
            let link = &links["items"][0];
            let well = link["state"] == "active" && link["problem"].is_null();
            if !(status == fits || untouched) || !heard || !well {
                apart.push(format!(
                    "{} is {}, {} is {}: {link}, after {:?}",
                    pair.post,
                    post["status"]["name"],
                    issue["key"],
                    issue["status"],
                    self.last_events(&pair.issue)
                ));
            }
        }
        assert!(
            apart.is_empty(),
            "{} of {} are apart: {apart:#?}",
            apart.len(),
            self.pairs.len()
        );
        let ours = self
            .desk
            .jira()
            .issues("KITE")
            .iter()
            .filter(|issue| issue["properties"]["upvow.link"].is_object())
            .count();
        assert_eq!(ours, self.pairs.len(), "one issue for one post");
    }

    /// What became of the last events of an issue.
    fn last_events(&self, issue: &str) -> Vec<String> {
        let deliveries = self.desk.jira().deliveries();
        let of_issue = deliveries
            .iter()
            .filter(|delivery| delivery["issue_id"] == issue);
        let last = of_issue.rev().take(3);
        last.map(ToString::to_string).collect()
    }

    fn tell(&self, plan: &Plan) {
        let jira = self.desk.jira();
        let requests: u64 = jira.requests().values().sum();
        let deliveries = jira.deliveries().len();
        eprintln!(
            "a day: {} linked issues, {} changes asked for, {:?}, {requests} requests to Atlassian, {} struck by faults, \
             {deliveries} events; all in step, nothing doubled",
            plan.issues,
            plan.changes,
            self.told,
            jira.faults_struck()
        );
    }
}

/// Not a story: the product of [`a_day_with_outages_and_deaths_ends_in_step`], in a process that can be killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is started by the story of the day"]
async fn a_day_of_the_product() {
    let Some((place, now)) = Child::told() else {
        return;
    };
    let product = Product::open(place, now).await;
    let claim = sign_in::owner_link(&product.app).await.unwrap();
    Child::ready(claim.as_ref().map(LinkSecret::expose));
    let mut orders = orders();
    while let Some(line) = orders.recv().await {
        match Order::read(&line) {
            Order::Advance(span) => {
                product.app.clock.advance(span);
                Child::has_done(0);
            }
            Order::Work => {
                // As many workers as the program has.
                let app = &product.app;
                let did = tokio::join!(
                    jobs::drain(app),
                    jobs::drain(app),
                    jobs::drain(app),
                    jobs::drain(app)
                );
                Child::has_done(did.0 + did.1 + did.2 + did.3);
            }
        }
    }
}
