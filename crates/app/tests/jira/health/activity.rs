//! The timeline: what each run of a job came to.

use serde_json::json;
use upvow_app::{
    AppError, Role,
    health::activity::{self, Attempt, CSV_HEAD, Filter},
    jobs::Outcome,
};
use upvow_domain::{ConnectionId, board::StatusKind, jira::IssueKey, page::PageOf};

use super::DAY;
use crate::{atlassian::Fault, town::Town};

async fn all(town: &Town, by: ConnectionId, filter: &Filter) -> Vec<Attempt> {
    let page = PageOf::default();
    activity::list(town.app(), town.owner(), by, filter, &page)
        .await
        .unwrap()
        .items
}

#[tokio::test]
async fn each_attempt_of_a_job_is_told_with_what_jira_answered() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    // What ends in the same millisecond has no order.
    town.wait(1);
    town.atlassian
        .fail("GET /ex/jira", Fault::Answer(502, json!({})));
    town.move_post(post, StatusKind::Started).await;
    town.work().await;
    town.wait(60);
    town.work().await;

    let moved = Filter {
        kind: activity::kind("push_status"),
        ..Filter::default()
    };
    let attempts = all(&town, by, &moved).await;
    let (last, first) = (&attempts[0], &attempts[1]);
    assert_eq!(first.outcome, Outcome::Retried);
    assert_eq!(first.code.as_deref(), Some("jira_unavailable"));
    assert_eq!(
        (first.number, first.http_status, first.writes),
        (1, Some(502), 0)
    );
    assert_eq!(last.outcome, Outcome::Done);
    assert_eq!(
        (last.number, last.http_status, last.writes),
        (2, Some(200), 1)
    );
    assert_eq!(first.job, last.job, "one story");
    assert_eq!(last.post, Some(post));
    assert!(town.health(by).await.last_write_at.is_some());
}

#[tokio::test]
async fn filters_find_by_kind_outcome_issue_link_and_time_and_pages_go_on() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let link = town.link(post).await;
    town.wait(10 * DAY);
    let (other, issue) = town.linked(by).await;
    town.ring(issue, "d").await;
    town.work().await;

    let everything = all(&town, by, &Filter::default()).await;
    let of_link = Filter {
        link: Some(link.id),
        ..Filter::default()
    };
    let of_first = all(&town, by, &of_link).await;
    assert!(!of_first.is_empty() && of_first.iter().all(|attempt| attempt.post == Some(post)));
    let of_key = Filter {
        key: link.key.clone(),
        ..Filter::default()
    };
    assert_eq!(all(&town, by, &of_key).await.len(), of_first.len());
    let nothing = Filter {
        key: Some(IssueKey::parse("DEMO-999999").unwrap()),
        ..Filter::default()
    };
    assert!(all(&town, by, &nothing).await.is_empty());
    let lately = Filter {
        since: Some(town.app().now()),
        ..Filter::default()
    };
    let lately = all(&town, by, &lately).await;
    assert!(lately.iter().any(|attempt| attempt.post == Some(other)));
    let begun = |attempt: &&Attempt| attempt.kind == "create_issue";
    assert_eq!(
        lately.iter().filter(begun).count(),
        1,
        "not the one of ten days ago"
    );
    let made = Filter {
        kind: activity::kind("create_issue"),
        outcome: Some(Outcome::Done),
        ..Filter::default()
    };
    assert_eq!(all(&town, by, &made).await.len(), 2);
    assert!(
        everything
            .iter()
            .any(|attempt| attempt.kind == "pull_issue")
    );

    let mut paged = Vec::new();
    let mut page = PageOf {
        limit: Some(2),
        after: None,
    };
    loop {
        let some = activity::list(town.app(), town.owner(), by, &Filter::default(), &page)
            .await
            .unwrap();
        paged.extend(some.items.into_iter().map(|attempt| attempt.id));
        page.after = some.next;
        if page.after.is_none() {
            break;
        }
    }
    let ids: Vec<_> = everything.iter().map(|attempt| attempt.id).collect();
    assert_eq!(paged, ids);
}

#[tokio::test]
async fn a_line_of_the_export_has_a_cell_for_each_head() {
    let (town, by) = Town::connected().await;
    town.linked(by).await;
    for attempt in all(&town, by, &Filter::default()).await {
        let line = attempt.csv();
        assert_eq!(
            line.matches(',').count(),
            CSV_HEAD.matches(',').count(),
            "{line}"
        );
        assert!(line.ends_with("\r\n"));
    }
}

#[tokio::test]
async fn attempts_are_forgotten_after_their_time_and_seen_by_admins_only() {
    let (town, by) = Town::connected().await;
    town.linked(by).await;
    let moderator = town.world.member("mo@example.com", Role::Moderator).await;
    let refused = activity::list(
        town.app(),
        &moderator,
        by,
        &Filter::default(),
        &PageOf::default(),
    )
    .await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let kept = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM attempts WHERE kind = 'create_issue'";
    town.wait(29 * DAY);
    town.work().await;
    assert_eq!(town.rows(kept).await, 1);
    town.wait(2 * DAY);
    town.work().await;
    assert_eq!(town.rows(kept).await, 0);
}
