//! Open pages hear of changes.

use upvow_app::{
    Live,
    live::{self, What},
    posts, votes,
};

use crate::harness::World;

#[tokio::test]
async fn what_was_committed_is_said_and_what_was_no_change_is_not() {
    let world = World::start(None).await;
    let board = world.features().await.id;
    let post = world.post(&world.owner, "Dark mode").await.row.id;
    let mut ear = world.app.live.hear();
    let ana = world.person("ana@example.com").await;
    votes::vote(&world.app, &ana, post).await.unwrap();
    votes::vote(&world.app, &ana, post).await.unwrap();
    let planned = world.status("Planned").await.id;
    for _ in 0..2 {
        posts::set_status(&world.app, &world.owner, post, planned, posts::Cause::Page)
            .await
            .unwrap();
    }
    for what in [What::Votes, What::Post] {
        let change = ear.try_recv().unwrap();
        assert_eq!(
            (change.what, change.post, change.board),
            (what, Some(post), Some(board))
        );
        assert_eq!(change.project, world.project.id);
    }
    assert!(ear.try_recv().is_err(), "nothing more happened");
}

#[tokio::test]
async fn nodes_tell_each_other_and_nobody_hears_an_echo() {
    let world = World::start(None).await;
    let stop = tokio_util::sync::CancellationToken::new();
    if !world.app.db.is_postgres() {
        // One process, one node: there is nobody to listen to.
        live::relay(world.app.clone(), stop).await;
        return;
    }
    let other = upvow_app::App::new(upvow_app::Parts {
        db: world.app.db.clone(),
        vault: world.app.vault.clone(),
        jira: None,
        clock: world.app.clock.clone(),
        mail: world.app.mail.clone(),
        settings: world.app.settings.clone(),
        live: Live::new(),
        work: tokio::sync::Notify::new(),
        node: upvow_app::node(),
    });
    let (mut here, mut there) = (world.app.live.hear(), other.live.hear());
    let relays =
        [&world.app, &other].map(|app| tokio::spawn(live::relay(app.clone(), stop.clone())));
    // A relay begins to listen at some moment: posts are made until the other node heard of one.
    let heard = loop {
        world.post(&world.owner, "Dark mode").await;
        let soon = std::time::Duration::from_millis(100);
        if let Ok(change) = tokio::time::timeout(soon, there.recv()).await {
            break change.unwrap();
        }
    };
    assert_eq!(heard.what, What::Post);
    // Both relays are listening once the other way works too; then what is said here comes once.
    let back = loop {
        let post = posts::submit(
            &other,
            &world.owner,
            &crate::helpers::new_post(heard.board.unwrap(), "From there", ""),
        )
        .await
        .unwrap()
        .row
        .id;
        let soon = std::time::Duration::from_millis(100);
        let found = tokio::time::timeout(soon, async {
            loop {
                if here.recv().await.unwrap().post == Some(post) {
                    break;
                }
            }
        });
        if found.await.is_ok() {
            break post;
        }
    };
    votes::unvote(&other, &world.owner, back).await.unwrap();
    let mut times = 0;
    loop {
        let change = there.recv().await.unwrap();
        if change.what == What::Votes && change.post == Some(back) {
            times += 1;
            // What follows in the same channel tells that no echo of it is under way.
            posts::delete(&other, &world.owner, back).await.unwrap();
        } else if times == 1 && change.what == What::Post && change.post == Some(back) {
            break;
        }
    }
    assert_eq!(times, 1);
    stop.cancel();
    for relay in relays {
        relay.await.unwrap();
    }
}
