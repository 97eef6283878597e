//! The webhook door: one refusal looks like the other.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode, header},
};
use upvow_web::middleware::limits::{Limit, Limits};

use crate::world::World;

fn delivery(method: &str, token: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(format!(
        "/hooks/jira/{token}?triggeredByUser=557058:someone"
    ))
}

const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A body that does not say how long it is.
fn streamed(length: usize) -> Body {
    let chunk = Bytes::from(vec![b' '; 64 * 1024]);
    let chunks =
        (0..length.div_ceil(chunk.len())).map(move |_| Ok::<_, std::io::Error>(chunk.clone()));
    Body::from_stream(futures_util::stream::iter(chunks))
}

#[tokio::test]
async fn one_refusal_looks_like_the_other() {
    let world = World::start().await;
    let long = vec![b'{'; 5 * 1024 * 1024 + 1];
    let deliveries = [
        delivery("POST", UNKNOWN).body(Body::empty()),
        delivery("POST", UNKNOWN).body(Body::from("{\"issue\":{}}")),
        delivery("POST", "short").body(Body::from("{}")),
        delivery("POST", "%FF").body(Body::from("{}")),
        delivery("POST", &"x".repeat(4000)).body(Body::from("{}")),
        delivery("GET", UNKNOWN).body(Body::empty()),
        delivery("PUT", UNKNOWN).body(Body::from("{}")),
        delivery("DELETE", UNKNOWN).body(Body::empty()),
        delivery("POST", UNKNOWN).body(Body::from(long)),
        delivery("POST", UNKNOWN)
            .header(header::CONTENT_LENGTH, 6_000_000)
            .body(Body::empty()),
        delivery("POST", UNKNOWN).body(streamed(6_000_000)),
        delivery("POST", UNKNOWN)
            .header(header::AUTHORIZATION, "Bearer x.y.z")
            .header(header::AUTHORIZATION, "Basic eA==")
            .header("x-atlassian-webhook-identifier", "1")
            .body(Body::from("{}")),
        delivery("POST", UNKNOWN)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_ENCODING, "gzip")
            .body(Body::from("{}")),
    ];
    let mut constant = None;
    for (n, request) in deliveries.into_iter().enumerate() {
        let reply = world.send(request.unwrap()).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{n}");
        assert!(reply.body.is_empty(), "{n}");
        match &constant {
            None => constant = Some(reply),
            Some(constant) => assert_eq!(&reply, constant, "{n}"),
        }
    }
}

#[tokio::test]
async fn f26_without_a_database_jira_is_asked_to_come_again() {
    let world = World::start().await;
    world.app.db.close().await;
    let reply = world
        .send(delivery("POST", UNKNOWN).body(Body::from("{}")).unwrap())
        .await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.header("retry-after"), "60");
    assert!(reply.body.is_empty());
}

/// Promise 3.5, 9.5.
#[tokio::test]
async fn a_flood_waits() {
    let mut world = World::start().await;
    world.set(|web| {
        web.limits = Arc::new(Limits {
            hooks: Limit::new(2, std::time::Duration::from_mins(1)),
            ..Limits::default()
        });
    });
    for _ in 0..2 {
        let reply = world
            .send(delivery("POST", UNKNOWN).body(Body::empty()).unwrap())
            .await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
    let reply = world
        .send(delivery("POST", UNKNOWN).body(Body::empty()).unwrap())
        .await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.header("retry-after"), "30");
}
