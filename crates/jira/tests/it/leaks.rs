//! Nothing that Atlassian said, and no secret, is in what we print.

use serde_json::json;
use upvow_domain::jira::{IssueId, JiraProjectId};
use upvow_domain::secret::{AuthorizationCode, CodeVerifier, RefreshToken};
use upvow_jira::{IssueRef, JiraError};

use crate::stub::{Stub, app, says};

const FOREIGN: [&str; 8] = [
    "Ana",
    "ana@example.com",
    "712020",
    "access-token",
    "new-refresh",
    "old-refresh",
    "secret",
    "wish",
];

fn clean(shown: &str) {
    for word in FOREIGN {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

fn both(error: &JiraError) -> String {
    format!("{error} {error:?} {:?}", error.to_string())
}

#[tokio::test]
async fn f11_errors_hold_no_foreign_words() {
    let foreign = json!({
        "errorMessages": ["Ana's wish (ana@example.com) is required: webhook url jql transition"],
        "errors": {"Ana": "712020:ana", "summary": "Ana's wish is required", "customfield_10": "secret"},
        "error": "Ana ana@example.com", "error_description": "access-token new-refresh", "message": "Ana",
    });
    for status in [
        200, 201, 302, 400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503,
    ] {
        let answer = || {
            says(status, &foreign)
                .with("retry-after", "Ana")
                .with("ratelimit-reason", "Ana")
                .with("location", "https://example.com/Ana")
        };
        let stub = Stub::answering(std::iter::repeat_with(answer).take(5)).await;
        let issue = IssueId::parse("1").expect("an id");
        let project = JiraProjectId::parse("1").expect("an id");
        let errors = [
            stub.on().issue(&IssueRef::Id(issue)).await.err(),
            stub.on()
                .register_webhooks("https://x/secret", &[project])
                .await
                .err(),
            stub.jira
                .refresh(&RefreshToken::new("old-refresh".into()))
                .await
                .err(),
            stub.jira
                .exchange(
                    &AuthorizationCode::new("secret".into()),
                    "https://x",
                    &CodeVerifier::new("secret".into()),
                )
                .await
                .err(),
            stub.jira.me(stub.access()).await.err(),
        ];
        for error in errors {
            let error = error.expect("nothing there is a good answer");
            clean(&both(&error));
            assert!(error.code().starts_with("jira_"));
        }
    }
}

#[tokio::test]
async fn f11_values_hold_no_secrets_when_printed() {
    let stub = Stub::answering([
        says(200, json!({"access_token": "access-token-2", "refresh_token": "new-refresh", "scope": "read:me"})),
        says(200, json!({"account_id": "712020:ana"})),
        says(200, json!({"sections": [{"issues": [{"id": 1, "key": "D-1", "summaryText": "Ana's wish"}]}]})),
    ])
    .await;
    let tokens = stub
        .jira
        .refresh(&RefreshToken::new("old-refresh".into()))
        .await;
    clean(&format!("{tokens:?}").replace("client_secret", ""));
    clean(&format!("{:?}", stub.jira.me(stub.access()).await));
    clean(&format!("{:?}", stub.on().search_text("a").await));
    clean(&format!("{:?}", stub.jira));
    let credentials = format!("{:?}", app());
    assert!(
        !credentials.contains("the-current-secret") && !credentials.contains("the-previous-secret")
    );
}
