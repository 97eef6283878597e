//! `upvow serve`: the board, until it is told to stop.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::net::TcpListener;
use upvow_app::{App, Clock, sign_in, upkeep};
use upvow_events::Event;

use super::{load, say};
use crate::{
    config::{Given, Need},
    process::{self, Alone},
    telemetry::{self, LogFiles},
    wiring,
};

pub(super) async fn run(given: Given) -> anyhow::Result<ExitCode> {
    process::leave_no_image().context("turning core dumps off")?;
    let config = load(given, Need::Serve)?;
    let _alone = Alone::take(&config)?;
    let clock = Clock::system();
    let logs = telemetry::start(&config, clock.clone(), true).context("the log files")?;
    let app = wiring::open(&config, wiring::mail(&config)?, clock).await?;
    // After a restore, or with a vault that was lost, connections are to say so before anybody looks at them.
    let gone = upkeep::settle(&app)
        .await
        .context("holding the connections against the vault")?;
    if gone > 0 {
        Event::GrantsGone { gone }.log();
    }
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
