//! The health of a connection through the real program: the export, and who may see it.

use reqwest::Method;

use crate::harness::Town;

#[tokio::test]
async fn the_timeline_is_exported_whole_and_to_admins_only() {
    let town = Town::start().await;
    let connection = town.connect().await;
    let post = town.post("Dark mode, please").await;
    let new = town.new_issue(&connection).await;
    let links = format!("/posts/{post}/links");
    town.send(Method::POST, &links, new).await;
    let read = town
        .until(&links, "an issue", |read| {
            read["items"][0]["state"] == "active" && read["items"][0]["synced_at"].is_string()
        })
        .await;
    let key = read["items"][0]["key"].as_str().unwrap().to_owned();

    let path = format!("/settings/connections/{connection}/activity.csv?issue={key}");
    for address in [
        format!("/p/town{path}"),
        Town::api(&path.replacen("/settings", "", 1)),
    ] {
        let csv = town.owner.get(&address).await.unwrap().html;
        let mut csv_lines = csv.lines();
        let head = csv_lines.next().unwrap();
        assert!(head.starts_with("at,kind,outcome,code,"), "{csv}");
        let columns = head.split(',').count();
        let rows: Vec<&str> = csv_lines.collect();
        assert!(
            rows.iter().any(|row| row.contains("create_issue,done")),
            "{csv}"
        );
        assert!(
            rows.iter()
                .all(|row| row.contains(&key) && row.split(',').count() == columns)
        );

        // The way back after a sign-in repeats the address, and with it the key that was asked for.
        let stranger = reqwest::get(town.server.address(&address)).await.unwrap();
        assert!(!stranger.text().await.unwrap().contains("create_issue"));
    }
    let health = town
        .read(&format!("/connections/{connection}/health"))
        .await;
    assert_eq!(health["authorisation"]["token"], "fresh");
    assert_eq!(health["authorisation"]["by"], "Olga");
    assert_eq!(health["webhook"]["is_registered"], true);
    assert_eq!(health["problems"], serde_json::json!([]));
    let page = format!("/p/town/settings/connections/{connection}");
    let shown = town.owner.get(&page).await.unwrap();
    assert!(shown.text().contains("All is well"));
}
