//! From the door to the board: what was answered is stored, counted once, and done.

use futures_util::future::join_all;
use upvow_app::{
    jobs,
    sync::intake::{Outcome, receive},
};
use upvow_domain::board::StatusKind;

use crate::{
    atlassian::{DOING, DONE, Fault, Gate},
    town::Town,
};

const SIGNALS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM signals";
const JOBS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'pull_issue'";

#[tokio::test]
async fn f22_the_same_delivery_counts_once_however_often_it_comes() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    for _ in 0..5 {
        assert_eq!(town.ring(issue, "one after another").await, Outcome::Taken);
    }
    assert_eq!((town.rows(SIGNALS).await, town.rows(JOBS).await), (1, 1));
    let at_once = join_all((0..5).map(|_| town.ring(issue, "at once"))).await;
    assert!(at_once.iter().all(|outcome| *outcome == Outcome::Taken));
    // Two nodes share no memory, only the database.
    let other = town.node(town.app().clock.clone());
    let body = town.body("jira:issue_updated", issue);
    let at_both = join_all((0..6).map(|n| {
        let node = if n % 2 == 0 { town.app() } else { &other };
        receive(node, town.delivery(Some("at both"), &body))
    }))
    .await;
    assert!(at_both.iter().all(|outcome| *outcome == Outcome::Taken));
    assert_eq!((town.rows(SIGNALS).await, town.rows(JOBS).await), (3, 1));
    town.work().await;
    assert_eq!(town.ring(issue, "at once").await, Outcome::Taken);
    assert_eq!(town.rows(JOBS).await, 0, "known, so there is nothing to do");
}

#[tokio::test]
async fn f23_without_an_id_the_same_bytes_are_the_same_delivery() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let long = "x".repeat(201);
    for odd in [None, Some(""), Some(long.as_str())] {
        for _ in 0..2 {
            let outcome = receive(town.app(), town.delivery(odd, &body)).await;
            assert_eq!(outcome, Outcome::Taken, "{odd:?}");
        }
    }
    assert_eq!(town.rows(SIGNALS).await, 1);
    let other = town.body("jira:issue_deleted", issue);
    receive(town.app(), town.delivery(None, &other)).await;
    assert_eq!(town.rows(SIGNALS).await, 2, "and others are others");
}

#[tokio::test]
async fn f24_another_body_under_a_known_id_is_the_same_delivery() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.ring(issue, "same").await;
    let other = town.body("jira:issue_deleted", issue);
    let outcome = receive(town.app(), town.delivery(Some("same"), &other)).await;
    assert_eq!(outcome, Outcome::Taken, "Jira would only send it again");
    assert_eq!(town.rows(SIGNALS).await, 1);
    // Nothing is lost by it: the issue is read as it is now, whatever a body said.
    town.atlassian.move_issue(issue, DOING);
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
}

#[tokio::test]
async fn f25_what_was_answered_is_done_by_whoever_comes_after_a_crash() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.move_issue(issue, DOING);
    assert_eq!(town.ring(issue, "answered").await, Outcome::Taken);
    // The process ends here, with nothing but the answer given. What comes after it knows only the databases.
    let next = town.node(town.app().clock.clone());
    jobs::drain(&next).await;
    assert_eq!(town.kind(post).await, StatusKind::Started);

    // And if it ends while Jira is being asked, the job is another's when its lease is over.
    town.atlassian.move_issue(issue, DONE);
    town.ring(issue, "begun").await;
    let gate = Gate::new();
    town.atlassian
        .fail("GET /ex/jira", Fault::Hold(gate.clone()));
    tokio::select! {
        _ = jobs::drain(&next) => panic!("Jira does not answer"),
        () = gate.arrived() => {}
    }
    let another = town.node(town.app().clock.clone());
    jobs::drain(&another).await;
    assert_eq!(town.kind(post).await, StatusKind::Started, "it has a lease");
    town.wait(61);
    jobs::drain(&another).await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
    assert_eq!(town.rows(JOBS).await, 0);
}

#[tokio::test]
async fn f26_without_a_database_jira_is_asked_to_come_again() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    town.app().db.close().await;
    assert_eq!(town.ring(issue, "d").await, Outcome::NotNow);
}

#[tokio::test]
async fn f27_signals_in_the_wrong_order_end_where_the_issue_is() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.move_issue(issue, DOING);
    let first = town.body("jira:issue_updated", issue);
    let first = first.replace(r#""id":"20""#, r#""id":"10""#);
    town.atlassian.move_issue(issue, DONE);
    let second = town.body("jira:issue_updated", issue);
    let second = second.replace(r#""id":"20""#, r#""id":"30""#);
    for (id, body) in [("second", &second), ("first", &first), ("second", &second)] {
        let outcome = receive(town.app(), town.delivery(Some(id), body)).await;
        assert_eq!(outcome, Outcome::Taken);
        town.work().await;
        assert_eq!(town.kind(post).await, StatusKind::Done, "{id}");
    }
    assert_eq!(
        town.link(post).await.status_name.as_deref(),
        Some("Done"),
        "what a signal says of a status is never applied"
    );
}

#[tokio::test]
async fn f28_an_issue_that_cannot_be_read_holds_up_nobody_else() {
    let (town, by) = Town::connected().await;
    let (_, poisoned) = town.linked(by).await;
    let others = [town.linked(by).await, town.linked(by).await];
    town.atlassian.move_issue(poisoned, DOING);
    town.ring(poisoned, "poisoned").await;
    for (n, (_, issue)) in others.iter().enumerate() {
        town.atlassian.move_issue(*issue, DOING);
        town.ring(*issue, &format!("good {n}")).await;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a test may leak: the text is as old as the test"
    )]
    let line: &'static str = format!("/issue/{poisoned}").leak();
    for _ in 0..400 {
        // An answer that nobody can read: not an outage, so it is given up in the end.
        town.atlassian.fail(line, Fault::Page(200));
    }
    town.work().await;
    let waits =
        "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'pull_issue' AND state <> 'dead'";
    assert_eq!(town.rows(waits).await, 1, "it will be tried again");
    for (post, _) in &others {
        assert_eq!(town.kind(*post).await, StatusKind::Started);
    }
    assert_eq!(town.rows(JOBS).await, 1, "the poisoned one waits alone");
    // What concerns the same issue waits behind it and is one job; the others go on.
    town.ring(poisoned, "poisoned again").await;
    town.atlassian.move_issue(others[0].1, DONE);
    town.ring(others[0].1, "good again").await;
    town.work().await;
    assert_eq!(town.kind(others[0].0).await, StatusKind::Done);
    assert_eq!(town.rows(JOBS).await, 1);
    for _ in 0..20 {
        town.wait(1_300);
        town.work().await;
    }
    assert_eq!(town.rows(waits).await, 0, "and nobody tries for ever");
    // The next ring begins anew.
    town.atlassian.world().faults.clear();
    town.ring(poisoned, "cured").await;
    town.work().await;
    assert_eq!(town.rows(waits).await, 0);
}
