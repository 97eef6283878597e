//! What every call on a site has in common.

use upvow_domain::jira::{IssueId, JiraProjectId};
use upvow_jira::endpoint::{ALL, Base};
use upvow_jira::{Hint, JiraError};

use crate::stub::{Stub, says};

pub(crate) const SITE: &str = "/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3";

pub(crate) fn issue_id(text: &str) -> IssueId {
    IssueId::parse(text).expect("an issue id")
}

pub(crate) fn project(text: &str) -> JiraProjectId {
    JiraProjectId::parse(text).expect("a project id")
}

/// Promise 8.1.
#[tokio::test]
async fn every_call_carries_token_and_types_and_follows_no_redirect() {
    let stub = Stub::answering([says(204, ""), says(302, "").with("location", "/elsewhere")]).await;
    stub.on()
        .delete_remote_link(&issue_id("1"), "system=a&id=1")
        .await
        .expect("deleted");
    let moved = stub.on().statuses(&project("1")).await;
    assert!(matches!(
        moved,
        Err(JiraError::Unavailable {
            status: Some(302),
            ..
        })
    ));
    let asked = stub.asked();
    assert_eq!(asked.len(), 2, "the redirect was not followed");
    let first = &asked[0];
    assert_eq!(first.method, "DELETE");
    assert_eq!(first.uri.path(), format!("{SITE}/issue/1/remotelink"));
    assert_eq!(first.query("globalId").as_deref(), Some("system=a&id=1"));
    assert_eq!(first.headers["authorization"], "Bearer access-token-of-ana");
    assert_eq!(first.headers["accept"], "application/json");
    assert_eq!(first.headers["content-type"], "application/json");
    assert!(first.headers.get("cookie").is_none());
}

/// Promise 3.1, 9.7.
#[test]
fn every_endpoint_is_named_once_and_needs_a_scope_that_we_ask_for() {
    let mut names: Vec<_> = ALL.iter().map(|endpoint| endpoint.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
    for endpoint in ALL {
        assert!(endpoint.path.starts_with('/'), "{}", endpoint.name);
        assert!(!endpoint.purpose.is_empty(), "{}", endpoint.name);
        let asked = upvow_jira::SCOPES.contains(&endpoint.scope);
        assert!(
            asked || endpoint.base != Base::Site && endpoint.scope.is_empty(),
            "{}",
            endpoint.name
        );
    }
    // Nothing is asked for that no call needs. Without this one there would be no refresh token.
    for scope in upvow_jira::SCOPES
        .iter()
        .filter(|scope| **scope != "offline_access")
    {
        let is_needed = ALL.iter().any(|endpoint| endpoint.scope == *scope);
        assert!(is_needed, "{scope} is for nothing");
    }
    let deletes: Vec<_> = ALL
        .iter()
        .filter(|e| e.method == "DELETE")
        .map(|e| e.name)
        .collect();
    assert_eq!(
        deletes,
        [
            "issue_delete",
            "property_delete",
            "remote_link_delete",
            "webhook_delete"
        ]
    );
}

#[tokio::test]
async fn a_key_that_bends_the_path_is_not_sent() {
    let stub = Stub::answering([]).await;
    for key in [
        "", ".", "..", "../../2", "a/b", "a?b", "a#b", "a%2fb", "a b",
    ] {
        let read = stub.on().property(&issue_id("1"), key).await;
        assert!(
            matches!(
                read,
                Err(JiraError::Refused {
                    status: 0,
                    hint: Hint::NotSent,
                    ..
                })
            ),
            "{key:?}"
        );
    }
    assert!(stub.asked().is_empty());
}
