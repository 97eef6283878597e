//! The canary scan: a word that is nowhere else in the world stands in every personal field that Jira sends; after a busy
//! day it is looked for in every place where something could have been left: databases, their files and journals, the
//! vault, keys, logs, the terminal, temporary files, letters, what every kind of visitor is answered, figures, what commands
//! say, backups, a copy of the whole disk, and the memory of the server from outside. While connected it may stand nowhere in
//! the clear; after the erasure and the turn of the epoch nowhere at all; and neither in what is restored from before.
//! In the same run a leak is planted in each place, each in another form, and each must be found: a scan that is blind fails.
//!
//! - `world`: the server with all places, and the look; `cluster`: the files of PostgreSQL; `heard`: what was answered;
//!   `post_office`: where letters go.
//! - `day`: what happens; `bodies`: what is thrown at the doors; `visitors`: who looks at the server.
//! - `plants`: the leaks.

mod bodies;
mod cluster;
mod day;
mod heard;
mod plants;
mod post_office;
mod visitors;
mod world;

use serde_json::json;
use upvow_app::privacy::{registry, retention::Terms};

use crate::memory;
use visitors::{ALL, Visitors};
use world::World;

/// How many people's account ids may be in memory while they are in the vault: that of whoever authorised.
const HELD: usize = 1;

/// Promise 2.1, 2.3, 2.4, 2.5, 2.6, 5.2, 5.3, 5.5, 5.6, 5.7, 6.2, 7.4, 9.1.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_in_jira_is_left_anywhere() {
    // What the registry allows of people in Jira by themselves is in the vault, sealed: in the clear it is allowed nowhere.
    let terms = Terms::default();
    let sealed = registry::entries(&terms).filter(|one| one.category.ends_with("(sealed)"));
    let places: Vec<&str> = sealed.map(|one| one.place).collect();
    assert!(
        !places.is_empty() && places.iter().all(|place| *place == "vault"),
        "{places:?}"
    );

    let mut world = World::begin().await;
    let visitors = Visitors::come(&world.town).await;
    let (connection, url) = day::live(&world.town, &world.people, &mut world.heard).await;
    let seen = visitors.look(&world.town, ALL, &mut world.heard).await;
    assert!(
        seen.len() >= ALL.len() && seen.values().all(|good| *good > 3),
        "somebody saw next to nothing: {seen:?}"
    );
    assert!(
        world.run(&["keys", "check"]).contains("1 grants"),
        "something is held"
    );
    world.is_clean("while connected", HELD).await;

    let early = world.back_up("early");
    world.town.server.stop();
    let disk = world.copy_disk();
    world.town.server.start_again().await;

    // The person has everything deleted; the key of every older copy is destroyed.
    let receipt = day::leave(&world.town, &world.people, &mut world.heard).await;
    assert!(receipt["final_at"].is_string(), "{receipt}");
    assert_gone(&mut world, &connection).await;
    visitors.look(&world.town, ALL, &mut world.heard).await;
    day::knock(&world.town, &world.people, &url, &json!("10001"), &json!(1)).await;
    world.is_clean("after the erasure", 0).await;

    // A backup of before comes back with all keys of today: nobody does.
    world.town.server.stop();
    let dir = early.display().to_string();
    world.town.server.done(&["restore", &dir, "--replace"]);
    world.town.server.start_again().await;
    assert_gone(&mut world, &connection).await;
    day::knock(&world.town, &world.people, &url, &json!("10001"), &json!(1)).await;
    visitors
        .look(&world.town, &["nobody", "olga"], &mut world.heard)
        .await;
    world.is_clean("after a restore", 0).await;

    // And the stolen disk, vault and all, with the keys of today: it cannot be opened, and whoever begins anew without it
    // finds everybody gone.
    world.town.server.stop();
    world.put_back(&disk);
    let refused = world.town.server.refused();
    assert!(refused.contains("can never be opened"), "{refused}");
    world.run(&["keys", "start-over", "--yes"]);
    world.town.server.start_again().await;
    assert_gone(&mut world, &connection).await;
    world
        .is_clean("with the databases of the stolen disk", 0)
        .await;

    // The scan is not blind.
    if let Some(cluster) = &mut world.cluster {
        cluster.forget();
    }
    let planted = plants::plant(&mut world, &visitors).await;
    let found = world.look().await;
    for (text, place) in planted {
        assert!(
            found
                .iter()
                .any(|one| one.text == text && one.place.contains(place)),
            "blind in {place}: {found:#?}"
        );
    }
    if memory::may_look() {
        plants::in_memory(&world).await;
    }
}

/// The connection has ended, and nothing is held of anybody.
async fn assert_gone(world: &mut World, connection: &str) {
    let path = format!("/connections/{connection}");
    world
        .town
        .until(&path, "it has ended", |read| read["state"] == "invalidated")
        .await;
    let said = world.run(&["keys", "check"]);
    assert!(said.starts_with("0 grants"), "{said}");
}
