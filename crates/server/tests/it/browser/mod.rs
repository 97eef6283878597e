//! Stories in a browser: each screen's main path, the way by keyboard alone, and the way without JavaScript.
//! Pictures of the screens are left in `target/screenshots`.

mod keyboard;
mod main_path;
mod requests;
mod screens;
mod without_scripts;

use crate::harness::Chrome;

/// Opens the link and presses its button.
async fn sign_in(chrome: &Chrome, link: &str) {
    chrome.go(link).await;
    chrome.click("form[action^='/sign-in/link/'] button").await;
    chrome.at("/p/acme-notes").await;
}

/// Connects Jira, step by step, with what the wizard suggests; `picture` is told each step's name.
async fn connect(chrome: &Chrome, board: &str, pictures: bool) {
    chrome
        .go(&format!("{board}p/acme-notes/settings/connections/new"))
        .await;
    let picture = async |name: &str| {
        if pictures {
            chrome.picture(name).await;
        }
    };
    picture("connect-1-consent").await;
    chrome.click("input[name=agreed]").await;
    chrome
        .click("form[action$='/connections/new'] button.primary")
        .await;
    chrome.at("/authorize").await;
    picture("jira-authorize").await;
    chrome.click("button[name=decision][value=accept]").await;
    chrome.at("/site").await;
    picture("connect-2-site").await;
    chrome.click_with("label.choice", "Kestrel Works").await;
    chrome.click("form[action$='/site'] button.primary").await;
    chrome.at("/projects").await;
    chrome.click_with("label.choice", "KITE").await;
    picture("connect-3-projects").await;
    chrome
        .click("form[action$='/projects'][method=post] button.primary")
        .await;
    chrome.at("/targets").await;
    let first = chrome.see("select[name^='board-']").await;
    first
        .select_by_label("Task in KITE")
        .await
        .expect("tasks can be made");
    picture("connect-4-targets").await;
    chrome
        .click("form[action$='/targets'] button.primary")
        .await;
    chrome.at("/statuses").await;
    picture("connect-5-statuses").await;
    chrome
        .click("form[action$='/statuses'] button.primary")
        .await;
    chrome.at("/rights").await;
    picture("connect-6-rights").await;
    chrome.click("a.button.primary[href$='/summary']").await;
    chrome.at("/summary").await;
    picture("connect-7-summary").await;
    chrome
        .click("form[action$='/summary'] button.primary")
        .await;
    chrome
        .until("the wizard's end", || async {
            !chrome.place().await.ends_with("/summary")
        })
        .await;
    picture("connection").await;
}
