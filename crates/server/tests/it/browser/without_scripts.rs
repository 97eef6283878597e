//! Every page is whole without JavaScript.

use super::{connect, sign_in};
use crate::harness::{Chrome, Demo, is_wanted};

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_somebody_posts_votes_comments_connects_and_triages() {
    if !is_wanted() {
        return;
    }
    let demo = Demo::start();
    let chrome = Chrome::open(false).await;
    sign_in(&chrome, &demo.owner_link).await;

    chrome
        .go(&format!("{}p/acme-notes/posts/new", demo.board))
        .await;
    chrome.click("form[action$='/posts'] button.primary").await;
    // Nothing typed: the page comes back with the reason beside the field.
    chrome.see("#title-wrong").await;
    chrome.picture("new-post-refused").await;
    chrome.write("#title", "Word count").await;
    chrome.click("form[action$='/posts'] button.primary").await;
    chrome.at("/posts/post_").await;
    let post = chrome
        .place()
        .await
        .split(['?', '#'])
        .next()
        .unwrap()
        .to_owned();

    chrome.click(".vote-button.wide[aria-pressed=true]").await;
    chrome.see(".vote-button.wide[aria-pressed=false]").await;
    chrome.write("form.reply textarea", "For *essays*.").await;
    chrome.click("form.reply button.primary").await;
    chrome.see(".comment em").await;
    let select = chrome.see("select#status").await;
    select.select_by_label("Planned").await.unwrap();
    chrome.click("form[action$='/status'] button").await;
    chrome
        .until("the new status", || async {
            let pill = chrome.see(".post-head .pill").await;
            pill.text().await.is_ok_and(|text| text.trim() == "Planned")
        })
        .await;

    connect(&chrome, &demo.board, false).await;
    chrome.go(&post).await;
    chrome.click("form[action$='/issues'] button").await;
    // The key is there when the page is looked at again.
    chrome
        .until("the issue's key", || async {
            chrome.go(&post).await;
            chrome
                .page
                .find(fantoccini::Locator::Css("#issues .key[href]"))
                .await
                .is_ok()
        })
        .await;
    chrome.close().await;
}
