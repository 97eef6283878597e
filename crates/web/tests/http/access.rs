//! Visitors, sessions and tokens; what they see and make.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use serde_json::json;
use upvow_app::projects;
use upvow_domain::Scope;

use crate::world::{World, api, bearer};

#[tokio::test]
async fn a_visitor_reads_public_boards_only() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let open = world
        .post(&token, &world.public_board().await, "Seen by all")
        .await;
    let inside = world.private_board().await.id.to_string();
    let hidden = world.post(&token, &inside, "Seen by members").await;

    let list = world.get("/posts").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["id"], open);
    assert_eq!(
        world.get(&format!("/posts/{open}")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.get(&format!("/posts/{hidden}")).await.problem().0,
        404
    );
    assert_eq!(
        world.get(&format!("/boards/{inside}")).await.problem().0,
        404
    );
    assert_eq!(
        world.get("/boards").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        world.get("/me").await.problem(),
        (401, "sign_in_needed".into())
    );
    assert_eq!(world.get("/me").await.header("www-authenticate"), "Bearer");

    let list = world.get_with(&token, "/posts?sort=new").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_session_is_as_good_as_a_token() {
    let world = World::start().await;
    let request = api("GET", "/me").header(header::COOKIE, world.cookie());
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.json()["email"], "owner@example.com");
}

/// Promise 9.3.
#[tokio::test]
async fn a_token_stays_within_its_scopes_and_its_project() {
    let world = World::start().await;
    let reader = world.token(&[Scope::PostsRead]).await;
    let body = json!({"board_id": world.public_board().await, "title": "Not by me"});
    let reply = world.write(&reader, "POST", "/posts", &body).await;
    assert_eq!(reply.problem(), (403, "forbidden".into()));
    assert!(reply.text().contains("posts:write"), "{}", reply.text());

    let other = projects::create(&world.app, "Other").await.unwrap();
    let request = axum::http::Request::builder()
        .uri(format!("/api/v1/projects/{}/posts", other.slug))
        .header(header::AUTHORIZATION, bearer(&reader));
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.problem(), (403, "forbidden".into()));
}

#[tokio::test]
async fn odd_authorization_is_refused_not_ignored() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    for odd in [
        "Basic b3duZXI6eA==",
        "Bearer",
        "Bearer ",
        "upvow_x",
        &format!("Bearer {token}x"),
    ] {
        let request = api("GET", "/posts").header(header::AUTHORIZATION, odd);
        let reply = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.problem(), (401, "bad_token".into()), "{odd}");
    }
    let request = api("GET", "/posts")
        .header(header::AUTHORIZATION, bearer(&token))
        .header(header::AUTHORIZATION, bearer(&token));
    let reply = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.problem(), (401, "bad_token".into()), "two are none");
}

#[tokio::test]
async fn what_is_made_has_an_address_and_is_made_once() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let body =
        json!({"board_id": world.public_board().await, "title": "Dark mode", "body": "*Please*"});
    let send = || async {
        let request = api("POST", "/posts")
            .header(header::AUTHORIZATION, bearer(&token))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "import-17");
        world
            .send(request.body(Body::from(body.to_string())).unwrap())
            .await
    };
    let first = send().await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let again = send().await;
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(
        world.get("/posts").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let tail = first
        .header("location")
        .strip_prefix("/api/v1/projects/acme")
        .unwrap();
    let read = world.get(tail).await.json();
    assert_eq!(read["body"], "*Please*");
    assert_eq!(read["status"]["is_default"], true);
    let at = read["created_at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.contains('T'), "{at}");
}

#[tokio::test]
async fn votes_can_be_repeated() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let post = world
        .post(&token, &world.public_board().await, "Dark mode")
        .await;
    let vote = format!("/posts/{post}/vote");
    for (method, votes, voted) in [
        ("PUT", 1, true),
        ("PUT", 1, true),
        ("DELETE", 0, false),
        ("DELETE", 0, false),
    ] {
        let reply = world.write(&token, method, &vote, &json!(null)).await;
        assert_eq!(
            reply.json(),
            json!({"votes": votes, "voted": voted}),
            "{method}"
        );
    }
}

#[tokio::test]
async fn pages_of_a_list_hold_each_row_once() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let board = world.public_board().await;
    for n in 0..5 {
        world.post(&token, &board, &format!("Idea {n}")).await;
    }
    for sort in ["trending", "top", "new", "discussed"] {
        let mut seen = Vec::new();
        let mut tail = format!("/posts?sort={sort}&limit=2");
        let pages = loop {
            let page = world.get(&tail).await.json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            seen.extend(
                items
                    .iter()
                    .map(|post| post["id"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => tail = format!("/posts?sort={sort}&limit=2&after={next}"),
                None => break seen.len(),
            }
            assert!(seen.len() <= 5, "{sort} goes round");
        };
        seen.sort();
        seen.dedup();
        assert_eq!((pages, seen.len()), (5, 5), "{sort}");
    }
}

#[tokio::test]
async fn connecting_needs_a_browser() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let body = json!({"consent_version": "1"});
    let reply = world.write(&token, "POST", "/connections", &body).await;
    assert_eq!(reply.problem(), (409, "session_needed".into()));
    let consent = world.get("/consent").await;
    assert_eq!(consent.status, StatusCode::OK, "{}", consent.text());
}

#[tokio::test]
async fn a_link_is_made_one_way_or_the_other() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let post = world
        .post(&token, &world.public_board().await, "Dark mode")
        .await;
    let connection = format!("connection_{}", "0".repeat(32));
    for half in [
        json!({"connection_id": connection}),
        json!({"connection_id": connection, "issue_type_id": "1"}),
        json!({"connection_id": connection, "issue": "DEMO-1", "jira_project_id": "1", "issue_type_id": "1"}),
    ] {
        let reply = world
            .write(&token, "POST", &format!("/posts/{post}/links"), &half)
            .await;
        assert_eq!(reply.problem(), (422, "invalid".into()), "{half}");
        assert!(reply.text().contains("issue_type_id"), "{}", reply.text());
    }
}
