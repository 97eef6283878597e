//! Jira's REST API, above all where it bites.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, told};

#[tokio::test]
async fn creating_answers_with_a_key_and_nothing_else() {
    let cloud = Cloud::new().await;
    let made = cloud.create("KITE", "A new idea").await;
    assert_eq!(
        made.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "key", "self"]
    );
    let issue = cloud
        .get(&format!(
            "3/issue/{}?fields=status,summary",
            made["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(issue["fields"]["status"]["statusCategory"]["key"], "new");
    assert_eq!(issue["fields"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_bad_create_names_every_field_that_is_wrong() {
    let cloud = Cloud::new().await;
    let create = async |fields: Value| cloud.post("3/issue", json!({ "fields": fields })).await;
    let base =
        json!({ "project": { "key": "KITE" }, "issuetype": { "name": "Story" }, "summary": "x" });
    let with = |name: &str, value: Value| {
        let mut fields = base.clone();
        fields[name] = value;
        fields
    };
    let (status, answer) = create(json!({ "project": { "key": "KITE" }, "issuetype": { "name": "Story" }, "labels": ["two words"] })).await;
    assert_eq!(status, 400);
    assert!(
        answer["errors"]["summary"].is_string() && answer["errors"]["labels"].is_string(),
        "{answer}"
    );
    for (name, value) in [
        ("project", json!({ "key": "NONE" })),
        ("issuetype", json!({ "name": "Incident" })),
        ("summary", json!("a\nb")),
        ("summary", json!("x".repeat(256))),
        ("description", json!("plain text")),
        ("customfield_99999", json!(1)),
    ] {
        let (status, answer) = create(with(name, value)).await;
        assert_eq!(
            (status, answer["errors"][name].is_string()),
            (400, true),
            "{name}: {answer}"
        );
    }
    let newline = json!({ "version": 1, "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "a\nb" }] }] });
    assert_eq!(
        create(with("description", newline)).await.1,
        json!({ "errorMessages": ["INVALID_INPUT"], "errors": {} })
    );
    let (_, incident) = create(json!({ "project": { "key": "PLAT" }, "issuetype": { "name": "Incident" }, "summary": "x" })).await;
    assert_eq!(
        incident["errors"]["customfield_10042"],
        "Incident lead is required."
    );
}

#[tokio::test]
async fn version_two_speaks_text_where_version_three_speaks_documents() {
    let cloud = Cloud::new().await;
    let fields = json!({ "project": { "key": "KITE" }, "issuetype": { "name": "Bug" }, "summary": "x", "description": "One\n\ntwo" });
    let (status, made) = cloud.post("2/issue", json!({ "fields": fields })).await;
    assert_eq!(status, 201, "{made}");
    let key = made["key"].as_str().unwrap();
    assert_eq!(
        cloud.get(&format!("2/issue/{key}")).await["fields"]["description"],
        "One\n\ntwo"
    );
    assert_eq!(
        cloud.get(&format!("3/issue/{key}")).await["fields"]["description"]["content"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_required_field_stops_a_transition_until_it_is_filled() {
    let cloud = Cloud::new().await;
    let offered = cloud
        .get("3/issue/PLAT-2/transitions?expand=transitions.fields")
        .await;
    let finish = offered["transitions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|way| way["name"] == "Finish")
        .unwrap()
        .clone();
    assert_eq!(finish["fields"]["resolution"]["required"], true);
    let go = async |extra: Value| {
        let mut body = json!({ "transition": { "id": finish["id"] } });
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        cloud.post("3/issue/PLAT-2/transitions", body).await
    };
    assert_eq!(
        go(json!({})).await,
        (
            400,
            json!({ "errorMessages": [], "errors": { "resolution": "Resolution is required." } })
        )
    );
    assert_eq!(
        go(json!({ "fields": { "resolution": { "name": "Nonsense" } } }))
            .await
            .0,
        400
    );
    let (status, answer) =
        go(json!({ "fields": { "resolution": { "name": "Done" }, "summary": "x" } })).await;
    assert!(
        status == 400
            && answer["errors"]["summary"]
                .as_str()
                .unwrap()
                .contains("not on the appropriate screen")
    );
    assert_eq!(
        go(json!({ "fields": { "resolution": { "name": "Done" } } }))
            .await
            .0,
        204
    );
    assert_eq!(
        cloud.get("3/issue/PLAT-2?fields=resolution").await["fields"]["resolution"]["name"],
        "Done"
    );
}

#[tokio::test]
async fn a_transition_that_is_not_offered_cannot_be_taken() {
    let cloud = Cloud::new().await;
    let go = async |issue: &str, transition: Value| {
        cloud
            .post(&format!("3/issue/{issue}/transitions"), transition)
            .await
            .0
    };
    assert_eq!(
        go("PLAT-4", json!({ "transition": { "id": "51" } })).await,
        400,
        "Finish starts from review"
    );
    assert_eq!(
        go("PLAT-4", json!({ "transition": { "id": "Start work" } })).await,
        400
    );
    assert_eq!(go("PLAT-4", json!({})).await, 400);
    assert_eq!(
        go("PLAT-999", json!({ "transition": { "id": "11" } })).await,
        404
    );
    assert_eq!(
        go("PLAT-4", json!({ "transition": { "id": 11 } })).await,
        204,
        "numbers are taken too"
    );
}

#[tokio::test]
async fn without_the_right_there_are_no_transitions_and_a_condition_hides_one() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    control
        .deny("Ottilie Quastenberg", "KITE", "TRANSITION_ISSUES", true)
        .unwrap();
    assert_eq!(
        cloud.get("3/issue/KITE-1/transitions").await["transitions"],
        json!([])
    );
    assert!(
        control
            .move_issue("PLAT-1", "In Progress", "Marisol Etxeberria")
            .is_err(),
        "only two people may reopen"
    );
    control
        .move_issue("PLAT-1", "In Progress", "Thaddeus Okonkwo-Rhys")
        .unwrap();
}

#[tokio::test]
async fn an_issue_one_may_not_see_looks_like_one_that_is_not_there() {
    let cloud = Cloud::new().await;
    let (_, absent) = told(cloud.send(Method::GET, "3/issue/KITE-999", None).await).await;
    cloud
        .sim
        .control()
        .deny("Ottilie Quastenberg", "KITE", "BROWSE_PROJECTS", true)
        .unwrap();
    let hidden = told(cloud.send(Method::GET, "3/issue/KITE-1", None).await).await;
    assert_eq!(hidden, (404, absent));
    let list = cloud.get("3/project/search").await;
    assert!(
        list["values"]
            .as_array()
            .unwrap()
            .iter()
            .all(|project| project["key"] != "KITE")
    );
}

#[tokio::test]
async fn a_remote_link_is_replaced_as_a_whole_by_its_global_id() {
    let cloud = Cloud::new().await;
    let put = async |body: Value| cloud.post("3/issue/KITE-1/remotelink", body).await;
    let first = json!({ "globalId": "board=1", "relationship": "feedback", "object": { "url": "https://board.example/1", "title": "One", "summary": "old" } });
    let (status, made) = put(first).await;
    assert_eq!(status, 201);
    let (status, again) = put(json!({ "globalId": "board=1", "object": { "url": "https://board.example/1", "title": "Two", "status": { "resolved": true } } })).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]));
    let link = cloud
        .get("3/issue/KITE-1/remotelink?globalId=board%3D1")
        .await;
    assert_eq!(
        (
            &link["object"]["title"],
            &link["object"]["summary"],
            &link["relationship"]
        ),
        (&json!("Two"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        put(json!({ "object": { "url": "https://board.example/1" } }))
            .await
            .0,
        400,
        "a link needs a title"
    );

    let address = cloud.jira("3/issue/KITE-1/remotelink?globalId=board%3D1");
    let bare = cloud
        .http
        .delete(&address)
        .bearer_auth(&cloud.token)
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 415, "a delete without a content type");
    let typed = || {
        cloud
            .http
            .delete(&address)
            .bearer_auth(&cloud.token)
            .header("content-type", "application/json")
            .send()
    };
    assert_eq!(typed().await.unwrap().status(), 204);
    assert_eq!(typed().await.unwrap().status(), 404);
}

#[tokio::test]
async fn properties_are_set_replaced_listed_and_removed() {
    let cloud = Cloud::new().await;
    let put = async |value: Value| {
        cloud
            .send(
                Method::PUT,
                "3/issue/KITE-1/properties/board.post",
                Some(value),
            )
            .await
            .status()
            .as_u16()
    };
    assert_eq!(put(json!({ "post": 1 })).await, 201);
    assert_eq!(put(json!({ "post": 2 })).await, 200);
    assert_eq!(put(json!("x".repeat(32_768))).await, 400);
    assert_eq!(
        cloud.get("3/issue/KITE-1/properties/board.post").await["value"],
        json!({ "post": 2 })
    );
    assert_eq!(
        cloud.get("3/issue/KITE-1/properties").await["keys"][0]["key"],
        "board.post"
    );
    assert_eq!(
        cloud
            .get("3/issue/KITE-1?fields=summary&properties=*all")
            .await["properties"]["board.post"]["post"],
        2
    );
    assert_eq!(
        cloud
            .send(Method::DELETE, "3/issue/KITE-1/properties/board.post", None)
            .await
            .status(),
        204
    );
    assert_eq!(
        cloud
            .send(Method::GET, "3/issue/KITE-1/properties/board.post", None)
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn the_same_status_names_have_other_ids_in_a_team_managed_project() {
    let cloud = Cloud::new().await;
    let statuses = async |project: &str| {
        let list = cloud.get(&format!("3/project/{project}/statuses")).await;
        let statuses = list[0]["statuses"].as_array().unwrap().clone();
        statuses
            .into_iter()
            .map(|status| {
                (
                    status["name"].clone(),
                    status["id"].clone(),
                    status["scope"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let (company, team) = (statuses("KITE").await, statuses("NEST").await);
    for (left, right) in company.iter().zip(&team) {
        assert_eq!(left.0, right.0);
        assert_ne!(left.1, right.1);
        assert_eq!(
            (&left.2, &right.2["project"]["id"]),
            (&Value::Null, &json!("10003"))
        );
    }
}

#[tokio::test]
async fn permissions_are_told_and_unknown_ones_refused() {
    let cloud = Cloud::new().await;
    cloud
        .sim
        .control()
        .deny("Ottilie Quastenberg", "KITE", "LINK_ISSUES", true)
        .unwrap();
    let answer = cloud
        .get("3/mypermissions?projectId=10001&permissions=CREATE_ISSUES,LINK_ISSUES")
        .await;
    assert_eq!(
        answer["permissions"]["CREATE_ISSUES"]["havePermission"],
        true
    );
    assert_eq!(
        answer["permissions"]["LINK_ISSUES"]["havePermission"],
        false
    );
    assert_eq!(
        cloud
            .send(Method::GET, "3/mypermissions", None)
            .await
            .status(),
        400
    );
    assert_eq!(
        cloud
            .send(Method::GET, "3/mypermissions?permissions=FLY", None)
            .await
            .status(),
        400
    );
    let link = json!({ "object": { "url": "https://board.example/1", "title": "One" } });
    assert_eq!(cloud.post("3/issue/KITE-1/remotelink", link).await.0, 403);
}
