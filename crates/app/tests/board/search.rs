//! Finding posts by their words.

use upvow_app::{
    Caller,
    posts::{self, Filter},
};

use crate::{harness::World, helpers::page};

async fn found(world: &World, caller: &Caller, query: &str) -> Vec<String> {
    let filter = Filter {
        query: query.to_owned(),
        ..Filter::default()
    };
    let list = posts::list(&world.app, caller, &filter, &page(50, None)).await;
    let mut titles: Vec<_> = list
        .unwrap()
        .items
        .into_iter()
        .map(|row| row.title)
        .collect();
    titles.sort();
    titles
}

#[tokio::test]
async fn words_are_found_by_their_beginnings_in_title_and_text() {
    let world = World::start(None).await;
    let board = world.features().await.id;
    let ana = world.person("ana@example.com").await;
    world
        .post_on(&ana, board, "Dark-mode for example.com", "At night")
        .await;
    world
        .post_on(
            &ana,
            board,
            "Export to CSV",
            "The *nightly* kind, über alles 日本語",
        )
        .await;

    assert_eq!(found(&world, &ana, "nigh").await.len(), 2);
    assert_eq!(
        found(&world, &ana, "MODE dark").await,
        ["Dark-mode for example.com"]
    );
    assert_eq!(
        found(&world, &ana, "com").await,
        ["Dark-mode for example.com"]
    );
    for same in ["über 日本", "UBER 日本語", "u\u{308}ber"] {
        assert_eq!(found(&world, &ana, same).await, ["Export to CSV"], "{same}");
    }
    assert!(found(&world, &ana, "dark csv").await.is_empty());

    // What was changed is found by its new words only.
    let list = posts::list(&world.app, &ana, &Filter::default(), &page(5, None))
        .await
        .unwrap();
    let export = list
        .items
        .iter()
        .find(|row| row.title.starts_with("Export"))
        .unwrap();
    posts::edit(&world.app, &ana, export.id, "Print a list", "On paper")
        .await
        .unwrap();
    assert!(found(&world, &ana, "csv").await.is_empty());
    assert_eq!(found(&world, &ana, "paper").await, ["Print a list"]);
}

#[tokio::test]
async fn nothing_typed_is_syntax() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    world.post(&ana, "Dark mode").await;
    world.post(&ana, "NOT or NEAR columns").await;
    for odd in [
        "\"dark",
        "'dark",
        "dark\"*",
        "dark'",
        "title:dark",
        "dark OR",
        "dark AND (",
        "^dark",
        "-dark",
        "dark:*",
        "dark & !",
        "dark <-> ",
        "dark\0",
        "%dark%",
        "_dark_",
        "{dark}",
        "dark;--",
        "dark\\",
    ] {
        let titles = found(&world, &ana, odd).await;
        assert!(
            titles.is_empty() || titles == ["Dark mode"],
            "{odd:?} found {titles:?}"
        );
    }
    assert_eq!(found(&world, &ana, "\"dark\" 'mode'").await, ["Dark mode"]);
    assert_eq!(found(&world, &ana, "not OR").await, ["NOT or NEAR columns"]);
    for nothing in ["%", "_", "*", "🎉", "\0", "\"", "()"] {
        assert!(found(&world, &ana, nothing).await.is_empty(), "{nothing:?}");
        let similar = posts::similar(&world.app, &ana, nothing).await.unwrap();
        assert!(similar.is_empty(), "{nothing:?}");
    }
    let long = "word ".repeat(5_000);
    assert!(found(&world, &ana, &long).await.is_empty());
    assert_eq!(
        found(&world, &ana, "  ").await.len(),
        2,
        "spaces are no question"
    );
}

#[tokio::test]
async fn similar_posts_come_best_first_and_at_most_five() {
    let world = World::start(None).await;
    let board = world.features().await.id;
    let ana = world.person("ana@example.com").await;
    for number in 0..6 {
        world
            .post_on(&ana, board, &format!("Faster export {number}"), "")
            .await;
    }
    world
        .post_on(&ana, board, "A dark mode", "for the export page")
        .await;
    world.post_on(&ana, board, "Unrelated thing", "").await;
    let similar = posts::similar(&world.app, &ana, "dark mod").await.unwrap();
    assert_eq!(similar[0].title, "A dark mode");
    let similar = posts::similar(&world.app, &ana, "export").await.unwrap();
    assert_eq!(similar.len(), 5);
    assert!(
        similar
            .iter()
            .all(|row| row.title.starts_with("Faster export")),
        "titles weigh more"
    );
}
