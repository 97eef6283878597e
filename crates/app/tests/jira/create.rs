//! Issues made of posts: one each, whatever happens on the way.

use serde_json::json;
use upvow_app::sync::{
    intake::Outcome,
    links::{self, LinkState},
};

use upvow_domain::board::StatusKind;

use crate::{
    atlassian::{DOING, Fault},
    town::Town,
};

const CREATE: &str = "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue";

#[tokio::test]
async fn a_create_whose_answer_was_lost_makes_no_second_issue() {
    let (town, by) = Town::connected().await;
    let post = town.post("Dark mode, please").await;
    town.atlassian.fail(CREATE, Fault::Lose);
    let link = town.create(post, by).await;
    let again = town.create(post, by).await;
    assert_eq!(link.id, again.id, "the same form makes the same link");
    town.work().await;
    assert_eq!(town.link(post).await.state, LinkState::Creating);
    town.wait(10);
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Active);
    assert_eq!(
        town.atlassian.count(CREATE),
        2,
        "one create, one remote link: {link:?}"
    );
    assert_eq!(town.atlassian.world().issues.len(), 1);
}

#[tokio::test]
async fn a_create_that_never_arrived_is_made_once_the_index_is_sure() {
    let (town, by) = Town::connected().await;
    let post = town.post("Dark mode, please").await;
    town.atlassian.fail(CREATE, Fault::Answer(504, json!({})));
    town.create(post, by).await;
    for _ in 0..4 {
        town.work().await;
        town.wait(10);
    }
    assert_eq!(
        town.atlassian.world().issues.len(),
        0,
        "it could be there and not be found yet"
    );
    town.wait(60);
    town.work().await;
    assert_eq!(town.link(post).await.state, LinkState::Active);
    assert_eq!(town.atlassian.world().issues.len(), 1);
}

#[tokio::test]
async fn a_refused_create_names_the_fields_and_waits_for_somebody() {
    let (town, by) = Town::connected().await;
    let post = town.post("Dark mode, please").await;
    let body =
        json!({"errorMessages": [], "errors": {"customfield_10": "Cost centre is required."}});
    town.atlassian.fail(CREATE, Fault::Answer(400, body));
    town.create(post, by).await;
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Failed);
    assert_eq!(link.problem.as_deref(), Some("create_refused"));
    assert!(link.problem_text.unwrap().contains("customfield_10"));
    town.wait(86_400);
    town.work().await;
    assert_eq!(
        town.atlassian.count(CREATE),
        1,
        "what was refused is not asked again"
    );

    links::refresh(town.app(), town.owner(), link.id)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.link(post).await.state, LinkState::Active);
}

/// Promise 1.3.
#[tokio::test]
async fn who_posted_and_who_voted_is_not_written_to_jira() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let world = town.atlassian.world();
    let issue = &world.issues[&issue];
    let written = format!(
        "{} {:?} {:?}",
        issue.description, issue.link, issue.property
    );
    assert!(written.contains("hurts"), "{written}");
    assert!(
        !written.contains("Olga") && !written.contains("owner@example.com"),
        "{written}"
    );
}

#[tokio::test]
async fn f35_what_jira_says_before_we_know_the_issue_is_not_lost() {
    let (town, by) = Town::connected().await;
    let post = town.post("Dark mode, please").await;
    town.atlassian.fail(CREATE, Fault::Lose);
    town.create(post, by).await;
    town.work().await;
    let issue = *town.atlassian.world().issues.keys().next().unwrap();
    // Somebody is fast: the new issue is moved, and Jira rings, before we heard its number.
    town.atlassian.move_issue(issue, DOING);
    assert_eq!(town.ring(issue, "early").await, Outcome::Taken);
    town.wait(10);
    town.work().await;
    assert_eq!(
        town.link(post).await.status_name.as_deref(),
        Some("In Progress")
    );
    assert_eq!(town.kind(post).await, StatusKind::Started);
}
