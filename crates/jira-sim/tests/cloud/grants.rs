//! The ends of a grant, scopes of both kinds, sites, and the answers of the personal data reporting API.

use reqwest::Method;
use serde_json::{Value, json};
use upvow_jira_sim::{Fault, Harm};

use super::{Cloud, SCOPES, seconds, told};

const DAY: u64 = 24 * 3_600;

#[tokio::test]
async fn a_year_after_consent_even_a_busy_grant_ends() {
    let cloud = Cloud::new().await;
    let mut tokens = cloud.connect(SCOPES).await;
    for _ in 0..6 {
        cloud.sim.control().clock().advance(seconds(60 * DAY));
        let (status, next) = cloud.refresh(&tokens["refresh_token"]).await;
        assert_eq!(status, 200, "{next}");
        tokens = next;
    }
    cloud.sim.control().clock().advance(seconds(6 * DAY));
    let (status, answer) = cloud.refresh(&tokens["refresh_token"]).await;
    assert_eq!((status, &answer["error"]), (403, &json!("invalid_grant")));
    let facts = cloud.sim.control().tokens();
    assert_eq!(facts["families"][0]["ended_by"], "365 days since consent");
}

#[tokio::test]
async fn granular_scopes_open_their_own_endpoints_and_no_other() {
    let mut cloud = Cloud::new().await;
    let tokens = cloud
        .connect("read:status:jira read:issue.property:jira offline_access")
        .await;
    cloud.token = tokens["access_token"].as_str().unwrap().to_owned();
    let key = cloud.sim.control().issues("KITE")[0]["key"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        cloud.send(Method::GET, "3/status", None).await.status(),
        200
    );
    let (status, refused) = told(
        cloud
            .send(Method::GET, &format!("3/issue/{key}"), None)
            .await,
    )
    .await;
    assert_eq!(
        (status, &refused["message"]),
        (401, &json!("Unauthorized; scope does not match"))
    );
    let put = cloud
        .send(
            Method::PUT,
            &format!("3/issue/{key}/properties/x"),
            Some(json!(1)),
        )
        .await;
    assert_eq!(put.status(), 401, "reading a property is not writing it");
}

#[tokio::test]
async fn somebody_without_a_site_gets_an_empty_list_and_somebody_with_two_gets_both() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    let sites = async || -> Vec<Value> {
        let request = cloud
            .http
            .get(cloud.at("/oauth/token/accessible-resources"))
            .bearer_auth(tokens["access_token"].as_str().unwrap());
        let (status, list) = told(request.send().await.unwrap()).await;
        assert_eq!(status, 200);
        list.as_array().unwrap().clone()
    };
    let with_jira = |list: &[Value]| {
        list.iter()
            .filter(|site| {
                site["scopes"]
                    .as_array()
                    .unwrap()
                    .contains(&json!("read:jira-work"))
            })
            .count()
    };
    let all = sites().await;
    assert_eq!(
        (all.len(), with_jira(&all)),
        (3, 2),
        "one entry is of Confluence only"
    );
    let control = cloud.sim.control();
    control
        .set_member("ottilie.quast", "outfield", false)
        .unwrap();
    assert_eq!(with_jira(&sites().await), 1);
    control
        .set_member("ottilie.quast", "kestrel-works", false)
        .unwrap();
    assert!(sites().await.is_empty());
}

#[tokio::test]
async fn the_report_is_answered_in_every_way_the_guide_knows() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    let account = cloud.get("3/myself").await["accountId"].clone();
    let report = async |id: &Value| {
        let body =
            json!({ "accounts": [{ "accountId": id, "updatedAt": "2026-03-01T00:00:00Z" }] });
        cloud
            .http
            .post(cloud.at("/app/report-accounts/"))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let control = cloud.sim.control();
    let plain = report(&account).await;
    assert_eq!(plain.status(), 204);
    assert!(!plain.headers().contains_key("cycle-period"));
    for period in ["604800", "P7D"] {
        control.set_cycle_period(Some(period));
        assert_eq!(report(&account).await.headers()["cycle-period"], period);
    }
    control.close_everybody(true);
    let (status, body) = told(report(&account).await).await;
    assert_eq!(
        (status, &body["accounts"][0]["status"]),
        (200, &json!("closed"))
    );
    control.close_everybody(false);
    control.name_foreign(&["712020:nobody"]);
    let (status, body) = told(report(&account).await).await;
    assert_eq!(status, 200);
    assert_eq!(body["accounts"][0]["accountId"], "712020:nobody");
    control.name_foreign(&[]);
    assert_eq!(report(&account).await.status(), 204);
    let (status, body) = told(report(&json!("unknown")).await).await;
    assert_eq!((status, body["errorType"].is_string()), (400, true));
    for status in [403, 500, 503] {
        control.fault(Fault::next(1, "/app/report-accounts", Harm::status(status)));
        let (answered, body) = told(report(&account).await).await;
        assert_eq!(
            (answered, body["errorMessage"].is_string()),
            (status, true),
            "{body}"
        );
    }
    control.fault(Fault::next(
        1,
        "/app/report-accounts",
        Harm::retry_after(429, "120"),
    ));
    let limited = report(&account).await;
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"120".parse().unwrap())
    );
    control.revoke("ottilie.quast").unwrap();
    assert_eq!(report(&account).await.status(), 401);
}
