//! Keeping posts and issues in step.

use upvow_app::sync::{intake::Outcome, links::LinkState};
use upvow_domain::board::StatusKind;

use crate::{
    atlassian::{DOING, DONE, TODO},
    town::{Town, issue_number, step},
};

#[tokio::test]
async fn the_whole_way() {
    let (town, by) = Town::connected().await;
    assert_eq!(town.atlassian.world().webhooks.len(), 1);
    let post = town.post("Dark mode, please").await;
    let link = town.create(post, by).await;
    assert_eq!(link.state, LinkState::Creating);

    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Active, "{link:?}");
    assert_eq!(link.status_name.as_deref(), Some("To Do"));
    assert_eq!(town.kind(post).await, StatusKind::Open, "a new issue moves nothing");
    let issue = issue_number(&link);
    {
        let world = town.atlassian.world();
        let shown = world.issues[&issue].link.clone().expect("a remote link");
        assert_eq!(shown["object"]["title"], "Dark mode, please");
        assert_eq!(shown["object"]["summary"], "1 vote · Open");
    }

    town.atlassian.move_issue(issue, DOING);
    assert_eq!(town.ring(issue, "d1").await, Outcome::Taken);
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    town.work().await;
    assert_eq!(town.atlassian.count("/transitions"), 0, "no echo: Jira is where the post is");

    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    assert_eq!(town.atlassian.world().issues[&issue].status, DONE);
    assert_eq!(town.ring(issue, "d2").await, Outcome::Taken, "Jira tells us of our own step");
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
    assert_eq!(transitions(&town), 1, "and it makes none of ours");

    upvow_app::connect::goodbye::disconnect(town.app(), town.owner(), by).await.unwrap();
    town.work().await;
    let goodbye = town.goodbye(by).await;
    assert!(goodbye.finished, "{goodbye:?}");
    assert_eq!(step(&goodbye, "webhooks_deleted"), "done");
    assert_eq!(step(&goodbye, "revoked"), "accepted_not_verified");
    assert!(town.atlassian.world().webhooks.is_empty());
    assert_eq!(town.link(post).await.state, LinkState::Ended);
}

fn transitions(town: &Town) -> usize {
    let world = town.atlassian.world();
    let is_step = |line: &&String| line.starts_with("POST") && line.ends_with("/transitions");
    world.calls.iter().filter(is_step).count()
}
