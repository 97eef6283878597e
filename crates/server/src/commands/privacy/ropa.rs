//! `upvow privacy ropa`: the record of processing activities.

use std::process::ExitCode;

use clap::Args as ClapArgs;
use upvow_app::{Clock, Mail, privacy::registry::ropa};

use super::super::{load, say};
use crate::{
    config::{Given, Need},
    wiring,
};

#[derive(ClapArgs)]
pub(in crate::commands) struct Args {
    /// Say it as JSON instead of Markdown
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Say it as Markdown, which is the default
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    given: Box<Given>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = load(*args.given, Need::Data)?;
    let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
    let record = ropa::record(&app);
    app.vault.close().await;
    app.db.close().await;
    say(&if args.json {
        serde_json::to_string_pretty(&record)?
    } else {
        record.markdown()
    });
    Ok(ExitCode::SUCCESS)
}
