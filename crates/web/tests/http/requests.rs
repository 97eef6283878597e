//! The public page for requests tells nobody whether anything is held.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
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

/// Sends the contact form with this address. Gives status, body, where it leads, and every statement that it ran.
async fn write(world: &World, email: &str) -> (StatusCode, Vec<u8>, String, Vec<String>) {
    let lines = Lines::default();
    let writer = lines.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .with_filter(Targets::new().with_target(upvow_events::TARGET, LevelFilter::TRACE));
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let body = format!("kind=deletion&law=gdpr&email={}", email.replace('@', "%40"));
    let request = Request::builder()
        .method("POST")
        .uri("/privacy/request/letter")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    let reply = world.send(request.unwrap()).await;
    drop(guard);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let statements: Vec<String> = log
        .lines()
        .filter(|line| line.contains("statement"))
        .map(str::to_owned)
        .collect();
    let to = reply.headers[header::LOCATION].to_str().unwrap().to_owned();
    (reply.status, reply.body, to, statements)
}

/// The owner's address is known here, the other is not; the answers are the same to the byte and cost the same
/// statements of the databases, word by word.
///
/// Promise 6.5.
#[tokio::test]
async fn status_bytes_and_work_are_the_same_for_everybody() {
    let world = World::start().await;
    let known = write(&world, "owner@example.com").await;
    let unknown = write(&world, "nobody@example.org").await;
    assert_eq!(known.0, StatusCode::SEE_OTHER);
    assert!(known.3.len() > 3, "the statements are seen: {:?}", known.3);
    assert_eq!(known, unknown);
    // The statements are about cases and the desk's project, never about people or the vault.
    for line in &known.3 {
        assert!(
            !line.contains("FROM people") && !line.contains("grants"),
            "{line}"
        );
    }
    let [first, second] = &world.app.mail.letters()[..] else {
        panic!("two letters");
    };
    let cut = |text: &str| text.split("/privacy/request/").next().unwrap().to_owned();
    assert_eq!(first.subject, second.subject);
    assert_eq!(cut(&first.text), cut(&second.text));
    assert_eq!(first.text.len(), second.text.len());
}

/// Promise 6.5, 13.1.
#[tokio::test]
async fn the_page_is_for_everybody_and_a_link_that_never_was_is_over() {
    let world = World::start().await;
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        world.send(request).await
    };
    let page = get("/privacy/request").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = String::from_utf8(page.body).unwrap();
    for part in [
        "Sign in at Atlassian",
        "You administer a Jira site",
        "15 minutes",
        "48 hours",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(
        get("/privacy/request/made-up").await.status,
        StatusCode::GONE
    );
    let schema = get("/trust/schemas/export.json").await;
    assert_eq!(
        schema.headers[header::CONTENT_TYPE],
        "application/schema+json"
    );
    serde_json::from_slice::<serde_json::Value>(&schema.body).unwrap();
    // The desk is for admins.
    let desk = get("/p/acme/settings/privacy/requests").await;
    assert_ne!(desk.status, StatusCode::OK);
}
