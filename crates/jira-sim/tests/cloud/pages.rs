//! The pages, used as somebody without a script would use them.

use futures_util::StreamExt;
use reqwest::StatusCode;

use super::{Cloud, SCOPES, seconds};

impl Cloud {
    async fn page(&self, path: &str) -> (StatusCode, String) {
        let answer = self
            .http
            .get(self.at(path))
            .header("accept", "text/html")
            .send()
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn press(&self, path: &str, form: &[(&str, &str)], person: usize) -> StatusCode {
        self.http
            .post(self.at(path))
            .header("cookie", format!("sim_person={person}"))
            .form(form)
            .send()
            .await
            .unwrap()
            .status()
    }
}

#[tokio::test]
async fn every_page_opens() {
    let cloud = Cloud::new().await;
    for path in [
        "/",
        "/site/kestrel-works",
        "/site/kestrel-works/",
        "/site/kestrel-works/projects/KITE/board",
        "/site/kestrel-works/projects/NEST/board",
        "/site/outfield/projects/FERN/board",
        "/site/kestrel-works/browse/KITE-4",
        "/manage-profile/apps",
        "/_sim",
        "/_sim/static/sim.css",
        "/_sim/type/bug.svg",
        "/_sim/priority/1.svg",
        "/site/outfield/avatar.svg",
        "/site/kestrel-works/projects/KITE/avatar.svg",
    ] {
        assert_eq!(cloud.page(path).await.0, 200, "{path}");
    }
    let avatar = upvow_jira_sim::people()["people"][0]["avatar_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(cloud.page(&avatar).await.0, 200);
    for path in [
        "/site/none/",
        "/site/kestrel-works/browse/KITE-999",
        "/site/kestrel-works/projects/NONE/board",
        "/nothing",
        "/avatar/nobody",
    ] {
        assert_eq!(cloud.page(path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn an_issue_moves_by_its_form_and_an_open_board_hears_of_it() {
    let cloud = Cloud::new().await;
    let mut events = cloud
        .http
        .get(cloud.at("/site/kestrel-works/events"))
        .send()
        .await
        .unwrap()
        .bytes_stream();
    let status = cloud
        .press(
            "/site/kestrel-works/browse/KITE-10/move",
            &[("status", "3")],
            2,
        )
        .await;
    assert_eq!(status, 303);
    let issue = cloud.sim.control().issue("KITE-10").unwrap();
    assert_eq!(
        (&issue["status"], &issue["history"][0]["author"]),
        (
            &"In Progress".into(),
            &upvow_jira_sim::people()["people"][2]["account_id"]
        )
    );
    let heard = tokio::time::timeout(seconds(10), events.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(String::from_utf8_lossy(&heard).contains("event: change"));
}

#[tokio::test]
async fn a_page_refuses_what_its_person_may_not_do() {
    let cloud = Cloud::new().await;
    assert_eq!(
        cloud
            .press(
                "/site/kestrel-works/browse/KITE-10/move",
                &[("status", "3")],
                9
            )
            .await,
        409
    );
    assert_eq!(
        cloud
            .press(
                "/site/kestrel-works/browse/PLAT-4/move",
                &[("status", "10002")],
                2
            )
            .await,
        409,
        "the workflow knows no such step"
    );
    assert_eq!(
        cloud
            .press(
                "/site/kestrel-works/projects/KITE/create",
                &[("summary", " ")],
                2
            )
            .await,
        400
    );
    assert_eq!(
        cloud.sim.control().issue("KITE-10").unwrap()["status"],
        "To Do"
    );
}

#[tokio::test]
async fn creating_renaming_and_commenting_by_form() {
    let cloud = Cloud::new().await;
    assert_eq!(
        cloud
            .press(
                "/site/kestrel-works/projects/KITE/create",
                &[("summary", "From the board")],
                2
            )
            .await,
        303
    );
    assert_eq!(
        cloud
            .press(
                "/site/kestrel-works/browse/KITE-11/rename",
                &[("text", "<b>Renamed</b>")],
                2
            )
            .await,
        303
    );
    assert_eq!(
        cloud
            .press(
                "/site/kestrel-works/browse/KITE-11/comment",
                &[("text", "<script>alert(1)</script>")],
                2
            )
            .await,
        303
    );
    let (_, page) = cloud.page("/site/kestrel-works/browse/KITE-11").await;
    assert!(
        !page.contains("<b>Renamed") && !page.contains("<script>alert"),
        "what people write is text"
    );
    assert!(page.contains("Renamed") && page.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn removing_the_app_on_its_page_ends_the_grant() {
    let cloud = Cloud::new().await;
    let tokens = cloud.connect(SCOPES).await;
    assert!(
        cloud
            .page("/manage-profile/apps")
            .await
            .1
            .contains("Remove access")
    );
    assert_eq!(cloud.press("/manage-profile/apps", &[], 0).await, 303);
    assert!(
        cloud
            .page("/manage-profile/apps")
            .await
            .1
            .contains("No app has access")
    );
    assert_eq!(cloud.refresh(&tokens["refresh_token"]).await.0, 403);
}

#[tokio::test]
async fn scripts_pull_the_same_strings_in_json() {
    let cloud = Cloud::new().await;
    let order = async |body: serde_json::Value| {
        cloud
            .http
            .post(cloud.at("/_sim/do"))
            .json(&body)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(order(serde_json::json!({ "do": "move_issue", "issue": "KITE-10", "status": "Done", "person": null })).await, 200);
    assert_eq!(order(serde_json::json!({ "do": "fault", "path": "/oauth/token", "times": 1, "kind": "status", "status": 500 })).await, 200);
    assert_eq!(
        order(serde_json::json!({ "do": "move_issue", "issue": "KITE-999", "status": "Done" }))
            .await,
        400
    );
    assert_eq!(cloud.refresh(&"any".into()).await.0, 500);
    let issues: serde_json::Value = cloud
        .http
        .get(cloud.at("/_sim/issues?project=KITE"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let moved = issues
        .as_array()
        .unwrap()
        .iter()
        .find(|issue| issue["key"] == "KITE-10")
        .unwrap();
    assert_eq!(moved["status"], "Done");
    assert_eq!(
        cloud
            .http
            .get(cloud.at("/_sim/idle"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let foreign = cloud
        .http
        .post(cloud.at("/_sim/do"))
        .header("content-type", "text/plain")
        .body("{\"do\":\"clear_faults\"}")
        .send()
        .await
        .unwrap();
    assert_eq!(
        foreign.status(),
        415,
        "a page elsewhere cannot pull strings"
    );
}

#[tokio::test]
async fn the_switches_of_the_page_go_on_and_off_and_say_so() {
    let cloud = Cloud::new().await;
    let pressed = |page: &str, value: &str| {
        page.contains(&format!("value=\"{value}\" aria-pressed=\"true\""))
    };
    for switch in [
        "budget",
        "date",
        "lag",
        "suspend",
        "german",
        "newest-first",
        "real-gaps",
    ] {
        for on in [true, false] {
            cloud.press("/_sim/press", &[("button", switch)], 0).await;
            let (_, page) = cloud.page("/_sim").await;
            assert_eq!(pressed(&page, switch), on, "{switch}");
        }
    }
    cloud
        .press("/_sim/press", &[("button", "suspend")], 0)
        .await;
    let refused = cloud.send(reqwest::Method::GET, "3/field", None).await;
    assert_eq!(refused.status(), 503, "a switch does what it says");
}
