//! Live updates: each hears what they may know, and nothing of what they may not.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use futures_util::StreamExt as _;
use upvow_app::live::{Change, What};
use upvow_domain::{BoardId, PostId};

use crate::world::World;

/// An open page.
struct Page(BodyDataStream);

impl Page {
    async fn open(world: &World, cookie: Option<String>) -> Page {
        let mut request = Request::builder()
            .uri("/p/acme/live")
            .header(header::ACCEPT_ENCODING, "gzip");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = world.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
        let mut page = Page(response.into_body().into_data_stream());
        let first = page.next().await.unwrap();
        assert!(first.contains("retry: 3000"), "{first}");
        page
    }

    /// The next event, or `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let chunk = tokio::time::timeout(Duration::from_secs(10), self.0.next())
            .await
            .expect("something comes");
        chunk.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
    }
}

fn change(world: &World, what: What, board: Option<BoardId>) -> (Change, String) {
    let post: PostId = world.app.fresh_id();
    let change = Change {
        project: world.project.id,
        what,
        board,
        post: Some(post),
        connection: None,
    };
    (change, post.to_string())
}

#[tokio::test]
async fn a_visitor_hears_of_public_boards_only() {
    let world = World::start().await;
    let open: BoardId = world.public_board().await.parse().unwrap();
    let inside = world.private_board().await.id;
    let mut visitor = Page::open(&world, None).await;
    let mut owner = Page::open(&world, Some(world.cookie())).await;

    let secrets = [
        change(&world, What::Post, Some(inside)),
        change(&world, What::Links, Some(open)),
        change(&world, What::Connection, None),
    ];
    let elsewhere = Change {
        project: world.app.fresh_id(),
        ..change(&world, What::Post, Some(open)).0
    };
    let (news, post) = change(&world, What::Votes, Some(open));
    for (secret, _) in &secrets {
        world.app.live.say(*secret);
    }
    world.app.live.say(elsewhere);
    world.app.live.say(news);

    let heard = visitor.next().await.unwrap();
    assert!(heard.starts_with("event: change\ndata: "), "{heard}");
    assert!(
        heard.contains(&post),
        "the first they hear is the public news: {heard}"
    );

    for (_, post) in &secrets {
        let heard = owner.next().await.unwrap();
        assert!(heard.contains(post), "{heard}");
    }
    assert!(
        owner.next().await.unwrap().contains(&post),
        "and nothing of elsewhere"
    );
}

#[tokio::test]
async fn a_page_that_cannot_keep_up_is_told_to_ask_again() {
    let world = World::start().await;
    let board: BoardId = world.public_board().await.parse().unwrap();
    let mut page = Page::open(&world, None).await;
    for _ in 0..3000 {
        world
            .app
            .live
            .say(change(&world, What::Votes, Some(board)).0);
    }
    let heard = page.next().await.unwrap();
    assert!(heard.contains("event: resync"), "{heard}");
    assert!(
        page.next().await.unwrap().contains("event: change"),
        "and goes on"
    );
}

#[tokio::test]
async fn the_stream_ends_when_the_program_stops() {
    let world = World::start().await;
    let mut page = Page::open(&world, None).await;
    world.web.stop.cancel();
    assert_eq!(page.next().await, None);
}

#[tokio::test]
async fn one_address_opens_so_many_and_no_more() {
    let world = World::start().await;
    let mut pages = Vec::new();
    for _ in 0..60 {
        pages.push(Page::open(&world, None).await);
    }
    let ask = || {
        Request::builder()
            .uri("/p/acme/live")
            .body(Body::empty())
            .unwrap()
    };
    let refused = world.open(ask()).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "30");
    pages.pop();
    assert_eq!(
        world.open(ask()).await.status(),
        StatusCode::OK,
        "a closed one makes room"
    );
}
