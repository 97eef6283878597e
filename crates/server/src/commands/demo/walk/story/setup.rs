//! Around the set-up: a Jira admin who is asked by a link, another account than before, and a test issue.

use anyhow::{Context as _, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Cast, brief, items, text};
use crate::commands::demo::walk::browser::{Browser, Page};

/// The owner makes a link; somebody without an account here authorises by it and chooses the site. A second browser comes
/// too late. Gives the set-up it led to.
pub(super) async fn by_link(cast: &Cast<'_>) -> anyhow::Result<(String, String)> {
    let who = cast.page("/settings/connections/who");
    let page = cast.owner.get(&who).await?;
    let made = cast.owner.send(&page, &page.form(&who)?).await?;
    let link = link_of(&made)?;

    let guest = Browser::new(&cast.places.board)?;
    let asked = guest.get(&link).await?;
    for part in [
        "asks you to connect Jira",
        "What is read",
        "What is never kept",
    ] {
        ensure!(
            asked.text().contains(part),
            "the link does not say {part:?}"
        );
    }
    let form = asked.form(&link)?;
    let version = form
        .controls()
        .iter()
        .find(|control| control.name == "agreed")
        .map(|control| control.value.clone())
        .context("the link's page has its box")?;
    let form = form.tick("agreed", &version)?;
    let atlassian = guest.send(&asked, &form).await?;
    let back = accept_as(cast, &guest, &atlassian, 1).await?;
    let form = back.form("/site")?.set("site", &cast.places.cloud_id)?;
    let thanks = guest.send(&back, &form).await?;
    ensure!(
        thanks.text().contains("That is all that was asked of you"),
        "after choosing the site the guest is at {}",
        thanks.url.path()
    );
    // The link is used up, and its holder has no way into the project.
    let other = Browser::new(&cast.places.board)?;
    let late = other.load(other.address(&link)?).await?;
    ensure!(
        late.status == StatusCode::GONE,
        "a used link answers {}",
        late.status
    );
    let inside = guest.load(guest.address(&cast.page("/settings"))?).await?;
    ensure!(
        inside.url.path().starts_with("/sign-in"),
        "the guest got to {}",
        inside.url.path()
    );

    let list = cast.owner.read(&cast.api("/connections")).await?;
    let setup = items(&list)?
        .iter()
        .find(|connection| connection["state"] == "setup")
        .context("the set-up that the link led to")?;
    ensure!(
        setup["next_step"] == "projects",
        "the set-up goes on with {}",
        setup["next_step"]
    );
    Ok((text(setup, "id")?, "one use, no account".to_owned()))
}

/// Somebody authorises the set-up as another account: refused, then accepted. Then the set-up is thrown away.
pub(super) async fn other_account(
    cast: &Cast<'_>,
    connection: &str,
) -> anyhow::Result<((), String)> {
    for (decision, words) in [
        ("keep", "The account stays what it was"),
        ("use", "by the other account now"),
    ] {
        let path = cast.page(&format!("/settings/connections/{connection}/reconnect"));
        let page = cast.owner.get(&path).await?;
        let form = page.form(&path)?;
        let version = form
            .controls()
            .iter()
            .find(|control| control.name == "agreed")
            .map(|control| control.value.clone())
            .context("the consent form has its box")?;
        let form = form.tick("agreed", &version)?;
        let atlassian = cast.owner.send(&page, &form).await?;
        let asked = accept_as(cast, &cast.owner, &atlassian, 2).await?;
        ensure!(
            asked.url.path().ends_with("/account")
                && asked.text().contains("Use the other account?"),
            "another account led to {}",
            asked.url.path()
        );
        let form = asked.form("/account")?.press("decision", decision)?;
        let decided = cast.owner.send(&asked, &form).await?;
        ensure!(
            decided.text().contains(words),
            "deciding to {decision} led to {}",
            decided.url.path()
        );
    }
    let path = cast.api(&format!("/connections/{connection}"));
    cast.owner.api(Method::DELETE, &path, None).await?;
    Ok(((), "kept, then used".to_owned()))
}

/// A test issue is made in Jira and removed.
pub(super) async fn test_issue(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let mut events = cast.listen().await?;
    let rights = cast.page(&format!("/settings/connections/{connection}/rights"));
    let page = cast.owner.get(&rights).await?;
    let form = page.form("/test-issues")?;
    cast.owner.send(&page, &form).await?;
    let path = cast.api(&format!("/connections/{connection}/test-issues"));
    let made = cast
        .until(&mut events, "the test issues", &path, |read| {
            let rows = read["items"].as_array()?;
            let done = !rows.is_empty() && rows.iter().all(|row| row["state"] != "under_way");
            done.then(|| rows.clone())
        })
        .await?;
    ensure!(
        made.iter().all(|row| row["state"] == "removed"),
        "the test issues: {}",
        brief(&json!(made))
    );
    let keys: Vec<_> = made.iter().filter_map(|row| row["key"].as_str()).collect();
    for key in &keys {
        let issue = cast.jira.look(&format!("issue/{key}")).await;
        ensure!(
            issue.is_err() || issue.is_ok_and(|issue| issue == Value::Null),
            "{key} is still in Jira"
        );
    }
    Ok(((), keys.join(" and ")))
}

/// The address that is shown once, without its host.
fn link_of(page: &Page) -> anyhow::Result<String> {
    let start = page.html.find("/invited/").context("the link is shown")?;
    let rest = &page.html[start..];
    let end = rest.find(['"', '&', '<']).context("the link ends")?;
    Ok(rest[..end].to_owned())
}

/// Presses "Accept" on Atlassian's page as the person at this place of the simulator's list.
pub(super) async fn accept_as(
    cast: &Cast<'_>,
    browser: &Browser,
    atlassian: &Page,
    place: usize,
) -> anyhow::Result<Page> {
    let people = cast.jira.look("people").await?;
    let person = text(&people["people"][place], "account_id")?;
    let form = atlassian
        .form("/authorize")?
        .set("person", &person)?
        .press("decision", "accept")?;
    browser.send(atlassian, &form).await
}
