//! The public page of promises, its feed, and our own door as the checks see it.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{Request, StatusCode},
    routing::{get, post},
};
use upvow_app::privacy::{
    promises::{
        addendum,
        checks::{self, CheckContext, Finding},
        edge, proofs,
    },
    requests,
};
use upvow_domain::Scope;
use upvow_web::edge::{look, through};

use crate::world::World;

async fn read(world: &World, path: &str) -> crate::world::Reply {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    world.send(request).await
}

/// Promise 8.2, 9.8, 10.1, 11.3, 13.1, 14.1.
#[tokio::test]
async fn anybody_reads_every_promise_with_its_proof_without_scripts() {
    let world = World::at("https://board.example").await;
    let fresh = read(&world, "/trust").await;
    assert_eq!(fresh.status, StatusCode::OK);
    assert!(fresh.text().contains("Not checked yet"));
    proofs::look(&world.app, true).await.unwrap();
    let page = read(&world, "/trust").await.text();
    for sentence in addendum::template().iter().flat_map(|s| &s.sentences) {
        assert!(page.contains(&format!("id=\"p{}\"", sentence.id)));
    }
    assert!(page.contains("Proven") && !page.contains("{{"));
    assert!(page.contains("(<code>accountId</code>)") && !page.contains('`'));
    for there in [
        "/trust/keys.json",
        "/trust/promises.json",
        "/trust/schemas/export.json",
        "/trust/schemas/own-data.json",
        "/trust/feed.atom",
    ] {
        assert!(page.contains(&format!("href=\"{there}\"")), "{there}");
        assert_eq!(read(&world, there).await.status, StatusCode::OK, "{there}");
    }
    assert!(page.contains("Atlassian") && page.contains("standard contractual clauses"));
    assert!(page.contains(&format!("mailto:{}", world.app.settings.contact)));
    assert!(page.contains("Version 1") && page.contains("/trust/feed.atom"));
    let json = read(&world, "/trust/promises.json").await.json();
    let rows = json["promises"].as_array().unwrap();
    assert_eq!(
        rows.len(),
        addendum::template()
            .iter()
            .map(|s| s.sentences.len())
            .sum::<usize>()
    );
    let mut keys: Vec<_> = rows[0].as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "check",
            "checked_at",
            "id",
            "mechanism",
            "result",
            "sentence"
        ]
    );
    assert!(rows.iter().all(|row| row["result"] != "fail"), "{json}");
}

/// Promise 14.1.
#[tokio::test]
async fn changes_are_a_feed_that_holds_whatever_the_operator_is_called() {
    let world = World::start().await;
    proofs::look(&world.app, true).await.unwrap();
    let feed = read(&world, "/trust/feed.atom").await;
    assert_eq!(
        feed.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let text = feed.text();
    assert!(text.starts_with("<?xml"));
    assert_eq!(text.matches("<entry>").count(), 2, "{text}");
    for part in ["<feed ", "<entry>", "<id>", "<title>", "<updated>"] {
        let name = part.trim_matches(['<', '>', ' ']);
        let (open, close) = (format!("<{name}"), format!("</{name}>"));
        assert_eq!(
            text.matches(&open).count(),
            text.matches(&close).count(),
            "{part}"
        );
    }
    let mut ids: Vec<_> = text
        .split("<id>")
        .skip(1)
        .map(|t| t.split('<').next().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "every id once");
}

/// Promise 3.5, 9.5.
#[tokio::test]
async fn the_door_is_looked_at_through_the_real_routes_and_a_bare_one_is_found() {
    let world = World::at("https://board.example").await;
    let facts = look(world.app.clone()).await;
    assert_eq!(edge::problem(&facts, true), None, "{facts:?}");
    // The check goes through the same eyes.
    let check = checks::find("edge").unwrap();
    let found = checks::run(check, &CheckContext::new(&world.app)).await;
    assert_eq!(found, Finding::Pass);

    let bare = Router::new().route("/trust", get(|| async { "bare" }));
    let facts = through(&world.web, bare).await;
    assert!(edge::problem(&facts, true).is_some());
    let good = look(world.app.clone()).await;
    for spoil in [
        |f: &mut edge::Facts| {
            f.policy = f
                .policy
                .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'");
        },
        |f: &mut edge::Facts| {
            f.policy = f
                .policy
                .replace("frame-ancestors 'none'", "frame-ancestors *");
        },
        |f: &mut edge::Facts| f.sniffing.clear(),
        |f: &mut edge::Facts| f.referrer = "unsafe-url".to_owned(),
        |f: &mut edge::Facts| f.transport.clear(),
        |f: &mut edge::Facts| f.slows_floods = false,
        |f: &mut edge::Facts| f.trust_page = false,
    ] {
        let mut facts = good.clone();
        spoil(&mut facts);
        assert!(edge::problem(&facts, true).is_some(), "{facts:?}");
    }
}

/// The page for requests as it is served passes; one that asks for an account, and doors that tell what they know, do not.
///
/// Promise 6.5, 13.2.
#[tokio::test]
async fn what_the_page_for_requests_asks_and_tells_is_looked_at() {
    let world = World::start().await;
    let facts = look(world.app.clone()).await;
    assert_eq!(facts.asks, ["email", "kind", "law", "site"]);
    assert!(facts.links_alike && facts.letters_alike, "{facts:?}");
    for name in ["asks_only", "answers_alike"] {
        let check = checks::find(name).unwrap();
        let found = checks::run(check, &CheckContext::new(&world.app)).await;
        assert_eq!(found, Finding::Pass, "{name}");
    }
    // Looking opened no case and wrote no letter.
    let caller = &world.owner;
    let counts = requests::desk::counts(&world.app, caller).await.unwrap();
    assert_eq!((counts.open, counts.closed), (0, 0));
    assert!(world.app.mail.letters().is_empty());

    let asking = "<form><input type=\"hidden\" name=\"project\"><input name=\"email\"><textarea name=\"account\"></textarea></form>";
    let known = |text: String| text.contains("owner%40");
    let telling = Router::new()
        .route("/privacy/request", get(move || async move { asking }))
        .route(
            "/privacy/request/{secret}",
            get(|Path(link): Path<String>| async move {
                let words = if link.starts_with('A') {
                    "No."
                } else {
                    "It is over."
                };
                (StatusCode::GONE, words)
            }),
        )
        .route(
            "/privacy/request/letter",
            post(move |text: String| async move {
                let words = if known(text) { "Known." } else { "Not known." };
                (StatusCode::UNPROCESSABLE_ENTITY, words)
            }),
        );
    let facts = through(&world.web, telling).await;
    assert_eq!(facts.asks, ["account", "email"]);
    assert!(!facts.links_alike && !facts.letters_alike, "{facts:?}");
}

/// Promise 14.2.
#[tokio::test]
async fn taking_note_is_for_owners() {
    let world = World::start().await;
    let owner = world.token(&[Scope::Admin]).await;
    let list = world.get_with(&owner, "/privacy/announcements").await;
    assert_eq!(list.status, StatusCode::OK);
    assert_eq!(list.json()["items"].as_array().unwrap().len(), 0);
    let path = "/privacy/announcements/change-9/acknowledged";
    let unknown = world
        .write(&owner, "PUT", path, &serde_json::Value::Null)
        .await;
    assert_eq!(unknown.problem().0, 404);
    assert_eq!(world.get("/privacy/announcements").await.problem().0, 401);
    let reader = world.token(&[Scope::PostsRead]).await;
    let refused = world.get_with(&reader, "/privacy/announcements").await;
    assert_eq!(refused.problem().0, 403);
    let page = read(&world, "/p/acme/settings/privacy/changes").await;
    assert_ne!(page.status, StatusCode::OK);
}
