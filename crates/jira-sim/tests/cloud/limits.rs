//! Limits, faults, and closed doors.

use reqwest::Method;
use serde_json::json;
use upvow_jira_sim::{Fault, Harm};

use super::{Cloud, seconds};

#[tokio::test]
async fn writing_to_one_issue_too_fast_is_refused_with_the_reason() {
    let cloud = Cloud::new().await;
    let write = async || {
        cloud
            .send(
                Method::PUT,
                "3/issue/KITE-1",
                Some(json!({ "fields": { "labels": ["busy"] } })),
            )
            .await
    };
    for _ in 0..20 {
        assert_eq!(write().await.status(), 204);
    }
    let refused = write().await;
    assert_eq!(refused.status(), 429);
    assert_eq!(
        refused.headers()["ratelimit-reason"],
        "jira-per-issue-on-write"
    );
    assert_eq!(refused.headers()["retry-after"], "2");
    cloud.sim.control().clock().advance(seconds(2));
    assert_eq!(write().await.status(), 204);
}

#[tokio::test]
async fn the_hours_points_can_be_spent() {
    let cloud = Cloud::new().await;
    cloud.sim.control().set_quota(Some(4));
    let near = cloud.send(Method::GET, "3/issue/KITE-1", None).await;
    assert_eq!(near.headers()["x-ratelimit-remaining"], "2");
    cloud.send(Method::GET, "3/issue/KITE-1", None).await;
    let spent = cloud.send(Method::GET, "3/issue/KITE-1", None).await;
    assert_eq!(
        (
            spent.status().as_u16(),
            &spent.headers()["ratelimit-reason"]
        ),
        (429, &"jira-quota-global-based".parse().unwrap())
    );
}

#[tokio::test]
async fn faults_come_as_ordered() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    control.fault(Fault::next(
        1,
        "/rest/api/3/issue",
        Harm::retry_after(429, "7"),
    ));
    let refused = cloud.send(Method::GET, "3/issue/KITE-1", None).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(
        cloud
            .send(Method::GET, "3/issue/KITE-1", None)
            .await
            .status(),
        200
    );

    let before = control.issues("KITE").len();
    control.fault(Fault::next(1, "/rest/api/3/issue", Harm::DropAfterWork).method("POST"));
    let body = json!({ "fields": { "project": { "key": "KITE" }, "issuetype": { "name": "Story" }, "summary": "Was it made?" } });
    let lost = cloud
        .http
        .post(cloud.jira("3/issue"))
        .bearer_auth(&cloud.token)
        .json(&body)
        .send()
        .await;
    assert!(lost.is_err(), "nobody answered");
    assert_eq!(
        control.issues("KITE").len(),
        before + 1,
        "and yet it was made"
    );

    control.fault(Fault::next(
        1,
        "/rest/api/3/issue/KITE-1/transitions",
        Harm::NoEffect,
    ));
    assert_eq!(
        cloud
            .post(
                "3/issue/KITE-1/transitions",
                json!({ "transition": { "id": "11" } })
            )
            .await
            .0,
        204
    );
    assert_eq!(control.issue("KITE-1").unwrap()["status"], "Done");
    assert_eq!(control.faults_struck(), 3);
}

#[tokio::test]
async fn requests_are_counted_by_endpoint() {
    let cloud = Cloud::new().await;
    cloud.get("3/issue/KITE-1").await;
    cloud.get("2/issue/KITE-2").await;
    cloud.get("3/project/search").await;
    let requests = cloud.sim.control().requests();
    assert_eq!(
        (requests["GET issue/{}"], requests["GET project/search"]),
        (2, 1)
    );
}

#[tokio::test]
async fn another_cloud_id_a_suspended_site_and_a_site_one_left() {
    let cloud = Cloud::new().await;
    let elsewhere = cloud.at("/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/serverInfo");
    assert_eq!(
        cloud
            .http
            .get(elsewhere)
            .bearer_auth(&cloud.token)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    let control = cloud.sim.control();
    control.suspend("kestrel-works", true).unwrap();
    assert_eq!(
        cloud.send(Method::GET, "3/serverInfo", None).await.status(),
        503
    );
    control.suspend("kestrel-works", false).unwrap();
    control
        .set_member("Ottilie Quastenberg", "kestrel-works", false)
        .unwrap();
    assert_eq!(
        cloud.send(Method::GET, "3/serverInfo", None).await.status(),
        403
    );
}

#[tokio::test]
async fn what_a_body_must_not_be() {
    let cloud = Cloud::new().await;
    let send = |kind: &'static str, body: &'static str| {
        cloud
            .http
            .post(cloud.jira("3/issue"))
            .bearer_auth(&cloud.token)
            .header("content-type", kind)
            .body(body)
            .send()
    };
    assert_eq!(send("text/plain", "{}").await.unwrap().status(), 415);
    assert_eq!(send("application/json", "{").await.unwrap().status(), 400);
    assert_eq!(
        cloud
            .send(Method::PATCH, "3/issue/KITE-1", None)
            .await
            .status(),
        405
    );
    assert_eq!(
        cloud
            .send(Method::GET, "3/nothing/here", None)
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn a_site_has_a_budget_of_its_own_and_every_answer_tells_what_is_left() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    control.set_quota(Some(65_000));
    control
        .set_site_quota("kestrel-works", Some(1_000))
        .unwrap();
    // 1 and 3 for three issues, whether they are read by GET or by POST.
    let body = json!({ "jql": "project = KITE", "maxResults": 3, "fields": ["summary"] });
    let first = cloud.send(Method::POST, "3/search/jql", Some(body)).await;
    assert_eq!(first.headers()["x-ratelimit-limit"], "1000");
    assert_eq!(first.headers()["x-ratelimit-remaining"], "996");
    assert_eq!(
        first.headers()["ratelimit-policy"],
        "\"global-app-quota\";q=65000;w=3600, \"tenant-app-quota\";q=1000;w=3600"
    );
    assert_eq!(
        first.headers()["ratelimit"],
        "\"global-app-quota\";r=64996;t=3600, \"tenant-app-quota\";r=996;t=3600"
    );
    assert!(!first.headers().contains_key("x-ratelimit-nearlimit"));
    // A write costs 1, a read of an issue 2.
    let made = cloud.create("KITE", "Costs").await;
    let path = format!("3/issue/{}", made["key"].as_str().unwrap());
    let mut left = 1_000;
    let refused = loop {
        let answer = cloud.send(Method::GET, &path, None).await;
        if answer.status() == 429 {
            break answer;
        }
        let now: i64 = answer.headers()["x-ratelimit-remaining"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            now < left && (left == 1_000 || left - now <= 2),
            "{left} then {now}"
        );
        assert_eq!(
            now * 5 < 1_000,
            answer.headers().contains_key("x-ratelimit-nearlimit")
        );
        left = now;
    };
    assert_eq!(
        refused.headers()["ratelimit-reason"],
        "jira-quota-tenant-based"
    );
    assert_eq!(refused.headers()["retry-after"], "3600");
    control.retry_after_as_date(true);
    let dated = cloud.send(Method::GET, &path, None).await;
    assert_eq!(
        dated.headers()["retry-after"],
        "Mon, 02 Mar 2026 10:00:00 GMT"
    );
    control.clock().advance(super::seconds(3_600));
    assert_eq!(cloud.send(Method::GET, &path, None).await.status(), 200);
}
