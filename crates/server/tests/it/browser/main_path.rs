//! The main job, seen.

use serde_json::Value;

use super::{connect, sign_in};
use crate::harness::{Chrome, Demo, is_wanted};

#[tokio::test(flavor = "multi_thread")]
async fn an_idea_becomes_an_issue_moves_with_it_and_outlives_the_connection() {
    if !is_wanted() {
        return;
    }
    let demo = Demo::start();
    let chrome = Chrome::open(true).await;
    sign_in(&chrome, &demo.owner_link).await;

    // An idea, with a vote of its author, taken back and given again.
    chrome
        .go(&format!("{}p/acme-notes/posts/new", demo.board))
        .await;
    chrome.write("#title", "Copy a note as plain text").await;
    chrome.write("#body", "Without *any* formatting.").await;
    chrome.click("form[action$='/posts'] button.primary").await;
    chrome.at("/posts/post_").await;
    let post = chrome
        .place()
        .await
        .split(['?', '#'])
        .next()
        .unwrap()
        .to_owned();
    chrome.see(".vote-button.wide[aria-pressed=true]").await;
    chrome.click(".vote-button.wide").await;
    chrome.see(".vote-button.wide[aria-pressed=false]").await;
    chrome.click(".vote-button.wide").await;
    chrome.see(".vote-button.wide[aria-pressed=true]").await;

    connect(&chrome, &demo.board, true).await;

    // The issue, and its key by itself.
    chrome.go(&post).await;
    chrome.run("window.sameLoad = true").await;
    chrome.click("form[action$='/issues'] button").await;
    chrome.see("#issues .key[href]").await;
    chrome.picture("post-with-issue").await;
    let key = chrome.see("#issues .key[href]").await.text().await.unwrap();
    let key = key.split_whitespace().next().unwrap().to_owned();

    // Somebody drags the card in Jira; the post changes on a page that nobody touches.
    chrome.go(&post).await;
    chrome.run("window.sameLoad = true").await;
    let board_window = chrome.page.window().await.unwrap();
    let jira_window = chrome.page.new_window(true).await.unwrap().handle;
    chrome
        .page
        .switch_to_window(jira_window.clone())
        .await
        .unwrap();
    chrome
        .go(&format!("{}/projects/KITE/board", demo.jira))
        .await;
    let card = format!(".card[data-key={key}]");
    chrome.see(&card).await;
    chrome.picture("jira-board").await;
    chrome.drag(&card, ".column[data-name='In Progress']").await;
    chrome
        .see(&format!(".column[data-name='In Progress'] {card}"))
        .await;
    chrome
        .page
        .switch_to_window(board_window.clone())
        .await
        .unwrap();
    chrome
        .until("the post follows", || async {
            status(&chrome).await == "In progress"
        })
        .await;
    assert_eq!(
        chrome.run("return window.sameLoad").await,
        Value::Bool(true),
        "the page was not loaded again"
    );
    assert_eq!(
        status_in_form(&chrome).await,
        "In progress",
        "the choice of the team follows, too"
    );

    // The team moves the post, and the card goes.
    let select = chrome.see("select#status").await;
    select.select_by_label("Done").await.unwrap();
    chrome.click("form[action$='/status'] button").await;
    chrome.page.switch_to_window(jira_window).await.unwrap();
    chrome
        .see(&format!(".column[data-name='Done'] {card}"))
        .await;
    chrome.page.switch_to_window(board_window).await.unwrap();

    // Goodbye.
    chrome
        .go(&format!("{}p/acme-notes/settings/connections", demo.board))
        .await;
    chrome.picture("connections").await;
    chrome
        .click("main a[href*='/connections/connection_']")
        .await;
    chrome.click("a[href$='/disconnect']").await;
    chrome.picture("disconnect").await;
    chrome
        .click("form[action$='/disconnect'] button.danger")
        .await;
    chrome.at("/goodbye").await;
    chrome.reads("the old key is destroyed").await;
    chrome.picture("goodbye").await;
    chrome.go(&post).await;
    chrome.reads(&key).await;
    assert_eq!(status(&chrome).await, "Done", "the post stays as it was");
    chrome.close().await;
}

/// The status that the post's head shows.
async fn status(chrome: &Chrome) -> String {
    let shown = chrome
        .run("return document.querySelector('.post-head .pill')?.textContent.trim() ?? ''")
        .await;
    shown.as_str().unwrap_or_default().to_owned()
}

async fn status_in_form(chrome: &Chrome) -> String {
    let shown = chrome
        .run("return document.querySelector('select#status').selectedOptions[0].textContent.trim()")
        .await;
    shown.as_str().unwrap_or_default().to_owned()
}
