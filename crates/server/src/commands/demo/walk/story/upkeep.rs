//! What keeps a connection in step when Jira's own webhook does not: comparing, and a webhook made by hand.

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::{Cast, board::Post, items, step, step::Issue};

/// Jira loses what it had to tell; "Compare now" finds it, and tells how many.
pub(super) async fn compare(
    cast: &Cast<'_>,
    connection: &str,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let read_post = cast.api(&format!("/posts/{}", post.id));
    let wanted = step::mapped(cast, &issue.key, "In Progress").await?;
    cast.jira
        .order(&json!({ "do": "lose_deliveries", "times": 1 }))
        .await?;
    cast.jira.move_issue(&issue.key, "In Progress").await?;
    cast.jira.look("idle").await?;
    let read = cast.owner.read(&read_post).await?;
    ensure!(
        read["status"]["id"] != wanted.as_str(),
        "the delivery was not lost"
    );

    let mut events = cast.listen().await?;
    let page = cast.owner.get(&page_of(cast, connection)).await?;
    cast.owner.send(&page, &page.form("/upkeep")?).await?;
    cast.until(&mut events, "what was missed", &read_post, |read| {
        (read["status"]["id"] == wanted.as_str()).then_some(())
    })
    .await?;
    let compared = cast.api(&format!("/connections/{connection}/reconciles"));
    let (all, changed) = cast
        .until(&mut events, "the comparison's end", &compared, |list| {
            let latest = list["items"].as_array()?.first()?;
            (latest["state"] == "done").then_some(())?;
            Some((latest["compared"].as_i64()?, latest["changed"].as_i64()?))
        })
        .await?;
    ensure!(changed >= 1, "nothing of {all} had changed, it says");
    Ok(((), format!("{all} links compared, {changed} had changed")))
}

/// Address and secret are shown once; what Jira sends there is heard; then the door is closed.
pub(super) async fn by_hand(
    cast: &Cast<'_>,
    connection: &str,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let path = page_of(cast, connection);
    let page = cast.owner.get(&path).await?;
    let made = cast
        .owner
        .send(&page, &page.form("/upkeep/webhook")?)
        .await?;
    let (url, secret) = (
        shown(&made.html, "hook-url")?,
        shown(&made.html, "hook-secret")?,
    );
    let again = cast.owner.get(&path).await?;
    ensure!(
        !again.html.contains(&secret) && !again.html.contains(&url),
        "address or secret are shown twice"
    );
    let hook = cast
        .jira
        .ask(&json!({
            "do": "add_admin_webhook", "site": cast.places.cloud_id, "url": url, "secret": secret,
            "events": ["jira:issue_updated"],
        }))
        .await?;

    let mut events = cast.listen().await?;
    cast.jira.move_issue(&issue.key, "Done").await?;
    let ours = cast.api(&format!("/connections/{connection}/admin-webhook"));
    cast.until(&mut events, "something heard by it", &ours, |read| {
        read["last_event_at"].as_str().map(drop)
    })
    .await?;
    let links = cast.api(&format!("/posts/{}/links", post.id));
    cast.until(&mut events, "the issue done again", &links, |list| {
        let mut links = items(list).ok()?.iter();
        links
            .all(|link| link["status_name"] == "Done")
            .then_some(())
    })
    .await?;
    cast.jira
        .order(&json!({ "do": "remove_admin_webhook", "id": hook }))
        .await?;
    let page = cast.owner.get(&path).await?;
    cast.owner
        .send(&page, &page.form("/upkeep/webhook/remove")?)
        .await?;
    ensure!(
        cast.owner.read(&ours).await.is_err(),
        "the door is still open"
    );
    Ok(((), "shown once, heard, closed".to_owned()))
}

/// What a read-only field of the page has in it.
fn shown(html: &str, id: &str) -> anyhow::Result<String> {
    let (_, rest) = html
        .split_once(&format!("id=\"{id}\" readonly value=\""))
        .with_context(|| format!("no field {id}"))?;
    let (value, _) = rest.split_once('"').context("an open value")?;
    Ok(value.to_owned())
}

fn page_of(cast: &Cast<'_>, connection: &str) -> String {
    cast.page(&format!("/settings/connections/{connection}/upkeep"))
}
