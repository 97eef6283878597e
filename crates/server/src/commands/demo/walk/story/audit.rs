//! What was done is in the trail.

use anyhow::ensure;

use super::{Cast, items};

/// The acts of the walk are lines, the page tells them, and the export holds them.
pub(super) async fn told(cast: &Cast<'_>) -> anyhow::Result<((), String)> {
    let read = cast.owner.read(&cast.api("/audit?limit=100")).await?;
    let acts = items(&read)?;
    for action in [
        "link.created",
        "connection.activated",
        "connection.disconnected",
    ] {
        ensure!(
            acts.iter().any(|act| act["action"] == action),
            "no line tells of {action}"
        );
    }
    let page = format!("/p/{}/settings/audit", cast.project);
    let page = cast.owner.get(&page).await?;
    ensure!(
        page.text().contains("Connection: disconnected"),
        "the page does not tell the end of the connection"
    );
    Ok(((), format!("{} lines on the first page", acts.len())))
}
