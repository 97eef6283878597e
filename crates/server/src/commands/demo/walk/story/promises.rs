//! What is promised is proven on the walked board, and a breach is found.

use anyhow::{Context as _, ensure};

use super::Cast;

/// `upvow privacy verify` passes beside the running board; something planted is found; without it all is well again.
pub(super) async fn verify(cast: &Cast<'_>) -> anyhow::Result<((), String)> {
    let (holds, all) = run(cast, true).await?;
    let logs = cast.places.folder.join("logs");
    let planted = logs.join("upvow-0000000000001.jsonl");
    std::fs::write(
        &planted,
        "{\"message\":\"5b10a2844c20165700ede21g came by\"}\n",
    )
    .context("planting a line in the logs")?;
    let found = run(cast, false).await;
    std::fs::remove_file(&planted).context("taking the planted line away")?;
    let (fewer, _) = found?;
    ensure!(fewer < holds, "the planted line was not found");
    let page = cast.owner.get("/trust").await?;
    ensure!(
        page.text().contains("do not hold at this moment"),
        "the public page does not say that something was found"
    );
    run(cast, true).await?;
    Ok((
        (),
        format!("{holds} of {all} promises proven, a planted line found"),
    ))
}

/// How many hold, of how many.
async fn run(cast: &Cast<'_>, is_well: bool) -> anyhow::Result<(usize, usize)> {
    let program = std::env::current_exe().context("where this program is")?;
    let mut command = std::process::Command::new(program);
    command
        .args(["privacy", "verify", "--json", "--data-dir"])
        .arg(&cast.places.folder);
    // The board of a demo is in this process: it must go on meanwhile.
    let output = tokio::task::spawn_blocking(move || command.output())
        .await?
        .context("upvow privacy verify")?;
    ensure!(
        output.status.success() == is_well,
        "upvow privacy verify ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let rows = said["promises"].as_array().context("no promises")?;
    let holds = rows.iter().filter(|row| row["result"] == "pass").count();
    Ok((holds, rows.len()))
}
