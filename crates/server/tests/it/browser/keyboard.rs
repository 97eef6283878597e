//! Everything by keyboard, and the focus always shows.

use super::{connect, sign_in};
use crate::harness::{Chrome, Demo, is_wanted};

const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mouse_somebody_posts_votes_and_moves_an_issue() {
    if !is_wanted() {
        return;
    }
    let demo = Demo::start();
    let chrome = Chrome::open(true).await;
    // The button has the focus when the page comes.
    chrome.go(&demo.voter_link).await;
    chrome.tab_to("form[action^='/sign-in/link/'] button").await;
    chrome.press(ENTER).await;
    chrome.at("/p/acme-notes").await;

    // The first Tab offers to skip the navigation.
    chrome.press("\u{e004}").await;
    assert_eq!(
        chrome
            .run("return document.activeElement.matches('a.skip')")
            .await,
        true
    );

    chrome.tab_to("main a[href*='/posts/new']").await;
    chrome.press(ENTER).await;
    chrome.tab_to("#title").await;
    chrome.press("Numbers in front of headings").await;
    chrome.tab_to("#body").await;
    chrome.press("1, 1.1, 1.2").await;
    chrome.tab_to("form[action$='/posts'] button.primary").await;
    chrome.press(ENTER).await;
    chrome.at("/posts/post_").await;
    chrome.reads("Numbers in front of headings").await;

    // A vote in a list, where the focus stays on it.
    chrome
        .go(&format!("{}p/acme-notes?sort=top", demo.board))
        .await;
    chrome
        .tab_to(".post-row .vote-button[aria-pressed=false]")
        .await;
    let title = chrome
        .run("return document.activeElement.dataset.title")
        .await;
    chrome.press(ENTER).await;
    let vote = format!(".post-row .vote-button[aria-pressed=true][data-title={title}]");
    chrome.see(&vote).await;
    chrome.tab_to(&vote).await;

    // In Jira, arrow keys move a card.
    let owner = Chrome::open(true).await;
    sign_in(&owner, &demo.owner_link).await;
    connect(&owner, &demo.board, false).await;
    owner.close().await;
    chrome
        .go(&format!("{}/projects/KITE/board", demo.jira))
        .await;
    chrome.tab_to(".column[data-name='To Do'] .card").await;
    let key = chrome
        .run("return document.activeElement.dataset.key")
        .await;
    chrome.press(RIGHT).await;
    chrome
        .see(&format!(
            ".column[data-name='In Progress'] .card[data-key={key}]"
        ))
        .await;
    chrome.close().await;
}
