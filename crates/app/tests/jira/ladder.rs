//! What is said of an ended authorisation is what was seen: `confirmed` only where a probe was refused, else `accepted, not
//! verified` or `you must remove it`, with the address where.

use serde_json::json;
use upvow_app::{
    connect::goodbye,
    privacy::receipt::{self, Statement},
};
use upvow_vault::signing;

use crate::{
    atlassian::Fault,
    town::{Town, step},
};

const REVOKE: &str = "POST /oauth/revoke";
const TOKEN: &str = "POST /oauth/token";
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Ends the only connection; gives what page and receipt say, and whether they name the address.
async fn end(town: &Town, by: upvow_domain::ConnectionId) -> (String, String, bool) {
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    told(town, by).await
}

async fn told(town: &Town, by: upvow_domain::ConnectionId) -> (String, String, bool) {
    let told = town.goodbye(by).await;
    assert!(told.finished, "{told:?}");
    let jws = receipt::of_connection(town.app(), town.owner(), by).await;
    let keys = receipt::keys(town.app()).unwrap();
    let said = signing::verify_as(&jws.unwrap(), receipt::TYP, &keys).unwrap();
    let said: Statement = serde_json::from_slice(&said).unwrap();
    assert_eq!(said.remove_at, told.remove_at, "both name it or neither");
    (
        step(&told, "revoked").to_owned(),
        said.revocation,
        said.remove_at.is_some(),
    )
}

fn words(page: &str, receipt: &str, address: bool) -> (String, String, bool) {
    (page.to_owned(), receipt.to_owned(), address)
}

/// Promise 5.2, 11.2.
#[tokio::test]
async fn each_rung_is_told_as_it_was_seen() {
    let confirmed = words("confirmed", "confirmed", false);
    let accepted = words("accepted_not_verified", "accepted, not verified", true);
    let remove = words("you_must_remove_it", "you must remove it", true);

    // Revoked, and the probe says so.
    let (town, by) = Town::connected().await;
    town.atlassian.world().revoke_works = true;
    assert_eq!(end(&town, by).await, confirmed);

    // "Taken", and the probe still buys tokens.
    let (town, by) = Town::connected().await;
    assert_eq!(end(&town, by).await, accepted);

    // Refused, and the probe still buys tokens.
    for (status, error) in [
        (400, "unsupported_token_type"),
        (401, "access_denied"),
        (404, "not_found"),
    ] {
        let (town, by) = Town::connected().await;
        town.atlassian
            .fail(REVOKE, Fault::Answer(status, json!({ "error": error })));
        assert_eq!(end(&town, by).await, remove, "{status}");
    }

    // Taken, and the probe is refused for a reason of its own: that is no proof of anything.
    for (status, error) in [
        (401, "access_denied"),
        (403, "unauthorized_client"),
        (400, "invalid_request"),
    ] {
        let (town, by) = Town::connected().await;
        town.atlassian
            .fail(TOKEN, Fault::Answer(status, json!({ "error": error })));
        assert_eq!(end(&town, by).await, accepted, "{error}");
    }

    // The end was seen before, and no token is left to ask with.
    let (town, by) = Town::connected().await;
    town.atlassian.world().ended = true;
    town.wait(2 * HOUR);
    let asked = upvow_app::connect::wizard::projects(town.app(), town.owner(), by, None, 0).await;
    assert!(asked.is_err());
    assert_eq!(end(&town, by).await, remove);
}

/// Promise 5.2.
#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() {
    let (town, by) = Town::connected().await;
    town.atlassian.fail(TOKEN, Fault::Answer(503, json!({})));
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    assert_eq!(step(&town.goodbye(by).await, "revoked"), "waiting");
    town.atlassian.world().revoke_works = true;
    town.wait(HOUR);
    town.work().await;
    assert_eq!(
        told(&town, by).await,
        words("confirmed", "confirmed", false)
    );
}

async fn with_reuse() -> (Town, upvow_domain::ConnectionId) {
    let (town, by) = Town::connected().await;
    let town = town.but(|parts| parts.settings.revoke_by_reuse = true);
    goodbye::disconnect(town.app(), town.owner(), by)
        .await
        .unwrap();
    town.work().await;
    // The stored token was traded; then nothing is asked until Atlassian's leeway is over.
    let asked = town.atlassian.count(TOKEN);
    for _ in 0..5 {
        town.wait(2 * MINUTE);
        town.work().await;
        assert_eq!(step(&town.goodbye(by).await, "revoked"), "waiting");
    }
    assert_eq!(town.atlassian.count(TOKEN), asked);
    (town, by)
}

/// Promise 5.2. The operator put the last rung there.
#[tokio::test]
async fn a_token_presented_again_ends_the_grant_and_the_probe_tells() {
    for (ends, expected) in [
        (Some(true), words("confirmed", "confirmed", false)),
        // The old token is refused, and the newest still buys: nothing ended.
        (
            Some(false),
            words("accepted_not_verified", "accepted, not verified", true),
        ),
        (
            None,
            words("accepted_not_verified", "accepted, not verified", true),
        ),
    ] {
        let (town, by) = with_reuse().await;
        town.atlassian.world().reuse_ends = ends;
        town.wait(HOUR);
        town.work().await;
        assert_eq!(told(&town, by).await, expected, "{ends:?}");
        assert_eq!(town.atlassian.world().ended, ends == Some(true));
    }
}

/// Promise 5.2. What was bought is in no store, so a crash costs time and nothing else.
#[tokio::test]
async fn a_crash_between_the_rungs_begins_the_ladder_anew() {
    let (town, by) = with_reuse().await;
    let town = town.begin_again().await;
    town.atlassian.world().reuse_ends = Some(true);
    town.wait(HOUR);
    town.work().await;
    assert_eq!(
        told(&town, by).await,
        words("confirmed", "confirmed", false)
    );
    assert_eq!(town.app().vault.counts().await.unwrap().revoke_only, 0);
}

/// Promise 5.2. Off unless the operator said otherwise: nobody tried it on a live site.
#[tokio::test]
async fn no_token_is_presented_again_unless_the_operator_says_so() {
    let (town, by) = Town::connected().await;
    let before = town.atlassian.count(TOKEN);
    end(&town, by).await;
    town.wait(HOUR);
    town.work().await;
    assert_eq!(town.atlassian.count(TOKEN), before + 1, "the probe, once");
}
