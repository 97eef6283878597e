//! Search, and what looks without it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, seconds, told};

fn keys(answer: &Value) -> Vec<&str> {
    answer["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["key"].as_str().unwrap())
        .collect()
}

async fn search(cloud: &Cloud, jql: &str) -> (u16, Value) {
    cloud
        .post("3/search/jql", json!({ "jql": jql, "fields": ["summary"] }))
        .await
}

#[tokio::test]
async fn search_has_its_rules() {
    let cloud = Cloud::new().await;
    assert_eq!(
        told(
            cloud
                .send(Method::GET, "3/search?jql=project=KITE", None)
                .await
        )
        .await
        .0,
        410
    );
    assert_eq!(search(&cloud, "").await.0, 400);
    assert_eq!(search(&cloud, "order by created").await.0, 400);
    assert_eq!(search(&cloud, "project = NONE").await.0, 400);
    assert_eq!(search(&cloud, "watchers = 3").await.0, 400);
    let (_, bare) = cloud
        .post("3/search/jql", json!({ "jql": "project = KITE" }))
        .await;
    assert_eq!(
        bare["issues"][0]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["id"],
        "no fields unless asked for"
    );
    assert!(bare["total"].is_null());
}

#[tokio::test]
async fn search_finds_what_it_is_asked_for() {
    let cloud = Cloud::new().await;
    for (jql, expected) in [
        (
            "project = KITE AND statusCategory = Done ORDER BY key ASC",
            vec!["KITE-1", "KITE-2"],
        ),
        ("project = 10001 AND status = 'In Review'", vec!["KITE-3"]),
        (
            "key in (KITE-7, plat-1) ORDER BY key DESC",
            vec!["PLAT-1", "KITE-7"],
        ),
        ("text ~ umlaut", vec!["KITE-9"]),
        ("text ~ \"map* region\" AND project = KITE", vec!["KITE-4"]),
        ("labels = design AND NOT status = 'To Do'", vec!["KITE-6"]),
        (
            "project = NEST AND (issuetype = Bug OR assignee is EMPTY) ORDER BY key",
            vec!["NEST-3", "NEST-4"],
        ),
        ("project = KITE AND updated >= -36h", vec!["KITE-10"]),
        (
            &format!(
                "project = KITE AND updated >= {}",
                super::START_MS - 36 * 3_600_000
            ),
            vec!["KITE-10"],
        ),
    ] {
        let (status, answer) = search(&cloud, jql).await;
        assert_eq!((status, keys(&answer)), (200, expected), "{jql}");
    }
}

#[tokio::test]
async fn pages_of_a_search_are_walked_by_token() {
    let cloud = Cloud::new().await;
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let (status, page) =
            cloud.post("3/search/jql", json!({ "jql": "project = KITE", "fields": ["status"], "maxResults": 4, "nextPageToken": token })).await;
        assert_eq!(status, 200);
        seen.extend(keys(&page).iter().map(|key| (*key).to_owned()));
        token = page["nextPageToken"].clone();
        if token.is_null() {
            assert_eq!(page["isLast"], true);
            break;
        }
    }
    assert_eq!(seen.len(), 10);
    let (status, _) = cloud
        .post(
            "3/search/jql",
            json!({ "jql": "project = KITE", "nextPageToken": "made up" }),
        )
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn search_lags_unless_told_what_to_reconcile() {
    let cloud = Cloud::new().await;
    cloud.sim.control().search_lag(seconds(60));
    let made = cloud.create("KITE", "Just now").await;
    let id: u64 = made["id"].as_str().unwrap().parse().unwrap();
    let find = async |reconcile: Value| {
        let (_, answer) = cloud.post("3/search/jql", json!({ "jql": format!("id = {id}"), "fields": ["status"], "reconcileIssues": reconcile })).await;
        answer["issues"].as_array().unwrap().len()
    };
    assert_eq!(find(json!([])).await, 0);
    assert_eq!(find(json!([id])).await, 1);
    cloud.sim.control().clock().advance(seconds(60));
    assert_eq!(find(json!([])).await, 1);
}

#[tokio::test]
async fn bulk_and_match_look_without_the_index() {
    let cloud = Cloud::new().await;
    let (status, answer) = cloud
        .post(
            "3/issue/bulkfetch",
            json!({ "issueIdsOrKeys": ["KITE-2", "KITE-1", "KITE-999"], "fields": ["status"] }),
        )
        .await;
    assert_eq!((status, keys(&answer)), (200, vec!["KITE-1", "KITE-2"]));
    assert_eq!(answer["issueErrors"][0]["id"], "KITE-999");
    let too_many: Vec<String> = (0..101).map(|number| format!("KITE-{number}")).collect();
    assert_eq!(
        cloud
            .post("3/issue/bulkfetch", json!({ "issueIdsOrKeys": too_many }))
            .await
            .0,
        400
    );

    let id: u64 = answer["issues"][0]["id"].as_str().unwrap().parse().unwrap();
    let (_, found) = cloud
        .post(
            "3/jql/match",
            json!({ "jqls": ["project = KITE", "project = NONE"], "issueIds": [id] }),
        )
        .await;
    assert_eq!(
        (
            &found["matches"][0]["matchedIssues"],
            &found["matches"][1]["matchedIssues"]
        ),
        (&json!([id]), &json!([]))
    );
}
