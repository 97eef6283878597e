//! Security headers, and requests from other sites.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use upvow_domain::Scope;

use crate::world::{Reply, World, api, bearer};

async fn get(world: &World, path: &str) -> Reply {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    world.send(request).await
}

#[tokio::test]
async fn every_answer_carries_them() {
    let world = World::start().await;
    let paths = [
        "/healthz",
        "/problems",
        "/no/such/page",
        "/api/openapi.json",
        "/api/docs/",
        "/api/v1/projects/acme/posts",
        "/api/v1/projects/acme/posts/7",
        "/hooks/jira/none",
        "/static/none.css",
    ];
    for path in paths {
        let reply = get(&world, path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        let policy = reply.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(
            reply.header("strict-transport-security"),
            "",
            "not over http"
        );
    }
}

#[tokio::test]
async fn forms_may_lead_to_atlassian_and_nowhere_else() {
    let world = World::start().await;
    let reply = get(&world, "/problems").await;
    let policy = reply.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://auth.atlassian.com https://*.atlassian.com;"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn https_is_kept_to() {
    let world = World::at("https://board.example").await;
    let reply = get(&world, "/healthz").await;
    assert_eq!(
        reply.header("strict-transport-security"),
        "max-age=31536000"
    );
    // The cookie has its guarded name there; one under the plain name is no session.
    let request = api("GET", "/me").header(header::COOKIE, world.cookie());
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.problem(), (401, "sign_in_needed".into()));
    let request = api("GET", "/me").header(header::COOKIE, format!("__Host-{}", world.cookie()));
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK);
}

/// A write of the owner's: another name.
fn rename() -> axum::http::request::Builder {
    api("PUT", "/me").header(header::CONTENT_TYPE, "application/json")
}

fn name(name: &str) -> Body {
    Body::from(json!({"name": name}).to_string())
}

#[tokio::test]
async fn a_browser_on_another_site_cannot_write() {
    let world = World::start().await;
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ];
    for (header, value) in foreign {
        let request = rename()
            .header(header::COOKIE, world.cookie())
            .header(header, value);
        let reply = world.send(request.body(name("Eve")).unwrap()).await;
        assert_eq!(
            reply.problem(),
            (403, "cross_site".into()),
            "{header}: {value}"
        );
    }
    let own = [
        ("sec-fetch-site", "same-origin"),
        ("origin", "http://board.example"),
    ];
    for (header, value) in own {
        let request = rename()
            .header(header::COOKIE, world.cookie())
            .header(header, value);
        let reply = world.send(request.body(name("Olga B")).unwrap()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.json()["name"], "Olga B");
    }
}

#[tokio::test]
async fn a_token_speaks_alone() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let post = world
        .post(&token, &world.public_board().await, "Dark mode")
        .await;
    let unvote = || api("DELETE", &format!("/posts/{post}/vote"));
    // A bad one is refused although a good cookie is beside it.
    let request = unvote()
        .header(header::AUTHORIZATION, bearer("upvow_wrong"))
        .header(header::COOKIE, world.cookie());
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.problem(), (401, "bad_token".into()));
    // A good one may come from wherever: a browser does not send it by itself.
    let request = unvote()
        .header(header::AUTHORIZATION, bearer(&token))
        .header("sec-fetch-site", "cross-site");
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn the_documentation_page_has_a_policy_it_works_under() {
    let world = World::start().await;
    let page = get(&world, "/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("style-src 'self' 'unsafe-inline'"),
        "{policy}"
    );
    // The policy allows scripts by file only, so the page must have no other.
    for script in page.text().split("<script").skip(1) {
        assert!(script.contains("src="), "{script}");
    }
}

/// Promise 5.2. Whoever holds a receipt gets the keys to verify it with, and nothing but the public halves.
#[tokio::test]
async fn the_public_keys_are_there_for_anybody() {
    let world = World::start().await;
    let reply = get(&world, "/trust/keys.json").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/jwk-set+json");
    let keys = reply.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0]["kty"], "OKP");
    assert_eq!(keys[0]["crv"], "Ed25519");
    assert!(keys[0]["kid"].as_str().unwrap().len() == 43);
    assert!(keys[0].get("d").is_none(), "no private half");
}
