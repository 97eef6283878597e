//! An issue and a post in step.

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use reqwest::Method;
use serde_json::Value;

use super::{Cast, board::Post, brief, items, text};

/// An issue in Jira, tied to the post.
pub(super) struct Issue {
    pub(super) key: String,
}

/// Presses "Create" on the post's page; the key comes by itself.
pub(super) async fn create(cast: &Cast<'_>, post: &Post) -> anyhow::Result<(Issue, String)> {
    let mut events = cast.listen().await?;
    let page = cast.owner.get(&page_of(cast, post)).await?;
    let form = page.form(&format!("/posts/{}/issues", post.id))?;
    cast.owner.send(&page, &form).await?;
    // Impatience makes no second issue.
    cast.owner.send(&page, &form).await?;
    let key = active_link(cast, &mut events, post).await?;
    let issues = cast.jira.look("issues/KITE").await?;
    let title = text(
        &cast
            .owner
            .read(&cast.api(&format!("/posts/{}", post.id)))
            .await?,
        "title",
    )?;
    let made = issues
        .as_array()
        .into_iter()
        .flatten()
        .filter(|issue| issue["summary"] == title.as_str())
        .count();
    ensure!(made == 1, "Jira has {made} issues of this title");
    let remark = format!("{key}, one issue for two clicks");
    Ok((Issue { key }, remark))
}

/// The issue shows the post, with its votes.
pub(super) async fn back_link(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let begun = Instant::now();
    loop {
        let links = cast
            .jira
            .rest(
                Method::GET,
                &format!("issue/{}/remotelink", issue.key),
                None,
            )
            .await?;
        let ours = links.as_array().into_iter().flatten().find(|link| {
            link["object"]["url"]
                .as_str()
                .is_some_and(|url| url.contains(&post.id))
        });
        if let Some(link) = ours {
            let object = &link["object"];
            ensure!(
                object["summary"]
                    .as_str()
                    .is_some_and(|text| text.contains('2')),
                "the link does not tell the 2 votes: {}",
                brief(object)
            );
            return Ok(((), format!("\"{}\"", text(object, "summary")?)));
        }
        ensure!(
            begun.elapsed() < super::PATIENCE,
            "there is no link on the issue"
        );
        tokio::time::sleep(super::LOOK_EVERY).await;
    }
}

/// Somebody drags the issue on the board in Jira; an open page of ours hears of it.
pub(super) async fn jira_leads(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let path = cast.api(&format!("/posts/{}", post.id));
    let before = status_id(&cast.owner.read(&path).await?)?;
    let wanted = mapped(cast, &issue.key, "In Progress").await?;
    ensure!(before != wanted, "the post has that status already");
    let mut events = cast.listen().await?;
    let begun = Instant::now();
    cast.jira.move_issue(&issue.key, "In Progress").await?;
    cast.until(&mut events, "the post's new status", &path, |read| {
        (status_id(read).ok()? == wanted).then_some(())
    })
    .await?;
    let took = begun.elapsed().as_millis();
    let page = cast.owner.get(&page_of(cast, post)).await?;
    let name = status_name(&cast.owner.read(&path).await?)?;
    ensure!(page.text().contains(&name), "the page does not show {name}");
    Ok(((), format!("\"{name}\", {took} ms after the move")))
}

/// The team chooses another status on the post's page; the workflow in Jira is followed.
pub(super) async fn board_leads(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let wanted = mapped(cast, &issue.key, "Done").await?;
    let page = cast.owner.get(&page_of(cast, post)).await?;
    let form = page
        .form(&format!("/posts/{}/status", post.id))?
        .set("status", &wanted)?;
    let begun = Instant::now();
    cast.owner.send(&page, &form).await?;
    loop {
        let status = cast.jira.status_of(&issue.key).await?;
        if status == "Done" {
            return Ok((
                (),
                format!(
                    "\"{status}\", {} ms after the click",
                    begun.elapsed().as_millis()
                ),
            ));
        }
        if begun.elapsed() > super::PATIENCE {
            let links = cast
                .owner
                .read(&cast.api(&format!("/posts/{}/links", post.id)))
                .await?;
            bail!("the issue is still {status}: {}", brief(&links));
        }
        tokio::time::sleep(super::LOOK_EVERY / 3).await;
    }
}

/// Each side moved exactly as often as somebody moved something.
pub(super) async fn no_echo(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    // What Jira still has to tell is told, and what follows from it is done: the link was compared after that.
    cast.jira.look("idle").await?;
    let mut events = cast.listen().await?;
    let path = cast.api(&format!("/posts/{}/links", post.id));
    cast.until(&mut events, "the link in step", &path, |list| {
        let link = list["items"].as_array()?.first()?;
        (link["state"] == "active" && link["status_name"] == "Done" && link["problem"].is_null())
            .then_some(())
    })
    .await?;
    let seen = cast.jira.look(&format!("issue/{}", issue.key)).await?;
    let moves = seen["history"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|change| change["items"].as_array().cloned().unwrap_or_default());
    let moves = moves.filter(|item| item["field"] == "status").count();
    let history = cast
        .owner
        .read(&cast.api(&format!("/posts/{}/history", post.id)))
        .await?;
    let causes: Vec<&str> = items(&history)?
        .iter()
        .filter(|line| line["what"] == "status")
        .filter_map(|line| line["cause"].as_str())
        .collect();
    ensure!(moves == 2, "the issue moved {moves} times");
    ensure!(
        causes == ["page", "jira"],
        "the post moved by {}",
        causes.join(", ")
    );
    Ok(((), "2 moves there, 2 here".to_owned()))
}

/// Unties; our link on the issue goes, the issue stays.
pub(super) async fn unlink(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let page = cast.owner.get(&page_of(cast, post)).await?;
    let form = page.form("/unlink")?;
    cast.owner.send(&page, &form).await?;
    let links = cast
        .owner
        .read(&cast.api(&format!("/posts/{}/links", post.id)))
        .await?;
    ensure!(
        items(&links)?.is_empty(),
        "the post is still linked: {}",
        brief(&links)
    );
    let begun = Instant::now();
    loop {
        let links = cast
            .jira
            .rest(
                Method::GET,
                &format!("issue/{}/remotelink", issue.key),
                None,
            )
            .await?;
        if links.as_array().is_some_and(Vec::is_empty) {
            return Ok(((), format!("{} stays", issue.key)));
        }
        ensure!(
            begun.elapsed() < super::PATIENCE,
            "our link is still on the issue"
        );
        tokio::time::sleep(super::LOOK_EVERY).await;
    }
}

/// Ties the post to an issue that exists.
pub(super) async fn link_existing(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let mut events = cast.listen().await?;
    let page = cast.owner.get(&page_of(cast, post)).await?;
    let form = page
        .form(&format!("/posts/{}/links", post.id))?
        .set("issue", &issue.key)?;
    cast.owner.send(&page, &form).await?;
    let key = active_link(cast, &mut events, post).await?;
    ensure!(key == issue.key, "the link is to {key}");
    Ok(((), key))
}

async fn active_link(
    cast: &Cast<'_>,
    events: &mut super::Events,
    post: &Post,
) -> anyhow::Result<String> {
    let path = cast.api(&format!("/posts/{}/links", post.id));
    cast.until(events, "an active link with a key", &path, |list| {
        let link = list["items"]
            .as_array()?
            .iter()
            .find(|link| link["state"] == "active")?;
        Some(link["key"].as_str()?.to_owned())
    })
    .await
}

/// The board status that a Jira status of the issue's project goes with.
pub(super) async fn mapped(
    cast: &Cast<'_>,
    key: &str,
    jira_status: &str,
) -> anyhow::Result<String> {
    let project = key.split('-').next().unwrap_or_default();
    let list = cast.owner.read(&cast.api("/connections")).await?;
    let active = items(&list)?
        .iter()
        .find(|connection| connection["state"] == "active")
        .context("an active connection")?;
    let maps = cast
        .owner
        .read(&cast.api(&format!("/connections/{}/status-map", text(active, "id")?)))
        .await?;
    let map = items(&maps)?
        .iter()
        .find(|map| map["key"] == project)
        .with_context(|| format!("a map of {project} in {}", brief(&maps)))?;
    let row = map["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|row| row["jira_status_name"] == jira_status);
    let row = row.with_context(|| format!("{jira_status} in {}", brief(map)))?;
    text(row, "status_id").with_context(|| format!("{jira_status} is not mapped"))
}

fn status_id(post: &Value) -> anyhow::Result<String> {
    text(&post["status"], "id")
}

fn status_name(post: &Value) -> anyhow::Result<String> {
    text(&post["status"], "name")
}

fn page_of(cast: &Cast<'_>, post: &Post) -> String {
    cast.page(&format!("/posts/{}", post.id))
}
