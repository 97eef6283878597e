//! The registry of personal data against the live schema of both databases.

use upvow_app::privacy::registry::{Fault, entries, faults, words::Place};

use crate::harness::World;

/// Promise 5.1.
#[tokio::test]
async fn every_column_of_both_databases_is_personal_data_or_said_not_to_be() {
    let world = World::start(None).await;
    let told: Vec<String> = faults(&world.app)
        .await
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told, [""; 0], "write them into the registry");
    assert!(entries(&world.app.settings.retention).count() > 100);

    // The vault writes itself anew when its epoch turns.
    world.app.vault.turn_epoch(world.app.now()).await.unwrap();
    assert_eq!(faults(&world.app).await.unwrap(), []);
}

/// The test above can fail: whoever adds a column, or takes one away, is told.
#[tokio::test]
async fn a_column_that_nobody_wrote_down_is_found_and_one_that_is_gone_is_missed() {
    let world = World::start(None).await;
    let mut tx = world.app.db.write().await.unwrap();
    for change in [
        "ALTER TABLE people ADD COLUMN birthday TEXT",
        "CREATE TABLE guests (id TEXT PRIMARY KEY)",
        "ALTER TABLE api_tokens DROP COLUMN used_at",
    ] {
        tx.run(change, vec![]).await.unwrap();
    }
    tx.commit().await.unwrap();

    let place = Place::Main;
    let column = |name: &str| name.to_owned();
    assert_eq!(
        faults(&world.app).await.unwrap(),
        [
            Fault::Unlisted {
                place,
                column: column("guests.id")
            },
            Fault::Unlisted {
                place,
                column: column("people.birthday")
            },
            Fault::Missing {
                place,
                column: column("api_tokens.used_at")
            },
        ]
    );
}
