//! Somebody of the board sees, takes along and deletes what is held of them.

use std::time::Duration;

use serde_json::Value;
use upvow_app::{
    Caller, Role,
    comments::{self, NewComment},
    people,
    posts::{self, Filter},
    privacy::{
        own_data::{self, SCHEMA, Words},
        registry,
    },
    sign_in, votes,
};
use upvow_db::{Cell, Tx};
use upvow_domain::post::Sort;
use upvow_store::mail_stops;

use crate::{
    harness::{BROWSER, START, World},
    helpers::{kind, page},
};

/// Everything that can be searched for, as text.
async fn everything(world: &World) -> String {
    let mut tx = world.app.db.read().await.unwrap();
    let columns = tx.columns().await.unwrap();
    let mut all = String::new();
    for column in columns {
        // The pages of SQLite's index hold what `posts.words` holds.
        if column.table.starts_with("post_search") || column.name == "found_by" {
            continue;
        }
        all.push_str(&texts(&mut tx, &column.table, &column.name).await);
    }
    all
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test may leak: the text is as old as the test"
)]
async fn texts(tx: &mut Tx, table: &str, column: &str) -> String {
    // A test may leak: names of columns live as long as it does.
    let leak = |name: &str| -> &'static str { Box::leak(name.to_owned().into_boxed_str()) };
    let (table, column) = (leak(table), leak(column));
    let rows = tx
        .all_made(&["SELECT", column, "AS found FROM", table], vec![], |row| {
            row.get::<Cell>("found")
        })
        .await
        .unwrap();
    let text = |cell| match cell {
        Cell::Text(Some(text)) => format!("{table}.{column}={text}\n"),
        _ => String::new(),
    };
    rows.into_iter().map(text).collect()
}

/// A voter with a password who did everything that leaves a trace.
async fn busy(world: &World) -> Caller {
    let voter = world.person("wanda.canary@example.com").await;
    people::rename(&world.app, &voter, "Wanda Canaryname")
        .await
        .unwrap();
    sign_in::set_password(&world.app, &voter, None, "correct horse canary".to_owned())
        .await
        .unwrap();
    let post = world
        .post_on(
            &voter,
            world.features().await.id,
            "Canarytitle",
            "Canarybody",
        )
        .await;
    posts::edit(
        &world.app,
        &voter,
        post.row.id,
        "Canarytitle two",
        "Canarybody",
    )
    .await
    .unwrap();
    let comment = NewComment {
        body: "Canarycomment".to_owned(),
        is_internal: false,
        is_official: false,
        submit_key: Some("canary-key".to_owned()),
    };
    comments::add(&world.app, &voter, post.row.id, &comment)
        .await
        .unwrap();
    let other = world.post(&world.owner, "Of the owner").await;
    votes::vote(&world.app, &voter, other.row.id).await.unwrap();
    let (project, person) = (world.project.id, voter.person.unwrap());
    let mut tx = world.app.db.write().await.unwrap();
    mail_stops::insert(&mut tx, project, person, Some(other.row.id), START)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // A sign-in link under way holds the address, too.
    sign_in::operator_link(&world.app, "wanda.canary@example.com", "/")
        .await
        .unwrap();
    voter
}

const PASSWORD: &str = "correct horse canary";

async fn gone(world: &World, voter: &Caller, words: Words) -> own_data::Farewell {
    let address = "Wanda.Canary@example.com";
    own_data::delete(&world.app, voter, Some(PASSWORD.to_owned()), address, words)
        .await
        .unwrap()
}

/// Promise 5.4.
#[tokio::test]
async fn after_the_account_is_deleted_nothing_of_the_person_is_left_but_their_words() {
    let world = World::start(None).await;
    let voter = busy(&world).await;
    let before = everything(&world).await;
    let id = voter.person.unwrap().stored();
    for planted in [
        "wanda.canary@",
        "Wanda Canaryname",
        "Canarybody",
        "Canarycomment",
        id.as_str(),
    ] {
        assert!(
            before.contains(planted),
            "{planted} must be there to be missed"
        );
    }

    let done = gone(&world, &voter, Words::Stay).await;
    assert_eq!((done.posts, done.comments), (1, 1));
    let after = everything(&world).await;
    for gone in ["wanda.canary@", "Wanda Canaryname"] {
        assert!(!after.contains(gone), "{gone}");
    }
    // The trail names an id that leads to nobody; nothing else does.
    let ids: Vec<&str> = after
        .lines()
        .filter(|line| line.contains(&id) || line.contains(&voter.person.unwrap().to_string()))
        .filter(|line| !line.starts_with("audit."))
        .collect();
    assert_eq!(ids, [""; 0]);
    assert!(after.contains("Canarybody") && after.contains("Canarycomment"));

    // Votes still count, and one that is taken back is counted from what is left.
    let filter = Filter {
        sort: Sort::Top,
        ..Filter::default()
    };
    let list = posts::list(&world.app, &world.owner, &filter, &page(10, None))
        .await
        .unwrap();
    let found: Vec<(&str, i64)> = list
        .items
        .iter()
        .map(|row| (row.title.as_str(), row.votes))
        .collect();
    assert_eq!(found, [("Of the owner", 2), ("Canarytitle two", 1)]);
    let other = list.items[0].id;
    assert_eq!(
        votes::unvote(&world.app, &world.owner, other)
            .await
            .unwrap()
            .votes,
        1
    );
    let mut tx = world.app.db.read().await.unwrap();
    assert_eq!(
        upvow_store::votes::times(&mut tx, other)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// Promise 5.4.
#[tokio::test]
async fn whoever_wants_it_takes_their_words_along_and_the_post_stays_with_the_others() {
    let world = World::start(None).await;
    let voter = busy(&world).await;
    gone(&world, &voter, Words::Go).await;
    let after = everything(&world).await.to_lowercase();
    assert!(!after.contains("canary"), "{after}");
    assert!(after.contains("deleted by its author"));
}

#[tokio::test]
async fn the_session_ends_with_the_account_and_signing_in_again_begins_anew() {
    let world = World::start(None).await;
    let voter = busy(&world).await;
    gone(&world, &voter, Words::Stay).await;
    assert_eq!(
        kind(own_data::overview(&world.app, &voter).await),
        "not found"
    );
    let again = sign_in::by_password(
        &world.app,
        "wanda.canary@example.com",
        PASSWORD.to_owned(),
        "/",
        BROWSER,
        "::1",
    )
    .await;
    assert_eq!(kind(again), "password");
    let anew = world.person("wanda.canary@example.com").await;
    assert_ne!(anew.person, voter.person);
    let held = own_data::overview(&world.app, &anew).await.unwrap();
    let posts = held
        .tables
        .iter()
        .find(|table| table.table == "posts")
        .unwrap();
    assert_eq!(posts.count, 0, "what stayed is nobody's");
}

#[tokio::test]
async fn a_browser_left_open_is_not_enough() {
    let world = World::start(None).await;
    let voter = busy(&world).await;
    let address = "wanda.canary@example.com";
    let wrong = Some("guessed it".to_owned());
    assert_eq!(
        kind(own_data::download(&world.app, &voter, wrong.clone()).await),
        "password"
    );
    assert_eq!(
        kind(own_data::delete(&world.app, &voter, wrong, address, Words::Stay).await),
        "password"
    );
    let right = Some(PASSWORD.to_owned());
    assert_eq!(
        kind(
            own_data::delete(
                &world.app,
                &voter,
                right,
                "another@example.com",
                Words::Stay
            )
            .await
        ),
        "email"
    );

    let linked = world.person("link@example.com").await;
    world.app.clock.advance(Duration::from_mins(61));
    assert_eq!(
        kind(own_data::download(&world.app, &linked, None).await),
        "sign_in_again"
    );
    let fresh = world.person("link@example.com").await;
    assert!(own_data::download(&world.app, &fresh, None).await.is_ok());
}

#[tokio::test]
async fn the_only_owner_is_told_to_find_another_first() {
    let world = World::start(None).await;
    let refused = own_data::delete(
        &world.app,
        &world.owner,
        None,
        "owner@example.com",
        Words::Stay,
    )
    .await;
    assert_eq!(kind(refused), "last_owner");
    assert_eq!(
        own_data::overview(&world.app, &world.owner)
            .await
            .unwrap()
            .only_owner_of,
        ["Acme"]
    );
    world.member("second@example.com", Role::Owner).await;
    let done = own_data::delete(
        &world.app,
        &world.owner,
        None,
        "owner@example.com",
        Words::Stay,
    )
    .await;
    assert!(done.is_ok(), "{done:?}");
}

/// Promise 5.3.
#[tokio::test]
async fn a_copy_has_every_line_of_the_registry_and_nothing_of_anybody_else() {
    let world = World::start(None).await;
    let voter = busy(&world).await;
    let copy = own_data::download(&world.app, &voter, Some(PASSWORD.to_owned()))
        .await
        .unwrap();
    let text = String::from_utf8(copy).unwrap();
    let copy: Value = serde_json::from_str(&text).unwrap();
    let tables = copy["tables"].as_array().unwrap();
    let named: Vec<&str> = tables
        .iter()
        .map(|table| table["table"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = registry::copy::of_board_people()
        .map(|table| table.name)
        .collect();
    assert_eq!(named, expected);
    let of = |name: &str| tables.iter().find(|table| table["table"] == name).unwrap();
    assert_eq!(of("people")["rows"][0]["email"], "wanda.canary@example.com");
    assert_eq!(
        of("people")["rows"][0]["password"],
        true,
        "that there is one, and no more"
    );
    assert_eq!(of("posts")["rows"][0]["body"], "Canarybody");
    assert_eq!(of("votes")["rows"].as_array().unwrap().len(), 2);
    assert_eq!(of("members")["rows"].as_array().unwrap().len(), 0);
    assert!(
        !text.contains("owner@example.com") && !text.contains("Of the owner"),
        "{text}"
    );
    assert!(!text.contains("argon2"));

    // The signed bytes say the same as the file.
    let keys = world.app.vault.public_keys().unwrap();
    let signed = copy["signature"].as_str().unwrap();
    let said = upvow_vault::signing::verify(signed, &keys).unwrap();
    let mut unsigned = copy.clone();
    unsigned.as_object_mut().unwrap().remove("signature");
    assert_eq!(serde_json::from_slice::<Value>(&said).unwrap(), unsigned);

    // What the schema asks for is there, and what it does not know is not.
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(schema["properties"]["format"]["const"], copy["format"]);
    for name in schema["required"].as_array().unwrap() {
        assert!(!copy[name.as_str().unwrap()].is_null(), "{name}");
    }
    for name in copy.as_object().unwrap().keys() {
        assert!(schema["properties"][name].is_object(), "{name}");
    }
    let table = &schema["properties"]["tables"]["items"];
    for name in table["required"].as_array().unwrap() {
        assert!(
            tables
                .iter()
                .all(|table| table.get(name.as_str().unwrap()).is_some()),
            "{name}"
        );
    }
}
