//! The end of a connection, and what is left.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{Cast, board::Post, brief, items, step::Issue};
use crate::commands::demo::search::{self, Report};

/// The words a step's result may have: none of them claims more than is known.
const TRUE_RESULTS: [&str; 3] = ["accepted_not_verified", "confirmed", "you_must_remove_it"];

/// Presses "Disconnect"; the goodbye page fills in by itself until the key is destroyed.
pub(super) async fn disconnect(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let mut events = cast.listen().await?;
    let path = cast.page(&format!("/settings/connections/{connection}/disconnect"));
    let page = cast.owner.get(&path).await?;
    let form = page.form(&path)?;
    cast.owner.send(&page, &form).await?;
    let api = cast.api(&format!("/connections/{connection}/goodbye"));
    let goodbye = cast
        .until(&mut events, "the goodbye", &api, |read| {
            (read["finished"] == true && read["final_at"].is_string()).then(|| read.clone())
        })
        .await?;
    let connection = cast
        .owner
        .read(&cast.api(&format!("/connections/{connection}")))
        .await?;
    ensure!(
        connection["state"] == "invalidated",
        "the connection is {}",
        connection["state"]
    );
    let result = result_of(&goodbye, "revoked")?;
    ensure!(
        TRUE_RESULTS.contains(&result.as_str()),
        "the page says {result} of the revocation"
    );
    if result != "confirmed" {
        let shown = cast
            .owner
            .get(&path.replace("/disconnect", "/goodbye"))
            .await?;
        ensure!(
            goodbye["remove_at"]
                .as_str()
                .is_some_and(|url| shown.html.contains(url)),
            "the page does not say where to remove the app"
        );
    }
    Ok(((), format!("revocation {}", result.replace('_', " "))))
}

fn result_of(goodbye: &Value, step: &str) -> anyhow::Result<String> {
    let steps = goodbye["steps"]
        .as_array()
        .with_context(|| brief(goodbye))?;
    let found = steps
        .iter()
        .find(|known| known["name"] == step)
        .and_then(|step| step["result"].as_str());
    found
        .map(str::to_owned)
        .with_context(|| format!("no step {step} in {}", brief(goodbye)))
}

/// No webhook, and nothing is presented any more.
pub(super) async fn nothing_in_jira(cast: &Cast<'_>) -> anyhow::Result<((), String)> {
    let hooks = cast.jira.look("webhooks").await?;
    let left = hooks.as_array().map_or(0, Vec::len);
    ensure!(left == 0, "Jira still has {left} webhooks");
    let tokens = cast.jira.look("tokens").await?;
    let calls = tokens["revoke_calls"].as_u64().unwrap_or_default();
    ensure!(
        calls > 0,
        "nobody asked Atlassian to revoke: {}",
        brief(&tokens)
    );
    Ok(((), format!("no webhook left, {calls} revocation sent")))
}

/// Jira's leaving takes nothing of the board along.
pub(super) async fn what_stays(
    cast: &Cast<'_>,
    issue: &Issue,
    post: &Post,
) -> anyhow::Result<((), String)> {
    let read = cast
        .owner
        .read(&cast.api(&format!("/posts/{}", post.id)))
        .await?;
    ensure!(
        read["votes"] == 2 && read["status"]["kind"] == "done",
        "the post changed: {}",
        brief(&read)
    );
    let links = cast
        .owner
        .read(&cast.api(&format!("/posts/{}/links", post.id)))
        .await?;
    let link = items(&links)?.first().context("the link as a label")?;
    ensure!(
        link["state"] == "ended" && link["key"] == issue.key.as_str(),
        "the link is {}",
        brief(link)
    );
    // Moving it in Jira now reaches nobody.
    cast.jira.move_issue(&issue.key, "In Progress").await?;
    cast.jira.look("idle").await?;
    let after = cast
        .owner
        .read(&cast.api(&format!("/posts/{}", post.id)))
        .await?;
    ensure!(
        after["status"] == read["status"],
        "the post followed after the goodbye"
    );
    Ok(((), format!("{} is a label", issue.key)))
}

/// What the walk plants to try its own search.
const PLANTED: &str = "planted-by-the-walk.txt";

/// Searches everything that was kept for everything personal that Jira could have sent.
pub(super) async fn nothing_personal(cast: &Cast<'_>) -> anyhow::Result<((), String)> {
    // A walk that was killed between planting and pulling up left its plant behind; it was never kept data.
    match std::fs::remove_file(cast.places.folder.join(PLANTED)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let texts = search::strings(&cast.jira.look("people").await?);
    ensure!(
        texts.len() >= 40,
        "only {} strings to search for",
        texts.len()
    );
    let report = look(cast, &texts).await?;
    let found: Vec<String> = report
        .found
        .iter()
        .map(|found| found.place.clone())
        .collect();
    ensure!(
        found.is_empty(),
        "{} found, in {}",
        found.len(),
        found.join(", ")
    );
    Ok((
        (),
        format!(
            "{} strings in {} places, {} KiB",
            texts.len(),
            report.places,
            report.bytes / 1024
        ),
    ))
}

/// The search is not blind.
pub(super) async fn planted_is_found(cast: &Cast<'_>) -> anyhow::Result<((), String)> {
    let texts = search::strings(&cast.jira.look("people").await?);
    let text = texts.get(texts.len() / 2).context("a string to plant")?;
    let file = cast.places.folder.join(PLANTED);
    std::fs::write(&file, format!("\u{1}{text}\u{2}"))?;
    let report = look(cast, &texts).await;
    std::fs::remove_file(&file)?;
    let report = report?;
    ensure!(
        report.found.iter().any(|found| found.text == *text),
        "the planted string was not found"
    );
    Ok(((), String::new()))
}

async fn look(cast: &Cast<'_>, texts: &[String]) -> anyhow::Result<Report> {
    let mut folders: Vec<PathBuf> = vec![cast.places.folder.clone()];
    if !cast.places.keys_dir.starts_with(&cast.places.folder) {
        folders.push(cast.places.keys_dir.clone());
    }
    search::search(texts, &folders, &cast.places.databases).await
}
