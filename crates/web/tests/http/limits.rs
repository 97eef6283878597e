//! Too often is said so, with when to come back; and who may read the figures.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use upvow_domain::{Scope, secret::ApiSecret};
use upvow_web::middleware::limits::{Limit, Limits};

use crate::world::{World, api, bearer};

#[tokio::test]
async fn writes_wait_and_reads_do_not() {
    let mut world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let post = world
        .post(&token, &world.public_board().await, "Dark mode")
        .await;
    world.set(|web| {
        web.limits = Arc::new(Limits {
            writes: Limit::new(2, Duration::from_secs(20)),
            ..Limits::default()
        });
    });
    let vote = format!("/posts/{post}/vote");
    for _ in 0..2 {
        let reply = world.write(&token, "PUT", &vote, &json!(null)).await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    let reply = world.write(&token, "PUT", &vote, &json!(null)).await;
    assert_eq!(reply.problem(), (429, "too_many".into()));
    assert_eq!(reply.header("retry-after"), "20");
    assert_eq!(world.get("/posts").await.status, StatusCode::OK);

    world.app.clock.advance(Duration::from_secs(20));
    let reply = world.write(&token, "PUT", &vote, &json!(null)).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn guessing_tokens_gets_slow() {
    let mut world = World::start().await;
    world.set(|web| {
        web.limits = Arc::new(Limits {
            bad_tokens: Limit::new(3, Duration::from_secs(20)),
            ..Limits::default()
        });
    });
    let mut codes = Vec::new();
    for n in 0..4 {
        let request =
            api("GET", "/me").header(header::AUTHORIZATION, bearer(&format!("upvow_{n}")));
        codes.push(
            world
                .send(request.body(Body::empty()).unwrap())
                .await
                .problem()
                .1,
        );
    }
    assert_eq!(codes, ["bad_token", "bad_token", "bad_token", "too_many"]);
}

#[tokio::test]
async fn figures_are_for_this_machine_or_for_the_token() {
    let mut world = World::start().await;
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    world.set(|web| {
        web.metrics = Some(recorder.handle());
        web.metrics_tokens.set(
            ["figures", "before"]
                .map(|token| ApiSecret::new(token.into()))
                .into(),
        );
    });
    let ask = |peer: &str, name: &'static str, value: &'static str| {
        let mut request = Request::builder()
            .uri("/metrics")
            .header(name, value)
            .body(Body::empty())
            .unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    };
    let (here, elsewhere) = ("127.0.0.1:4000", "203.0.113.9:4000");
    let cases = [
        (here, "accept", "*/*", 200),
        ("[::1]:4000", "accept", "*/*", 200),
        // A proxy on this machine passes strangers on.
        (here, "x-forwarded-for", "203.0.113.9", 404),
        (elsewhere, "accept", "*/*", 404),
        (elsewhere, "authorization", "Bearer figures", 200),
        (elsewhere, "authorization", "Bearer before", 200),
        (elsewhere, "authorization", "Bearer ", 404),
        (elsewhere, "authorization", "Bearer figure", 404),
    ];
    for (peer, name, value, status) in cases {
        let reply = world.send(ask(peer, name, value)).await;
        assert_eq!(reply.status, status, "{peer} {name}: {value}");
    }
}
