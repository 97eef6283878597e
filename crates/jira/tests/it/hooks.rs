//! Dynamic webhooks, and the report of accounts.

use std::time::Duration;

use serde_json::json;
use upvow_domain::Time;
use upvow_domain::secret::AccountId;
use upvow_jira::{AccountReport, JiraError, Standing};

use crate::calls::project;
use crate::stub::{Stub, says};

#[tokio::test]
async fn a_registration_is_read_entry_by_entry() {
    let stub = Stub::answering([
        says(200, json!({"webhookRegistrationResult": [{"createdWebhookId": 1000}]})),
        says(200, json!([{"createdWebhookId": 1001}])),
        says(200, json!({"webhookRegistrationResult": [{"errors": ["The clause watchCount is unsupported"]}, {"errors": ["Ana said no"]}, {"errors": ["The maximum number of webhooks (5) for this app and user has been reached."]}, {"errors": ["Only a single URL per app is allowed to be registered via REST API."]}]})),
        says(200, json!({"surprise": true})),
    ])
    .await;
    let projects = [project("10000"), project("10001")];
    let url = "https://board.example/hooks/jira/secret";
    let register = || async { stub.on().register_webhooks(url, &projects).await };
    assert_eq!(register().await.expect("registered").ids, [1000]);
    assert_eq!(
        register().await.expect("registered").ids,
        [1001],
        "a bare list is fine"
    );
    let refused = register().await.expect("an answer");
    assert!(refused.ids.is_empty());
    assert_eq!(
        refused.errors,
        ["filter", "other", "webhook_limit", "webhook_url"]
    );
    assert_eq!(register().await.err(), Some(JiraError::Malformed));
    assert_eq!(
        stub.asked()[0].json(),
        json!({"url": url, "webhooks": [{"events": ["jira:issue_updated", "jira:issue_deleted"], "jqlFilter": "project in (10000, 10001)"}]})
    );
    assert!(stub.on().register_webhooks(url, &[]).await.is_err());
    assert_eq!(stub.asked().len(), 4, "no filter, no request");
}

#[tokio::test]
async fn webhooks_are_listed_to_the_end_whatever_their_dates_look_like() {
    let stub = Stub::answering([
        says(200, json!({"isLast": false, "values": [
            {"id": 1, "url": "https://a", "expirationDate": "2019-06-01T12:42:30.000+0000", "jqlFilter": "x", "events": []},
            {"id": 2, "expirationDate": 1_559_392_950_000_i64},
        ]})),
        says(200, json!({"isLast": true, "values": [{"id": 3, "url": "https://a", "expirationDate": "soon"}]})),
    ])
    .await;
    let webhooks = stub.on().webhooks().await.expect("webhooks");
    let ends: Vec<_> = webhooks.iter().map(|w| (w.id, w.expires_at)).collect();
    let end = Some(Time(1_559_392_950_000));
    assert_eq!(ends, [(1, end), (2, end), (3, None)]);
    assert_eq!(stub.asked()[1].query("startAt").as_deref(), Some("2"));
}

#[tokio::test]
async fn webhooks_are_kept_alive_and_taken_down() {
    let stub = Stub::answering([
        says(
            200,
            json!({"expirationDate": "2019-06-01T12:42:30.000+0000"}),
        ),
        says(204, ""),
        says(202, ""),
    ])
    .await;
    assert_eq!(
        stub.on().refresh_webhooks(&[1, 2]).await,
        Ok(Some(Time(1_559_392_950_000)))
    );
    assert_eq!(stub.on().refresh_webhooks(&[1]).await, Ok(None));
    assert_eq!(stub.on().delete_webhooks(&[1]).await, Ok(()));
    assert_eq!(stub.on().delete_webhooks(&[]).await, Ok(()));
    let asked = stub.asked();
    assert_eq!(asked.len(), 3, "nothing to delete, nothing sent");
    assert_eq!(asked[2].method, "DELETE");
    assert_eq!(asked[2].json(), json!({"webhookIds": [1]}));
}

/// Promise 6.1.
#[tokio::test]
async fn accounts_are_reported_and_the_answer_is_read() {
    let stub = Stub::answering([
        says(200, json!({"accounts": [{"accountId": "a:1", "status": "closed"}, {"accountId": "a:2", "status": "updated"}, {"accountId": "a:3", "status": "new"}]}))
            .with("cycle-period", "P7D"),
        says(204, "").with("cycle-period", "3600"),
        says(429, "").with("retry-after", "9"),
    ])
    .await;
    let line = |id: &str| AccountReport {
        account: AccountId::new(id.into()),
        updated_at: Time(1_559_392_950_000),
    };
    let batch = [line("a:1"), line("unknown"), line("a:2")];
    let report = stub
        .jira
        .report_accounts(stub.access(), &batch)
        .await
        .expect("a report");
    let seen: Vec<_> = report
        .accounts
        .iter()
        .map(|(id, standing)| (id.expose(), *standing))
        .collect();
    assert_eq!(
        seen,
        [
            ("a:1", Standing::Closed),
            ("a:2", Standing::Updated),
            ("a:3", Standing::Other),
        ],
        "a word that we do not know is told, so that somebody looks"
    );
    assert_eq!(report.cycle, Some(Duration::from_hours(7 * 24)));
    let quiet = stub
        .jira
        .report_accounts(stub.access(), &batch)
        .await
        .expect("a report");
    assert!(quiet.accounts.is_empty());
    assert_eq!(quiet.cycle, Some(Duration::from_hours(1)));
    let limited = stub
        .jira
        .report_accounts(stub.access(), &batch)
        .await
        .expect_err("a limit");
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(9)));
    let asked = stub.asked();
    assert_eq!(asked[0].uri.path(), "/app/report-accounts/");
    assert_eq!(
        asked[0].json(),
        json!({"accounts": [
            {"accountId": "a:1", "updatedAt": "2019-06-01T12:42:30.000Z"},
            {"accountId": "a:2", "updatedAt": "2019-06-01T12:42:30.000Z"},
        ]}),
        "nobody is not reported"
    );
    let too_many: Vec<_> = (0..91).map(|n| line(&format!("a:{n}"))).collect();
    assert!(
        stub.jira
            .report_accounts(stub.access(), &too_many)
            .await
            .is_err()
    );
    assert!(stub.jira.report_accounts(stub.access(), &[]).await.is_ok());
    assert_eq!(stub.asked().len(), 3);
}
