//! What each answer means, and how long it makes us wait.

use std::time::Duration;

use serde_json::json;
use upvow_domain::jira::IssueId;
use upvow_jira::limits::parse_wait;
use upvow_jira::{Hint, IssueRef, JiraError, LimitReason, Pause};

use crate::stub::{Answer, Stub, says};

async fn read(answer: Answer) -> JiraError {
    let stub = Stub::answering([answer]).await;
    let issue = IssueRef::Id(IssueId::parse("10001").expect("an id"));
    stub.on().issue(&issue).await.expect_err("a refusal")
}

fn refused(status: u16, fields: &[&str], hint: Hint) -> JiraError {
    JiraError::Refused {
        status,
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        hint,
    }
}

#[tokio::test]
async fn each_status_has_one_meaning() {
    let unavailable = |status| JiraError::Unavailable {
        status: Some(status),
        retry_after: None,
    };
    let hidden = r#"{"errorMessages":["Issue does not exist or you do not have permission to see it."],"errors":{}}"#;
    let old_search = r#"{"errorMessages":["The requested API has been removed."],"errors":{}}"#;
    for (status, body, expected) in [
        (
            401,
            r#"{"code":401,"message":"Unauthorized"}"#,
            JiraError::Expired,
        ),
        (401, "<html>", JiraError::Expired),
        (
            401,
            r#"{"code":401,"message":"Unauthorized; scope does not match"}"#,
            JiraError::ScopeMissing,
        ),
        (
            403,
            r#"{"code":403,"message":"Forbidden; scope does not match"}"#,
            JiraError::ScopeMissing,
        ),
        (
            403,
            r#"{"errorMessages":["no"],"errors":{}}"#,
            JiraError::Forbidden,
        ),
        (403, "no", JiraError::Forbidden),
        (404, hidden, JiraError::NotFound),
        (409, "{}", JiraError::Conflict),
        (410, old_search, JiraError::Gone),
        (400, "not json", refused(400, &[], Hint::None)),
        (408, "", unavailable(408)),
        (425, "", unavailable(425)),
        (500, "{}", unavailable(500)),
        (502, "<html>", unavailable(502)),
        (503, "", unavailable(503)),
        (504, "", unavailable(504)),
        (200, "<html>", JiraError::Malformed),
        (200, "", JiraError::Malformed),
        (200, "{}", JiraError::Malformed),
    ] {
        assert_eq!(read(says(status, body)).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_refusal_names_fields_and_reasons_of_ours() {
    let missing = json!({"errorMessages": [], "errors": {"priority": "Priority is required.", "customfield_10011": "Epic Name is required."}});
    assert_eq!(
        read(says(400, missing)).await,
        refused(
            400,
            &["customfield_10011:required", "priority:required"],
            Hint::MissingField
        )
    );
    let text = json!({"errors": {"description": "Operation value must be an Atlassian Document (see the Atlassian Document Format)"}});
    assert_eq!(
        read(says(400, text)).await,
        refused(400, &["description:not_adf"], Hint::NotAdf)
    );
    let input = json!({"errorMessages": ["INVALID_INPUT"], "errors": {}});
    assert_eq!(
        read(says(400, input)).await,
        refused(400, &[], Hint::NotAdf)
    );
    let screen = json!({"errors": {"resolution": "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown."}});
    assert_eq!(
        read(says(400, screen)).await,
        refused(400, &["resolution:not_on_screen"], Hint::NotOnScreen)
    );
    let other_language = json!({"errors": {"summary": "Sie müssen eine Zusammenfassung angeben."}});
    assert_eq!(
        read(says(400, other_language)).await,
        refused(400, &["summary"], Hint::None)
    );
    let sly = json!({"errors": {"Ana Kim <ana@example.com>": "x", "customfield_1; drop": "y"}});
    assert_eq!(
        read(says(422, sly)).await,
        refused(422, &["other"], Hint::None)
    );
}

#[tokio::test]
async fn a_limit_says_what_has_to_wait_and_how_long() {
    let body = json!({"errorMessages": ["The request has been rate-limited."], "errors": {}, "status": 429});
    for (reason, expected, pause) in [
        ("jira-burst-based", LimitReason::Burst, Pause::Call),
        ("jira-quota-global-based", LimitReason::AppQuota, Pause::App),
        (
            "jira-quota-tenant-based",
            LimitReason::SiteQuota,
            Pause::Site,
        ),
        (
            "jira-per-issue-on-write",
            LimitReason::IssueWrites,
            Pause::Issue,
        ),
        ("something-new", LimitReason::Unknown, Pause::Site),
    ] {
        let answer = says(429, &body)
            .with("ratelimit-reason", reason)
            .with("retry-after", "5");
        let error = read(answer).await;
        let wait = Some(Duration::from_secs(5));
        assert_eq!(
            error,
            JiraError::RateLimited {
                retry_after: wait,
                reason: expected
            }
        );
        assert_eq!(expected.pause(), pause);
        assert_eq!(error.retry_after(), wait);
    }
}

#[tokio::test]
async fn a_wait_comes_in_many_forms() {
    let date = "Mon, 23 Nov 2026 10:00:00 GMT";
    for (name, value, expected) in [
        ("retry-after", "0", Some(0)),
        ("retry-after", "5", Some(5)),
        ("retry-after", "Mon, 23 Nov 2026 10:01:00 GMT", Some(60)),
        ("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT", Some(0)),
        ("beta-retry-after", "7", Some(7)),
        ("x-ratelimit-reset", "2026-11-23T10:00:30Z", Some(30)),
        ("x-other", "5", None),
        ("retry-after", "soon", None),
    ] {
        for status in [429, 503] {
            let answer = says(status, "").with("date", date).with(name, value);
            let wait = read(answer).await.retry_after();
            assert_eq!(
                wait,
                expected.map(Duration::from_secs),
                "{status} {name}: {value}"
            );
        }
    }
}

#[test]
fn a_wait_has_an_end() {
    let day = Some(Duration::from_hours(24));
    assert_eq!(parse_wait("99999999", None), day);
    assert_eq!(parse_wait("99999999999999999999999999", None), day);
    let date = Some("Mon, 23 Nov 2026 10:00:00 GMT");
    assert_eq!(parse_wait("Mon, 23 Nov 2099 10:00:00 GMT", date), day);
    for odd in ["", " ", "-5", "5s", "1e3"] {
        assert_eq!(parse_wait(odd, date), None, "{odd:?}");
    }
    assert_eq!(
        parse_wait("Mon, 23 Nov 2026 10:01:00 GMT", None),
        None,
        "a date means nothing without the server's own"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    assert_eq!(
        read(says(200, " ".repeat(5 * 1024 * 1024 + 1))).await,
        JiraError::TooLarge
    );
}

#[tokio::test]
async fn an_answer_that_hides_its_length_is_not_read_either() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let (mut from, mut to) = stream.split();
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
        let body = vec![b' '; 6 * 1024 * 1024];
        let answer = async {
            to.write_all(head.as_bytes()).await?;
            // The client hangs up in the middle, so the last of this cannot be sent.
            to.write_all(&body).await
        };
        // An answer before its question would be an error of another kind.
        from.read_u8().await.expect("a request");
        let mut request = Vec::new();
        let _ = tokio::join!(answer, from.read_to_end(&mut request));
    });
    let token = upvow_domain::secret::RefreshToken::new("r".into());
    let refreshed = crate::stub::jira_at(&url).refresh(&token).await;
    assert_eq!(refreshed.err(), Some(JiraError::TooLarge));
}

#[test]
fn a_write_may_have_happened_only_where_nobody_knows() {
    let down = |status| JiraError::Unavailable {
        status,
        retry_after: None,
    };
    for unknown in [
        JiraError::TimedOut,
        JiraError::Malformed,
        JiraError::TooLarge,
        down(Some(500)),
        down(Some(504)),
    ] {
        assert!(unknown.outcome_unknown(), "{unknown:?}");
    }
    let limit = JiraError::RateLimited {
        retry_after: None,
        reason: LimitReason::Burst,
    };
    for known in [
        limit,
        JiraError::Expired,
        JiraError::Conflict,
        down(None),
        down(Some(302)),
        refused(400, &[], Hint::None),
    ] {
        assert!(!known.outcome_unknown(), "{known:?}");
    }
}

#[tokio::test]
async fn a_broken_connection_leaves_the_outcome_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        // Takes each request and hangs up without a word.
        while let Ok((stream, _)) = listener.accept().await {
            let mut start = [0; 16];
            stream.readable().await.ok();
            stream.try_read(&mut start).ok();
        }
    });
    let jira = crate::stub::jira_at(&url);
    let token = upvow_domain::secret::RefreshToken::new("r".into());
    let error = jira.refresh(&token).await.expect_err("no answer");
    assert_eq!(error, JiraError::TimedOut);
    assert!(error.outcome_unknown() && error.is_transient());
}

#[tokio::test]
async fn a_page_is_no_answer_of_jiras() {
    let page = "  <!DOCTYPE html><title>Sorry</title>";
    for status in [400, 403, 404, 405, 409, 410, 413, 422] {
        let unavailable = JiraError::Unavailable {
            status: Some(status),
            retry_after: None,
        };
        assert_eq!(read(says(status, page)).await, unavailable, "{status}");
    }
    for status in [200, 202, 204] {
        let body = if status == 204 { "" } else { page };
        let stub = Stub::answering([says(status, body).with("content-type", "text/html")]).await;
        let deleted = stub.on().delete_webhooks(&[1]).await;
        assert_eq!(deleted, Err(JiraError::Malformed), "{status}");
    }
}
