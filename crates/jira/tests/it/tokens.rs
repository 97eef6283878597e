//! Consent and tokens.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use upvow_domain::secret::{AuthorizationCode, ClientSecret, CodeVerifier, RefreshToken};
use upvow_jira::{AppCredentials, Hosts, Jira, JiraError, SCOPES, TokenSet};

use crate::stub::{Answer, Stub, app, jira_at, says};

async fn refresh(answer: Answer) -> Result<TokenSet, JiraError> {
    // Twice: a secret that is refused is followed by the one before it.
    let stub = Stub::answering([answer.clone(), answer]).await;
    stub.jira
        .refresh(&RefreshToken::new("old-refresh".into()))
        .await
}

#[test]
fn the_consent_address_holds_what_atlassian_asks_for() {
    // The pair of RFC 7636, appendix B.
    let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
    let url = Jira::new(Hosts::default(), app())
        .expect("a client")
        .authorize_url("https://board.example/oauth?x=a+b", "state-1", &verifier);
    assert_eq!(url.host_str(), Some("auth.atlassian.com"));
    assert_eq!(url.path(), "/authorize");
    assert!(!url.as_str().contains('+'), "spaces are %20: {url}");
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(query["audience"], "api.atlassian.com");
    assert_eq!(query["client_id"], "client-1");
    assert_eq!(query["scope"], SCOPES.join(" "));
    assert_eq!(query["redirect_uri"], "https://board.example/oauth?x=a+b");
    assert_eq!(query["state"], "state-1");
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["prompt"], "consent");
    assert_eq!(
        query["code_challenge"],
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(query["code_challenge_method"], "S256");
}

#[tokio::test]
async fn a_code_buys_tokens() {
    let stub = Stub::answering([says(
        200,
        json!({"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600, "scope": "read:jira-work read:me", "token_type": "Bearer"}),
    )])
    .await;
    let tokens = stub
        .jira
        .exchange(
            &AuthorizationCode::new("code-1".into()),
            "https://board.example/oauth",
            &CodeVerifier::new("verifier-1".into()),
        )
        .await
        .expect("tokens");
    assert_eq!(tokens.access.expose(), "new-access");
    assert_eq!(tokens.refresh.expect("one").expose(), "new-refresh");
    assert_eq!(tokens.expires_in, Duration::from_hours(1));
    assert_eq!(tokens.scopes, ["read:jira-work", "read:me"]);
    let asked = stub.only();
    assert_eq!(asked.uri.path(), "/oauth/token");
    assert_eq!(
        asked.json(),
        json!({
            "grant_type": "authorization_code", "client_id": "client-1", "client_secret": "the-current-secret",
            "code": "code-1", "redirect_uri": "https://board.example/oauth", "code_verifier": "verifier-1",
        })
    );
}

#[tokio::test]
async fn f04_a_refresh_without_a_new_refresh_token_says_so() {
    let tokens = refresh(says(200, json!({"access_token": "a", "expires_in": 3600}))).await;
    assert!(tokens.expect("tokens").refresh.is_none());
    let tokens = refresh(says(
        200,
        json!({"access_token": "a", "refresh_token": null}),
    ))
    .await;
    assert!(tokens.expect("tokens").refresh.is_none());
}

#[tokio::test]
async fn f12_a_lifetime_is_held_between_bounds() {
    let hour = Duration::from_hours(1);
    let day = Duration::from_hours(24);
    for (said, expected) in [
        (json!(null), hour),
        (json!(0), hour),
        (json!(-5), hour),
        (json!("soon"), hour),
        (json!([1]), hour),
        (json!(1), Duration::from_mins(1)),
        (json!(900), Duration::from_mins(15)),
        (json!(900.5), Duration::from_millis(900_500)),
        (json!("900"), Duration::from_mins(15)),
        (json!(9_999_999), day),
        (json!(u64::MAX), day),
        (json!(1e300), day),
        (json!("NaN"), hour),
    ] {
        let body = json!({"access_token": "a", "refresh_token": "r", "expires_in": said});
        let tokens = refresh(says(200, body)).await.expect("tokens");
        assert_eq!(tokens.expires_in, expected, "{said}");
    }
    let tokens = refresh(says(200, json!({"access_token": "a"}))).await;
    assert_eq!(tokens.expect("tokens").expires_in, hour, "missing");
}

#[tokio::test]
async fn f05_the_code_of_a_refusal_decides_not_its_status() {
    let said = |error: &str, text: &str| json!({"error": error, "error_description": text});
    let dead = [
        (
            403,
            said("invalid_grant", "Unknown or invalid refresh token."),
        ),
        (
            400,
            said("invalid_grant", "Token has been expired or revoked."),
        ),
        (401, said("invalid_grant", "")),
    ];
    for (status, body) in dead {
        assert_eq!(
            refresh(says(status, &body)).await.err(),
            Some(JiraError::GrantDead),
            "{status} {body}"
        );
    }
    let removed = said("unauthorized_client", "refresh_token is invalid");
    let removed = refresh(says(403, &removed)).await.err();
    assert_eq!(removed, Some(JiraError::AppRemoved));
    for (status, error) in [
        (401, "access_denied"),
        (403, "access_denied"),
        (401, "invalid_client"),
    ] {
        let answer = says(status, said(error, "Unauthorized"));
        assert_eq!(
            refresh(answer).await.err(),
            Some(JiraError::ClientRefused),
            "{error}"
        );
    }
    let odd = refresh(says(400, said("invalid_request", "x"))).await;
    assert!(
        matches!(odd, Err(JiraError::Refused { status: 400, .. })),
        "{odd:?}"
    );
}

#[tokio::test]
async fn f05_an_outage_never_ends_a_grant() {
    let refusal = json!({"error": "invalid_grant"});
    let page = "<html><title>403 Forbidden</title>invalid_grant</html>";
    for answer in [
        says(500, &refusal),
        says(502, page),
        says(503, &refusal),
        says(429, &refusal),
        says(408, &refusal),
        says(403, page),
        says(400, ""),
        says(401, "{}"),
        says(403, json!({"error": ["invalid_grant"]})),
        says(302, &refusal).with("location", "http://127.0.0.1:1/"),
        says(200, page),
        says(200, "{}"),
        says(200, json!({"access_token": ""})),
        says(204, ""),
    ] {
        let shown = format!("{answer:?}");
        let error = refresh(answer).await.expect_err(&shown);
        assert!(error.is_transient(), "{shown}: {error:?}");
        let ended = [JiraError::GrantDead, JiraError::AppRemoved];
        assert!(!ended.contains(&error), "{shown}");
    }
}

#[tokio::test]
async fn nobody_there_is_an_outage_and_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let refreshed = jira_at(&url).refresh(&RefreshToken::new("r".into())).await;
    let error = refreshed.expect_err("nobody there");
    assert_eq!(
        error,
        JiraError::Unavailable {
            status: None,
            retry_after: None
        }
    );
    assert!(error.is_transient() && !error.outcome_unknown());
}

#[tokio::test]
async fn only_sites_with_jira_are_listed() {
    let stub = Stub::answering([says(
        200,
        json!([
            {"id": "c-1", "name": "Wiki", "url": "https://wiki.atlassian.net", "scopes": ["read:confluence-content.all"]},
            {"id": "c-2", "name": "Acme", "url": "https://acme.atlassian.net/", "scopes": ["read:jira-work", "write:jira-work"], "avatarUrl": "https://x"},
            {"id": "../c-3", "name": "Bent", "url": "https://bent.atlassian.net", "scopes": ["read:jira-work"]},
            {"id": "c-4", "name": "Sly", "url": "javascript:alert(1)", "scopes": ["read:jira-work"]},
        ]),
    )])
    .await;
    let sites = stub
        .jira
        .accessible_sites(stub.access())
        .await
        .expect("sites");
    assert_eq!(sites.len(), 1);
    assert_eq!(sites[0].cloud_id.as_str(), "c-2");
    assert_eq!(sites[0].url, "https://acme.atlassian.net");
}

#[tokio::test]
async fn being_refused_is_not_having_no_sites() {
    for (status, body, expected) in [
        (
            401,
            r#"{"code":401,"message":"Unauthorized"}"#,
            JiraError::Expired,
        ),
        (
            401,
            r#"{"code":401,"message":"Unauthorized; scope does not match"}"#,
            JiraError::ScopeMissing,
        ),
        (403, "", JiraError::Forbidden),
    ] {
        let stub = Stub::answering([says(status, body)]).await;
        let sites = stub.jira.accessible_sites(stub.access()).await;
        assert_eq!(sites.err(), Some(expected));
    }
    let stub = Stub::answering([says(200, "[]")]).await;
    let sites = stub.jira.accessible_sites(stub.access()).await;
    assert_eq!(sites, Ok(Vec::new()));
}

/// Promise 2.1, 2.4.
#[tokio::test]
async fn of_a_person_only_the_account_id_is_read() {
    let stub = Stub::answering([
        says(200, json!({"account_id": "712020:abc-1", "email": "ana@example.com", "name": "Ana", "picture": "https://x"})),
        says(200, json!({"account_id": "unknown"})),
    ])
    .await;
    let me = stub.jira.me(stub.access()).await.expect("an id");
    assert_eq!(me.expose(), "712020:abc-1");
    let nobody = stub.jira.me(stub.access()).await;
    assert_eq!(nobody.err(), Some(JiraError::Malformed));
}

/// Promise 5.2.
#[tokio::test]
async fn a_revocation_sends_the_token_and_reports_honestly() {
    let stub = Stub::answering([says(200, ""), says(404, "<html>")]).await;
    let token = RefreshToken::new("r-1".into());
    assert_eq!(stub.jira.revoke(&token).await, Ok(()));
    assert!(stub.jira.revoke(&token).await.is_err());
    assert_eq!(
        stub.asked()[0].json(),
        json!({"client_id": "client-1", "client_secret": "the-current-secret", "token": "r-1"})
    );
}

#[test]
fn a_client_without_a_secret_is_not_built() {
    let with = |id: &str, secret: &str, previous: Option<&str>| {
        Jira::new(
            Hosts::default(),
            AppCredentials {
                client_id: id.into(),
                client_secret: ClientSecret::new(secret.into()),
                previous_secret: previous.map(|text| ClientSecret::new(text.into())),
            },
        )
        .err()
    };
    assert_eq!(with("", "s", None), Some(JiraError::ClientRefused));
    assert_eq!(with("c", " ", None), Some(JiraError::ClientRefused));
    assert_eq!(with("c", "s", Some("")), Some(JiraError::ClientRefused));
    assert_eq!(with("c", "s", None), None);
}

/// Promise 9.1.
#[test]
fn only_https_or_this_machine_is_a_host() {
    let good = "https://api.atlassian.com";
    for ok in [
        good,
        "http://127.0.0.1:8081",
        "http://[::1]:9",
        "http://localhost:1/base/",
    ] {
        assert!(Hosts::parse(ok, good).is_ok(), "{ok}");
    }
    for bad in [
        "http://api.atlassian.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://user:word@api.atlassian.com",
        "https://api.atlassian.com/?a=b",
        "https://api.atlassian.com/#a",
        "api.atlassian.com",
        "",
    ] {
        assert!(Hosts::parse(good, bad).is_err(), "{bad}");
    }
}
