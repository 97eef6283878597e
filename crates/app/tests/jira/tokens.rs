//! Tokens: refreshed once, lost never, and given up only when Atlassian says so.

use futures_util::future::join_all;
use serde_json::json;
use upvow_app::{
    AppError,
    connect::{State, goodbye, wizard},
    sync::links::{self, LinkState},
};
use upvow_domain::{
    GrantId,
    secret::{AccessToken, RefreshToken},
};
use upvow_jira::JiraError;
use upvow_vault::{GrantState, NewTokens};

use crate::{
    atlassian::Fault,
    town::{Town, never},
};

const TOKEN: &str = "POST /oauth/token";
const HOUR: u64 = 3_600;

async fn grant(town: &Town) -> GrantId {
    let mut tx = town.app().db.read().await.unwrap();
    tx.value(
        "SELECT grant_id FROM connections WHERE grant_id IS NOT NULL",
        vec![],
    )
    .await
    .unwrap()
    .unwrap()
}

#[tokio::test]
async fn twenty_calls_with_an_old_token_refresh_it_once() {
    let (town, by) = Town::connected().await;
    let before = town.atlassian.count(TOKEN);
    town.wait(2 * HOUR);
    let calls = (0..20).map(|_| wizard::projects(town.app(), town.owner(), by, None, 0));
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().items.len(), 2);
    }
    assert_eq!(town.atlassian.count(TOKEN), before + 1);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_made_again_with_the_old_token() {
    let (town, by) = Town::connected().await;
    town.wait(2 * HOUR);
    town.atlassian.fail(TOKEN, Fault::Lose);
    let lost = wizard::projects(town.app(), town.owner(), by, None, 0).await;
    assert!(
        matches!(lost, Err(AppError::Jira(JiraError::Unavailable { .. }))),
        "{lost:?}"
    );
    assert_eq!(town.connection(by).await.state, State::Active);
    wizard::projects(town.app(), town.owner(), by, None, 0)
        .await
        .unwrap();
}

#[tokio::test]
async fn only_a_clear_refusal_ends_a_grant() {
    let (town, by) = Town::connected().await;
    let id = grant(&town).await;
    let outages = [
        Fault::Answer(500, json!({"error": "invalid_grant"})),
        Fault::Answer(429, json!({"error": "invalid_grant"})),
        Fault::Answer(403, json!("<html>a page of a proxy</html>")),
        Fault::Answer(
            401,
            json!({"error": "access_denied", "error_description": "Unauthorized"}),
        ),
    ];
    town.wait(2 * HOUR);
    for fault in outages {
        town.atlassian.fail(TOKEN, fault);
        assert!(
            wizard::projects(town.app(), town.owner(), by, None, 0)
                .await
                .is_err()
        );
        assert_eq!(town.connection(by).await.state, State::Active);
        let kept = town.app().vault.open_grant(id).await.unwrap().unwrap();
        assert!(kept.refresh.is_some(), "the tokens are kept");
    }
    let told = town.connection(by).await.problem;
    assert_eq!(
        told.as_deref(),
        Some("client_secret_refused"),
        "the last one is for the operator"
    );
    wizard::projects(town.app(), town.owner(), by, None, 0)
        .await
        .unwrap();
    assert_eq!(town.connection(by).await.problem, None);

    town.wait(2 * HOUR);
    town.atlassian.world().ended = true;
    let refused = wizard::projects(town.app(), town.owner(), by, None, 0).await;
    assert!(
        matches!(
            refused,
            Err(AppError::Conflict {
                code: "not_connected",
                ..
            })
        ),
        "{refused:?}"
    );
    let connection = town.connection(by).await;
    assert_eq!(connection.state, State::NeedsReconnect);
    assert_eq!(connection.problem.as_deref(), Some("grant_dead"));
    let dead = town.app().vault.open_grant(id).await.unwrap().unwrap();
    assert_eq!(dead.state, GrantState::Dead);
    assert!(
        dead.access.is_none() && dead.refresh.is_none(),
        "erased at once"
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_a_missing_scope_never() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let link = town.link(post).await.id;
    town.wait(120);
    let before = town.atlassian.count(TOKEN);
    town.atlassian.fail(
        "GET /ex/jira",
        Fault::Answer(401, json!({"message": "Unauthorized"})),
    );
    links::live(town.app(), town.owner(), link).await.unwrap();
    assert_eq!(town.atlassian.count(TOKEN), before + 1);

    town.wait(120);
    for (status, body) in [
        (
            404,
            json!({"errorMessages": ["Issue does not exist or you do not have permission to see it."]}),
        ),
        (403, json!({"errorMessages": ["no"]})),
        (
            401,
            json!({"code": 401, "message": "Unauthorized; scope does not match"}),
        ),
    ] {
        town.atlassian
            .fail("GET /ex/jira", Fault::Answer(status, body));
        assert!(links::live(town.app(), town.owner(), link).await.is_err());
    }
    assert_eq!(
        town.atlassian.count(TOKEN),
        before + 1,
        "a fresh token is believed"
    );
    assert_eq!(
        town.connection(by).await.problem.as_deref(),
        Some("scope_missing")
    );
}

#[tokio::test]
async fn who_outlives_the_lease_writes_nothing() {
    let (town, by) = Town::connected().await;
    let (id, vault, clock) = (grant(&town).await, &town.app().vault, &town.app().clock);
    town.wait(2 * HOUR);
    let lease = std::time::Duration::from_secs(30);
    let slow = vault
        .lease_refresh(id, lease, clock.now())
        .await
        .unwrap()
        .unwrap();
    let version = vault.open_grant(id).await.unwrap().unwrap().version;
    town.wait(31);
    wizard::projects(town.app(), town.owner(), by, None, 0)
        .await
        .unwrap();

    let late = NewTokens {
        access: AccessToken::new("late".to_owned()),
        refresh: Some(RefreshToken::new("late".to_owned())),
        expires_at: never(),
        scopes: vec![],
    };
    assert!(
        !vault
            .rotate(id, slow, version, late, clock.now())
            .await
            .unwrap()
    );
    let kept = vault.open_grant(id).await.unwrap().unwrap();
    assert_eq!(kept.access.unwrap().expose(), "access-2");
}

#[tokio::test]
async fn a_refresh_that_ends_after_the_goodbye_brings_nothing_back() {
    let (town, by) = Town::connected().await;
    let (id, vault, clock) = (grant(&town).await, &town.app().vault, &town.app().clock);
    let lease = std::time::Duration::from_secs(30);
    let fence = vault
        .lease_refresh(id, lease, clock.now())
        .await
        .unwrap()
        .unwrap();
    let version = vault.open_grant(id).await.unwrap().unwrap().version;

    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    let late = NewTokens {
        access: AccessToken::new("late".to_owned()),
        refresh: Some(RefreshToken::new("late".to_owned())),
        expires_at: never(),
        scopes: vec![],
    };
    assert!(
        !vault
            .rotate(id, fence, version, late, clock.now())
            .await
            .unwrap()
    );
    assert!(vault.open_grant(id).await.unwrap().is_none());
    town.work().await;
    let counts = vault.counts().await.unwrap();
    assert_eq!(
        (
            counts.grants,
            counts.revoke_only,
            counts.hooks,
            counts.open_erasures
        ),
        (0, 0, 0, 0)
    );
}

#[tokio::test]
async fn a_reconnect_keeps_links_and_sets_right_what_was_missed() {
    let (town, by) = Town::connected().await;
    let (post, issue) = town.linked(by).await;
    let waiting = town.post("Asked for while nobody could reach Jira").await;
    town.wait(2 * HOUR);
    town.atlassian.world().ended = true;
    town.create(waiting, by).await;
    town.work().await;
    assert_eq!(town.connection(by).await.state, State::NeedsReconnect);
    assert_eq!(town.link(waiting).await.state, LinkState::Creating);

    town.atlassian.move_issue(issue, crate::atlassian::DOING);
    let state = town.begin(Some(by)).await;
    assert_eq!(town.finish(&state).await.unwrap(), by);
    town.work().await;
    assert_eq!(town.connection(by).await.state, State::Active);
    assert_eq!(town.link(waiting).await.state, LinkState::Active);
    assert_eq!(
        town.kind(post).await,
        upvow_domain::board::StatusKind::Started
    );
}
