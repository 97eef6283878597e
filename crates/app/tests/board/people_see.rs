//! Who sees what: boards that are not for everybody.

use upvow_app::{
    Caller, Role, boards, comments,
    posts::{self, Filter},
    votes,
};
use upvow_domain::PostId;

use crate::{
    harness::World,
    helpers::{kind, new_post, page},
};

async fn titles(world: &World, caller: &Caller, filter: &Filter) -> Vec<String> {
    let list = posts::list(&world.app, caller, filter, &page(50, None)).await;
    let mut titles: Vec<_> = list
        .unwrap()
        .items
        .into_iter()
        .map(|row| row.title)
        .collect();
    titles.sort();
    titles
}

/// Everything that is said of a post by its id.
async fn refusals(world: &World, caller: &Caller, id: PostId) -> Vec<&'static str> {
    let app = &world.app;
    let status = world.status("Done").await.id;
    vec![
        kind(posts::get(app, caller, id).await),
        kind(posts::edit(app, caller, id, "Another title", "").await),
        kind(posts::history(app, caller, id, &page(5, None)).await),
        kind(votes::vote(app, caller, id).await),
        kind(votes::unvote(app, caller, id).await),
        kind(comments::list(app, caller, id, &page(5, None)).await),
        kind(comments::official(app, caller, id).await),
        kind(posts::set_status(app, caller, id, status, posts::Cause::Page).await),
    ]
}

#[tokio::test]
async fn a_private_board_is_not_there_for_others() {
    let world = World::start(None).await;
    let app = &world.app;
    let board = world.board("Secret plans", "private").await;
    let mod_ = world.member("mod@example.com", Role::Moderator).await;
    let ana = world.person("ana@example.com").await;
    let visitor = Caller::visitor(world.project.id);
    let post = world
        .post_on(&mod_, board.id, "Buy the moon", "secretly")
        .await
        .row
        .id;
    let planned = world.status("Planned").await.id;
    posts::set_status(app, &mod_, post, planned, posts::Cause::Page)
        .await
        .unwrap();

    for caller in [&ana, &visitor] {
        assert_eq!(boards::list(app, caller).await.unwrap().len(), 1);
        assert_eq!(
            kind(boards::by_slug(app, caller, &board.slug).await),
            "not found"
        );
        assert_eq!(kind(boards::get(app, caller, board.id).await), "not found");
        assert!(titles(&world, caller, &Filter::default()).await.is_empty());
        let query = Filter {
            query: "moon".to_owned(),
            ..Filter::default()
        };
        assert!(titles(&world, caller, &query).await.is_empty());
        let of_status = Filter {
            statuses: vec![planned],
            ..Filter::default()
        };
        assert!(titles(&world, caller, &of_status).await.is_empty());
        assert!(
            posts::similar(app, caller, "moon")
                .await
                .unwrap()
                .is_empty()
        );
        let columns = posts::roadmap(app, caller).await.unwrap();
        assert!(columns.iter().all(|c| c.count == 0 && c.posts.is_empty()));
        let on_board = Filter {
            board: Some(board.id),
            ..Filter::default()
        };
        let refused = posts::list(app, caller, &on_board, &page(5, None)).await;
        assert_eq!(kind(refused), "not found");
    }
    let refused = refusals(&world, &ana, post).await;
    let (last, others) = refused.split_last().unwrap();
    assert!(
        others.iter().all(|kind| *kind == "not found"),
        "{refused:?}"
    );
    assert_eq!(
        *last, "forbidden",
        "who may never move a post learns nothing about this one"
    );
    let submit = posts::submit(app, &ana, &new_post(board.id, "Me too", "")).await;
    assert_eq!(kind(submit), "not found");

    assert_eq!(
        titles(&world, &mod_, &Filter::default()).await,
        ["Buy the moon"]
    );
    assert_eq!(posts::similar(app, &mod_, "moon").await.unwrap().len(), 1);
    let columns = posts::roadmap(app, &mod_).await.unwrap();
    assert!(
        columns
            .iter()
            .any(|c| c.count == 1 && c.posts[0].id == post)
    );
}

#[tokio::test]
async fn a_link_only_board_is_read_by_its_address_and_is_in_no_list() {
    let world = World::start(None).await;
    let app = &world.app;
    let board = world.board("Beta testers", "link_only").await;
    let ana = world.person("ana@example.com").await;
    let visitor = Caller::visitor(world.project.id);
    // Whoever has the address may post, vote and comment there.
    let post = world
        .post_on(&ana, board.id, "Crash on start", "")
        .await
        .row
        .id;

    for caller in [&ana, &visitor] {
        assert_eq!(boards::list(app, caller).await.unwrap().len(), 1);
        assert_eq!(
            boards::by_slug(app, caller, "beta-testers")
                .await
                .unwrap()
                .posts,
            1
        );
        assert_eq!(posts::get(app, caller, post).await.unwrap().row.id, post);
        let on_board = Filter {
            board: Some(board.id),
            ..Filter::default()
        };
        assert_eq!(titles(&world, caller, &on_board).await, ["Crash on start"]);
        assert!(titles(&world, caller, &Filter::default()).await.is_empty());
        assert!(
            posts::similar(app, caller, "crash")
                .await
                .unwrap()
                .is_empty()
        );
    }
    assert_eq!(boards::list(app, &world.owner).await.unwrap().len(), 2);
    assert_eq!(
        titles(&world, &world.owner, &Filter::default()).await,
        ["Crash on start"]
    );
}

/// Promise 4.1, 9.3.
#[tokio::test]
async fn another_projects_things_are_not_there() {
    let world = World::start(None).await;
    let app = &world.app;
    let other = upvow_app::projects::create(app, "Other").await.unwrap();
    let post = world.post(&world.owner, "Dark mode").await.row;
    let stranger = Caller {
        project: other.id,
        ..world.owner.clone()
    };
    let refused = refusals(&world, &stranger, post.id).await;
    let (last, others) = refused.split_last().unwrap();
    assert!(
        others.iter().all(|kind| *kind == "not found"),
        "{refused:?}"
    );
    assert_eq!(*last, "not found");
    assert_eq!(
        kind(posts::delete(app, &stranger, post.id).await),
        "not found"
    );
    assert_eq!(
        kind(boards::get(app, &stranger, post.board_id).await),
        "not found"
    );
    let submit = posts::submit(app, &stranger, &new_post(post.board_id, "Sneak in", "")).await;
    assert_eq!(kind(submit), "not found");
    assert!(
        titles(&world, &stranger, &Filter::default())
            .await
            .is_empty()
    );
    // Nor does a status of theirs fit a post of ours.
    let theirs = boards::statuses(app, &stranger).await.unwrap()[3].id;
    let mixed = posts::set_status(app, &world.owner, post.id, theirs, posts::Cause::Page).await;
    assert_eq!(kind(mixed), "status");
    let to_theirs = boards::list(app, &stranger).await.unwrap()[0].id;
    let moved = posts::move_to_board(app, &world.owner, post.id, to_theirs).await;
    assert_eq!(kind(moved), "not found");
}

#[tokio::test]
async fn the_roadmap_shows_what_is_coming_most_wanted_first() {
    let world = World::start(None).await;
    let app = &world.app;
    let ana = world.person("ana@example.com").await;
    let planned = world.status("Planned").await.id;
    for number in 0..23 {
        let post = world
            .post(&world.owner, &format!("Idea {number}"))
            .await
            .row
            .id;
        posts::set_status(app, &world.owner, post, planned, posts::Cause::Page)
            .await
            .unwrap();
        if number == 3 {
            votes::vote(app, &ana, post).await.unwrap();
        }
    }
    let columns = posts::roadmap(app, &ana).await.unwrap();
    let names: Vec<_> = columns.iter().map(|c| c.status.name.as_str()).collect();
    assert_eq!(names, ["Planned", "In progress", "Done"]);
    assert_eq!((columns[0].count, columns[0].posts.len()), (23, 20));
    assert_eq!(columns[0].posts[0].title, "Idea 3");
    assert!(columns[0].posts[0].voted);
}
