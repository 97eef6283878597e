//! Tokens: refreshed once, lost never, and given up only when Atlassian says so.

use futures_util::future::join_all;
use serde_json::{Value, json};
use upvow_app::{
    AppError,
    connect::{
        State,
        wizard::{self, ProjectChoices},
    },
    sync::links::{self, LinkState},
};
use upvow_domain::ConnectionId;
use upvow_jira::JiraError;
use upvow_vault::GrantState;

use crate::{
    atlassian::{Fault, Gate},
    town::Town,
};

const TOKEN: &str = "POST /oauth/token";
const HOUR: u64 = 3_600;

/// Any call that needs a token.
async fn projects(town: &Town, by: ConnectionId) -> upvow_app::Result<ProjectChoices> {
    wizard::projects(town.app(), town.owner(), by, None, 0).await
}

#[tokio::test]
async fn f01_twenty_calls_with_an_old_token_refresh_it_once() {
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
async fn f03_a_refresh_whose_answer_was_lost_is_made_again_with_the_old_token() {
    for lost in [Fault::Lose, Fault::DropAfter, Fault::Cut] {
        let (town, by) = Town::connected().await;
        town.wait(2 * HOUR);
        town.atlassian.fail(TOKEN, lost);
        let lost = projects(&town, by).await;
        assert!(
            matches!(
                lost,
                Err(AppError::Jira(
                    JiraError::Unavailable { .. } | JiraError::TimedOut
                ))
            ),
            "{lost:?}"
        );
        assert_eq!(town.connection(by).await.state, State::Active);
        projects(&town, by).await.unwrap();
    }
}

#[tokio::test]
async fn f04_an_answer_without_a_refresh_token_leaves_the_one_there_is() {
    let (town, by) = Town::connected().await;
    let id = town.grant().await;
    let said = [("refresh_token".to_owned(), json!(null))];
    town.atlassian.world().tokens.extend(said);
    for _ in 0..3 {
        town.wait(2 * HOUR);
        projects(&town, by).await.unwrap();
        let kept = town.app().vault.open_grant(id).await.unwrap().unwrap();
        assert_eq!(kept.refresh.unwrap().expose(), "refresh-1");
    }
    town.atlassian.world().tokens.clear();
    town.wait(2 * HOUR);
    projects(&town, by).await.unwrap();
    let kept = town.app().vault.open_grant(id).await.unwrap().unwrap();
    assert_eq!(kept.refresh.unwrap().expose(), "refresh-5");
}

#[tokio::test]
async fn f05_only_a_clear_refusal_ends_a_grant() {
    let (town, by) = Town::connected().await;
    let id = town.grant().await;
    let outages = [
        Fault::Answer(500, json!({"error": "invalid_grant"})),
        Fault::Answer(429, json!({"error": "invalid_grant"})),
        Fault::Answer(503, json!({"error": "unauthorized_client"})),
        Fault::Answer(403, json!("<html>a page of a proxy</html>")),
        Fault::Answer(403, Value::Null),
        Fault::Page(403),
        Fault::Page(400),
        Fault::Page(200),
        Fault::Drop,
        Fault::Answer(
            401,
            json!({"error": "access_denied", "error_description": "Unauthorized"}),
        ),
    ];
    town.wait(2 * HOUR);
    for fault in outages {
        town.atlassian.fail(TOKEN, fault);
        assert!(projects(&town, by).await.is_err());
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
    projects(&town, by).await.unwrap();
    assert_eq!(town.connection(by).await.problem, None);

    town.wait(2 * HOUR);
    town.atlassian.world().ended = true;
    let refused = projects(&town, by).await;
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
async fn f05_every_clear_refusal_ends_a_grant_at_once() {
    for (status, error, text) in [
        (403, "invalid_grant", "Unknown or invalid refresh token."),
        (400, "invalid_grant", "Token has been expired or revoked."),
        (401, "invalid_grant", ""),
        (403, "unauthorized_client", "refresh_token is invalid"),
    ] {
        let (town, by) = Town::connected().await;
        let id = town.grant().await;
        town.wait(2 * HOUR);
        let body = json!({"error": error, "error_description": text});
        // Once is enough: the second look is at what is stored, not at Atlassian.
        town.atlassian.fail(TOKEN, Fault::Answer(status, body));
        let refused = projects(&town, by).await;
        assert!(
            matches!(refused, Err(AppError::Conflict { .. })),
            "{status} {error}: {refused:?}"
        );
        assert_eq!(town.connection(by).await.state, State::NeedsReconnect);
        let dead = town.app().vault.open_grant(id).await.unwrap().unwrap();
        assert!(dead.access.is_none() && dead.refresh.is_none());
    }
}

#[tokio::test]
async fn f05_a_refusal_of_a_token_that_was_replaced_meanwhile_ends_nothing() {
    let (town, by) = Town::connected().await;
    town.wait(2 * HOUR);
    let gate = Gate::new();
    let refusal = json!({"error": "invalid_grant"});
    town.atlassian
        .fail(TOKEN, Fault::Late(gate.clone(), 403, refusal));
    let other = town.node(town.app().clock.clone());
    let first = projects(&town, by);
    let second = async {
        gate.arrived().await;
        // The first one's turn is over, and another node gets the next pair.
        town.wait(31);
        let answer = wizard::projects(&other, town.owner(), by, None, 0).await;
        gate.open();
        answer
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(second.unwrap().items.len(), 2);
    assert_eq!(first.unwrap().items.len(), 2, "by the token of the other");
    assert_eq!(town.connection(by).await.state, State::Active);
}

#[tokio::test]
async fn f06_a_refusal_of_an_old_token_is_answered_with_a_new_one_once() {
    for status in [401, 403, 404] {
        let (town, by) = Town::connected().await;
        let (post, _) = town.linked(by).await;
        let link = town.link(post).await.id;
        town.wait(120);
        let before = town.atlassian.count(TOKEN);
        // It was good when it left, and its hour ended on the way.
        let refused = || async {
            let gate = Gate::new();
            let late = Fault::Late(gate.clone(), status, json!({"message": "Unauthorized"}));
            town.atlassian.fail("GET /ex/jira", late);
            let ages = async {
                gate.arrived().await;
                town.wait(2 * HOUR);
                gate.open();
            };
            tokio::join!(links::live(town.app(), town.owner(), link), ages).0
        };
        refused().await.unwrap();
        assert_eq!(town.atlassian.count(TOKEN), before + 1, "{status}");

        // Refused again with the new one: that is believed.
        town.wait(120);
        let again = json!({"errorMessages": ["Issue does not exist."]});
        let calls = town.atlassian.count("GET /ex/jira");
        let first = refused();
        let (first, ()) = tokio::join!(first, async {
            while town.atlassian.count(TOKEN) < before + 2 {
                tokio::task::yield_now().await;
            }
            town.atlassian
                .fail("GET /ex/jira", Fault::Answer(status, again));
        });
        assert!(first.is_err(), "{status}");
        assert_eq!(town.atlassian.count(TOKEN), before + 2, "{status}");
        assert_eq!(town.atlassian.count("GET /ex/jira"), calls + 2);
        assert_eq!(town.connection(by).await.state, State::Active);
    }
}

#[tokio::test]
async fn f06_a_refusal_of_a_fresh_token_is_believed() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let link = town.link(post).await.id;
    let before = town.atlassian.count(TOKEN);
    let refuse = async |status: u16, body: Value| {
        town.atlassian
            .fail("GET /ex/jira", Fault::Answer(status, body));
        links::live(town.app(), town.owner(), link).await
    };
    let hidden =
        json!({"errorMessages": ["Issue does not exist or you do not have permission to see it."]});
    for (status, body) in [
        (401, json!({"message": "Unauthorized"})),
        (403, json!({"errorMessages": ["no"]})),
        (404, hidden.clone()),
    ] {
        assert!(refuse(status, body).await.is_err(), "{status}");
        assert_eq!(town.atlassian.count(TOKEN), before, "{status}");
    }

    // Not so new any more: a 401 can mean that it was withdrawn, a 403 or 404 means what it says.
    town.wait(120);
    for (status, body) in [(403, json!({"errorMessages": ["no"]})), (404, hidden)] {
        assert!(refuse(status, body).await.is_err(), "{status}");
    }
    assert_eq!(town.atlassian.count(TOKEN), before);
    refuse(401, json!({"message": "Unauthorized"}))
        .await
        .unwrap();
    assert_eq!(town.atlassian.count(TOKEN), before + 1);
}

#[tokio::test]
async fn f06_a_missing_scope_is_told_and_never_cured_by_a_refresh() {
    let (town, by) = Town::connected().await;
    let (post, _) = town.linked(by).await;
    let link = town.link(post).await.id;
    town.wait(120);
    let before = town.atlassian.count(TOKEN);
    let body = json!({"code": 401, "message": "Unauthorized; scope does not match"});
    town.atlassian
        .fail("GET /ex/jira", Fault::Answer(401, body));
    assert!(links::live(town.app(), town.owner(), link).await.is_err());
    assert_eq!(town.atlassian.count(TOKEN), before);
    assert_eq!(
        town.connection(by).await.problem.as_deref(),
        Some("scope_missing")
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
