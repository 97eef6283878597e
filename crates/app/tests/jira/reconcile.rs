//! Comparing everything that is linked, because something may have been missed.

use upvow_app::{
    AppError, Role,
    sync::{
        links::{self, LinkState},
        reconcile::{self, Act, Reconcile, State},
    },
};
use upvow_domain::{ConnectionId, PostId, board::StatusKind, jira::IssueKey};

use crate::{
    atlassian::{DOING, DONE, Fault, TODO},
    town::Town,
};

const BULK: &str = "/issue/bulkfetch";

/// So many posts, each tied to an issue that was there before.
async fn many(town: &Town, by: ConnectionId, count: usize) -> Vec<(PostId, u32)> {
    let mut linked = Vec::with_capacity(count);
    for number in 0..count {
        let issue = town.atlassian.issue(TODO);
        let post = town.post(&format!("Wish {number}")).await;
        let key = IssueKey::parse(&format!("DEMO-{issue}")).unwrap();
        links::link_existing(town.app(), town.owner(), post, by, key.as_str())
            .await
            .unwrap();
        linked.push((post, issue));
    }
    town.work().await;
    linked
}

async fn newest(town: &Town, by: ConnectionId) -> Reconcile {
    let mut all = reconcile::list(town.app(), town.owner(), by).await.unwrap();
    all.remove(0)
}

async fn ask(town: &Town, by: ConnectionId) -> Reconcile {
    // Ids grow with time.
    town.wait(1);
    let (app, owner) = (town.app(), town.owner());
    reconcile::start(app, owner, by).await.unwrap()
}

#[tokio::test]
async fn what_was_missed_is_found_at_the_price_of_a_call_per_hundred() {
    let (town, by) = Town::connected().await;
    let linked = many(&town, by, 205).await;
    for (_, issue) in &linked[..3] {
        town.atlassian.move_issue(*issue, DOING);
    }
    town.atlassian
        .world()
        .issues
        .get_mut(&linked[204].1)
        .unwrap()
        .hidden = true;
    let reads = town.atlassian.count("GET /ex/jira");

    let begun = ask(&town, by).await;
    assert_eq!(
        (begun.state, begun.total, begun.compared),
        (State::Running, 205, 0)
    );
    town.work().await;

    let done = newest(&town, by).await;
    assert_eq!((done.id, done.state), (begun.id, State::Done));
    assert_eq!(
        (done.compared, done.changed, done.gone, done.failed),
        (205, 3, 1, 0)
    );
    assert_eq!(town.atlassian.count(BULK), 3, "a call per hundred");
    assert_eq!(
        town.atlassian.count("GET /ex/jira") - reads,
        5,
        "one for each that differs, and Jira's list of webhooks"
    );
    for (post, _) in &linked[..3] {
        assert_eq!(town.kind(*post).await, StatusKind::Started);
    }
    assert_eq!(town.kind(linked[3].0).await, StatusKind::Planned);
    let lost = town.link(linked[204].0).await;
    assert_eq!(lost.problem.as_deref(), Some("not_visible"));
    assert_eq!(
        lost.state,
        LinkState::Active,
        "a read that fails is no deletion"
    );

    // Nothing is left to find, and what is known to be gone is not asked for again.
    ask(&town, by).await;
    town.work().await;
    let again = newest(&town, by).await;
    assert_eq!((again.changed, again.gone), (0, 1));
    assert_eq!(town.atlassian.count("GET /ex/jira") - reads, 6);
}

#[tokio::test]
async fn it_can_be_paused_resumed_and_cancelled_and_goes_on_where_it_was() {
    let (town, by) = Town::connected().await;
    many(&town, by, 120).await;
    let (app, owner) = (town.app(), town.owner());
    let begun = ask(&town, by).await;
    // A step fails.
    town.atlassian
        .fail(BULK, Fault::Answer(503, serde_json::Value::Null));
    town.work().await;
    assert_eq!(newest(&town, by).await.compared, 0);
    town.wait(5);
    let paused = reconcile::act(app, owner, by, begun.id, Act::Pause)
        .await
        .unwrap();
    assert_eq!(paused.state, State::Paused);
    town.work().await;
    assert_eq!(newest(&town, by).await.compared, 0, "paused means paused");
    assert_eq!(ask(&town, by).await.id, begun.id, "there is one at a time");

    let resumed = reconcile::act(app, owner, by, begun.id, Act::Resume)
        .await
        .unwrap();
    assert_eq!(resumed.state, State::Running);
    town.work().await;
    let done = newest(&town, by).await;
    assert_eq!((done.state, done.compared), (State::Done, 120));

    let next = ask(&town, by).await;
    let cancelled = reconcile::act(app, owner, by, next.id, Act::Cancel)
        .await
        .unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
    town.work().await;
    assert_eq!(newest(&town, by).await.compared, 0);
    let again = reconcile::act(app, owner, by, next.id, Act::Resume)
        .await
        .unwrap();
    assert_eq!(again.state, State::Cancelled, "what ended stays so");
}

#[tokio::test]
async fn one_issue_that_makes_no_sense_does_not_hide_the_others() {
    let (town, by) = Town::connected().await;
    let linked = many(&town, by, 12).await;
    town.atlassian
        .world()
        .issues
        .get_mut(&linked[5].1)
        .unwrap()
        .poisoned = true;
    town.atlassian.move_issue(linked[6].1, DOING);
    ask(&town, by).await;
    town.work().await;
    let done = newest(&town, by).await;
    assert_eq!(
        (done.state, done.compared, done.changed, done.failed),
        (State::Done, 12, 1, 1)
    );
    assert_eq!(town.kind(linked[6].0).await, StatusKind::Started);
}

#[tokio::test]
async fn it_happens_every_night_and_not_twice() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let before = reconcile::list(town.app(), town.owner(), by)
        .await
        .unwrap()
        .len();
    town.atlassian.move_issue(issue, DONE);
    // The server is at work all day.
    for _ in 0..=(24 * 4) {
        town.wait(15 * 60);
        town.work().await;
    }
    let all = reconcile::list(town.app(), town.owner(), by).await.unwrap();
    assert_eq!(all.len(), before + 1, "{all:?}");
    assert_eq!((all[0].cause.as_str(), all[0].changed), ("nightly", 1));
    assert_eq!(town.kind(post).await, StatusKind::Done);
}

#[tokio::test]
async fn after_the_server_slept_it_looks_what_it_missed() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.move_issue(issue, DOING);
    town.wait(3 * 3_600);
    town.work().await;
    assert_eq!(newest(&town, by).await.cause, "server_gap");
    assert_eq!(town.kind(post).await, StatusKind::Started);
}

#[tokio::test]
async fn what_the_board_wanted_and_nobody_sent_is_sent() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.wait(60);
    town.move_post(post, StatusKind::Started).await;
    // The job is lost, as it is when it was given up.
    let mut tx = town.app().db.write().await.unwrap();
    tx.run("DELETE FROM jobs", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    ask(&town, by).await;
    town.work().await;
    assert_eq!(town.atlassian.world().issues[&issue].status, DOING);
    assert_eq!(town.kind(post).await, StatusKind::Started);
}

#[tokio::test]
async fn rules_that_were_saved_count_for_what_is_linked_already() {
    let (town, by) = Town::connected().await;
    let linked = many(&town, by, 2).await;
    town.atlassian.move_issue(linked[0].1, DOING);
    ask(&town, by).await;
    town.work().await;
    assert_eq!(town.kind(linked[0].0).await, StatusKind::Started);
    // Somebody moved the post aside while the map left Jira alone.
    let mut tx = town.app().db.write().await.unwrap();
    tx.run("UPDATE rules SET direction = 'to_board'", vec![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    town.move_post(linked[0].0, StatusKind::Planned).await;
    town.work().await;
    ask(&town, by).await;
    town.work().await;
    assert_eq!(
        town.kind(linked[0].0).await,
        StatusKind::Planned,
        "nothing changed in Jira, so the post stays"
    );
    reconcile::apply_rules(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.kind(linked[0].0).await, StatusKind::Started);
    assert_eq!(
        town.link(linked[0].0).await.status_name.as_deref(),
        Some("In Progress")
    );
}

#[tokio::test]
async fn only_admins_of_the_project_have_it_compared() {
    let (town, by) = Town::connected().await;
    let helper = town.world.member("mo@example.com", Role::Moderator).await;
    let refused = reconcile::start(town.app(), &helper, by).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let refused = reconcile::list(town.app(), &helper, by).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let done = newest(&town, by).await;
    let elsewhere = ConnectionId::new(uuid::Uuid::from_u128(7));
    let refused = reconcile::act(town.app(), town.owner(), elsewhere, done.id, Act::Cancel).await;
    assert!(matches!(refused, Err(AppError::NotFound)));
}
