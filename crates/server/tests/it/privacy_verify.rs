//! `upvow privacy verify` beside a running server, and on what a stopped one left.

use serde_json::Value;
use upvow_db::{Db, Tuning};

use crate::harness::{Server, Town};

/// What the command says as JSON, and how it ended.
fn verify(server: &Server) -> (Vec<Value>, Option<i32>, String) {
    let output = server
        .command(&["privacy", "verify", "--json"])
        .output()
        .unwrap();
    let why = String::from_utf8(output.stderr).unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).expect(&why);
    assert_eq!(said.as_object().unwrap().len(), 1, "promises and no more");
    let rows = said["promises"].as_array().unwrap().clone();
    (rows, output.status.code(), why)
}

/// The promises that do not hold.
fn failing(rows: &[Value]) -> Vec<&str> {
    let fails = rows.iter().filter(|row| row["result"] == "fail");
    fails.map(|row| row["id"].as_str().unwrap()).collect()
}

/// Somebody who got at the main database.
async fn write(server: &Server, sql: &'static str) {
    let db = Db::connect(&server.databases()[0], Tuning::default())
        .await
        .unwrap();
    let mut tx = db.write().await.unwrap();
    assert!(tx.run(sql, vec![]).await.unwrap() > 0, "{sql}");
    tx.commit().await.unwrap();
    db.close().await;
}

/// Promise 2.6, 4.3, 7.4, 9.8.
#[tokio::test]
async fn the_promises_are_verified_beside_a_running_server_and_on_a_stopped_one() {
    let mut town = Town::start().await;
    town.connect().await;
    town.post("Something to do").await;

    let (rows, status, why) = verify(&town.server);
    assert_eq!((failing(&rows), status), (vec![], Some(0)), "{why}");
    assert!(rows.len() > 50, "{}", rows.len());
    let proven = rows.iter().filter(|row| row["result"] == "pass").count();
    assert!(
        proven > 45,
        "with a connection there is much to see: {proven}"
    );
    for row in &rows {
        let mut keys: Vec<_> = row.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(
            keys,
            [
                "check",
                "checked_at",
                "id",
                "mechanism",
                "result",
                "sentence"
            ]
        );
        for name in ["check", "id", "mechanism", "sentence"] {
            assert!(!row[name].as_str().unwrap().is_empty(), "{row}");
        }
        assert!(row["checked_at"].as_str().unwrap().ends_with('Z'), "{row}");
    }

    // Planted while it runs: a line that no log may hold.
    let log = town.server.folder().join("logs/upvow-9000000000000.jsonl");
    let line = "{\"message\":\"712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788\"}\n";
    std::fs::write(&log, line).unwrap();
    let (rows, status, why) = verify(&town.server);
    assert_eq!(status, Some(1));
    assert_eq!(failing(&rows), ["2.6", "4.2", "7.3", "7.4"]);
    assert!(why.contains("logs_hold_nothing"), "{why}");
    assert!(!why.contains("712020"), "a finding holds no value: {why}");
    std::fs::remove_file(&log).unwrap();

    assert!(town.server.stop().success());
    let (rows, status, why) = verify(&town.server);
    assert_eq!((failing(&rows), status), (vec![], Some(0)), "{why}");

    // Planted in what the stopped one left: an agreement whose words nobody can tell any more.
    write(&town.server, "UPDATE consents SET text_sha256 = ''").await;
    let (rows, status, why) = verify(&town.server);
    assert_eq!(status, Some(1));
    assert_eq!(failing(&rows), ["1.2", "4.3"]);
    assert!(why.contains("consents"), "{why}");
    let told = town.server.not_done(&["privacy", "verify"]);
    assert!(told.contains("consents does not hold"), "{told}");
    // A key that should be gone: the vault is not even opened.
    let keys = town.server.folder().join("keys");
    std::fs::copy(keys.join("epoch-1.key"), keys.join("epoch-77.key")).unwrap();
    let told = town.server.not_done(&["privacy", "verify"]);
    assert!(told.contains("does not fit the vault"), "{told}");
}
