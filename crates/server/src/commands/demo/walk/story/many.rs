//! Many posts at once: several tied to one issue, and the links as a table that leaves and comes back.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;

use super::{Cast, board::Post, items, step::Issue, text};

/// Chooses two posts in the list and links both to the issue; another issue of a post that had it already is not made.
pub(super) async fn at_once(cast: &Cast<'_>, issue: &Issue) -> anyhow::Result<([Post; 2], String)> {
    let posts = [
        new_post(cast, "Print a whole notebook at once").await?,
        new_post(cast, "Leave out the pictures when printing").await?,
    ];
    let mut events = cast.listen().await?;
    let list = cast.owner.get(&cast.page("?sort=new")).await?;
    let page = cast.owner.get(&list.link("pick=")?).await?;
    let form = page
        .form("/links/bulk")?
        .set("issue", &issue.key)?
        .tick("post", &posts[0].id)?
        .tick("post", &posts[1].id)?
        .press("act", "link")?;
    for told in ["Linked to", "Was linked to"] {
        let done = cast.owner.send(&page, &form).await?.text();
        let lines = done.matches(&format!("{told} {}", issue.key)).count();
        ensure!(lines == 2, "the page says {lines} times: {told}");
    }
    for post in &posts {
        in_step(cast, &mut events, post).await?;
    }
    Ok((posts, format!("two ideas, {}", issue.key)))
}

/// Takes the links out as CSV, unlinks a post, and puts the table back in: tried first, then done.
pub(super) async fn as_table(
    cast: &Cast<'_>,
    issue: &Issue,
    posts: &[Post; 2],
) -> anyhow::Result<((), String)> {
    let table = cast.owner.get(&cast.page("/links.csv")).await?.html;
    let lines: Vec<&str> = table
        .lines()
        .enumerate()
        .filter(|(number, line)| *number == 0 || posts.iter().any(|post| line.contains(&post.id)))
        .map(|(_, line)| line)
        .collect();
    ensure!(
        lines.len() == 3,
        "the table has {} of the 2",
        lines.len() - 1
    );
    let sheet = lines.join("\n");

    let page = cast.owner.get(&page_of(cast, &posts[1])).await?;
    cast.owner.send(&page, &page.form("/unlink")?).await?;
    let mut events = cast.listen().await?;
    let page = cast.owner.get(&cast.page("/links")).await?;
    let form = page.form("/links")?.set("csv", &sheet)?;
    let tried = cast.owner.send(&page, &form).await?;
    let told = tried.text();
    ensure!(
        told.contains("Will be linked") && told.contains("Linked before"),
        "the page does not tell what the table would do"
    );
    let linked = cast.owner.read(&links_of(cast, &posts[1])).await?;
    ensure!(items(&linked)?.is_empty(), "trying it linked the post");
    let form = tried.form_with("apply")?;
    cast.owner.send(&tried, &form).await?;
    in_step(cast, &mut events, &posts[1]).await?;
    Ok(((), format!("tried, then {} again", issue.key)))
}

/// A post of the voter's on the board of ideas, or on the first where a demo was cut short before there were more.
pub(super) async fn new_post(cast: &Cast<'_>, title: &str) -> anyhow::Result<Post> {
    let boards = cast.voter.read(&cast.api("/boards")).await?;
    let boards = items(&boards)?;
    let board = boards.iter().find(|board| board["slug"] == "ideas");
    let board = text(board.or(boards.first()).context("a board")?, "id")?;
    let body = json!({ "board_id": board, "title": title });
    let made = cast
        .voter
        .api(Method::POST, &cast.api("/posts"), Some(&body))
        .await?;
    let id = text(&made, "id")?;
    Ok(Post { id })
}

/// Waits for the post's first link to be compared with Jira.
async fn in_step(cast: &Cast<'_>, events: &mut super::Events, post: &Post) -> anyhow::Result<()> {
    cast.until(events, "a link in step", &links_of(cast, post), |list| {
        let link = list["items"].as_array()?.first()?;
        (link["state"] == "active" && link["synced_at"].is_string()).then_some(())
    })
    .await
}

fn links_of(cast: &Cast<'_>, post: &Post) -> String {
    cast.api(&format!("/posts/{}/links", post.id))
}

fn page_of(cast: &Cast<'_>, post: &Post) -> String {
    cast.page(&format!("/posts/{}", post.id))
}
