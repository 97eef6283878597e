//! The test issue: made, read, removed.

use serde_json::json;
use upvow_app::{
    AppError, Role,
    connect::{
        trial::{self, TrialState},
        wizard,
    },
};
use upvow_domain::ConnectionId;

use crate::{
    atlassian::{DONE, Fault},
    town::{Town, cloud, demo},
};

/// The call that makes an issue.
const CREATE: &str = "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue";

/// A set-up that has come as far as its projects.
async fn setup() -> (Town, ConnectionId) {
    let town = Town::start().await;
    let state = town.begin(None).await;
    let id = town.finish(&state).await.unwrap();
    let (app, owner) = (town.app(), town.owner());
    wizard::choose_site(app, owner, id, &cloud()).await.unwrap();
    wizard::choose_projects(app, owner, id, &[demo()])
        .await
        .unwrap();
    (town, id)
}

async fn begin(town: &Town, id: ConnectionId) {
    trial::begin(town.app(), town.owner(), id, &[demo()])
        .await
        .unwrap();
}

async fn told(town: &Town, id: ConnectionId) -> trial::Trial {
    let all = trial::list(town.app(), town.owner(), id).await.unwrap();
    all.into_iter().next().unwrap()
}

#[tokio::test]
async fn it_is_made_read_and_removed() {
    let (town, id) = setup().await;
    begin(&town, id).await;
    begin(&town, id).await;
    assert_eq!(told(&town, id).await.state, TrialState::UnderWay);
    town.work().await;
    let trial = told(&town, id).await;
    assert_eq!(trial.state, TrialState::Removed, "{}", trial.text);
    assert_eq!(trial.browse_url, None);
    assert!(town.atlassian.world().issues.is_empty());
    assert_eq!(town.atlassian.count("POST /ex"), 1, "two clicks, one issue");
    assert_eq!(town.atlassian.count("DELETE /ex"), 1);
    assert_eq!(town.atlassian.count("transitions"), 0, "nothing is moved");
    let reads = town.atlassian.world();
    let order: Vec<_> = reads
        .calls
        .iter()
        .filter(|line| line.contains("/issue/1") || line.ends_with("/issue"))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(order.first(), Some(&"POST"));
    assert_eq!(order.last(), Some(&"DELETE"));
    assert!(order.contains(&"GET"));
}

#[tokio::test]
async fn without_the_right_to_delete_it_is_closed_and_shown() {
    let (town, id) = setup().await;
    town.atlassian.world().keeps_issues = true;
    begin(&town, id).await;
    town.work().await;
    let trial = told(&town, id).await;
    assert_eq!(trial.state, TrialState::Left);
    let key = trial.key.unwrap();
    let url = format!("https://corp.atlassian.net/browse/{key}");
    assert_eq!(trial.browse_url, Some(url));
    assert!(trial.text.contains("closed instead") && trial.text.contains("upvow-test"));
    {
        let world = town.atlassian.world();
        let issue = world.issues.values().next().unwrap();
        assert_eq!(issue.status, DONE);
        assert_eq!(issue.labels, json!(["upvow-test"]));
    }
    // Somebody granted the right meanwhile.
    town.atlassian.world().keeps_issues = false;
    trial::remove(town.app(), town.owner(), trial.id)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(told(&town, id).await.state, TrialState::Removed);
    assert!(town.atlassian.world().issues.is_empty());
}

#[tokio::test]
async fn an_issue_that_is_not_ours_any_more_is_not_deleted() {
    let (town, id) = setup().await;
    town.atlassian.world().keeps_issues = true;
    begin(&town, id).await;
    town.work().await;
    let trial = told(&town, id).await;
    {
        let mut world = town.atlassian.world();
        world.keeps_issues = false;
        let issue = world.issues.values_mut().next().unwrap();
        issue.property = Some(json!({"test": "somebody else's"}));
    }
    trial::remove(town.app(), town.owner(), trial.id)
        .await
        .unwrap();
    town.work().await;
    let trial = told(&town, id).await;
    assert_eq!(trial.state, TrialState::Left);
    assert!(trial.text.contains("property is gone"), "{}", trial.text);
    assert_eq!(town.atlassian.world().issues.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_issue_and_the_first_is_found_and_removed() {
    let (town, id) = setup().await;
    town.atlassian.fail(CREATE, Fault::Lose);
    begin(&town, id).await;
    town.work().await;
    assert_eq!(town.atlassian.world().issues.len(), 1, "it was made");
    town.wait(60);
    town.work().await;
    assert_eq!(told(&town, id).await.state, TrialState::Removed);
    assert!(town.atlassian.world().issues.is_empty());
    let made = town.atlassian.world();
    let made = made
        .calls
        .iter()
        .filter(|line| line.starts_with("POST") && line.ends_with("/issue"));
    assert_eq!(made.count(), 1);
}

#[tokio::test]
async fn a_crash_between_making_and_removing_leaves_nothing() {
    let (town, id) = setup().await;
    // The deletion does not arrive for longer than a job is patient, and then the job itself is lost.
    town.atlassian
        .fail("DELETE /ex", Fault::Answer(503, json!({})));
    begin(&town, id).await;
    town.work().await;
    let trial = told(&town, id).await;
    assert_eq!(trial.state, TrialState::UnderWay);
    assert!(trial.text.contains("being removed"), "{}", trial.text);
    {
        let mut tx = town.app().db.write().await.unwrap();
        tx.run("DELETE FROM jobs", vec![]).await.unwrap();
        tx.commit().await.unwrap();
    }
    town.wait(60);
    town.work().await;
    assert_eq!(told(&town, id).await.state, TrialState::Removed);
    assert!(town.atlassian.world().issues.is_empty());
}

#[tokio::test]
async fn only_admins_try_and_only_in_connected_projects() {
    let (town, id) = setup().await;
    let moderator = town.world.member("mod@example.com", Role::Moderator).await;
    let refused = trial::begin(town.app(), &moderator, id, &[demo()]).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let ops = upvow_domain::jira::JiraProjectId::parse("200").unwrap();
    for projects in [vec![], vec![ops]] {
        let refused = trial::begin(town.app(), town.owner(), id, &projects).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))));
    }
    let refusal =
        json!({"errorMessages": [], "errors": {"customfield_1": "Cost centre is required."}});
    town.atlassian.fail(CREATE, Fault::Answer(400, refusal));
    begin(&town, id).await;
    town.work().await;
    let trial = told(&town, id).await;
    assert_eq!(trial.state, TrialState::Failed);
    assert!(trial.text.contains("refused"), "{}", trial.text);
}
