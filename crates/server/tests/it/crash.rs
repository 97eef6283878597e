//! Power cuts: the server is killed at moments nobody chose, and goes on. Nothing is doubled, nothing is lost.

use std::{collections::HashMap, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use upvow_server::commands::demo::walk::jira::Jira;

use crate::harness::Town;

const POSTS: usize = 5;
const ROUNDS: usize = 6;
const MOST_MOVES: u32 = 4;
const STATUSES: [&str; 3] = ["To Do", "In Progress", "Done"];

/// Numbers nobody chose, the same in every run, so that a failure can be looked at again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Asks for an issue of each post, as a client does that repeats what was not answered.
async fn ask_for_issues(town: &Town, posts: &[String], issue: &Value) -> bool {
    let mut all_taken = true;
    for post in posts {
        let path = Town::api(&format!("/posts/{post}/links"));
        let taken = town
            .owner
            .api_once(
                Method::POST,
                &path,
                Some(issue),
                Some(&format!("issue-of-{post}")),
            )
            .await;
        all_taken &= taken.is_ok();
    }
    all_taken
}

/// Somebody in Jira is busy with the issues that are there. Each is moved a few times only: a link that flips without end is
/// held on purpose.
async fn work_in_jira(jira: &Jira, dice: &mut Dice, moves: &mut HashMap<String, u32>) {
    loop {
        let issues = jira.look("issues/KITE").await.unwrap();
        let ours = issues.as_array().unwrap().iter().filter(|issue| {
            let summary = issue["summary"].as_str().unwrap();
            summary.starts_with("Idea ")
        });
        let keys: Vec<&str> = ours.map(|issue| issue["key"].as_str().unwrap()).collect();
        if !keys.is_empty() {
            let key = keys[dice.below(keys.len())];
            let count = moves.entry(key.to_owned()).or_default();
            if *count < MOST_MOVES {
                *count += 1;
                // Being there already is no move; Jira says so.
                let _ = jira
                    .move_issue(key, STATUSES[dice.below(STATUSES.len())])
                    .await;
            }
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_goes_on_with_nothing_doubled_and_nothing_lost() {
    let mut town = Town::start().await;
    let connection = town.connect().await;
    // Jira tries five times more; a start on a busy machine must fit in between.
    town.simulator.retry_gap(2_000).await;
    let jira = town.simulator.jira();
    let issue = town.new_issue(&connection).await;
    let mut posts = Vec::new();
    for number in 0..POSTS {
        posts.push(town.post(&format!("Idea {number}")).await);
    }

    let mut dice = Dice(7);
    let mut moves = HashMap::new();
    for _ in 0..ROUNDS {
        let moment = Duration::from_millis(u64::try_from(10 + dice.below(400)).unwrap());
        tokio::select! {
            () = async { while !ask_for_issues(&town, &posts, &issue).await {} std::future::pending::<()>().await } => {}
            () = work_in_jira(&jira, &mut dice, &mut moves) => {}
            () = tokio::time::sleep(moment) => {}
        }
        town.server.kill();
        town.server.start_again().await;
    }

    assert!(ask_for_issues(&town, &posts, &issue).await);
    for (number, post) in posts.iter().enumerate() {
        let links = town
            .until(
                &format!("/posts/{post}/links"),
                "every post has its issue",
                |list| list["items"][0]["state"] == "active" && list["items"][0]["key"].is_string(),
            )
            .await;
        assert_eq!(links["items"].as_array().unwrap().len(), 1, "{links}");
        let made = town
            .simulator
            .issues("KITE", &format!("Idea {number}"))
            .await;
        assert_eq!(made.len(), 1, "one issue for one post: {made:?}");
        assert_eq!(links["items"][0]["key"], made[0]["key"]);
    }

    // One more move each, answered or not when the power goes.
    for number in 0..POSTS {
        let key = town
            .simulator
            .issues("KITE", &format!("Idea {number}"))
            .await[0]["key"]
            .as_str()
            .unwrap()
            .to_owned();
        let status = town
            .simulator
            .issues("KITE", &format!("Idea {number}"))
            .await[0]["status"]
            .as_str()
            .unwrap()
            .to_owned();
        let next = if status == "Done" {
            "In Progress"
        } else {
            "Done"
        };
        jira.move_issue(&key, next).await.unwrap();
    }
    town.server.kill();
    town.server.start_again().await;
    jira.look("idle").await.unwrap();
    let deliveries = jira.look("deliveries").await.unwrap();
    for delivery in deliveries.as_array().unwrap() {
        assert_eq!(
            delivery["stage"], "delivered",
            "every event was taken in the end: {delivery}"
        );
    }
    for (number, post) in posts.iter().enumerate() {
        let status = town
            .simulator
            .issues("KITE", &format!("Idea {number}"))
            .await[0]["status"]
            .as_str()
            .unwrap()
            .to_owned();
        let wanted = town.mapped(&connection, &status).await;
        town.until(
            &format!("/posts/{post}"),
            &format!("post {number} follows to {status}"),
            |read| read["status"]["id"] == wanted,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f25_killed_between_the_answer_and_the_work_it_does_the_work_later() {
    let mut town = Town::start().await;
    let connection = town.connect().await;
    let jira = town.simulator.jira();
    let post = town.post("Idea").await;
    let issue = town.new_issue(&connection).await;
    town.send(Method::POST, &format!("/posts/{post}/links"), issue)
        .await;
    let path = format!("/posts/{post}/links");
    let links = town
        .until(&path, "the issue is made", |list| {
            list["items"][0]["state"] == "active" && list["items"][0]["synced_at"].is_string()
        })
        .await;
    let key = links["items"][0]["key"].as_str().unwrap().to_owned();

    // Deliveries are taken, and what they ask for cannot be done.
    let away = json!({"do": "fault", "kind": "status", "status": 503,
                      "path": "/rest/api/3/issue", "method": "GET"});
    jira.order(&away).await.unwrap();
    jira.move_issue(&key, "Done").await.unwrap();
    jira.look("idle").await.unwrap();
    let deliveries = jira.look("deliveries").await.unwrap();
    let last = deliveries.as_array().unwrap().last().unwrap();
    assert_eq!(last["stage"], "delivered", "{last}");
    town.server.kill();
    let before = town.simulator.issues("KITE", "Idea").await[0]["status"].clone();
    assert_eq!(before, "Done");
    jira.order(&json!({"do": "clear_faults"})).await.unwrap();
    town.server.start_again().await;
    let wanted = town.mapped(&connection, "Done").await;
    town.until(&format!("/posts/{post}"), "the post follows", |read| {
        read["status"]["id"] == wanted
    })
    .await;
    let after = jira.look("deliveries").await.unwrap();
    assert_eq!(
        after.as_array().unwrap().len(),
        deliveries.as_array().unwrap().len(),
        "and Jira did not ring again"
    );
}
