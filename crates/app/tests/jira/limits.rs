//! What Jira asks us to wait, and that nothing is lost by waiting.

use serde_json::Value;
use upvow_app::{connect::limits, jobs, sync::reconcile};
use upvow_domain::{ConnectionId, PostId, board::StatusKind};

use crate::{
    atlassian::{DOING, DONE, Fault, TODO, budget::Budget},
    town::Town,
};

const JOBS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs";
const DEAD: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE state = 'dead'";

fn limited(reason: &'static str, seconds: &str) -> Fault {
    Fault::Headers(
        429,
        vec![
            ("ratelimit-reason", reason.to_owned()),
            ("retry-after", seconds.to_owned()),
        ],
    )
}

async fn waits(town: &Town, by: ConnectionId) -> Vec<(String, Option<String>)> {
    let all = limits::waits(town.app(), town.owner(), by).await.unwrap();
    all.into_iter()
        .map(|one| (one.what.to_owned(), one.which))
        .collect()
}

#[tokio::test]
async fn f46_whatever_jira_asks_to_wait_is_the_least_that_is_waited() {
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    let in_five = "Wed, 21 Oct 2026 07:28:05 GMT";
    let asked = [
        (429, vec![("retry-after", "0".to_owned())], 1),
        (429, vec![("retry-after", "5".to_owned())], 5),
        (429, vec![], 30),
        (
            429,
            vec![
                ("retry-after", in_five.to_owned()),
                ("date", date.to_owned()),
            ],
            5,
        ),
        (503, vec![("retry-after", "20".to_owned())], 20),
        (503, vec![], 1),
    ];
    for (status, headers, least) in asked {
        let (town, by) = Town::connected().await;
        let (post, issue) = town.linked(by).await;
        town.atlassian.move_issue(issue, DOING);
        town.ring(issue, "d").await;
        let calls = town.atlassian.count("GET /ex/jira");
        let told = format!("{status} {headers:?}");
        town.atlassian
            .fail("GET /ex/jira", Fault::Headers(status, headers));
        town.work().await;
        town.wait(least - 1);
        town.work().await;
        assert_eq!(
            town.atlassian.count("GET /ex/jira"),
            calls + 1,
            "{told}: too early"
        );
        town.wait(least / 3 + 4);
        town.work().await;
        assert_eq!(town.kind(post).await, StatusKind::Started, "{told}");
    }
}

#[tokio::test]
async fn f46_a_lasting_limit_pauses_and_nothing_is_dropped_nor_tried_to_death() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.move_issue(issue, DOING);
    town.ring(issue, "d").await;
    for _ in 0..40 {
        town.atlassian
            .fail("GET /ex/jira", limited("jira-quota-tenant-based", "600"));
        town.work().await;
        town.wait(640);
    }
    assert_eq!(town.rows(DEAD).await, 0);
    let attempts = "SELECT MAX(attempts) FROM jobs";
    assert!(town.rows(attempts).await <= 1, "waiting is no attempt");
    // The last order to refuse may not have been used up.
    town.atlassian.world().faults.clear();
    town.wait(640);
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    assert!(waits(&town, by).await.is_empty());
}

#[tokio::test]
async fn f46_when_the_apps_points_are_gone_no_node_calls_until_they_are_back() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.ring(issue, "d").await;
    town.atlassian
        .fail("GET /ex/jira", limited("jira-quota-global-based", "1800"));
    town.work().await;
    assert_eq!(waits(&town, by).await, [("app".to_owned(), None)]);

    let calls = town.atlassian.count("/ex/jira");
    let other = town.node(town.app().clock.clone());
    town.move_post(post, StatusKind::Done).await;
    for _ in 0..3 {
        town.wait(590);
        jobs::drain(&other).await;
    }
    assert_eq!(town.atlassian.count("/ex/jira"), calls, "not one call");
    town.wait(120);
    jobs::drain(&other).await;
    assert_eq!(town.atlassian.world().issues[&issue].status, DONE);
}

#[tokio::test]
async fn f46_a_burst_stops_its_own_kind_of_call_and_an_issue_its_own_lane() {
    let (town, by) = Town::connected().await;
    let (first, one) = town.linked(by).await;
    let (second, two) = town.linked(by).await;

    // Too many writes to one issue: the other one's go on.
    town.atlassian
        .fail("/transitions", Fault::Answer(200, transitions()));
    town.atlassian.fail(
        "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue",
        limited("jira-per-issue-on-write", "30"),
    );
    town.move_post(first, StatusKind::Started).await;
    town.work().await;
    let held = waits(&town, by).await;
    assert_eq!(held, [("issue".to_owned(), Some(one.to_string()))]);
    town.move_post(second, StatusKind::Started).await;
    town.work().await;
    assert_eq!(town.atlassian.world().issues[&two].status, DOING);
    assert_eq!(town.atlassian.world().issues[&one].status, TODO);
    town.wait(45);
    town.work().await;
    assert_eq!(town.atlassian.world().issues[&one].status, DOING);

    // Too fast with one kind of call: others go on.
    town.atlassian
        .fail("/remotelink", limited("jira-burst-based", "30"));
    town.move_post(first, StatusKind::Done).await;
    town.work().await;
    let held = waits(&town, by).await;
    assert_eq!(
        held,
        [("call".to_owned(), Some("remote_link_put".to_owned()))]
    );
    assert_eq!(town.atlassian.world().issues[&one].status, DONE);
    town.wait(45);
    town.work().await;
    let link = town.atlassian.world().issues[&one].link.clone().unwrap();
    assert_eq!(link["object"]["status"]["resolved"], true);
}

fn transitions() -> Value {
    serde_json::json!({"transitions": [{"id": "120", "name": "go", "to":
        {"id": DOING, "name": "In Progress", "statusCategory": {"key": "indeterminate"}}, "fields": {}}]})
}

/// Two rounds of changes on both sides, at a price of more than an hour's points.
#[tokio::test]
async fn f46_with_a_thousand_points_an_hour_not_one_change_is_lost() {
    const EACH: usize = 80;
    let (town, by) = Town::connected().await;
    let mut linked: Vec<(PostId, u32)> = Vec::new();
    for _ in 0..EACH * 2 {
        let post = town.post("Dark mode, please").await;
        town.create(post, by).await;
        linked.push((post, 0));
    }
    town.work().await;
    for (post, issue) in &mut linked {
        *issue = crate::town::issue_number(&town.link(*post).await);
    }
    let budget = Budget::new(town.app().clock.clone(), 1_000);
    town.atlassian.world().budget = Some(budget);

    let rounds = [(DOING, StatusKind::Done), (DONE, StatusKind::Started)];
    for (number, (in_jira, on_board)) in rounds.into_iter().enumerate() {
        let (jira_side, board_side) = linked.split_at(EACH);
        for (n, (_, issue)) in jira_side.iter().enumerate() {
            town.atlassian.move_issue(*issue, in_jira);
            // Every third delivery is lost, every fourth comes twice.
            if n % 3 != 0 {
                town.ring(*issue, &format!("{number}/{n}")).await;
            }
            if n % 4 == 0 {
                town.ring(*issue, &format!("{number}/{n}")).await;
            }
        }
        for (post, _) in board_side {
            town.move_post(*post, on_board).await;
        }
        town.wait(1);
        reconcile::start(town.app(), town.owner(), by)
            .await
            .unwrap();
        for _ in 0..40 {
            town.work().await;
            if town.rows(JOBS).await == 0 {
                break;
            }
            town.wait(300);
        }
    }

    assert_eq!(town.rows(DEAD).await, 0);
    assert_eq!(town.rows(JOBS).await, 0);
    for (n, (post, issue)) in linked.iter().enumerate() {
        let status = town.atlassian.world().issues[issue].status.clone();
        let kind = town.kind(*post).await;
        let wanted = if n < EACH {
            (DONE, StatusKind::Done)
        } else {
            (DOING, StatusKind::Started)
        };
        assert_eq!((status.as_str(), kind), wanted, "{n}");
    }
    let world = town.atlassian.world();
    let budget = world.budget.as_ref().unwrap();
    eprintln!(
        "{} changes, {} points, at most {} in an hour, {} calls refused",
        EACH * 4,
        budget.total,
        budget.most,
        budget.refused
    );
    assert!(budget.total > 1_500, "the story is about scarcity");
    // Four workers' calls can be under way when the points run out; a bulk read is one call of a hundred points.
    assert!(budget.most <= 1_101, "{}", budget.most);
    assert!(budget.refused <= 16, "refusals: {}", budget.refused);
}

#[tokio::test]
async fn comparing_waits_while_few_points_are_left_and_live_work_does_not() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let near = Fault::Headers(
        200,
        vec![
            ("ratelimit", "\"global-app-quota\";r=150;t=1200".to_owned()),
            (
                "ratelimit-policy",
                "\"global-app-quota\";q=1000;w=3600".to_owned(),
            ),
        ],
    );
    town.atlassian.fail("GET /ex/jira", near);
    town.ring(issue, "a").await;
    town.work().await;
    let told = limits::waits(town.app(), town.owner(), by).await.unwrap();
    assert!(told[0].background_only && told[0].until > told[0].since);

    town.wait(60);
    reconcile::start(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.atlassian.move_issue(issue, DOING);
    town.ring(issue, "b").await;
    for _ in 0..3 {
        town.wait(60);
        town.work().await;
    }
    assert_eq!(
        town.kind(post).await,
        StatusKind::Started,
        "live work goes on"
    );
    assert_eq!(town.atlassian.count("bulkfetch"), 0);
    let waiting = reconcile::list(town.app(), town.owner(), by).await.unwrap();
    assert!(waiting[0].waits_until.is_some());
    town.wait(1_200);
    town.work().await;
    assert_eq!(town.atlassian.count("bulkfetch"), 1);
}
