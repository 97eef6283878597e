//! Files under `/static`.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use upvow_web::assets;

use crate::world::World;

#[tokio::test]
async fn a_file_may_be_kept_under_the_name_of_its_content() {
    let world = World::start().await;
    let ask = |path: &str, known: &str| {
        Request::builder()
            .uri(path)
            .header(header::IF_NONE_MATCH, known)
            .body(Body::empty())
            .unwrap()
    };
    for (name, kind, content) in assets::FILES {
        let named = world.send(ask(&assets::url(name), "")).await;
        assert_eq!(named.status, StatusCode::OK, "{name}");
        assert_eq!(named.header("content-type"), *kind);
        assert_eq!(named.body, *content);
        assert!(named.header("cache-control").contains("immutable"));

        for stale in [format!("/static/{name}"), format!("/static/{name}?v=old")] {
            let bare = world.send(ask(&stale, "")).await;
            assert_eq!(bare.header("cache-control"), "no-cache", "{stale}");
        }
        let etag = named.header("etag").to_owned();
        let known = world.send(ask(&format!("/static/{name}"), &etag)).await;
        assert_eq!(known.status, StatusCode::NOT_MODIFIED);
        assert!(known.body.is_empty());
    }
    for path in ["/static/", "/static/..%2fCargo.toml", "/static/none"] {
        assert_eq!(
            world.send(ask(path, "")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
