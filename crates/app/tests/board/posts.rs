//! One post, from its submission to its removal.

use upvow_app::{
    Role,
    boards::{self, StatusForm},
    posts::{self, Cause, NewPost},
};

use crate::{
    harness::World,
    helpers::{kind, new_post, page},
};

fn with_key(world_board: upvow_domain::BoardId, key: &str) -> NewPost {
    NewPost {
        submit_key: Some(key.to_owned()),
        ..new_post(world_board, "Dark mode", "Please.")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_form_sent_twice_at_once_gives_one_post() {
    let world = World::start(None).await;
    let board = world.features().await.id;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (app, owner) = (world.app.clone(), world.owner.clone());
            tokio::spawn(
                async move { posts::submit(&app, &owner, &with_key(board, "form-1")).await },
            )
        })
        .collect();
    let mut ids = vec![];
    for task in tasks {
        ids.push(task.await.unwrap().unwrap().row.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.features().await.posts, 1);
    // Somebody else's key of the same text is another key.
    let ana = world.person("ana@example.com").await;
    let other = posts::submit(&world.app, &ana, &with_key(board, "form-1")).await;
    assert_ne!(other.unwrap().row.id, ids[0]);
    let odd = posts::submit(&world.app, &ana, &with_key(board, "a\0b")).await;
    assert_eq!(kind(odd), "submit_key");
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once_and_nothing_is_posted() {
    let world = World::start(None).await;
    let board = world.features().await.id;
    let long = "x".repeat(20_001);
    let refused = posts::submit(&world.app, &world.owner, &new_post(board, "ab", &long)).await;
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("title:") && text.contains("body:"), "{text}");
    assert_eq!(world.features().await.posts, 0);
    // A NUL would end a text for PostgreSQL.
    let odd = posts::submit(&world.app, &world.owner, &new_post(board, "Dark\0mode", "")).await;
    assert_eq!(kind(odd), "title");
    let stripped = world
        .post_on(&world.owner, board, "Dark mode", "a\0b")
        .await;
    assert_eq!(stripped.body, "ab");
}

#[tokio::test]
async fn a_posts_life_is_told_in_its_history() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let id = world.post(&ana, "Dark mode").await.row.id;
    let lab = world.board("Lab", "private").await.id;
    let planned = world.status("Planned").await.id;

    posts::edit(&world.app, &ana, id, "Dark theme", "For the night.")
        .await
        .unwrap();
    posts::set_status(&world.app, &world.owner, id, planned, Cause::Page)
        .await
        .unwrap();
    // The same once more is no change.
    posts::set_status(&world.app, &world.owner, id, planned, Cause::Api)
        .await
        .unwrap();
    posts::edit(&world.app, &ana, id, "Dark theme", "For the night.")
        .await
        .unwrap();
    posts::move_to_board(&world.app, &world.owner, id, lab)
        .await
        .unwrap();
    posts::move_to_board(&world.app, &world.owner, id, world.features().await.id)
        .await
        .unwrap();

    let tell = async |caller| {
        let mut lines = vec![];
        let mut after: Option<String> = None;
        loop {
            let next = posts::history(&world.app, caller, id, &page(2, after.as_deref()))
                .await
                .unwrap();
            for line in next.items {
                let text = |part: Option<String>| part.unwrap_or_default();
                lines.push(format!(
                    "{} {}>{}",
                    line.what,
                    text(line.from),
                    text(line.to)
                ));
            }
            after = next.next;
            if after.is_none() {
                // Lines of one standing moment have no order of their own.
                lines.sort();
                return lines;
            }
        }
    };
    assert_eq!(
        tell(&world.owner).await,
        [
            "board Feature requests>Lab",
            "board Lab>Feature requests",
            "edited Dark mode>Dark theme",
            "status Open>Planned",
            "submitted >"
        ]
    );
    // The name of a board she may not see is not told to the author.
    let told = tell(&ana).await;
    assert!(
        told.contains(&"board Feature requests>".to_owned()),
        "{told:?}"
    );
    assert!(told.iter().all(|line| !line.contains("Lab")), "{told:?}");
}

#[tokio::test]
async fn boards_know_how_many_posts_they_have() {
    let world = World::start(None).await;
    let lab = world.board("Lab", "public").await.id;
    let first = world.post(&world.owner, "First idea").await.row.id;
    let second = world.post(&world.owner, "Second idea").await.row.id;
    posts::move_to_board(&world.app, &world.owner, first, lab)
        .await
        .unwrap();
    posts::delete(&world.app, &world.owner, second)
        .await
        .unwrap();
    assert_eq!(
        kind(posts::get(&world.app, &world.owner, second).await),
        "not found"
    );
    let counts: Vec<_> = boards::list(&world.app, &world.owner)
        .await
        .unwrap()
        .into_iter()
        .map(|board| (board.name, board.posts))
        .collect();
    assert_eq!(
        counts,
        [("Feature requests".to_owned(), 0), ("Lab".to_owned(), 1)]
    );
}

#[tokio::test]
async fn text_is_for_its_author_and_triage_for_members() {
    let world = World::start(None).await;
    let ana = world.person("ana@example.com").await;
    let ben = world.person("ben@example.com").await;
    let mod_ = world.member("mod@example.com", Role::Moderator).await;
    let post = world.post(&ana, "Dark mode").await;
    let id = post.row.id;
    assert!(post.may_edit && !post.may_triage);
    let planned = world.status("Planned").await.id;
    let app = &world.app;

    assert_eq!(
        kind(posts::edit(app, &ben, id, "Dark theme", "").await),
        "forbidden"
    );
    assert_eq!(
        kind(posts::set_status(app, &ana, id, planned, Cause::Page).await),
        "forbidden"
    );
    assert_eq!(kind(posts::delete(app, &ana, id).await), "forbidden");
    let edited = posts::edit(app, &mod_, id, "Dark theme", "").await.unwrap();
    assert!(edited.may_edit && edited.may_triage);
    let moved = posts::set_status(app, &mod_, id, planned, Cause::Page)
        .await
        .unwrap();
    assert_eq!(moved.row.status.name, "Planned");
    posts::delete(app, &mod_, id).await.unwrap();
}

#[tokio::test]
async fn a_status_that_goes_hands_its_posts_on_and_stays_in_their_history() {
    let world = World::start(None).await;
    let form = StatusForm {
        name: "Someday".to_owned(),
        kind: "open".to_owned(),
        color: "#123456".to_owned(),
        on_roadmap: false,
    };
    let app = &world.app;
    let someday = boards::create_status(app, &world.owner, &form)
        .await
        .unwrap();
    let twice = boards::create_status(app, &world.owner, &form).await;
    assert_eq!(kind(twice), "name");
    let post = world.post(&world.owner, "Dark mode").await.row.id;
    posts::set_status(app, &world.owner, post, someday.id, Cause::Page)
        .await
        .unwrap();

    let open = world.status("Open").await.id;
    let closed = world.status("Closed").await.id;
    let refused = boards::delete_status(app, &world.owner, open, closed).await;
    assert_eq!(kind(refused), "default_status");
    boards::delete_status(app, &world.owner, someday.id, closed)
        .await
        .unwrap();

    let seen = posts::get(app, &world.owner, post).await.unwrap();
    assert_eq!(seen.row.status.name, "Closed");
    let history = posts::history(app, &world.owner, post, &page(10, None))
        .await
        .unwrap();
    assert!(
        history
            .items
            .iter()
            .any(|line| line.to.as_deref() == Some("Someday"))
    );
}
