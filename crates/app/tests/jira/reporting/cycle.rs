//! When Atlassian is asked, and how often.

use std::time::Duration;

use serde_json::json;
use upvow_app::{jobs, privacy::reporting};

use super::{CYCLE, DAY, HOUR, REPORT, names, other};
use crate::{
    atlassian::{Fault, Gate},
    town::Town,
};

/// Promise 6.1.
#[tokio::test]
async fn f49_nobody_is_asked_about_where_nobody_is_kept() {
    let town = Town::start().await;
    for _ in 0..3 {
        town.wait(CYCLE);
        town.report().await;
    }
    assert_eq!(town.atlassian.count(REPORT), 0);
    assert_eq!(reporting::status(town.app()).await.unwrap().accounts, 0);
}

/// Promise 6.1.
#[tokio::test]
async fn f49_one_account_is_asked_about_once_in_each_cycle() {
    let (town, _) = Town::reporting().await;
    for hour in 0..3 * 7 * 24 {
        town.wait(HOUR);
        if hour % 5 == 0 {
            town.report().await;
        }
    }
    let times = town.times("ana");
    assert!((2..=3).contains(&times), "{times} times in three weeks");
    town.nobody_too_often(7 * DAY);
}

/// Promise 6.1.
#[tokio::test]
async fn f49_ninety_accounts_are_one_batch_and_ninety_one_are_two() {
    let (town, _) = Town::reporting().await;
    town.others(names(0..89)).await;
    town.report().await;
    assert_eq!(town.atlassian.count(REPORT), 0, "what is new is fresh");
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.reports(|reports| reports.batches.clone()), [90]);

    town.others(names(89..90)).await;
    town.report().await;
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.reports(|reports| reports.batches.clone()), [90, 90, 1]);
    town.wait(HOUR);
    town.report().await;
    assert_eq!(town.atlassian.count(REPORT), 3);
    assert_eq!(town.times("ana"), 2);
    assert_eq!(town.times("712020:p089"), 1);
    town.nobody_too_often(7 * DAY);
}

/// The operator need not wait for the drawn time, and cannot ask more often. Promise 6.1.
#[tokio::test]
async fn f49_now_means_what_may_be_asked_now() {
    let (town, _) = Town::reporting().await;
    town.report().await;
    assert_eq!(reporting::hurry(town.app()).await.unwrap(), 0);
    town.report().await;
    assert_eq!(town.times("ana"), 0);
    town.wait(7 * DAY + HOUR + 1);
    reporting::hurry(town.app()).await.unwrap();
    town.report().await;
    assert_eq!(town.times("ana"), 1, "whatever was drawn");
    reporting::hurry(town.app()).await.unwrap();
    town.report().await;
    assert_eq!(town.times("ana"), 1);
}

/// Promise 6.1.
#[tokio::test]
async fn f49_the_cycle_is_what_atlassian_says() {
    let (town, _) = Town::reporting().await;
    town.reports(|reports| reports.cycle = Some("P14D"));
    town.report().await;
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.times("ana"), 1);
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.times("ana"), 1, "a week is too early now");

    town.reports(|reports| reports.cycle = Some("86400"));
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.times("ana"), 2);
    town.wait(DAY + 2 * HOUR);
    town.report().await;
    assert_eq!(town.times("ana"), 3, "a day is enough now");

    // What cannot be meant leaves things as they are.
    for odd in ["1", "P100Y", "soon", "-5", ""] {
        town.reports(|reports| reports.cycle = Some(odd));
        town.wait(DAY + 2 * HOUR);
        town.report().await;
        let status = reporting::status(town.app()).await.unwrap();
        assert_eq!(status.cycle, Duration::from_secs(DAY), "after {odd:?}");
    }
    assert_eq!(town.times("ana"), 8);
}

/// Promise 6.1.
#[tokio::test]
async fn f49_a_429_is_waited_for_and_nobody_is_asked_twice() {
    let (town, _) = Town::reporting().await;
    town.others(names(0..100)).await;
    town.report().await;
    town.wait(CYCLE);
    town.atlassian
        .fail(REPORT, Fault::With(429, "retry-after", "7200".to_owned()));
    town.report().await;
    assert_eq!(town.atlassian.count(REPORT), 1, "and then silence");
    assert!(town.reports(|reports| reports.batches.is_empty()));
    town.wait(7_000);
    town.report().await;
    assert_eq!(town.atlassian.count(REPORT), 1);
    town.wait(400);
    town.report().await;
    assert_eq!(town.reports(|reports| reports.batches.clone()), [90, 11]);
    town.nobody_too_often(7 * DAY);
}

/// 500 and 503 are documented as "try again"; a gateway that gave up, and an answer that was cut, may have been counted.
/// Promise 6.1.
#[tokio::test]
async fn f49_what_was_not_taken_is_sent_again_and_what_may_have_been_is_not() {
    for fault in [
        Fault::Answer(500, json!({"errorType": "E", "errorMessage": "M"})),
        Fault::Answer(503, json!({})),
        Fault::Page(403),
    ] {
        let (town, _) = Town::reporting().await;
        town.report().await;
        town.wait(CYCLE);
        town.atlassian.fail(REPORT, fault);
        town.report().await;
        assert_eq!(town.times("ana"), 0);
        town.wait(HOUR);
        town.report().await;
        assert_eq!(town.times("ana"), 1);
    }
    for fault in [Fault::Lose, Fault::Cut, Fault::DropAfter, Fault::Page(200)] {
        let is_taken = !matches!(fault, Fault::Page(_));
        let (town, by) = Town::reporting().await;
        town.report().await;
        town.wait(CYCLE);
        town.reports(|reports| reports.says.insert("ana".to_owned(), "updated"));
        town.atlassian.fail(REPORT, fault);
        for _ in 0..20 {
            town.report().await;
            town.wait(HOUR);
        }
        assert_eq!(town.atlassian.count(REPORT), 1);
        assert_eq!(town.times("ana"), usize::from(is_taken));
        let entry = town.entry(by).await;
        assert_eq!(entry.answer, "lost", "and the page says so");
        town.reports(|reports| reports.says.clear());
        town.wait(CYCLE);
        town.report().await;
        assert_eq!(town.atlassian.count(REPORT), 2);
        assert_eq!(town.entry(by).await.answer, "nothing");
        town.nobody_too_often(7 * DAY);
    }
}

/// Killed when Atlassian has the second batch and we have no answer. Promise 6.1.
#[tokio::test]
async fn f49_a_crash_between_batches_asks_nobody_twice() {
    let (town, _) = Town::reporting().await;
    town.others(names(0..119)).await;
    town.report().await;
    town.wait(CYCLE);
    let gate = Gate::new();
    let open = Gate::new();
    open.open();
    town.atlassian.fail(REPORT, Fault::Hold(open));
    town.atlassian.fail(REPORT, Fault::Hold(gate.clone()));
    let app = town.app().clone();
    let killed = tokio::spawn(async move { jobs::drain(&app).await });
    gate.arrived().await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    assert_eq!(town.reports(|reports| reports.batches.clone()), [90, 30]);

    let other = town.node(town.app().clock.clone());
    for _ in 0..10 {
        town.wait(120);
        jobs::drain(&other).await;
    }
    assert_eq!(town.atlassian.count(REPORT), 2);
    town.nobody_too_often(7 * DAY);
    town.wait(CYCLE);
    jobs::drain(&other).await;
    assert_eq!(
        town.reports(|reports| reports.batches.clone()),
        [90, 30, 90, 30]
    );
    town.nobody_too_often(7 * DAY);
}

/// Promise 6.1.
#[tokio::test]
async fn f49_two_nodes_ask_about_each_account_once() {
    let (town, _) = Town::reporting().await;
    town.others(names(0..150)).await;
    town.report().await;
    town.wait(CYCLE);
    // The clock of the other is ahead.
    let ahead = town.app().now().plus(Duration::from_mins(20));
    let other = town.node(upvow_app::Clock::at(ahead));
    let (a, b, c) = tokio::join!(
        jobs::drain(town.app()),
        jobs::drain(&other),
        jobs::drain(town.app())
    );
    assert!(a + b + c >= 2);
    assert_eq!(town.reports(|reports| reports.asked.len()), 151);
    town.nobody_too_often(7 * DAY);
    for _ in 0..6 * 24 {
        town.wait(HOUR);
        other.clock.advance(Duration::from_secs(HOUR));
    }
    tokio::join!(jobs::drain(&other), jobs::drain(town.app()));
    assert!(
        town.reports(|reports| reports.asked.values().all(|times| times.len() == 1)),
        "nobody before a cycle is over by either clock"
    );
}

/// A clock that was wrong and is set right asks nobody early, and is late by as much as it was wrong. Promise 6.1.
#[tokio::test]
async fn f49_a_clock_set_back_asks_nobody_again() {
    let (town, _) = Town::reporting().await;
    town.report().await;
    town.wait(CYCLE);
    let right = town.app().now();
    town.report().await;
    assert_eq!(town.times("ana"), 1);
    let node = town.node(upvow_app::Clock::at(
        right.minus(Duration::from_secs(30 * DAY)),
    ));
    for _ in 0..30 {
        node.clock.advance(Duration::from_secs(DAY));
        jobs::drain(&node).await;
    }
    assert_eq!(town.times("ana"), 1);
}

/// A person who leaves and comes back has another record, and is the same account. Promise 6.1.
#[tokio::test]
async fn f49_who_leaves_and_comes_back_is_not_asked_about_more_often() {
    let (town, by) = Town::reporting().await;
    town.report().await;
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.times("ana"), 1);
    for _ in 0..6 {
        town.wait(DAY);
        let open = upvow_app::connect::list(town.app(), town.owner())
            .await
            .unwrap();
        let last = open.first().unwrap().id;
        upvow_app::connect::goodbye::disconnect(town.app(), town.owner(), last)
            .await
            .unwrap();
        town.work().await;
        town.connect().await;
        town.report().await;
    }
    let _ = by;
    assert_eq!(town.times("ana"), 1);
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.times("ana"), 2);
    town.nobody_too_often(7 * DAY);
}

/// The token that reported is dead: the next one does, and whose it was is asked about all the same. Promise 6.1.
#[tokio::test]
async fn f49_a_dead_token_and_the_next_grant_reports() {
    let (town, _) = Town::reporting().await;
    // Later, so that the other is asked to report first.
    town.wait(1);
    let scopes = "read:me report:personal-data";
    other(town.app(), "712020:guest", "guest", scopes).await;
    town.report().await;
    town.wait(CYCLE);
    town.report().await;
    assert_eq!((town.times("ana"), town.times("712020:guest")), (1, 1));

    town.atlassian.world().ended = true;
    town.reports(|reports| reports.guests.push("guest"));
    town.wait(CYCLE);
    town.report().await;
    assert_eq!((town.times("ana"), town.times("712020:guest")), (2, 2));
    town.nobody_too_often(7 * DAY);
}

/// Without the right nobody is asked; the health page says what is missing, and nothing is lost. Promise 6.1.
#[tokio::test]
async fn f49_nobody_may_report_and_the_owners_hear_why() {
    let (town, by) = Town::reporting().await;
    town.report().await;
    // The right was taken off the app meanwhile: the next tokens come without it.
    town.atlassian.world().scopes =
        "read:jira-work write:jira-work manage:jira-webhook read:me offline_access".to_owned();
    let refusal = json!({"code": 403, "message": "Forbidden; scope does not match"});
    town.atlassian.fail(REPORT, Fault::Answer(403, refusal));
    town.wait(CYCLE);
    town.report().await;
    // If its tokens were renewed for something else before, it is known without a call.
    assert!(town.atlassian.count(REPORT) <= 1);
    assert_eq!(town.times("ana"), 0);
    let codes = town.causes(by).await;
    assert!(
        codes.contains(&"report_scope_missing".to_owned()),
        "{codes:?}"
    );
    town.wait(3 * DAY);
    town.report().await;
    let status = reporting::status(town.app()).await.unwrap();
    assert_eq!(status.problem.as_deref(), Some("report_scope_missing"));
    assert_eq!(status.overdue, 1, "and it is counted as overdue");
}

/// Promise 6.1.
#[tokio::test]
async fn f49_one_account_that_is_refused_keeps_no_other_from_being_asked_about() {
    let (town, _) = Town::reporting().await;
    town.others(names(0..40)).await;
    town.reports(|reports| reports.refuses.insert("712020:p017".to_owned()));
    town.report().await;
    town.wait(CYCLE);
    town.report().await;
    assert_eq!(town.reports(|reports| reports.asked.len()), 40);
    assert_eq!(town.times("712020:p017"), 0);
    let calls = town.atlassian.count(REPORT);
    assert!(calls < 60, "{calls} calls to find one");
    town.wait(DAY);
    town.report().await;
    assert_eq!(town.atlassian.count(REPORT), calls, "and then it waits");
    town.nobody_too_often(7 * DAY);
}
