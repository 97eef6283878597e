//! The webhook door: who is let in, what is read, and what is kept of it.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use upvow_app::sync::intake::{Outcome, receive};
use upvow_domain::secret::WebhookToken;

use crate::{
    atlassian::{DOING, SECRET},
    town::{Town, jwt, jwt_with},
};

const HS256: &str = r#"{"alg":"HS256"}"#;
const SIGNALS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM signals";
const JOBS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'pull_issue'";

/// Promise 5.5, 7.2.
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

/// Promise 7.2.
#[tokio::test]
async fn f17_a_delivery_that_is_not_genuine_is_refused() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let now = town.app().now().0 / 1_000;
    let bearer = |token: String| vec![format!("Bearer {token}")];
    let timed = |claims: &str| bearer(jwt_with(SECRET, HS256, claims));
    let headers = [
        ("none", vec![]),
        ("no token", vec!["Bearer".to_owned()]),
        ("garbage", vec!["Bearer a.b.c".to_owned()]),
        ("bytes", vec!["\u{fffd}\u{0}".to_owned()]),
        ("basic", vec![format!("Basic {}", jwt(SECRET, HS256))]),
        ("wrong secret", bearer(jwt("another secret", HS256))),
        ("no algorithm", bearer(jwt(SECRET, r#"{"alg":"none"}"#))),
        ("RS256", bearer(jwt(SECRET, r#"{"alg":"RS256"}"#))),
        ("HS512", bearer(jwt(SECRET, r#"{"alg":"HS512"}"#))),
        ("empty secret", bearer(jwt("", HS256))),
        ("expired", timed(&format!(r#"{{"exp":{}}}"#, now - 61))),
        ("future", timed(&format!(r#"{{"nbf":{}}}"#, now + 62))),
        (
            "two",
            [bearer(jwt(SECRET, HS256)), bearer(jwt(SECRET, HS256))].concat(),
        ),
        (
            "two, one wrong",
            [bearer(jwt(SECRET, HS256)), vec!["x".to_owned()]].concat(),
        ),
    ];
    for (what, authorization) in headers {
        let mut delivery = town.delivery(Some("d"), &body);
        delivery.authorization = authorization;
        let outcome = receive(town.app(), delivery).await;
        assert_eq!(outcome, Outcome::Refused, "{what}");
    }
    assert_eq!((town.rows(SIGNALS).await, town.rows(JOBS).await), (0, 0));
    let mut timely = town.delivery(Some("d"), &body);
    timely.authorization = timed(&format!(r#"{{"exp":{},"nbf":{}}}"#, now - 58, now + 58));
    assert_eq!(receive(town.app(), timely).await, Outcome::Taken);
    assert_eq!(town.rows(SIGNALS).await, 1, "clocks differ by a little");
}

/// Promise 9.5.
#[tokio::test]
async fn f18_without_the_address_a_good_signature_opens_nothing() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let real = town.door();
    let real = real.expose();
    let last = if real.ends_with('A') { "E" } else { "A" };
    let close = format!("{}{last}", &real[..real.len() - 1]);
    for guess in [
        "",
        "made-up",
        &close,
        &real[..real.len() - 1],
        &format!("{real}="),
    ] {
        let mut delivery = town.delivery(Some("d"), &body);
        delivery.token = WebhookToken::new(guess.to_owned());
        let outcome = receive(town.app(), delivery).await;
        assert_eq!(outcome, Outcome::Refused, "{guess:?}");
    }
    assert_eq!(town.rows(SIGNALS).await, 0);
    assert_eq!(town.ring(issue, "d").await, Outcome::Taken);
}

#[tokio::test]
async fn f19_a_good_signature_for_webhooks_of_others_is_refused() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let own = body.split_once("\"matchedWebhookIds\":[").unwrap().1;
    let own = own.split_once(']').unwrap().0.to_owned();
    let with = |ids: &str| body.replace(&format!("[{own}]"), &format!("[{ids}]"));
    for foreign in [
        "",
        "9",
        &format!("9{own}"),
        &format!("-{own}"),
        &format!("\"{own}\""),
    ] {
        let sent = with(foreign);
        let outcome = receive(town.app(), town.delivery(Some("f"), &sent)).await;
        assert_eq!(outcome, Outcome::Refused, "{foreign}");
    }
    assert_eq!(town.rows(SIGNALS).await, 0);
    let both = with(&format!("9,{own}"));
    let outcome = receive(town.app(), town.delivery(Some("f"), &both)).await;
    assert_eq!((outcome, town.rows(SIGNALS).await), (Outcome::Taken, 1));
}

#[tokio::test]
async fn f20_whitespace_and_unicode_change_nothing() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let odd = body.replace("Nobody's business", "\u{1f980}\u{202e}\u{2028}é\\u0000");
    assert_ne!(odd, body);
    let escaped = body.replace("\"issue\"", "\"\\u0069ssue\"");
    assert_ne!(escaped, body);
    let padded = format!("\r\n\t {pretty} \n");
    for (n, sent) in [padded, odd, escaped].iter().enumerate() {
        let id = format!("d{n}");
        let outcome = receive(town.app(), town.delivery(Some(&id), sent)).await;
        assert_eq!(outcome, Outcome::Taken, "{sent}");
        assert_eq!(town.rows(SIGNALS).await, i64::try_from(n + 1).unwrap());
    }
}

#[tokio::test]
async fn f21_bodies_of_any_shape_are_refused_or_read_and_never_stored() {
    const MOST: usize = 5 * 1024 * 1024;
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let body = town.body("jira:issue_updated", issue);
    let long = |length: usize| {
        let padding = "x".repeat(length - body.len());
        body.replace("Nobody's business", &format!("Nobody's business{padding}"))
    };
    // What a compressed bomb is to a door that does not unpack: bytes that are no JSON.
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 4_096]].concat();
    let refused: [Vec<u8>; 14] = [
        vec![],
        b"{".to_vec(),
        b"x".to_vec(),
        b"\0".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\"text\"".to_vec(),
        b"{}".to_vec(),
        gzip,
        b"\xff\xfe{}".to_vec(),
        body.replace("updated", "upd\u{1}ated").into_bytes(),
        body.as_bytes()[..body.len() - 1].to_vec(),
        "{\"a\":".repeat(1_000_000).into_bytes(),
        long(MOST + 1).into_bytes(),
    ];
    for sent in refused {
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(40)]).into_owned();
        let mut delivery = town.delivery(Some("odd"), "");
        delivery.body = sent;
        let outcome = receive(town.app(), delivery).await;
        assert_eq!(outcome, Outcome::Refused, "{shown:?}");
    }
    assert_eq!(town.rows(SIGNALS).await, 0);

    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    let deep = body.replacen('{', &format!("{{\"deep\":{deep},"), 1);
    let wrong = body.replace("\"key\":\"", "\"key\":[1],\"self\":\"");
    assert_ne!(wrong, body);
    // The last one counts, as everywhere.
    let twice = body.replacen('{', "{\"issue\":{\"id\":\"../1\"},\"issue\":7,", 1);
    for (n, sent) in [long(MOST), deep, wrong, twice].iter().enumerate() {
        let outcome = receive(town.app(), town.delivery(Some(&n.to_string()), sent)).await;
        assert_eq!(outcome, Outcome::Taken, "{n}");
        assert_eq!(town.rows(SIGNALS).await, i64::try_from(n + 1).unwrap());
    }
}

/// Promise 2.5, 5.5.
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
