//! The description of the API tells the truth about the API.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::Value;
use upvow_web::middleware::limits::{Limit, Limits};

use crate::world::World;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

async fn document(world: &World) -> Value {
    let request = Request::builder()
        .uri("/api/openapi.json")
        .body(Body::empty())
        .unwrap();
    let reply = world.send(request).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/json");
    reply.json()
}

/// Every `$ref` in a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.insert(target.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn it_is_openapi_3_1_and_whole() {
    let document = document(&World::start().await).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut targets = BTreeSet::new();
    references(&document, &mut targets);
    assert!(targets.len() > 30, "{targets:?}");
    for target in targets {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{target} leads nowhere"
        );
    }
    let known: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|text| text.len() > 5),
                "{at}"
            );
            assert!(
                known.contains(operation["tags"][0].as_str().unwrap()),
                "{at}"
            );
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("4XX") && responses.len() > 2, "{at}");
            for response in responses.values() {
                assert!(
                    response["description"]
                        .as_str()
                        .is_some_and(|text| text.len() > 5),
                    "{at}"
                );
            }
            assert!(operation["security"].is_array(), "{at}");
            let described: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let named: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(described, named, "{at}");
        }
    }
    assert!(ids.len() > 55, "{} operations", ids.len());
}

/// For every path: the methods it describes are served, and no other is.
#[tokio::test]
async fn it_lists_what_is_served_and_nothing_else() {
    let mut world = World::start().await;
    world.set(|web| {
        web.limits = Arc::new(Limits {
            writes: Limit::new(10_000, Duration::from_secs(1)),
            bad_tokens: Limit::new(10_000, Duration::from_secs(1)),
            ..Limits::default()
        });
    });
    let document = document(&world).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let described: BTreeSet<&str> = item
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let real = path.replace("{project}", "acme").replace("{id}", "x");
        for method in METHODS {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(&real)
                .header(header::AUTHORIZATION, "Bearer upvow_wrong")
                .body(Body::empty())
                .unwrap();
            let (status, code) = world.send(request).await.problem();
            // Whoever is asked who they are has found an operation.
            let found = (status, code.as_str()) == (401, "bad_token");
            assert_eq!(
                found,
                described.contains(method),
                "{method} {path}: {status} {code}"
            );
            if !found {
                assert_eq!(status, 405, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_promised_is_there() {
    let document = document(&World::start().await).await;
    let promised = [
        "get /",
        "get /boards",
        "post /boards",
        "get /boards/{id}",
        "get /statuses",
        "put /statuses/{id}",
        "get /posts",
        "post /posts",
        "get /posts/{id}",
        "put /posts/{id}/vote",
        "delete /posts/{id}/vote",
        "put /posts/{id}/status",
        "get /posts/{id}/comments",
        "post /posts/{id}/comments",
        "put /comments/{id}",
        "get /posts/{id}/voters",
        "get /posts/{id}/history",
        "get /posts/{id}/links",
        "post /posts/{id}/links",
        "get /links/{id}",
        "delete /links/{id}",
        "get /links/{id}/live",
        "post /links/{id}/refresh",
        "put /links/{id}/primary",
        "get /roadmap",
        "get /members",
        "get /tokens",
        "get /me",
        "get /similar",
        "get /connections",
        "post /connections",
        "get /connections/{id}",
        "delete /connections/{id}",
        "get /connections/{id}/sites",
        "put /connections/{id}/site",
        "get /connections/{id}/jira-projects",
        "put /connections/{id}/projects",
        "get /connections/{id}/status-map",
        "put /connections/{id}/status-map",
        "get /connections/{id}/issue-types",
        "get /connections/{id}/targets",
        "put /connections/{id}/targets",
        "get /connections/{id}/rights",
        "get /connections/{id}/summary",
        "get /connections/{id}/test-issues",
        "post /connections/{id}/test-issues",
        "delete /test-issues/{id}",
        "put /connections/{id}/account",
        "get /connect-invites",
        "post /connect-invites",
        "delete /connect-invites/{id}",
        "post /connections/{id}/activate",
        "get /connections/{id}/goodbye",
        "get /connections/{id}/receipt",
        "get /connections/{id}/issues",
        "get /consent",
    ];
    for promise in promised {
        let (method, tail) = promise.split_once(' ').unwrap();
        let path = format!("/api/v1/projects/{{project}}{}", tail.trim_end_matches('/'));
        assert!(document["paths"][&path][method].is_object(), "{promise}");
    }
}
