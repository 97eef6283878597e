//! The page that problem types point to.

use std::{collections::BTreeSet, fs, path::Path};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use crate::world::World;

/// The text of every source file below a folder.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}

/// The codes of the conflicts that use cases refuse with.
fn conflicts(text: &str) -> BTreeSet<&str> {
    text.split("AppError::Conflict {")
        .skip(1)
        .filter_map(|after| after.trim_start().strip_prefix("code: \""))
        .filter_map(|code| code.split('"').next())
        .collect()
}

#[tokio::test]
async fn every_conflict_is_explained() {
    let world = World::start().await;
    let request = Request::builder()
        .uri("/problems")
        .body(Body::empty())
        .unwrap();
    let page = world.send(request).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = page.text();
    let text = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src"));
    let codes = conflicts(&text);
    assert!(codes.len() > 20, "the search finds them: {codes:?}");
    for code in codes {
        assert!(page.contains(&format!("<dt id=\"{code}\">")), "{code}");
    }
}
