//! Keeping posts and issues in step.

use upvow_app::{
    AppError,
    boards::{self, BoardForm},
    sync::{
        intake::Outcome,
        links::{self, LinkState},
    },
    votes,
};
use upvow_domain::board::StatusKind;

use crate::{
    atlassian::{DOING, DONE, Fault, Gate, TODO},
    town::{Town, issue_number, step},
};

/// Promise 3.2.
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
    assert_eq!(
        town.kind(post).await,
        StatusKind::Open,
        "a new issue moves nothing"
    );
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
    assert_eq!(
        town.atlassian.count("/transitions"),
        0,
        "no echo: Jira is where the post is"
    );

    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    assert_eq!(town.atlassian.world().issues[&issue].status, DONE);
    assert_eq!(
        town.ring(issue, "d2").await,
        Outcome::Taken,
        "Jira tells us of our own step"
    );
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Done);
    assert_eq!(transitions(&town), 1, "and it makes none of ours");

    upvow_app::connect::goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    let goodbye = town.goodbye(by).await;
    assert!(goodbye.finished, "{goodbye:?}");
    assert_eq!(step(&goodbye, "webhooks_deleted"), "done");
    assert_eq!(step(&goodbye, "revoked"), "accepted_not_verified");
    assert!(town.atlassian.world().webhooks.is_empty());
    assert_eq!(town.link(post).await.state, LinkState::Ended);
}

#[tokio::test]
async fn f27_an_older_picture_of_an_issue_changes_nothing() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.move_issue(issue, DOING);
    town.ring(issue, "d1").await;
    town.work().await;
    {
        let mut world = town.atlassian.world();
        let issue = world.issues.get_mut(&issue).unwrap();
        (issue.status, issue.updated) = (TODO.to_owned(), 1);
    }
    town.ring(issue, "d2").await;
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert_eq!(
        town.link(post).await.status_name.as_deref(),
        Some("In Progress")
    );
}

#[tokio::test]
async fn f39_both_sides_edited_at_once_end_in_step() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.move_post(post, StatusKind::Started).await;
    town.atlassian.move_issue(issue, DONE);
    town.ring(issue, "d").await;
    town.work().await;
    let kind = town.kind(post).await;
    let status = town.atlassian.world().issues[&issue].status.clone();
    let in_step = [(StatusKind::Started, DOING), (StatusKind::Done, DONE)];
    assert!(
        in_step.contains(&(kind, status.as_str())),
        "{kind:?} {status}"
    );
    town.wait(1);
    assert_eq!(town.work().await, 0, "and nothing is left to do");
}

#[tokio::test]
async fn f39_a_move_in_jira_right_after_another_is_not_undone_by_the_first_ones_echo() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let gate = Gate::new();
    town.atlassian
        .fail("GET /ex/jira", Fault::Hold(gate.clone()));
    town.atlassian.move_issue(issue, DOING);
    town.ring(issue, "first").await;
    // Somebody drags it on while the answer about the first move is on its way.
    let drag = async {
        gate.arrived().await;
        town.atlassian.move_issue(issue, DONE);
        gate.open();
    };
    tokio::join!(town.work(), drag);
    town.ring(issue, "second").await;
    town.work().await;
    let status = town.atlassian.world().issues[&issue].status.clone();
    assert_eq!(status, DONE, "the board took the issue back");
    assert_eq!(town.kind(post).await, StatusKind::Done);
}

#[tokio::test]
async fn f40_a_post_that_flips_is_left_alone_until_somebody_looks() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    for turn in 0..10 {
        town.atlassian.move_issue(issue, [DOING, TODO][turn % 2]);
        town.ring(issue, &format!("d{turn}")).await;
        town.wait(5);
        town.work().await;
    }
    let link = town.link(post).await;
    assert_eq!(link.problem.as_deref(), Some("flip_flop"));
    let stopped = town.kind(post).await;
    town.atlassian.move_issue(issue, DONE);
    town.ring(issue, "more").await;
    town.work().await;
    assert_eq!(town.kind(post).await, stopped);

    town.wait(700);
    links::refresh(town.app(), town.owner(), link.id)
        .await
        .unwrap();
    town.atlassian.move_issue(issue, DOING);
    town.ring(issue, "again").await;
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
}

#[tokio::test]
async fn f42_a_step_that_the_workflow_does_not_offer_is_named_and_never_forced() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let set = |steps: Vec<(&'static str, &'static str)>, stuck| {
        let mut world = town.atlassian.world();
        let issue = world.issues.get_mut(&issue).unwrap();
        (issue.steps, issue.stuck) = (steps, stuck);
    };
    set(vec![(DOING, "")], false);
    town.move_post(post, StatusKind::Done).await;
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(link.problem.as_deref(), Some("no_transition"));
    assert!(link.problem_text.unwrap().contains("In Progress"));
    assert_eq!(transitions(&town), 0);

    for (steps, stuck, problem) in [
        (
            vec![(DONE, "customfield_7")],
            false,
            Some("transition_needs_fields"),
        ),
        (vec![(DONE, "")], true, Some("transition_without_effect")),
        (vec![(DONE, "customfield_7"), (DONE, "")], false, None),
    ] {
        set(steps, stuck);
        links::refresh(town.app(), town.owner(), link.id)
            .await
            .unwrap();
        town.work().await;
        assert_eq!(town.link(post).await.problem.as_deref(), problem);
    }
    assert_eq!(town.atlassian.world().issues[&issue].status, DONE);
    assert_eq!(
        town.kind(post).await,
        StatusKind::Done,
        "the post stayed where it was put"
    );
}

#[tokio::test]
async fn f44_an_issue_out_of_sight_is_not_gone_until_jira_says_so() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian
        .world()
        .issues
        .get_mut(&issue)
        .unwrap()
        .hidden = true;
    town.ring(issue, "d1").await;
    town.work().await;
    let link = town.link(post).await;
    assert_eq!(
        (link.state, link.problem.as_deref()),
        (LinkState::Active, Some("not_visible"))
    );

    let body = town.body("jira:issue_deleted", issue);
    upvow_app::sync::intake::receive(town.app(), town.delivery(Some("d2"), &body)).await;
    town.work().await;
    assert_eq!(town.link(post).await.state, LinkState::Gone);
    assert_eq!(town.kind(post).await, StatusKind::Open, "the post stays");
}

#[tokio::test]
async fn jobs_wait_as_long_as_jira_asks_and_none_is_dropped() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let date = ("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT".to_owned());
    for (asked, enough) in [
        (("retry-after", "5".to_owned()), 7),
        (("retry-after", "0".to_owned()), 2),
        (date, 86_400 * 2),
        (("x-other", "1".to_owned()), 60),
    ] {
        let (from, to, kind) = match town.kind(post).await {
            StatusKind::Started => (DOING, DONE, StatusKind::Done),
            _ => (TODO, DOING, StatusKind::Started),
        };
        assert_ne!(from, to);
        town.atlassian.move_issue(issue, to);
        town.atlassian
            .fail("GET /ex/jira", Fault::With(429, asked.0, asked.1));
        town.ring(issue, &enough.to_string()).await;
        town.work().await;
        assert_ne!(town.kind(post).await, kind);
        let calls = town.atlassian.count("GET /ex/jira");
        town.work().await;
        assert_eq!(
            town.atlassian.count("GET /ex/jira"),
            calls,
            "nobody asks meanwhile"
        );
        town.wait(enough);
        town.work().await;
        assert_eq!(town.kind(post).await, kind, "after {enough} s");
    }
}

#[tokio::test]
async fn a_popular_post_costs_few_writes() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let writes = town.atlassian.count("/remotelink");
    for n in 0..5 {
        let voter = town.world.person(&format!("voter{n}@example.com")).await;
        votes::vote(town.app(), &voter, post).await.unwrap();
        town.work().await;
    }
    town.wait(20);
    town.work().await;
    assert_eq!(
        town.atlassian.count("/remotelink"),
        writes,
        "it was written when it was made"
    );
    town.wait(11);
    town.work().await;
    assert_eq!(town.atlassian.count("/remotelink"), writes + 1);
    let shown = town.atlassian.world().issues[&issue].link.clone().unwrap();
    assert_eq!(shown["object"]["summary"], "6 votes · Open");
}

#[tokio::test]
async fn an_issue_that_exists_is_linked_by_key_or_address_on_the_own_site_only() {
    let (town, by) = Town::connected().await;
    let issue = town.atlassian.issue(DOING);
    let post = town.post("Dark mode, please").await;
    let link = |text: String| async {
        let text = text;
        links::link_existing(town.app(), town.owner(), post, by, &text).await
    };
    for odd in [
        "",
        "DEMO",
        "DEMO-",
        "../../me",
        "https://corp.atlassian.net/",
        "DEMO-99999",
    ] {
        assert!(
            matches!(link(odd.to_owned()).await, Err(AppError::Invalid(_))),
            "{odd}"
        );
    }
    for host in [
        "https://evil.example",
        "http://corp.atlassian.net",
        "https://corp.atlassian.net.evil.example",
    ] {
        let elsewhere = link(format!("{host}/browse/DEMO-{issue}")).await;
        assert!(matches!(elsewhere, Err(AppError::Invalid(_))), "{host}");
    }
    let first = link(format!(
        "https://corp.atlassian.net/browse/demo-{issue}?x=1"
    ))
    .await
    .unwrap();
    let second = link(format!("DEMO-{issue}")).await.unwrap();
    assert_eq!(first.id, second.id);
    assert!(first.is_primary);
    town.work().await;
    assert_eq!(
        town.kind(post).await,
        StatusKind::Started,
        "the post shows what the issue is"
    );

    links::unlink(town.app(), town.owner(), first.id, false)
        .await
        .unwrap();
    town.work().await;
    assert!(town.atlassian.world().issues[&issue].link.is_none());
    assert!(
        links::list(town.app(), town.owner(), post)
            .await
            .unwrap()
            .is_empty()
    );
}

fn transitions(town: &Town) -> usize {
    let world = town.atlassian.world();
    let is_step = |line: &&String| line.starts_with("POST") && line.ends_with("/transitions");
    world.calls.iter().filter(is_step).count()
}

#[tokio::test]
async fn f38_two_boards_on_one_jira_project_keep_to_their_own_posts() {
    let (town, by) = Town::connected().await;
    let (first, issue_of_first) = town.linked(by).await;
    let form = BoardForm {
        name: "Mobile".to_owned(),
        slug: String::new(),
        description: String::new(),
        visibility: "public".to_owned(),
    };
    let mobile = boards::create(town.app(), town.owner(), &form)
        .await
        .unwrap();
    let second = town.post_on(mobile.id, "Dark mode on the phone").await;
    town.create(second, by).await;
    town.work().await;
    let issue_of_second = issue_number(&town.link(second).await);
    assert_ne!(issue_of_first, issue_of_second);
    assert_eq!(town.atlassian.world().webhooks.len(), 1, "one for both");

    town.atlassian.move_issue(issue_of_second, DOING);
    town.ring(issue_of_second, "d1").await;
    town.work().await;
    assert_eq!(town.kind(second).await, StatusKind::Started);
    assert_eq!(town.kind(first).await, StatusKind::Open, "not its issue");

    // And one issue that both boards care about moves both.
    let key = format!("DEMO-{issue_of_second}");
    let third = town.post("Less light").await;
    links::link_existing(town.app(), town.owner(), third, by, &key)
        .await
        .unwrap();
    town.work().await;
    town.move_post(third, StatusKind::Done).await;
    town.work().await;
    assert_eq!(town.atlassian.world().issues[&issue_of_second].status, DONE);
    town.ring(issue_of_second, "d2").await;
    town.work().await;
    for post in [second, third] {
        assert_eq!(town.kind(post).await, StatusKind::Done);
    }
    assert_eq!(town.kind(first).await, StatusKind::Open);
}
