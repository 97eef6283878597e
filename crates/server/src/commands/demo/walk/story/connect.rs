//! Consent, Atlassian, wizard.

use anyhow::{Context as _, bail, ensure};
use reqwest::Method;
use serde_json::Value;

use super::{Cast, brief, items, text};
use crate::commands::demo::walk::{browser::Page, html::Kind};

/// The projects of the simulated site: company-managed, and team-managed with statuses of its own.
const PROJECTS: [&str; 2] = ["KITE", "NEST"];

/// A walk that was killed left a connection; it is said goodbye to as an admin would.
pub(super) async fn tidy(cast: &Cast<'_>) -> anyhow::Result<()> {
    let list = cast.owner.read(&cast.api("/connections")).await?;
    for connection in items(&list)? {
        if connection["state"] == "invalidated" {
            continue;
        }
        let id = text(connection, "id")?;
        cast.owner
            .api(
                Method::DELETE,
                &cast.api(&format!("/connections/{id}")),
                None,
            )
            .await?;
    }
    Ok(())
}

/// Reads the text, agrees, and lands on Atlassian's page.
pub(super) async fn agree(cast: &Cast<'_>) -> anyhow::Result<(Page, String)> {
    let page = cast
        .owner
        .get(&cast.page("/settings/connections/new"))
        .await?;
    let words = page.text();
    for part in [
        "What is read",
        "What is written",
        "What is kept",
        "What is never kept",
    ] {
        ensure!(
            words.contains(part),
            "the consent page does not say {part:?}"
        );
    }
    let form = page.form("/connections/new")?;
    // Without agreeing nothing happens.
    let refused = cast.owner.send(&page, &form).await;
    ensure!(
        refused.is_err_and(|error| error.to_string().contains("answered 4")),
        "the wizard went on without consent"
    );
    let version = form
        .controls()
        .iter()
        .find(|control| control.name == "agreed")
        .map(|control| control.value.clone());
    let form = form.tick("agreed", &version.context("the consent form has its box")?)?;
    let atlassian = cast.owner.send(&page, &form).await?;
    ensure!(
        atlassian.url.path() == "/authorize",
        "agreeing led to {}",
        atlassian.url.path()
    );
    Ok((atlassian, "consent recorded".to_owned()))
}

/// Accepts on Atlassian's page. Gives the connection's id.
pub(super) async fn accept(cast: &Cast<'_>, atlassian: &Page) -> anyhow::Result<(String, String)> {
    let form = atlassian.form("/authorize")?.press("decision", "accept")?;
    let back = cast.owner.send(atlassian, &form).await?;
    let id = back
        .url
        .path_segments()
        .into_iter()
        .flatten()
        .find(|part| part.starts_with("connection_"))
        .map(str::to_owned);
    let id = id.with_context(|| format!("Atlassian led back to {}", back.url.path()))?;
    Ok((id, String::new()))
}

pub(super) async fn site(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let page = cast.owner.get(&step(cast, connection, "site")).await?;
    let form = page.form(&step(cast, connection, "site"))?;
    let sites = form
        .controls()
        .iter()
        .filter(|control| control.name == "site")
        .count();
    let form = form.set("site", &cast.places.cloud_id)?;
    cast.owner.send(&page, &form).await?;
    Ok(((), format!("one of {sites}")))
}

pub(super) async fn projects(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let page = cast.owner.get(&step(cast, connection, "projects")).await?;
    let mut form = page.form_with("jira_project")?;
    for key in PROJECTS {
        let id = form.option("jira_project", key)?;
        form = form.tick("jira_project", &id)?;
    }
    cast.owner.send(&page, &form).await?;
    Ok(((), PROJECTS.join(" and ")))
}

/// The form comes filled in with suggestions; sending it as it is saves them.
pub(super) async fn statuses(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let page = cast.owner.get(&step(cast, connection, "statuses")).await?;
    let form = page.form(&step(cast, connection, "statuses"))?;
    let mapped = form
        .controls()
        .iter()
        .filter(|control| matches!(control.kind, Kind::Select(_)) && !control.value.is_empty())
        .count();
    ensure!(mapped >= 6, "only {mapped} statuses have a suggestion");
    cast.owner.send(&page, &form).await?;
    let map = cast
        .owner
        .read(&cast.api(&format!("/connections/{connection}/status-map")))
        .await?;
    ensure!(!brief(&map).is_empty(), "the map is empty");
    Ok(((), format!("{mapped} statuses go with one of the board")))
}

pub(super) async fn targets(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let page = cast.owner.get(&step(cast, connection, "targets")).await?;
    let mut form = page.form(&step(cast, connection, "targets"))?;
    let boards: Vec<String> = form
        .controls()
        .iter()
        .map(|control| control.name.clone())
        .filter(|name| name.starts_with("board-"))
        .collect();
    for board in &boards {
        let place = form.option(board, &format!("Story in {}", PROJECTS[0]))?;
        form = form.set(board, &place)?;
    }
    cast.owner.send(&page, &form).await?;
    Ok((
        (),
        format!("stories in {}, for {} boards", PROJECTS[0], boards.len()),
    ))
}

pub(super) async fn activate(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let page = cast.owner.get(&step(cast, connection, "rights")).await?;
    ensure!(
        !page.text().contains("Some rights are missing"),
        "rights are missing"
    );
    let page = cast.owner.get(&step(cast, connection, "summary")).await?;
    for part in ["upvow.link", "jira:issue_updated", "Never kept"] {
        ensure!(
            page.text().contains(part),
            "the summary does not say {part}"
        );
    }
    let form = page.form(&step(cast, connection, "summary"))?;
    cast.owner.send(&page, &form).await?;
    let read = cast
        .owner
        .read(&cast.api(&format!("/connections/{connection}")))
        .await?;
    ensure!(
        read["state"] == "active",
        "the connection is {}",
        read["state"]
    );
    Ok(((), String::new()))
}

/// Jira's list has one webhook for us, and the connection knows until when.
pub(super) async fn webhook(cast: &Cast<'_>, connection: &str) -> anyhow::Result<((), String)> {
    let mut events = cast.listen().await?;
    let path = cast.api(&format!("/connections/{connection}"));
    let until = cast
        .until(&mut events, "the registration", &path, |read| {
            read["webhook_expires_at"].as_str().map(str::to_owned)
        })
        .await?;
    let hooks = cast.jira.look("webhooks").await?;
    let ours = hooks.as_array().map_or(0, Vec::len);
    if ours != 1 {
        bail!(
            "Jira has {ours} webhooks: {}",
            brief(&without_address(hooks))
        );
    }
    Ok((
        (),
        format!("until {}", until.split('T').next().unwrap_or_default()),
    ))
}

/// A webhook's address is a secret, also on a terminal.
fn without_address(mut hooks: Value) -> Value {
    for hook in hooks.as_array_mut().into_iter().flatten() {
        hook["url"] = Value::from("..");
    }
    hooks
}

fn step(cast: &Cast<'_>, connection: &str, name: &str) -> String {
    cast.page(&format!("/settings/connections/{connection}/{name}"))
}
