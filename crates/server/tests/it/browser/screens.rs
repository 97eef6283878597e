//! A picture of every screen, in light, in dark, and on a phone; and no page that is wider than the phone.

use super::sign_in;
use crate::harness::{Chrome, Demo, is_wanted};

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_fits_a_phone_and_has_its_picture() {
    if !is_wanted() {
        return;
    }
    let demo = Demo::start();
    let chrome = Chrome::open(true).await;
    let at = |path: &str| format!("{}{path}", demo.board);
    chrome.go(&at("sign-in")).await;
    chrome.picture("sign-in").await;
    chrome.write("input[name=email]", "nobody").await;
    chrome.go(&at("p/acme-notes")).await;
    chrome.picture("posts-visitor").await;
    chrome.go(&demo.owner_link).await;
    chrome.picture("sign-in-link").await;
    sign_in(&chrome, &demo.owner_link).await;
    let screens = [
        ("posts", "p/acme-notes"),
        ("board", "p/acme-notes/b/ideas"),
        ("search", "p/acme-notes?q=offline"),
        ("search-nothing", "p/acme-notes?q=zzzzzz"),
        ("new-post", "p/acme-notes/posts/new"),
        ("roadmap", "p/acme-notes/roadmap"),
        ("settings", "p/acme-notes/settings"),
        ("members", "p/acme-notes/settings/members"),
        ("tokens", "p/acme-notes/settings/tokens"),
        ("connections-none", "p/acme-notes/settings/connections"),
        ("account", "account"),
        ("mail", "mail"),
        ("not-found", "p/acme-notes/nowhere"),
    ];
    for (name, path) in screens {
        chrome.go(&at(path)).await;
        chrome.see("main h1").await;
        chrome.picture(name).await;
    }
    chrome.go(&at("p/acme-notes?sort=top")).await;
    chrome.click(".post-row h3 a").await;
    chrome.at("/posts/post_").await;
    chrome.picture("post").await;
    chrome.close().await;
}
