//! What is held, by page and by API: of a project for its admins, of oneself for everybody.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use upvow_app::{Caller, sign_in};
use upvow_domain::{Scope, secret::SessionSecret};

use crate::world::{Reply, World, api};

async fn voter(world: &World) -> (SessionSecret, Caller) {
    let link = sign_in::operator_link(&world.app, "wanda@example.com", "/")
        .await
        .unwrap();
    let secret = sign_in::finish_link(&world.app, &link, "test")
        .await
        .unwrap()
        .secret;
    let caller = sign_in::caller_of_session(&world.app, &secret, world.project.id)
        .await
        .unwrap();
    (secret, caller)
}

async fn page(world: &World, cookie: &str, method: &str, path: &str, form: &str) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "board.example")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header(header::ORIGIN, "http://board.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world
        .send(request.body(Body::from(form.to_owned())).unwrap())
        .await
}

#[tokio::test]
async fn somebody_sees_takes_along_and_deletes_what_is_held_of_them() {
    let world = World::start().await;
    let (secret, _) = voter(&world).await;
    let cookie = format!("upvow_session={}", secret.expose());

    let seen = page(&world, &cookie, "GET", "/account/data", "").await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
    assert!(
        seen.text().contains("wanda@example.com") && seen.text().contains("Signed-in browsers")
    );

    let copy = page(&world, &cookie, "POST", "/account/data/copy", "").await;
    assert_eq!(copy.status, StatusCode::OK);
    assert_eq!(copy.header("cache-control"), "no-store");
    assert_eq!(copy.json()["format"], "upvow-own-data/1");
    let schema = page(&world, "", "GET", "/trust/schemas/own-data.json", "").await;
    assert_eq!(
        schema.json()["properties"]["format"]["const"],
        "upvow-own-data/1"
    );

    for (form, told) in [
        ("words=stay&email=wanda%40example.com", "Tick this"),
        (
            "words=stay&sure=on&email=other%40example.com",
            "Type your own address",
        ),
    ] {
        let refused = page(&world, &cookie, "POST", "/account/data/delete", form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(told), "{}", refused.text());
    }
    let form = "words=go&sure=on&email=wanda%40example.com";
    let done = page(&world, &cookie, "POST", "/account/data/delete", form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(done.text().contains("Your account is deleted"));
    assert!(
        done.header("set-cookie").starts_with("upvow_session=;"),
        "{}",
        done.header("set-cookie")
    );
    assert_ne!(
        page(&world, &cookie, "GET", "/account/data", "")
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_api_does_the_same_for_a_browser_and_never_for_a_token() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    for reply in [
        world.get_with(&token, "/me/data").await,
        world
            .write(&token, "POST", "/me/data/copy", &json!({}))
            .await,
        world
            .write(
                &token,
                "POST",
                "/me/data/delete",
                &json!({"email": "owner@example.com"}),
            )
            .await,
    ] {
        assert_eq!(reply.problem().0, 403);
    }
    let request = api("GET", "/me/data").header(header::COOKIE, world.cookie());
    let held = world
        .send(request.body(Body::empty()).unwrap())
        .await
        .json();
    assert_eq!(held["only_owner_of"], json!(["Acme"]));
    assert!(held["records"].as_array().unwrap().len() > 10);
}

#[tokio::test]
async fn what_a_project_holds_is_for_its_admins() {
    let world = World::start().await;
    let token = world.token(&Scope::ALL).await;
    let inventory = world.get_with(&token, "/privacy/inventory").await.json();
    let records = inventory["records"].as_array().unwrap();
    let of = |table: &str| {
        records
            .iter()
            .find(|record| record["table"] == table)
            .unwrap()
    };
    assert_eq!(
        (&of("members")["rows"], &of("people")["rows"]),
        (&json!(1), &json!(1))
    );
    assert!(
        of("grants")["rows"].is_null(),
        "the vault's numbers are the server's own"
    );
    let record = world.get_with(&token, "/privacy/record").await.json();
    assert!(record["processor"].as_array().unwrap().len() >= 3);

    let base = "/p/acme/settings/privacy/inventory";
    let page_of = async |cookie: &str, tail: &str| {
        page(&world, cookie, "GET", &format!("{base}{tail}"), "").await
    };
    let seen = page_of(&world.cookie(), "").await;
    assert!(
        seen.text().contains("<title id=\"data-map-title\">") && seen.text().contains("Art. 30")
    );
    assert!(
        page_of(&world.cookie(), "/record.md")
            .await
            .text()
            .contains("# Record of processing")
    );
    assert!(
        page_of(&world.cookie(), "/map.svg")
            .await
            .text()
            .starts_with("<svg")
    );

    let (secret, _) = voter(&world).await;
    let cookie = format!("upvow_session={}", secret.expose());
    for tail in ["", "/record.md", "/map.svg"] {
        assert_eq!(page_of(&cookie, tail).await.status, StatusCode::FORBIDDEN);
    }
    let request = api("GET", "/privacy/inventory").header(header::COOKIE, &cookie);
    assert_eq!(
        world
            .send(request.body(Body::empty()).unwrap())
            .await
            .problem()
            .0,
        403
    );
}
