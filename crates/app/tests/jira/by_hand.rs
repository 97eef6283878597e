//! The webhook that an administrator of Jira makes by hand.

use aws_lc_rs::hmac;
use upvow_app::{
    AppError, Role,
    connect::goodbye,
    sync::{
        admin_hook::{self, Made},
        intake::{Outcome, SignedDelivery, receive_signed},
        reconcile,
    },
};
use upvow_domain::{board::StatusKind, secret::WebhookToken};

use crate::{atlassian::DOING, town::Town};

const SIGNALS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM signals";
const JOBS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'pull_issue'";

/// What Jira puts into `X-Hub-Signature`.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    tag.as_ref()
        .iter()
        .fold("sha256=".to_owned(), |text, byte| {
            format!("{text}{byte:02x}")
        })
}

/// A delivery of it.
pub(crate) fn signed(made: &Made, id: Option<&str>, body: &[u8]) -> SignedDelivery {
    SignedDelivery {
        token: WebhookToken::new(made.url.expose().rsplit('/').next().unwrap().to_owned()),
        signatures: vec![signature(made.secret.expose(), body)],
        delivery_id: id.map(str::to_owned),
        body: body.to_vec(),
    }
}

/// What such a webhook writes: everything, and no number of ours.
fn body(town: &Town, issue: u32) -> Vec<u8> {
    let body = town.body("jira:issue_updated", issue);
    let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
    body.as_object_mut().unwrap().remove("matchedWebhookIds");
    body.to_string().into_bytes()
}

#[tokio::test]
async fn it_rings_like_the_other_and_both_together_cost_one_look() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let made = admin_hook::make(town.app(), town.owner(), by)
        .await
        .unwrap();
    assert!(
        made.url
            .expose()
            .starts_with("https://board.example/hooks/jira-admin/")
    );
    town.atlassian.move_issue(issue, DOING);
    let body = body(&town, issue);
    let outcome = receive_signed(town.app(), signed(&made, Some("one"), &body)).await;
    assert_eq!(outcome, Outcome::Taken);
    town.ring(issue, "another").await;
    town.ring(issue, "one").await;
    assert_eq!((town.rows(SIGNALS).await, town.rows(JOBS).await), (2, 1));
    town.work().await;
    assert_eq!(town.kind(post).await, StatusKind::Started);
    let told = admin_hook::get(town.app(), town.owner(), by).await.unwrap();
    assert!(told.unwrap().last_event_at.is_some());
}

#[tokio::test]
async fn what_is_not_signed_with_its_secret_is_refused() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let made = admin_hook::make(town.app(), town.owner(), by)
        .await
        .unwrap();
    let body = body(&town, issue);
    let good = signature(made.secret.expose(), &body);
    let headers: [Vec<String>; 8] = [
        vec![],
        vec![String::new()],
        vec![good.replace("sha256", "sha1")],
        vec![good.replace("sha256=", "")],
        vec![good[..good.len() - 1].to_owned()],
        vec![signature("", &body)],
        vec![signature(made.secret.expose(), b"another body")],
        vec![good.clone(), good.clone()],
    ];
    for signatures in headers {
        let told = format!("{signatures:?}");
        let mut delivery = signed(&made, None, &body);
        delivery.signatures = signatures;
        let outcome = receive_signed(town.app(), delivery).await;
        assert_eq!(outcome, Outcome::Refused, "{told}");
    }
    let mut elsewhere = signed(&made, None, &body);
    elsewhere.token = town.door();
    let outcome = receive_signed(town.app(), elsewhere).await;
    assert_eq!(
        outcome,
        Outcome::Refused,
        "the other door's address is not this one's"
    );
    assert_eq!(town.rows(SIGNALS).await, 0);
    let outcome = receive_signed(town.app(), signed(&made, None, &body)).await;
    assert_eq!(outcome, Outcome::Taken);
}

#[tokio::test]
async fn a_new_secret_ends_the_old_one_and_removing_ends_both() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let (app, owner) = (town.app(), town.owner());
    let body = body(&town, issue);
    let old = admin_hook::make(app, owner, by).await.unwrap();
    town.wait(1);
    let new = admin_hook::make(app, owner, by).await.unwrap();
    let crossed = SignedDelivery {
        signatures: vec![signature(old.secret.expose(), &body)],
        ..signed(&new, None, &body)
    };
    for delivery in [signed(&old, None, &body), crossed] {
        assert_eq!(receive_signed(app, delivery).await, Outcome::Refused);
    }
    assert_eq!(
        receive_signed(app, signed(&new, None, &body)).await,
        Outcome::Taken
    );
    let compared = reconcile::list(app, owner, by).await.unwrap();
    assert_eq!(
        compared[0].cause, "webhook_gap",
        "what was refused is looked up"
    );

    let kept = app.vault.counts().await.unwrap().hooks;
    admin_hook::remove(app, owner, by).await.unwrap();
    admin_hook::remove(app, owner, by).await.unwrap();
    assert_eq!(
        receive_signed(app, signed(&new, None, &body)).await,
        Outcome::Refused
    );
    assert_eq!(app.vault.counts().await.unwrap().hooks, kept - 1);
}

#[tokio::test]
async fn it_says_not_now_when_it_cannot_verify_and_dies_with_its_connection() {
    let (town, by) = Town::connected().await;
    let (_, issue) = town.linked(by).await;
    let (app, owner) = (town.app(), town.owner());
    let made = admin_hook::make(app, owner, by).await.unwrap();
    let body = body(&town, issue);
    app.vault
        .drop_hook(upvow_domain::HookId::new(by.uuid()))
        .await
        .unwrap();
    assert_eq!(
        receive_signed(app, signed(&made, None, &body)).await,
        Outcome::NotNow,
        "Jira tries again, and an admin makes a new secret"
    );
    let made = admin_hook::make(app, owner, by).await.unwrap();
    goodbye::disconnect(app, owner, by).await.unwrap();
    assert_eq!(
        receive_signed(app, signed(&made, Some("late"), &body)).await,
        Outcome::Taken,
        "it is genuine, and nobody is at work"
    );
    assert_eq!(town.rows(SIGNALS).await, 0);
    town.work().await;
    assert_eq!(
        receive_signed(app, signed(&made, None, &body)).await,
        Outcome::Refused
    );
    assert_eq!(app.vault.counts().await.unwrap().hooks, 0);
    let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM admin_hooks";
    assert_eq!(town.rows(left).await, 0);

    app.db.close().await;
    assert_eq!(
        receive_signed(app, signed(&made, None, &body)).await,
        Outcome::NotNow
    );
}

#[tokio::test]
async fn only_admins_see_and_make_it() {
    let (town, by) = Town::connected().await;
    let helper = town.world.member("mo@example.com", Role::Moderator).await;
    let refused = admin_hook::make(town.app(), &helper, by).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let refused = admin_hook::get(town.app(), &helper, by).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let refused = admin_hook::remove(town.app(), &helper, by).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
}
