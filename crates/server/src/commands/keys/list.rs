//! `upvow keys list`: how old each key is.

use std::{process::ExitCode, time::Duration};

use upvow_app::{
    App, Clock, Mail, Time,
    upkeep::{
        self,
        keys::{self, Key},
    },
};

use crate::{
    commands::{load, say},
    config::{Config, Given, Need, RootKeyFrom},
    wiring,
};

pub(super) async fn run(given: Given) -> anyhow::Result<ExitCode> {
    let config = load(given, Need::Data)?;
    let app = wiring::open(&config, Mail::Console, Clock::system()).await?;
    let rows = rows(&app, &config).await;
    app.vault.close().await;
    app.db.close().await;
    say(&format!(
        "{:<14} {:<12} {:<22} {}",
        "key", "since", "another one advised", "what it is for"
    ));
    for row in rows? {
        say(&row);
    }
    say("\nupvow keys rotate KEY puts another one in its place while the server runs.");
    Ok(ExitCode::SUCCESS)
}

async fn rows(app: &App, config: &Config) -> anyhow::Result<Vec<String>> {
    let changed = keys::changed(app).await?;
    let founded = keys::founded_at(app).await?;
    let epoch = app.vault.epoch().await?.since;
    let rows = Key::ALL.into_iter().map(|key| {
        let noted = changed.iter().find(|(name, _)| name == key.name());
        let since = match key {
            Key::Epoch => Some(epoch),
            Key::MetricsToken if config.metrics_token.is_none() => None,
            _ => noted.map(|(_, at)| *at).or(founded),
        };
        let remark = match (key, &config.root_key) {
            (Key::Root, RootKeyFrom::Given(_)) => "; not in a file, so not to be replaced here",
            (Key::MetricsToken, _) if config.metrics_token.is_none() => {
                "; none is set, so only this machine may ask"
            }
            (Key::MetricsToken, _) if config.metrics_token_file.is_none() => {
                "; not in a file, so another one takes a start"
            }
            (Key::Suppression, _) => "; never, or nobody would be recognised",
            _ => "",
        };
        format!(
            "{:<14} {:<12} {:<22} {}{remark}",
            key.name(),
            since.map_or_else(|| "-".to_owned(), day),
            advised(key, since, app.now()),
            key.purpose()
        )
    });
    Ok(rows.collect())
}

fn advised(key: Key, since: Option<Time>, now: Time) -> String {
    let (Some(lasts), Some(since)) = (key.lasts(), since) else {
        return "-".to_owned();
    };
    let due = since.plus(lasts);
    if due <= now {
        return "now".to_owned();
    }
    let days = due.since(now).as_secs() / Duration::from_hours(24).as_secs();
    format!("{}, in {days} days", day(due))
}

fn day(at: Time) -> String {
    upkeep::moment(at).chars().take(10).collect()
}
