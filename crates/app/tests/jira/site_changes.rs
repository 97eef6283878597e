//! What happens to the site and its projects.

use serde_json::json;
use upvow_app::sync::reconcile;
use upvow_domain::board::StatusKind;

use crate::{
    atlassian::{DOING, Fault},
    town::Town,
};

#[tokio::test]
async fn f45_a_renamed_project_key_and_a_renamed_site_are_labels_that_follow() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    // Neither changes anything in the issue, and no webhook tells of it.
    town.atlassian.world().issues.get_mut(&issue).unwrap().key = "IDEAS";
    town.atlassian.world().site_name = Some("Corp & Co");
    town.wait(1);
    reconcile::start(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(
        link.key.unwrap().as_str(),
        format!("IDEAS-{issue}"),
        "the link is by number, so it stays"
    );
    assert_eq!(
        town.connection(by).await.site_name.as_deref(),
        Some("Corp & Co")
    );
}

#[tokio::test]
async fn f45_a_suspended_site_is_waited_for_and_then_compared() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let (other, other_issue) = town.linked(by).await;
    town.atlassian.world().suspended = true;
    town.move_post(other, StatusKind::Done).await;
    for _ in 0..20 {
        town.work().await;
        town.wait(15 * 60);
    }
    let given_up = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE state = 'dead'";
    assert_eq!(town.rows(given_up).await, 0, "an outage gives up nothing");
    // While it was suspended somebody at Atlassian moved an issue, and no webhook told us.
    town.atlassian.world().suspended = false;
    town.atlassian.move_issue(issue, DOING);
    for _ in 0..3 {
        town.wait(16 * 60);
        town.work().await;
    }
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(town.atlassian.world().issues[&other_issue].status, "30");
    let causes = reconcile::list(town.app(), town.owner(), by).await.unwrap();
    assert!(causes.iter().any(|one| one.cause == "site_back"));
}

#[tokio::test]
async fn f45_an_archived_project_is_told_and_not_pushed_again_and_again() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let archived = json!({"errorMessages": ["This project is archived"], "errors": {}});
    town.atlassian
        .fail("/transitions", Fault::Answer(403, archived));
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.problem.as_deref(), Some("may_not_move"));
    let tried = town.atlassian.count("/transitions");
    for _ in 0..3 {
        town.wait(24 * 3_600);
        town.work().await;
    }
    assert_eq!(town.atlassian.count("/transitions"), tried);
    assert_eq!(town.kind(post).await, StatusKind::Done, "the post is ours");
    assert_eq!(town.atlassian.world().issues[&issue].status, "10");
}
