//! Two nodes on one PostgreSQL: what happens at one is seen at the other.

use reqwest::Method;
use serde_json::json;

use crate::harness::{PATIENCE, Town};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_open_at_one_node_hears_of_a_vote_at_another() {
    if std::env::var_os("UPVOW_TEST_POSTGRES_URL").is_none() {
        eprintln!("left out: UPVOW_TEST_POSTGRES_URL is not set, and SQLite has one node");
        return;
    }
    let town = Town::start().await;
    let post = town.post("Two nodes").await;
    let other = town.server.another().await;
    let reader = other.sign_in("reader@town.example").await;
    let mut events = reader.events("/p/town/live").await.unwrap();
    let vote = Town::api(&format!("/posts/{post}/vote"));
    let heard = async {
        // The other node may still be about to listen: whoever votes again and again is heard in the end.
        loop {
            town.owner.api(Method::DELETE, &vote, None).await.unwrap();
            town.owner.api(Method::PUT, &vote, None).await.unwrap();
            let event = events.next(|change| change["post"] == post.as_str());
            if let Ok(event) =
                tokio::time::timeout(std::time::Duration::from_millis(500), event).await
            {
                return event.unwrap();
            }
        }
    };
    let event = tokio::time::timeout(PATIENCE, heard)
        .await
        .expect("the vote is heard of");
    assert_eq!(event["what"], "votes");
    // And the other way, through the other node's own API.
    reader.api(Method::PUT, &vote, None).await.unwrap();
    town.until(&format!("/posts/{post}"), "both votes count", |read| {
        read["votes"] == 2
    })
    .await;
    let comment = json!({ "body": "Seen at both." });
    reader
        .api(
            Method::POST,
            &Town::api(&format!("/posts/{post}/comments")),
            Some(&comment),
        )
        .await
        .unwrap();
    town.until(&format!("/posts/{post}"), "the comment is there", |read| {
        read["comments"] == 1
    })
    .await;
}
