//! What is wrong, by cause, and trying again.

use serde_json::json;
use upvow_app::{
    AppError, Role,
    health::{Need, Token, problems, retry},
    sync::links::LinkState,
};
use upvow_domain::{board::StatusKind, page::PageOf};

use super::{DAY, HOUR};
use crate::{
    atlassian::{DOING, Fault},
    town::Town,
};

#[tokio::test]
async fn what_failed_for_one_cause_is_told_once_and_cured_by_one_retry() {
    let (town, by) = Town::connected().await;
    assert!(town.health(by).await.problems.is_empty());
    let first = town.refused(by, "Dark mode").await;
    let second = town.refused(by, "Keyboard").await;

    let problem = town.problem(by).await;
    assert_eq!(
        (problem.code.as_str(), problem.links),
        ("create_refused", 2)
    );
    assert_eq!(problem.need, Need::Jira);
    assert!(problem.can_retry && !problem.is_whole);
    let page = PageOf {
        limit: Some(1),
        after: None,
    };
    let one = problems::affected(town.app(), town.owner(), by, "create_refused", &page)
        .await
        .unwrap();
    assert!(one.items[0].text.contains("customfield_10042"));
    let page = PageOf {
        limit: Some(1),
        after: one.next,
    };
    let two = problems::affected(town.app(), town.owner(), by, "create_refused", &page)
        .await
        .unwrap();
    // What is made in the same millisecond has no order.
    let mut titles = [one.items[0].title.as_str(), two.items[0].title.as_str()];
    titles.sort_unstable();
    assert_eq!((titles, two.next), (["Dark mode", "Keyboard"], None));

    for _ in 0..2 {
        // A second click asks for nothing twice.
        let retried = retry::all(town.app(), town.owner(), by, "create_refused")
            .await
            .unwrap();
        assert_eq!(retried.links, 2);
    }
    let problem = town.problem(by).await;
    assert_eq!(problem.trying, 2, "it is told until it is cured");
    let waiting = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM jobs WHERE kind = 'create_issue' AND state = 'waiting'";
    assert_eq!(town.rows(waiting).await, 2);
    town.work().await;
    assert!(town.health(by).await.problems.is_empty());
    for post in [first, second] {
        assert_eq!(town.link(post).await.state, LinkState::Active);
    }
    assert_eq!(town.atlassian.world().issues.len(), 2);
    let gone = retry::all(town.app(), town.owner(), by, "create_refused").await;
    assert!(matches!(gone, Err(AppError::NotFound)));
}

#[tokio::test]
async fn one_link_is_tried_alone_and_what_fails_again_stays() {
    let (town, by) = Town::connected().await;
    town.refused(by, "Dark mode").await;
    town.refused(by, "Keyboard").await;
    let page = PageOf::default();
    let rows = problems::affected(town.app(), town.owner(), by, "create_refused", &page)
        .await
        .unwrap();
    let link = rows.items[0].link;
    town.atlassian
        .fail(super::CREATE, Fault::Answer(400, json!({})));
    retry::one(town.app(), town.owner(), by, "create_refused", link)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.problem(by).await.links, 2, "Jira refused again");
    retry::one(town.app(), town.owner(), by, "create_refused", link)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(town.problem(by).await.links, 1);
    let cured = retry::one(town.app(), town.owner(), by, "create_refused", link).await;
    assert_eq!(cured.unwrap().links, 0, "nothing is left to try");
}

#[tokio::test]
async fn a_status_that_jira_refuses_is_a_problem_until_the_workflow_allows_it() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian.world().issues.get_mut(&issue).unwrap().steps = vec![];
    town.move_post(post, StatusKind::Started).await;
    town.work().await;
    let problem = town.problem(by).await;
    assert_eq!(problem.code, "no_transition");
    assert!(town.letters().is_empty(), "one issue is no incident");
    town.atlassian.world().issues.get_mut(&issue).unwrap().steps = vec![(DOING, "")];
    retry::all(town.app(), town.owner(), by, "no_transition")
        .await
        .unwrap();
    town.work().await;
    assert!(town.health(by).await.problems.is_empty());
}

#[tokio::test]
async fn a_refused_step_is_told_until_the_issue_has_moved() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    town.atlassian
        .fail("/transitions", Fault::Answer(400, json!({})));
    town.move_post(post, StatusKind::Started).await;
    town.work().await;
    assert_eq!(town.codes(by).await, ["transition_refused"]);
    // Jira rings for something else: that the issue can be read cures nothing.
    town.ring(issue, "d").await;
    town.work().await;
    assert_eq!(town.codes(by).await, ["transition_refused"]);
    retry::all(town.app(), town.owner(), by, "transition_refused")
        .await
        .unwrap();
    town.work().await;
    assert!(town.health(by).await.problems.is_empty());
    assert_eq!(town.atlassian.world().issues[&issue].status, DOING);
}

#[tokio::test]
async fn an_ended_authorisation_asks_for_a_reconnect_and_keeps_the_links() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    assert_eq!(town.health(by).await.authorisation.token, Token::Fresh);
    town.atlassian.world().ended = true;
    town.wait(2 * HOUR);
    town.move_post(post, StatusKind::Started).await;
    town.work().await;

    let problem = town.problem(by).await;
    assert_eq!(problem.code, "grant_dead");
    assert!(problem.is_whole && !problem.can_retry);
    assert_eq!(town.health(by).await.authorisation.token, Token::Dead);
    let refused = retry::all(town.app(), town.owner(), by, "grant_dead").await;
    assert!(matches!(
        refused,
        Err(AppError::Conflict {
            code: "reconnect_first",
            ..
        })
    ));

    let state = town.begin(Some(by)).await;
    town.finish(&state).await.unwrap();
    town.work().await;
    assert!(town.health(by).await.problems.is_empty());
    assert_eq!(town.link(post).await.state, LinkState::Active);
}

#[tokio::test]
async fn work_that_waits_for_hours_is_told_by_what_holds_it_up() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    town.move_post(post, StatusKind::Started).await;
    // The site is suspended: every call is answered 503, for hours.
    for _ in 0..12 {
        for _ in 0..20 {
            town.atlassian
                .fail("GET /ex/jira", Fault::Answer(503, json!({})));
        }
        town.work().await;
        town.atlassian.world().faults.clear();
        town.wait(HOUR / 3);
        // People go on: the same work is asked for again while it waits.
        town.move_post(post, StatusKind::Planned).await;
        town.move_post(post, StatusKind::Started).await;
    }
    let problem = town.problem(by).await;
    assert_eq!(problem.code, "site_unreachable");
    assert!(problem.is_whole && problem.jobs > 0);
    let queue = town.health(by).await.queue;
    assert!(queue.waiting > 0 && queue.oldest_at.is_some());

    retry::all(town.app(), town.owner(), by, "site_unreachable")
        .await
        .unwrap();
    town.work().await;
    assert!(town.health(by).await.problems.is_empty());
    // What is gathered for a while may wait; nothing that is due does.
    assert_eq!(town.health(by).await.queue.oldest_at, None);
}

#[tokio::test]
async fn a_signal_that_cannot_be_read_shows_on_its_links_until_one_can() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    town.atlassian
        .fail("GET /ex/jira", Fault::Answer(410, json!({})));
    town.ring(issue, "d1").await;
    town.work().await;
    assert_eq!(town.codes(by).await, ["jira_gone"]);
    town.ring(issue, "d2").await;
    town.work().await;
    assert_eq!(town.codes(by).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_consent_of_335_days_asks_to_be_renewed() {
    let (town, by) = Town::connected().await;
    town.atlassian.world().webhook_ends += 400 * 86_400_000;
    // Half-way the authorisation is renewed by itself, as it is used.
    for _ in 0..11 {
        town.wait(30 * DAY + HOUR);
        town.work().await;
    }
    assert!(!town.health(by).await.authorisation.is_old);
    town.wait(5 * DAY);
    town.work().await;
    assert!(town.health(by).await.authorisation.is_old);
    assert!(town.codes(by).await.contains(&"consent_old".to_owned()));
    let mut letters = town.letters();
    // That nobody looked for months is told, too.
    letters.retain(|letter| letter.subject.contains("nearly a year old"));
    assert_eq!(letters.len(), 1);

    let state = town.begin(Some(by)).await;
    town.finish(&state).await.unwrap();
    town.work().await;
    assert!(!town.codes(by).await.contains(&"consent_old".to_owned()));
}

#[tokio::test]
async fn only_admins_of_the_project_see_it() {
    let (town, by) = Town::connected().await;
    town.refused(by, "Dark mode").await;
    let moderator = town.world.member("mo@example.com", Role::Moderator).await;
    let page = PageOf::default();
    let app = town.app();
    assert!(matches!(
        upvow_app::health::read(app, &moderator, by).await,
        Err(AppError::Forbidden { .. })
    ));
    assert!(matches!(
        problems::affected(app, &moderator, by, "create_refused", &page).await,
        Err(AppError::Forbidden { .. })
    ));
    assert!(matches!(
        retry::all(app, &moderator, by, "create_refused").await,
        Err(AppError::Forbidden { .. })
    ));
    // An admin of another project finds nothing.
    let mut stranger = town.owner().clone();
    stranger.project = upvow_domain::ProjectId::new(uuid::Uuid::from_u128(7));
    assert!(matches!(
        upvow_app::health::read(app, &stranger, by).await,
        Err(AppError::NotFound)
    ));
    assert!(matches!(
        problems::affected(app, &stranger, by, "create_refused", &page).await,
        Err(AppError::NotFound)
    ));
}
