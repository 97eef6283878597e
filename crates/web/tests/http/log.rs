//! The log holds route templates, and nothing that anybody sent.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{Request, header},
};

use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
};

use crate::world::World;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Promise 2.6, 3.5, 4.2, 7.3.
#[tokio::test]
async fn nothing_that_was_sent_is_logged() {
    let world = World::start().await;
    let lines = Lines::default();
    let writer = lines.clone();
    // As the program does it: our own events, all of them, and nobody else's.
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .with_filter(Targets::new().with_target(upvow_events::TARGET, LevelFilter::TRACE));
    let subscriber = tracing_subscriber::registry().with(layer);
    let guard = tracing::subscriber::set_default(subscriber);
    let requests = [
        ("POST", "/hooks/jira/canary-1?triggeredByUser=canary-2"),
        ("GET", "/api/v1/projects/acme/posts?query=canary-3"),
        ("GET", "/api/v1/projects/canary-4/posts"),
        ("POST", "/api/v1/projects/acme/posts"),
        ("GET", "/sign-in/link/canary-5"),
        ("GET", "/canary-6"),
        ("CANARY-7", "/"),
    ];
    for (method, path) in requests {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, "Bearer canary-8")
            .header(header::COOKIE, "upvow_session=canary-9")
            .header(header::USER_AGENT, "canary-10")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-request-id", "canary-11")
            .header("x-forwarded-for", "198.51.100.77")
            .body(Body::from("{\"canary-12\": 1}"))
            .unwrap();
        world.send(request).await;
    }
    drop(guard);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let low = log.to_lowercase();
    assert!(
        !low.contains("canary") && !low.contains("198.51.100.77"),
        "{log}"
    );
    for told in [
        "route=\"/hooks/jira/{token}\"",
        "route=\"/sign-in/link/{secret}\"",
        "route=\"none\"",
        "method=\"other\"",
        "code=\"bad_token\"",
    ] {
        assert!(log.contains(told), "{told} in {log}");
    }
}
