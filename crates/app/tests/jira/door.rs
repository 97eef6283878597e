//! The webhook door: what is taken, what is refused, and what is kept of it.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use upvow_app::sync::intake::{Outcome, receive};
use upvow_domain::secret::WebhookToken;

use crate::{
    atlassian::{DOING, SECRET},
    town::{Town, jwt},
};

const SIGNALS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM signals";
const JOBS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'pull_issue'";

#[tokio::test]
async fn the_same_delivery_counts_once_however_often_it_comes() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    for _ in 0..3 {
        assert_eq!(town.ring(issue, "same").await, Outcome::Taken);
    }
    let at_once = join_all((0..5).map(|_| town.ring(issue, "same"))).await;
    assert!(at_once.iter().all(|outcome| *outcome == Outcome::Taken));
    assert_eq!((town.rows(SIGNALS).await, town.rows(JOBS).await), (1, 1));

    // Another body under the same id is the same delivery; without an id the body is what counts.
    let body = town.body("jira:issue_deleted", issue);
    receive(town.app(), town.delivery(Some("same"), &body)).await;
    assert_eq!(town.rows(SIGNALS).await, 1);
    for _ in 0..2 {
        assert_eq!(
            receive(town.app(), town.delivery(None, &body)).await,
            Outcome::Taken
        );
    }
    assert_eq!(town.rows(SIGNALS).await, 2);
    assert_eq!(
        town.rows(JOBS).await,
        1,
        "and one look at the issue is enough for all"
    );
}

#[tokio::test]
async fn nothing_is_kept_of_what_is_not_ours() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let stranger = town.atlassian.issue(DOING);
    assert_eq!(town.ring(stranger, "unlinked").await, Outcome::Taken);
    for event in ["comment_created", "jira:issue_created", "user_deleted", ""] {
        let body = town.body(event, issue);
        let outcome = receive(town.app(), town.delivery(Some(event), &body)).await;
        assert_eq!(outcome, Outcome::Taken, "{event}");
    }
    assert_eq!((town.rows(SIGNALS).await, town.rows(JOBS).await), (0, 0));
}

#[tokio::test]
async fn a_delivery_that_is_not_genuine_is_refused() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let genuine = || town.delivery(Some("d"), &body);
    let headers: [Vec<String>; 7] = [
        vec![],
        vec!["Bearer".to_owned()],
        vec!["Bearer a.b.c".to_owned()],
        vec![format!("Basic {}", jwt(SECRET, r#"{"alg":"HS256"}"#))],
        vec![format!(
            "Bearer {}",
            jwt("another secret", r#"{"alg":"HS256"}"#)
        )],
        vec![format!("Bearer {}", jwt(SECRET, r#"{"alg":"none"}"#))],
        vec![format!("Bearer {}", jwt(SECRET, r#"{"alg":"HS512"}"#))],
    ];
    for authorization in headers {
        let mut delivery = genuine();
        delivery.authorization = authorization;
        let shown = delivery.authorization.len();
        assert_eq!(
            receive(town.app(), delivery).await,
            Outcome::Refused,
            "{shown} headers"
        );
    }
    let mut twice = genuine();
    twice.authorization.push(twice.authorization[0].clone());
    assert_eq!(receive(town.app(), twice).await, Outcome::Refused);

    let mut elsewhere = genuine();
    elsewhere.token = WebhookToken::new("made-up".to_owned());
    assert_eq!(receive(town.app(), elsewhere).await, Outcome::Refused);

    let foreign = body.replace("\"matchedWebhookIds\":[", "\"matchedWebhookIds\":[9");
    assert_ne!(foreign, body);
    assert_eq!(
        receive(town.app(), town.delivery(Some("f"), &foreign)).await,
        Outcome::Refused
    );
    for odd in ["", "[]", "{", "null", "\u{0}"] {
        let outcome = receive(town.app(), town.delivery(Some("odd"), odd)).await;
        assert_eq!(outcome, Outcome::Refused, "{odd:?}");
    }
    assert_eq!(town.rows(SIGNALS).await, 0);
    assert_eq!(
        receive(town.app(), genuine()).await,
        Outcome::Taken,
        "the plain one passes"
    );
}

#[tokio::test]
async fn f26_without_a_database_jira_is_asked_to_come_again() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    town.app().db.close().await;
    assert_eq!(town.ring(issue, "d").await, Outcome::NotNow);
}

#[tokio::test]
async fn nothing_about_people_is_kept_of_a_delivery() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    town.ring(issue, "d").await;
    let mut tx = town.app().db.read().await.unwrap();
    let kept = "SELECT CAST(COUNT(*) AS BIGINT) FROM signals
                WHERE event = 'issue_updated' AND issue_id = $1 AND jira_status_id = '20'";
    let found = tx
        .count(kept, upvow_db::args![issue.to_string()])
        .await
        .unwrap();
    assert_eq!(found, 1, "what is kept is the doorbell's note");
}

/// Deliveries that wait at the same moment share a commit.
#[tokio::test]
async fn many_deliveries_share_few_commits() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let batches = Batches::default();
    let _heard = metrics::set_default_local_recorder(&batches);
    let names: Vec<String> = (0..60).map(|n| format!("d{n}")).collect();
    let outcomes = join_all(names.iter().map(|name| town.ring(issue, name))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Taken));
    assert_eq!(town.rows(SIGNALS).await, 60);
    let sizes = batches.0.0.lock().unwrap().clone();
    assert!(sizes.len() <= 30, "{sizes:?}");
    assert!((sizes.iter().sum::<f64>() - 60.0).abs() < 0.5, "{sizes:?}");
}

/// Remembers the sizes of commits.
#[derive(Default)]
struct Batches(Arc<Sizes>);

#[derive(Default)]
struct Sizes(Mutex<Vec<f64>>);

impl HistogramFn for Sizes {
    fn record(&self, value: f64) {
        self.0.lock().unwrap().push(value);
    }
}

impl Recorder for Batches {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match key.name() {
            "upvow_webhook_batch_size" => Histogram::from_arc(self.0.clone()),
            _ => Histogram::noop(),
        }
    }
}
