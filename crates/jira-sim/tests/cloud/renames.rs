//! What an administrator renames, regroups and deletes. Nothing of it is an event, so whoever follows Jira must look.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Cloud, Inbox, told};

async fn status(cloud: &Cloud, issue: &str) -> Value {
    let issue = cloud.get(&format!("3/issue/{issue}?fields=status")).await;
    issue["fields"]["status"].clone()
}

async fn names(cloud: &Cloud, project: &str) -> Vec<String> {
    let kinds = cloud.get(&format!("3/project/{project}/statuses")).await;
    let statuses = kinds[0]["statuses"].as_array().unwrap();
    statuses
        .iter()
        .map(|status| status["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_status_is_renamed_while_an_issue_is_on_its_way_and_keeps_its_id() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let control = cloud.sim.control();
    let hook = json!({ "jqlFilter": "project = NEST", "events": ["jira:issue_updated"] });
    cloud
        .post("3/webhook", json!({ "url": inbox.url, "webhooks": [hook] }))
        .await;
    let key = cloud.create("NEST", "Followed").await["key"]
        .as_str()
        .unwrap()
        .to_owned();
    control.move_issue(&key, "In Review", "mari.etxeb").unwrap();
    let before = status(&cloud, &key).await;
    control
        .rename_status("NEST", "In Review", "With the customer")
        .unwrap();
    let after = status(&cloud, &key).await;
    assert_eq!(
        (&after["id"], &after["name"]),
        (&before["id"], &json!("With the customer"))
    );
    control.move_issue(&key, "Done", "mari.etxeb").unwrap();
    control.wait_idle().await;
    let texts: Vec<String> = inbox
        .deliveries()
        .iter()
        .map(|(_, body)| {
            body["changelog"]["items"][0]["toString"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        texts,
        ["In Review", "Done"],
        "the renaming itself is told by nobody"
    );
    assert_eq!(
        names(&cloud, "KITE").await,
        ["To Do", "In Progress", "In Review", "Done"]
    );
}

#[tokio::test]
async fn names_come_in_the_language_of_the_tokens_owner_and_ids_do_not_care() {
    let cloud = Cloud::new().await;
    let english = cloud.get("3/project/KITE/statuses").await[0]["statuses"].clone();
    cloud
        .sim
        .control()
        .set_language("ottilie.quast", Some("de"))
        .unwrap();
    let german = cloud.get("3/project/KITE/statuses").await[0]["statuses"].clone();
    for (english, german) in english
        .as_array()
        .unwrap()
        .iter()
        .zip(german.as_array().unwrap())
    {
        assert_eq!(english["id"], german["id"]);
        assert_ne!(english["name"], german["name"]);
        assert_eq!(
            english["statusCategory"]["key"],
            german["statusCategory"]["key"]
        );
        assert_ne!(
            english["statusCategory"]["name"],
            german["statusCategory"]["name"]
        );
    }
    assert_eq!(cloud.get("3/myself").await["locale"], "de_DE");

    cloud
        .sim
        .control()
        .set_language("ottilie.quast", None)
        .unwrap();
    let asked = cloud
        .http
        .get(cloud.jira("3/status"))
        .bearer_auth(&cloud.token)
        .header("Accept-Language", "ja, en;q=0.5");
    let (_, japanese) = told(asked.send().await.unwrap()).await;
    assert!(japanese.to_string().contains("完了"), "{japanese}");
    assert!(
        names(&cloud, "KITE").await.contains(&"Done".to_owned()),
        "the next request is English again"
    );
    // A name somebody made up is said as it is.
    cloud
        .sim
        .control()
        .rename_status("KITE", "Done", "Shipped")
        .unwrap();
    cloud
        .sim
        .control()
        .set_language("ottilie.quast", Some("de"))
        .unwrap();
    assert!(names(&cloud, "KITE").await.contains(&"Shipped".to_owned()));
}

#[tokio::test]
async fn a_deleted_status_leaves_its_issues_in_another_and_a_category_changes_in_silence() {
    let (cloud, inbox) = (Cloud::new().await, Inbox::new().await);
    let control = cloud.sim.control();
    let hook = json!({ "jqlFilter": "project in (NEST, KITE)", "events": ["jira:issue_updated"] });
    cloud
        .post("3/webhook", json!({ "url": inbox.url, "webhooks": [hook] }))
        .await;
    let quiet = cloud.create("NEST", "Moved in silence").await["key"]
        .as_str()
        .unwrap()
        .to_owned();
    control
        .move_issue(&quiet, "In Review", "mari.etxeb")
        .unwrap();
    control.wait_idle().await;
    let heard = inbox.deliveries().len();
    control
        .delete_status("NEST", "In Review", "In Progress", false)
        .unwrap();
    control
        .recategorise_status("NEST", "In Progress", "done")
        .unwrap();
    control.wait_idle().await;
    assert_eq!(inbox.deliveries().len(), heard);
    let now = status(&cloud, &quiet).await;
    assert_eq!(
        (&now["name"], &now["statusCategory"]["key"]),
        (&json!("In Progress"), &json!("done"))
    );
    assert_eq!(
        names(&cloud, "NEST").await,
        ["To Do", "In Progress", "Done"]
    );
    let offered = cloud.get(&format!("3/issue/{quiet}/transitions")).await;
    assert_eq!(offered["transitions"].as_array().unwrap().len(), 3);
    assert!(
        !cloud.get("3/status").await.to_string().contains("10033"),
        "gone from the site as well"
    );

    // The statuses of a company-managed project are the site's: another project goes on using it.
    let loud = cloud.create("KITE", "Moved aloud").await["key"]
        .as_str()
        .unwrap()
        .to_owned();
    control
        .move_issue(&loud, "In Review", "mari.etxeb")
        .unwrap();
    control.wait_idle().await;
    let heard = inbox.deliveries().len();
    control
        .delete_status("KITE", "In Review", "Done", true)
        .unwrap();
    control.wait_idle().await;
    assert!(inbox.deliveries().len() > heard);
    assert_eq!(names(&cloud, "PLAT").await.len(), 4);
    assert!(control.delete_status("KITE", "Done", "Done", true).is_err());
    assert!(
        control
            .recategorise_status("KITE", "Done", "finished")
            .is_err()
    );
}

#[tokio::test]
async fn a_renamed_key_and_a_renamed_site_are_still_found_by_their_old_names() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    control.rename_project_key("KITE", "GLIDE").unwrap();
    let issue = cloud.get("3/issue/KITE-1?fields=project").await;
    assert_eq!(
        (&issue["key"], &issue["fields"]["project"]["key"]),
        (&json!("GLIDE-1"), &json!("GLIDE"))
    );
    let made = cloud.create("GLIDE", "Under the new key").await;
    assert!(made["key"].as_str().unwrap().starts_with("GLIDE-"));
    for refused in ["NEST", "lower", "4U", ""] {
        assert!(
            control.rename_project_key("GLIDE", refused).is_err(),
            "{refused}"
        );
    }

    let old = cloud.sim.site_url();
    control
        .rename_site("kestrel-works", "kestrel-group")
        .unwrap();
    let info = cloud.get("3/serverInfo").await;
    assert!(
        info["baseUrl"]
            .as_str()
            .unwrap()
            .ends_with("/site/kestrel-group")
    );
    let page = cloud
        .http
        .get(format!("{old}/browse/GLIDE-1"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200, "the old address leads on");
    assert!(control.rename_site("kestrel-group", "outfield").is_err());
}

#[tokio::test]
async fn an_issue_moves_away_and_back_and_every_key_it_had_leads_to_it() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    let first = cloud.create("KITE", "Travels").await["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let id = cloud.get(&format!("3/issue/{first}")).await["id"].clone();
    let second = control
        .move_to_project(&first, "NEST", "mari.etxeb")
        .unwrap();
    let third = control
        .move_to_project(&second, "KITE", "mari.etxeb")
        .unwrap();
    for key in [&first, &second, &third] {
        let found = cloud.get(&format!("3/issue/{key}")).await;
        assert_eq!((&found["id"], &found["key"]), (&id, &json!(third)));
    }
    let log = cloud
        .get(&format!("3/issue/{third}?expand=changelog"))
        .await;
    let items = log["changelog"]["histories"][0]["items"]
        .as_array()
        .unwrap();
    let fields: Vec<&str> = items
        .iter()
        .map(|item| item["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["project", "Key", "status", "issuetype"]);
}

#[tokio::test]
async fn an_issue_takes_so_many_links_and_comments_and_no_more() {
    let cloud = Cloud::new().await;
    cloud
        .sim
        .control()
        .set_issue_limits("kestrel-works", 1, 1)
        .unwrap();
    let key = cloud.create("KITE", "Small").await["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let link = |id: &str| json!({ "globalId": id, "object": { "url": "https://board.example/", "title": "A post" } });
    let links = format!("3/issue/{key}/remotelink");
    assert_eq!(cloud.post(&links, link("one")).await.0, 201);
    assert_eq!(
        cloud.post(&links, link("one")).await.0,
        200,
        "replacing one needs no room"
    );
    assert_eq!(cloud.post(&links, link("two")).await.0, 413);
    let document = json!({ "version": 1, "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "x" }] }] });
    let comments = format!("3/issue/{key}/comment");
    assert_eq!(
        cloud.post(&comments, json!({ "body": document })).await.0,
        201
    );
    assert_eq!(
        cloud.post(&comments, json!({ "body": document })).await.0,
        413
    );
}

#[tokio::test]
async fn rights_on_many_projects_and_issues_are_told_at_once() {
    let cloud = Cloud::new().await;
    let control = cloud.sim.control();
    control
        .deny("ottilie.quast", "NEST", "EDIT_ISSUES", true)
        .unwrap();
    let nest: u64 = cloud.create("NEST", "x").await["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let asked = json!({
        "projectPermissions": [{ "projects": [10001, 10003, 99999], "issues": [nest], "permissions": ["EDIT_ISSUES", "CREATE_ISSUES"] }],
        "globalPermissions": ["ADMINISTER"],
    });
    let (status, answer) = cloud.post("3/permissions/check", asked).await;
    assert_eq!(
        (status, &answer["globalPermissions"]),
        (200, &json!(["ADMINISTER"]))
    );
    assert_eq!(
        answer["projectPermissions"],
        json!([
            { "permission": "CREATE_ISSUES", "projects": [10001, 10003], "issues": [nest] },
            { "permission": "EDIT_ISSUES", "projects": [10001], "issues": [] },
        ])
    );
    let (status, answer) = cloud
        .post(
            "3/permissions/check",
            json!({ "globalPermissions": ["EDIT_ISSUES"] }),
        )
        .await;
    assert_eq!(
        (status, &answer["errors"]["EDIT_ISSUES"]),
        (400, &json!("Unrecognized permission"))
    );
    let other = cloud
        .send(
            Method::GET,
            "3/mypermissions?permissions=EDIT_ISSUES&projectKey=NEST",
            None,
        )
        .await;
    assert_eq!(
        told(other).await.1["permissions"]["EDIT_ISSUES"]["havePermission"],
        false
    );
}
