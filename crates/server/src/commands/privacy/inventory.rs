//! `upvow privacy inventory`: what is held now, on the server as a whole.

use std::process::ExitCode;

use clap::Args as ClapArgs;
use upvow_app::{
    App, Clock, Mail,
    privacy::registry::inventory::{self, Held},
};
use upvow_domain::Time;

use super::super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(ClapArgs)]
pub(in crate::commands) struct Args {
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    given: Box<Given>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = load(*args.given, Need::Data)?;
    let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
    let told = tell(&app, args.json).await;
    app.vault.close().await;
    app.db.close().await;
    say(&told?);
    Ok(ExitCode::SUCCESS)
}

async fn tell(app: &App, as_json: bool) -> anyhow::Result<String> {
    let held = inventory::of_server(app).await?;
    let terms = inventory::terms(app);
    if as_json {
        let all = serde_json::json!({"records": held, "terms": terms});
        return Ok(serde_json::to_string_pretty(&all)?);
    }
    let lines: Vec<String> = held.iter().map(line).collect();
    Ok(lines.join("\n"))
}

fn line(held: &Held) -> String {
    let rows = held
        .rows
        .map_or_else(|| "-".to_owned(), |rows| rows.to_string());
    let oldest = held.oldest.map_or_else(|| "-".to_owned(), Time::rfc3339);
    format!(
        "{:<14} {:<36} {rows:>8}  oldest {oldest:<24}  kept {}  ({})",
        held.place,
        held.title,
        held.kept,
        held.erasure.join(", ")
    )
}
