//! Something goes wrong, is told, and is cured at a click.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;

use super::{Cast, board::Post, items, step::Issue, text};

/// What Jira is made to answer with, as the health page knows it.
const CAUSE: &str = "transition_refused";
/// The subject of the letter about it.
const SUBJECT: &str = "Jira refused to move issues";

/// The team moves the post and Jira refuses: the page says so, and the owner gets one letter.
pub(super) async fn refused(
    cast: &Cast<'_>,
    connection: &str,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let read = cast
        .jira
        .rest(
            Method::GET,
            &format!("issue/{}?fields=status", issue.key),
            None,
        )
        .await?;
    let path = format!("/rest/api/3/issue/{}/transitions", text(&read, "id")?);
    cast.jira
        .order(&json!({
            "do": "fault", "path": path, "method": "POST", "times": 1, "kind": "status", "status": 400,
        }))
        .await?;
    let mut events = cast.listen().await?;
    move_post(cast, issue, post, "In Progress").await?;

    let problems = cast.api(&format!("/connections/{connection}/problems"));
    cast.until(&mut events, "the problem", &problems, |read| {
        let problem = items(read).ok()?.first()?;
        (problem["cause"] == CAUSE && problem["links"] == 1).then_some(())
    })
    .await?;
    let page = cast.owner.get(&overview(cast, connection)).await?;
    ensure!(
        page.text().contains(SUBJECT),
        "the health page does not tell the problem"
    );
    letters(cast).await?;
    Ok(((), format!("\"{SUBJECT}\", one letter")))
}

/// "Retry all": the issue follows, and the problem is gone.
pub(super) async fn cured(
    cast: &Cast<'_>,
    connection: &str,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let mut events = cast.listen().await?;
    let page = cast.owner.get(&overview(cast, connection)).await?;
    let form = page.form(&format!("/problems/{CAUSE}/retry"))?;
    cast.owner.send(&page, &form).await?;
    let problems = cast.api(&format!("/connections/{connection}/problems"));
    cast.until(&mut events, "the cure", &problems, |read| {
        items(read).ok()?.is_empty().then_some(())
    })
    .await?;
    let status = cast.jira.status_of(&issue.key).await?;
    ensure!(status == "In Progress", "the issue is {status}");
    let activity = cast.api(&format!(
        "/connections/{connection}/activity?kind=push_status&issue={}",
        issue.key
    ));
    let told = cast.owner.read(&activity).await?;
    let attempts = items(&told)?;
    let refused = attempts
        .iter()
        .find(|attempt| attempt["code"] == CAUSE)
        .context("the timeline does not tell the refusal")?;
    ensure!(
        refused["outcome"] == "stuck",
        "it came to {}",
        refused["outcome"]
    );
    ensure!(
        attempts.iter().any(|attempt| attempt["outcome"] == "done"),
        "the timeline does not tell the success"
    );
    letters(cast).await?;
    // As it was before: done.
    move_post(cast, issue, post, "Done").await?;
    let links = cast.api(&format!("/posts/{}/links", post.id));
    cast.until(&mut events, "every issue done again", &links, |list| {
        let mut links = items(list).ok()?.iter();
        links
            .all(|link| link["status_name"] == "Done" && link["problem"].is_null())
            .then_some(())
    })
    .await?;
    Ok(((), format!("{} was {status}", issue.key)))
}

/// The team chooses the status that goes with this one of Jira's.
async fn move_post(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
    status: &str,
) -> anyhow::Result<()> {
    let wanted = super::step::mapped(cast, &issue.key, status).await?;
    let at = cast.page(&format!("/posts/{}", post.id));
    let page = cast.owner.get(&at).await?;
    let form = page
        .form(&format!("/posts/{}/status", post.id))?
        .set("status", &wanted)?;
    cast.owner.send(&page, &form).await.map(drop)
}

fn overview(cast: &Cast<'_>, connection: &str) -> String {
    cast.page(&format!("/settings/connections/{connection}"))
}

/// There is one letter about it, however often is looked. It is written by a job, so it may take a moment.
async fn letters(cast: &Cast<'_>) -> anyhow::Result<()> {
    let begun = std::time::Instant::now();
    loop {
        let page = cast.owner.get("/mail").await?;
        let found = page.html.matches(SUBJECT).count();
        if found == 1 {
            return Ok(());
        }
        ensure!(found == 0, "{found} letters tell the same");
        ensure!(begun.elapsed() < super::PATIENCE, "nobody got a letter");
        tokio::time::sleep(super::LOOK_EVERY).await;
    }
}
