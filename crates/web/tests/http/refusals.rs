//! Everything that cannot be read is refused as a problem with a text that helps.

use axum::{body::Body, http::header};
use serde_json::json;
use upvow_domain::Scope;

use crate::world::{World, api, bearer};

/// Sends a body with the owner's token and gives status, code and detail of the refusal.
async fn refused(
    world: &World,
    method: &str,
    tail: &str,
    kind: Option<&str>,
    body: impl Into<Body>,
) -> (u16, String, String) {
    let token = world.token(&Scope::ALL).await;
    let mut request = api(method, tail).header(header::AUTHORIZATION, bearer(&token));
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let reply = world.send(request.body(body.into()).unwrap()).await;
    let (status, code) = reply.problem();
    (
        status,
        code,
        reply.json()["detail"].as_str().unwrap().to_owned(),
    )
}

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let world = World::start().await;
    let cases = [
        (JSON, "{", 400, "bad_json", "EOF"),
        (JSON, "[]", 422, "invalid", "JSON object"),
        (
            JSON,
            r#"["board_", "abc", ""]"#,
            422,
            "invalid",
            "JSON object",
        ),
        (JSON, "7", 422, "invalid", "JSON object"),
        (
            JSON,
            r#"{"title": 3, "board_id": "x"}"#,
            422,
            "invalid",
            "title: ",
        ),
        (
            JSON,
            r#"{"title": "abc", "board_id": "x"}"#,
            422,
            "invalid",
            "board_",
        ),
        (JSON, r#"{"title": "abc"}"#, 422, "invalid", "board_id"),
        (JSON, r#"{"colour": "red"}"#, 422, "invalid", "colour"),
        (None, "{}", 415, "wrong_content_type", "application/json"),
        (
            Some("text/plain"),
            "{}",
            415,
            "wrong_content_type",
            "application/json",
        ),
    ];
    for (kind, body, status, code, says) in cases {
        let (was, named, text) = refused(&world, "POST", "/posts", kind, body).await;
        assert_eq!((was, named.as_str()), (status, code), "{body}");
        assert!(text.contains(says), "{body}: {text}");
    }
}

#[tokio::test]
async fn no_text_holds_nul() {
    let world = World::start().await;
    let body = json!({"board_id": world.public_board().await, "title": "a\u{0}bc"}).to_string();
    assert!(body.contains(r"\u0000"), "{body}");
    let (status, code, text) = refused(&world, "POST", "/posts", JSON, body).await;
    assert_eq!((status, code.as_str()), (422, "invalid"));
    assert!(text.contains("U+0000"), "{text}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read() {
    let world = World::start().await;
    let body = json!({"board_id": world.public_board().await, "title": "abc", "body": "x".repeat(300_000)});
    let (status, code, _) = refused(&world, "POST", "/posts", JSON, body.to_string()).await;
    assert_eq!((status, code.as_str()), (413, "too_large"));
}

#[tokio::test]
async fn refused_fields_are_named() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let body = json!({"board_id": world.public_board().await, "title": "ab"});
    let reply = world.write(&token, "POST", "/posts", &body).await;
    assert_eq!(reply.problem(), (422, "invalid".into()));
    assert_eq!(reply.json()["errors"][0]["field"], "title");
}

#[tokio::test]
async fn addresses_and_queries_that_cannot_be_read() {
    let world = World::start().await;
    let board = world.public_board().await;
    let cases = [
        ("/posts/7", 404, "not_found", "post_"),
        // An id of another kind names no post.
        (&*format!("/posts/{board}"), 404, "not_found", "post_"),
        ("/posts/%FF", 404, "not_found", ""),
        ("/posts?limit=many", 422, "invalid", "limit"),
        ("/posts?limit=0", 422, "invalid", "field"),
        ("/posts?limit=101", 422, "invalid", "field"),
        ("/posts?sort=best", 422, "invalid", "best"),
        ("/posts?colour=red", 422, "invalid", "colour"),
        ("/posts?status=open", 422, "invalid", "field"),
        ("/posts?after=nonsense", 422, "invalid", "field"),
        ("/similar", 422, "invalid", "text"),
        ("/posts?query=%00", 400, "bad_request", ""),
        ("/posts/%00", 404, "not_found", ""),
        ("/nothing", 404, "not_found", ""),
    ];
    for (tail, status, code, says) in cases {
        let reply = world.get(tail).await;
        assert_eq!(reply.problem(), (status, code.to_owned()), "{tail}");
        assert!(reply.text().contains(says), "{tail}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let world = World::start().await;
    let reply = world
        .send(api("PATCH", "/posts").body(Body::empty()).unwrap())
        .await;
    assert_eq!(reply.problem(), (405, "method_not_allowed".into()));
    let allowed = reply.header("allow");
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed}"
    );
}

#[tokio::test]
async fn an_idempotency_key_is_visible_ascii() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let body = json!({"board_id": world.public_board().await, "title": "Dark mode"});
    for key in ["", "a b", &"k".repeat(201)] {
        let request = api("POST", "/posts")
            .header(header::AUTHORIZATION, bearer(&token))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()))
            .unwrap();
        let reply = world.send(request).await;
        assert_eq!(reply.problem(), (422, "invalid".into()), "{key:?}");
        assert_eq!(reply.json()["errors"][0]["field"], "Idempotency-Key");
    }
    let none = world.get("/posts").await.json();
    assert_eq!(none["items"], json!([]), "nothing was posted");
}

#[tokio::test]
async fn people_get_a_page_and_programs_a_problem() {
    let world = World::start().await;
    let ask = |accept: &str| {
        axum::http::Request::builder()
            .uri("/no/such/page")
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .unwrap()
    };
    let page = world.send(ask("text/html")).await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(world.send(ask("application/json")).await.problem().0, 404);
}
