//! `upvow simulate-jira`: the simulated Atlassian Cloud by itself.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::{Context as _, bail};

use super::say;
use crate::wiring;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free port
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDR")]
    listen: SocketAddr,
    /// The app's client id [default: made up]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The app's client secret [default: made up]
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<String>,
    /// A callback address of the app; may be given more than once [default: every address of this machine]
    #[arg(long = "redirect-uri", value_name = "URL")]
    redirect_uris: Vec<String>,
    /// Print, as JSON, every personal string the simulator would ever send, and end
    #[arg(long)]
    people: bool,
    /// A word in every personal string, so that one run's people are known from all others': eight or more of a-z and 0-9
    #[arg(long, value_name = "WORD")]
    marked: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.marked.is_some_and(|word| !upvow_jira_sim::mark(&word)) {
        bail!("--marked takes a word of eight or more of a-z and 0-9");
    }
    if args.people {
        say(&serde_json::to_string_pretty(&upvow_jira_sim::people())?);
        return Ok(ExitCode::SUCCESS);
    }
    let sim = upvow_jira_sim::start(upvow_jira_sim::Options {
        listen: args.listen,
        client_id: args.client_id,
        client_secret: args.client_secret,
        redirect_uris: args.redirect_uris,
        ..upvow_jira_sim::Options::default()
    });
    let sim = sim
        .await
        .with_context(|| format!("--listen {}", args.listen))?;
    // One line and nothing else: programs read it.
    say(&sim.announcement().to_string());
    wiring::signal().await;
    sim.stop().await;
    Ok(ExitCode::SUCCESS)
}
