//! Asking for one's data: with a mouse, by keyboard alone, and without JavaScript.

use super::sign_in;
use crate::harness::{Chrome, Demo, is_wanted};

const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";

/// From the page at Atlassian to the receipt.
async fn accept_and_see_the_receipt(chrome: &Chrome) {
    chrome.at("/authorize").await;
    chrome.click("button[name=decision][value=accept]").await;
    chrome.at("/privacy/request/").await;
    chrome.reads("Deletion of your data").await;
    let here = chrome.place().await;
    chrome
        .until("the receipt", || async {
            chrome.go(&here).await;
            chrome
                .page
                .find(fantoccini::Locator::Css("a[href*='/receipts/']"))
                .await
                .is_ok()
        })
        .await;
}

/// Promise 6.4, 13.1.
#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_somebody_has_their_data_deleted_and_the_desk_tells_of_it() {
    if !is_wanted() {
        return;
    }
    let demo = Demo::start();
    let chrome = Chrome::open(false).await;
    chrome.go(&demo.board).await;
    chrome.click("footer a[href^='/privacy/request']").await;
    chrome.picture("privacy-request").await;
    // Nothing chosen: the page comes back with the reason beside the choice.
    let first = "form[action='/privacy/request/atlassian'] button.primary";
    chrome.click(first).await;
    chrome.see("#kind-wrong").await;
    chrome
        .click_with(
            "form[action='/privacy/request/atlassian'] label.choice",
            "Deletion",
        )
        .await;
    chrome.click(first).await;
    accept_and_see_the_receipt(&chrome).await;
    chrome.picture("privacy-request-done").await;

    sign_in(&chrome, &demo.owner_link).await;
    let desk = format!("{}p/acme-notes/settings/privacy/requests", demo.board);
    chrome.go(&desk).await;
    chrome.picture("privacy-desk").await;
    chrome
        .click("a.name[href*='/settings/privacy/requests/case_']")
        .await;
    chrome.reads("What happened").await;
    chrome.picture("privacy-desk-case").await;
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mouse_somebody_asks_for_their_data() {
    if !is_wanted() {
        return;
    }
    let demo = Demo::start();
    let chrome = Chrome::open(true).await;
    chrome.go(&format!("{}privacy/request", demo.board)).await;
    chrome
        .tab_to("form[action='/privacy/request/atlassian'] input[name=kind]")
        .await;
    chrome.press(SPACE).await;
    chrome.press("\u{e015}").await;
    chrome
        .tab_to("form[action='/privacy/request/atlassian'] button.primary")
        .await;
    chrome.press(ENTER).await;
    accept_and_see_the_receipt(&chrome).await;
    chrome.close().await;
}
