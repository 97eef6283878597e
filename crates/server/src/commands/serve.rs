//! `upvow serve`: the board, until it is told to stop.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::net::TcpListener;
use upvow_app::{App, Clock, sign_in};

use super::{load, say};
use crate::{
    config::{Given, Need},
    telemetry::{self, LogFiles},
    wiring,
};

pub(super) async fn run(given: Given) -> anyhow::Result<ExitCode> {
    let config = load(given, Need::Serve)?;
    let clock = Clock::system();
    let logs = telemetry::start(&config, clock.clone(), true).context("the log files")?;
    let app = wiring::open(&config, wiring::mail(&config)?, clock).await?;
    // Bound only now: whoever reaches us finds the schema in place.
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("UPVOW_LISTEN {}", config.listen))?;
    let running = wiring::start(app, &config, listener)?;
    say(&format!(
        "Upvow {} listens on http://{}, for {}",
        env!("CARGO_PKG_VERSION"),
        running.address,
        config.public_url
    ));
    if config.jira.is_none() {
        say("Jira is off (UPVOW_JIRA=off).");
    }
    greet_owner(&running.app).await?;
    tokio::select! {
        () = wiring::signal() => say("Stopping."),
        () = running.stopped() => {}
        () = keep_sweeping(&logs) => {}
    }
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// As long as nobody owns the board, whoever reads the terminal may.
pub(super) async fn greet_owner(app: &App) -> anyhow::Result<()> {
    if let Some(secret) = sign_in::owner_link(app).await? {
        let address = app.settings.address(&format!("/claim/{}", secret.expose()));
        say(&format!(
            "\nNobody owns this board yet. This link, once, makes you its owner:\n\n    {address}\n"
        ));
    }
    Ok(())
}

/// Log files end by the clock even when nothing is written.
pub(super) async fn keep_sweeping(logs: &LogFiles) {
    let mut hours = tokio::time::interval(std::time::Duration::from_hours(1));
    loop {
        hours.tick().await;
        logs.sweep();
    }
}
